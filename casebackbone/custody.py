"""Custody: in whose hands an inquiry is, and how it passes from one to the other.

Forwarding only *offers*: the holder changes when the department accepts. Rejected, expired or recalled, it is back
where somebody sees it. What holds after every event (DESIGN, promise 2): an open inquiry has exactly one holder and
one due time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from casebackbone import inquiry_events as happened
from casebackbone.recorded import Recorded
from casebackbone.refusals import Conflict, Forbidden
from events.standing import ContentRef, Standing

FRONT = "desk:front"
BACKGROUND = "desk:background"
FORWARDS_WITHOUT_SUPERVISOR = 2

NO_OFFER: dict[str, Any] = {"offered_to": None, "offered_at": None, "offer_expires_at": None}
NO_CALLBACK: dict[str, Any] = {"callback_due_at": None, "callback_not_before": None, "callback_attempts": 0}


class Place(NamedTuple):
    """Where an inquiry comes back to: its holder, and the department whose matter it is."""

    holder: str
    department: str | None


NOTHING_TO_SEE: dict[str, Any] = {"attention": None, "attention_since": None}

NOTICING = (
    happened.Answered,
    happened.Forwarded,
    happened.CallbackPromised,
    happened.CitizenContacted,
    happened.Paused,
    happened.Resumed,
)
"""Whoever does one of these does something about what the inquiry wanted to be looked at for. To take it, to put it
back or to accept it is not enough: a flag must not get lost at the end of a shift."""


class Custody(Recorded):
    """The part of an inquiry that says who has it. Commands guard first, then trigger one event."""

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        standing: Standing
        been_to: set[str]
        waited: list[tuple[datetime, datetime]]

    # --- taking and putting back ---------------------------------------------------------------------------------

    def claim(self, agent: str) -> None:
        """An agent takes it from a desk, or one of the department's staff takes it from the department."""
        self._open("claim")
        holder = str(self.standing.holder)
        if holder == agent:
            raise Conflict("already_yours", "Sie bearbeiten dieses Anliegen bereits.")
        if not holder.startswith(("desk:", "department:")):
            raise Conflict("held_by_another", "Dieses Anliegen bearbeitet schon jemand anderes.")
        self._happens(happened.Claimed, holder=agent, taken_from=holder)

    def release(self, reason: str) -> None:
        """Back to the department it belongs to, or else to the front desk. An open offer stays open."""
        self._open("release")
        if not str(self.standing.holder).startswith("agent:"):
            raise Conflict("not_claimed", "Dieses Anliegen liegt bei keiner Person und kann nicht zurückgelegt werden.")
        self._happens(happened.Released, holder=self._home(), reason=reason)

    def send_to_background(self, reason: str) -> None:
        """The front desk hands it to the background staff, who step in at peak times."""
        self._open("release")
        if self.standing.holder == BACKGROUND:
            raise Conflict("already_there", "Das Anliegen liegt schon beim Hintergrunddienst.")
        self._no_offer()
        self._happens(happened.Released, holder=BACKGROUND, department=None, reason=reason)

    def reroute(self, gone: str, *, to: str | None, reason: str, offered_minutes: int | None = None) -> None:
        """``gone`` (``agent:<id>`` or ``department:<id>``) is no longer there: what it held, or was asked to take,
        goes ``to`` that department, or back to where it belongs. Visible, and without anybody's doing."""
        self._open("reroute")
        standing = self.standing
        department = gone.removeprefix("department:") if gone.startswith("department:") else None
        if department is not None and to == department:
            raise Conflict("not_moved", f"{to} kann sich nicht selbst nachfolgen.")
        holds = standing.holder == gone or (department is not None and standing.department == department)
        asked = department is not None and standing.offered_to == department
        if not holds and not asked:
            raise Conflict("not_there", f"Das Anliegen liegt nicht bei {gone} und ist dort nicht angeboten.")
        changes: dict[str, Any] = {}
        if holds:
            follows = f"department:{to}" if to else FRONT
            changes = {"holder": self._home()} if department is None else {"department": to, "holder": follows}
        elif asked:
            changes = {"holder": FRONT, "department": None, "sent_back": standing.sent_back + 1}
        own = changes.get("department")
        withdrawn = standing.offered_to if asked or (own is not None and own == standing.offered_to) else None
        if withdrawn is not None:
            changes |= {**NO_OFFER, "lost_minutes": standing.lost_minutes + (offered_minutes or 0)}
        moves = changes.get("holder", standing.holder) != standing.holder
        self._happens(
            happened.Rerouted,
            **changes,
            **self.calling_for("rerouted"),
            event={
                "reason": reason,
                "moved_from": standing.holder if moves else None,
                "withdrawn_from": withdrawn,
            },
        )

    # --- passing on --------------------------------------------------------------------------------------------

    def forward(
        self,
        to: str,
        *,
        reason: str,
        expires_at: datetime,
        contents: Iterable[ContentRef] = (),
        supervised: bool = False,
        proposed: str | None = None,
        between_minutes: int = 0,
    ) -> None:
        """Offer custody to department ``to`` until ``expires_at``. The third forward needs a supervisor.

        Every forward counts, also one that was recalled, and also before a reopening: otherwise an inquiry could be
        passed around for ever. ``between_minutes`` is the service time since it came back from the last door;
        ``proposed`` the department that the directory names. It is a circle when ``to`` has had it before, or has
        rejected it or let it expire; an offer that was recalled is no visit.
        """
        self._open("forward")
        self._no_offer()
        if to == self.standing.department and self.standing.holder == f"department:{to}":
            raise Conflict("already_there", f"Das Anliegen liegt schon bei {to}.")
        if self.needs_supervisor and not supervised:
            raise Forbidden(
                "needs_supervisor",
                f"Das Anliegen wurde schon {self.standing.forwards}-mal weitergeleitet. "
                "Eine weitere Weiterleitung muss eine Aufsicht anordnen.",
            )
        circular = to in self.been_to
        self._happens(
            happened.Forwarded,
            offered_to=to,
            offered_at=self.cause.occurred_at,
            offer_expires_at=expires_at,
            forwarded_by=self.cause.actor,
            forwards=self.standing.forwards + 1,
            lost_minutes=self.standing.lost_minutes + between_minutes,
            circles=self.standing.circles + circular,
            event={
                "to": to,
                "reason": reason,
                "contents": list(contents),
                "proposed": proposed,
                "circular": circular,
            },
        )

    def accept(self, department: str, holder: str | None = None, *, offered_minutes: int | None = None) -> None:
        """The department takes custody; ``holder`` may be one of its agents instead of the department itself."""
        self._offered_to(department)
        taken_from = str(self.standing.holder)
        self._happens(
            happened.ForwardAccepted,
            **NO_OFFER,
            holder=holder or f"department:{department}",
            department=department,
            event={"department": department, "taken_from": taken_from, "offered_minutes": offered_minutes},
        )

    def reject(
        self,
        department: str,
        *,
        reason: str,
        suggestion: str | None = None,
        contents: Iterable[ContentRef] = (),
        offered_minutes: int | None = None,
    ) -> None:
        """Not theirs: it goes back to the front desk, where it shows as sent back."""
        self._offered_to(department)
        own = {"department": department, "reason": reason, "suggestion": suggestion, "contents": list(contents)}
        self._back_to_front(happened.ForwardRejected, offered_minutes, own)

    def expire_offer(self, *, offered_minutes: int | None = None) -> None:
        """Nobody accepted in time: it goes back to the front desk, where it shows as sent back."""
        department = self._offer()
        expires_at = self.standing.offer_expires_at
        if expires_at is not None and self.cause.occurred_at < expires_at:
            raise Conflict("offer_not_expired", f"Das Angebot an {department} gilt noch bis {expires_at.isoformat()}.")
        self._back_to_front(happened.ForwardExpired, offered_minutes, {"department": department})

    def recall(self, *, offered_minutes: int | None = None) -> None:
        """The sender withdraws the offer and keeps the inquiry."""
        department = self._offer()
        self._happens(
            happened.ForwardRecalled,
            **NO_OFFER,
            lost_minutes=self.standing.lost_minutes + (offered_minutes or 0),
            event={"department": department, "offered_minutes": offered_minutes},
        )

    @property
    def needs_supervisor(self) -> bool:
        """Whether the next forward is one that only a supervisor may order."""
        return self.standing.forwards >= FORWARDS_WITHOUT_SUPERVISOR

    def waits(self, until: datetime) -> list[tuple[datetime, datetime]]:
        """When it waited for the citizen, up to a time: nobody lost that time between doors."""
        since = self.standing.waiting_since
        waits = self.waited if since is None else [*self.waited, (since, until)]
        return [(begin, min(end, until)) for begin, end in waits if begin < until]

    # --- guards and the one way to an event --------------------------------------------------------------------

    def calling_for(self, attention: str) -> dict[str, Any]:
        """Changes of the standing by which the holder sees that something happened without them."""
        return {"attention": attention, "attention_since": self.cause.occurred_at}

    def _home(self) -> str:
        department = self.standing.department
        return f"department:{department}" if department else FRONT

    def _open(self, command: str) -> None:
        if not self.standing.state.is_open:
            raise Conflict("closed", f"Das Anliegen ist abgeschlossen ({self.standing.state}); „{command}“ geht nicht.")

    def _offer(self) -> str:
        if self.standing.offered_to is None:
            raise Conflict("no_offer", "Das Anliegen ist gerade keiner Stelle angeboten.")
        return self.standing.offered_to

    def _offered_to(self, department: str) -> None:
        if self._offer() != department:
            raise Conflict("not_offered_to_you", f"Das Anliegen ist nicht {department} angeboten.")

    def _no_offer(self) -> None:
        if self.standing.offered_to is not None:
            raise Conflict(
                "offer_pending",
                f"Das Anliegen ist {self.standing.offered_to} angeboten. Bitte das Angebot erst zurückziehen.",
            )

    def _back_to_front(
        self, event_class: type[happened.CameBack], offered_minutes: int | None, event: dict[str, Any]
    ) -> None:
        self._happens(
            event_class,
            **NO_OFFER,
            holder=FRONT,
            department=None,
            sent_back=self.standing.sent_back + 1,
            lost_minutes=self.standing.lost_minutes + (offered_minutes or 0),
            event={**event, "offered_minutes": offered_minutes},
        )

    def _happens(
        self, event_class: type[happened.InquiryEvent], event: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Record the event with the standing changed. Names that the standing has go there, others to the event."""
        if event_class in NOTICING:
            changes |= NOTHING_TO_SEE
        standing = {name: value for name, value in changes.items() if name in Standing.__dataclass_fields__}
        own = {name: value for name, value in changes.items() if name not in standing}
        self._record(event_class, standing=replace(self.standing, **standing), **own, **(event or {}))
