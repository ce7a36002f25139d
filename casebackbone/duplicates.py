"""The same matter twice: merging and unmerging, and what a citizen says against it.

Both histories are kept: the duplicate is closed and points to the inquiry that goes on; that one knows its duplicates,
and its holder sees each change. Nothing is copied, so everything can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from casebackbone import inquiry_events as happened
from casebackbone.custody import NO_CALLBACK, NOTHING_TO_SEE, Custody, Place
from casebackbone.refusals import Conflict
from events.standing import ContentRef, Standing, State

if TYPE_CHECKING:
    from casebackbone.deadlines import Due


class Duplicates(Custody):
    """The part of an inquiry that says whether it is the same matter as another one."""

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        before_merge: Standing

    def merge(self, into: Duplicates) -> None:
        """The same matter as ``into``, which goes on for both. Both are changed: store them together.

        A promised call must be made first: the citizen of this one waits for it, and the other one may have a promise
        of its own. What was due earlier stays due then: merging makes nobody wait longer.
        """
        self._open("merge")
        self._no_offer()
        if self.standing.callback_due_at is not None:
            raise Conflict(
                "callback_promised",
                "Ein Rückruf ist zugesagt; bitte erst anrufen und den Kontakt eintragen, dann zusammenführen.",
            )
        if into.id == self.id:
            raise Conflict("merge_with_itself", "Ein Anliegen kann nicht mit sich selbst zusammengeführt werden.")
        if not into.standing.state.is_open:
            raise Conflict("merge_into_closed", "Das andere Anliegen ist abgeschlossen; bitte eines wählen, das läuft.")
        before = self.standing
        self._happens(happened.Merged, **closed(State.MERGED), merged_into=into.id)
        into.add_duplicate(self.id, before)

    def add_duplicate(self, duplicate: UUID, standing: Standing) -> None:
        """Only with :meth:`merge` of the other one, which stood so before."""
        sooner: dict[str, Any] = {}
        if _due_before(standing, self.standing):
            sooner = {"due_at": standing.due_at, "due_policy": standing.due_policy}
        self._happens(happened.DuplicateAdded, **sooner, **self.calling_for("duplicate_added"), duplicate=duplicate)

    def unmerge(self, due: Due, merged_into: Duplicates, place: Place | None = None) -> None:
        """A matter of its own again, with a new due time, and the holder from before unless another ``place`` is
        named. Both are changed. The other one keeps the due time that it has now."""
        into = self.standing.merged_into
        if self.standing.state is not State.MERGED or into != merged_into.id:
            raise Conflict("not_merged", "Das Anliegen ist mit keinem anderen zusammengeführt.")
        self._happens(
            happened.Unmerged,
            state=State.OPEN,
            merged_into=None,
            holder=place.holder if place else self.before_merge.holder,
            due_at=due.at,
            due_policy=due.policy,
            **self.calling_for("unmerged"),
            department=place.department if place else self.standing.department,
            event={"merged_from": into},
        )
        merged_into.remove_duplicate(self.id)

    def remove_duplicate(self, duplicate: UUID) -> None:
        """Only with :meth:`unmerge` of the other one. A closed one learns of it too."""
        calling = self.calling_for("duplicate_removed") if self.standing.state.is_open else {}
        self._happens(happened.DuplicateRemoved, **calling, duplicate=duplicate)

    def contradict(self, contents: Iterable[ContentRef]) -> None:
        """The citizen says that it is not so, while it is still open: its holder is to look at it."""
        self._open("contradict")
        self._happens(happened.Contradicted, **self.calling_for("contradicted"), contents=list(contents))


def _due_before(one: Standing, other: Standing) -> bool:
    """While both run: a due time while waiting is of another kind."""
    running = one.state is State.OPEN and other.state is State.OPEN
    return running and one.due_at is not None and other.due_at is not None and one.due_at < other.due_at


def closed(state: State) -> dict[str, Any]:
    """What a closed inquiry no longer has: a holder, a due time, anything pending."""
    return {
        "state": state,
        "holder": None,
        "due_at": None,
        "due_policy": None,
        "waiting_since": None,
        **NO_CALLBACK,
        **NOTHING_TO_SEE,
        "escalated_to": None,
        "escalated_at": None,
        "escalated_for": None,
        "escalate_again_at": None,
        "acknowledged_until": None,
    }
