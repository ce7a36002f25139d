"""The aggregate Inquiry (Anliegen): one matter of one citizen, from the first word to the last.

Commands guard first, then trigger one event with the standing that follows. Guards run only here, never on replay.
Who has the inquiry and how it passes on is in ``casebackbone/custody.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import inquiry_events as happened
from casebackbone.cause import Cause
from casebackbone.custody import FRONT, Custody, origin
from casebackbone.refusals import Conflict
from events.standing import Channel, ContentRef, Standing, State

if TYPE_CHECKING:
    from casebackbone.deadlines import Due

GENESIS = "0" * 64


class Inquiry(Custody):
    """Times are UTC. Every command raises :class:`casebackbone.refusals.Refused` and then has changed nothing."""

    TOPIC: ClassVar[str] = "inquiry"

    cause: Cause
    standing: Standing
    last_occurred_at: datetime
    head: str
    answered: bool
    doors: list[str]
    remaining_minutes: int
    before_merge: Standing
    contents: dict[UUID, ContentRef]

    def __init__(self) -> None:
        self.head = GENESIS
        self.answered = False
        self.doors = []
        self.remaining_minutes = 0
        self.contents = {}

    # --- beginning ---------------------------------------------------------------------------------------------

    @classmethod
    def receive(
        cls,
        inquiry_id: UUID,
        cause: Cause,
        *,
        reference: str,
        channel: Channel,
        due: Due,
        contents: Iterable[ContentRef],
        service: str | None = None,
        language: str = "de",
        department: str | None = None,
    ) -> Self:
        """A citizen's inquiry reaches the front desk, or ``department`` directly; it has a holder and a due time."""
        standing = Standing(
            state=State.OPEN,
            reference=reference,
            channel=channel,
            received_at=cause.occurred_at,
            holder=f"department:{department}" if department else FRONT,
            due_at=due.at,
            due_policy=due.policy,
            service=service,
            department=department,
        )
        inquiry = cls._create(
            happened.Received,
            id=inquiry_id,
            standing=standing,
            contents=list(contents),
            language=language,
            previous=GENESIS,
            **origin(cause),
        )
        inquiry.cause = cause
        return inquiry

    # --- with the citizen --------------------------------------------------------------------------------------

    def answer(
        self,
        contents: Iterable[ContentRef],
        *,
        article_id: UUID | None = None,
        article_version: int | None = None,
    ) -> None:
        """The citizen has been answered; from an article of the Infodatenbank, or without one."""
        self._open("answer")
        first = any(isinstance(event, happened.Received) for event in self.pending_events)
        self._happens(
            happened.Answered,
            callback_due_at=None,
            contents=list(contents),
            first_contact=first,
            article_id=article_id,
            article_version=article_version,
        )

    def promise_callback(
        self, due_at: datetime, *, not_before: datetime | None = None, contents: Iterable[ContentRef] = ()
    ) -> None:
        """The citizen will be called, at the latest at ``due_at``."""
        self._open("promise_callback")
        if not_before is not None and not_before > due_at:
            raise Conflict("window_reversed", "Das Rückruffenster endet vor seinem Beginn.")
        self._happens(happened.CallbackPromised, callback_due_at=due_at, not_before=not_before, contents=list(contents))

    def contact(self, *, reached: bool, contents: Iterable[ContentRef] = ()) -> None:
        """Somebody tried to reach the citizen; a promised call is kept once they were reached."""
        self._open("contact")
        callback_due_at = None if reached else self.standing.callback_due_at
        self._happens(
            happened.CitizenContacted, callback_due_at=callback_due_at, reached=reached, contents=list(contents)
        )

    def pause(self, *, reason: str, remaining_minutes: int, until: Due) -> None:
        """It waits for the citizen: the clock stops with ``remaining_minutes`` of service time left."""
        self._open("pause")
        if self.standing.state is State.WAITING:
            raise Conflict("already_waiting", "Das Anliegen wartet schon auf die Bürgerin oder den Bürger.")
        self._happens(
            happened.Paused,
            state=State.WAITING,
            waiting_since=self.cause.occurred_at,
            due_at=until.at,
            due_policy=until.policy,
            event={"reason": reason, "remaining_minutes": remaining_minutes},
        )

    def resume(self, due: Due) -> None:
        """It goes on, with the service time that was left when it was paused."""
        if self.standing.state is not State.WAITING:
            raise Conflict("not_waiting", "Das Anliegen wartet nicht; es gibt nichts fortzusetzen.")
        self._happens(happened.Resumed, state=State.OPEN, waiting_since=None, due_at=due.at, due_policy=due.policy)

    # --- beside the way ----------------------------------------------------------------------------------------

    def classify(self, service: str) -> None:
        """Name or correct the service it is about."""
        self._open("classify")
        if service == self.standing.service:
            raise Conflict("unchanged", "Diese Leistung ist schon eingetragen.")
        self._happens(happened.Classified, service=service, previous_service=self.standing.service)

    def note(self, contents: Iterable[ContentRef]) -> None:
        """Write a note, also on a closed inquiry."""
        self._happens(happened.NoteAdded, contents=list(contents))

    def change_due(self, due: Due, *, reason: str) -> None:
        """Another due time, said by a person."""
        self._open("change_due")
        if due.at == self.standing.due_at:
            raise Conflict("unchanged", "Diese Frist gilt schon.")
        self._happens(
            happened.DueChanged,
            due_at=due.at,
            due_policy=due.policy,
            previous_due_at=self.standing.due_at,
            reason=reason,
        )

    def escalate(self, to: str, *, reason: str) -> None:
        """Tell somebody above. The holder stays the holder."""
        self._open("escalate")
        self._happens(happened.Escalated, escalated_to=to, acknowledged_until=None, event={"to": to, "reason": reason})

    def acknowledge(self, until: datetime) -> None:
        """The escalation has been seen; it stays quiet ``until`` then, and not longer."""
        self._open("acknowledge")
        if self.standing.escalated_to is None:
            raise Conflict("not_escalated", "Das Anliegen ist nicht eskaliert.")
        self._happens(happened.EscalationAcknowledged, acknowledged_until=until)

    def erase(self, content_ids: Iterable[UUID], *, basis: str) -> None:
        """Texts of this inquiry are erased; the references stay."""
        ids = [content_id for content_id in content_ids if content_id in self.contents]
        if not ids:
            raise Conflict("nothing_to_erase", "Zu diesem Anliegen gibt es keine Inhalte mehr zu löschen.")
        self._happens(happened.ContentErased, content_ids=ids, basis=basis)

    # --- the end, and back -------------------------------------------------------------------------------------

    def resolve(self, outcome: str) -> None:
        """Done for the citizen. An open offer must be recalled, accepted or rejected first."""
        self._open("resolve")
        self._no_offer()
        if outcome == "answered" and not self.answered:
            raise Conflict(
                "not_answered", "Es gibt noch keine Antwort; bitte erst antworten oder anderes Ergebnis wählen."
            )
        self._happens(happened.Resolved, **_closed(State.RESOLVED), event={"outcome": outcome})

    def reopen(self, due: Due, *, reason: str, contents: Iterable[ContentRef] = ()) -> None:
        """Not done after all: back to the department whose matter it is, or to the front desk."""
        if self.standing.state is not State.RESOLVED:
            raise Conflict("not_resolved", "Nur ein erledigtes Anliegen kann wieder aufgenommen werden.")
        department = self.standing.department
        self._happens(
            happened.Reopened,
            state=State.OPEN,
            holder=f"department:{department}" if department else FRONT,
            due_at=due.at,
            due_policy=due.policy,
            reopened=self.standing.reopened + 1,
            reason=reason,
            contents=list(contents),
        )

    def merge(self, into: UUID) -> None:
        """The same matter as ``into``, which goes on for both."""
        self._open("merge")
        self._no_offer()
        if into == self.id:
            raise Conflict("merge_with_itself", "Ein Anliegen kann nicht mit sich selbst zusammengeführt werden.")
        self._happens(happened.Merged, **_closed(State.MERGED), merged_into=into)

    def unmerge(self, due: Due) -> None:
        """A matter of its own again, with the holder from before and a new due time."""
        into = self.standing.merged_into
        if self.standing.state is not State.MERGED or into is None:
            raise Conflict("not_merged", "Das Anliegen ist mit keinem anderen zusammengeführt.")
        self._happens(
            happened.Unmerged,
            state=State.OPEN,
            merged_into=None,
            holder=self.before_merge.holder,
            due_at=due.at,
            due_policy=due.policy,
            event={"merged_from": into},
        )


def _closed(state: State) -> dict[str, Any]:
    """What a closed inquiry no longer has: a holder, a due time, anything pending."""
    return {
        "state": state,
        "holder": None,
        "due_at": None,
        "due_policy": None,
        "waiting_since": None,
        "callback_due_at": None,
        "escalated_to": None,
        "acknowledged_until": None,
    }


def project_inquiry(inquiry: Inquiry | None, events: Iterable[Any]) -> Inquiry | None:
    """Fold stored events. Without the library's Protocol check, which is two thirds of its cost per event."""
    for event in events:
        inquiry = event.mutate(inquiry)
        inquiry.head = event.hash
    return inquiry


register_topic(Inquiry.TOPIC, Inquiry)
