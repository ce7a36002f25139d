"""Custody: in whose hands an inquiry is, and how it passes from one to the other.

Forwarding only *offers*: the holder changes when the department accepts. Rejected, expired or recalled, it is back
where somebody sees it. What holds after every event (DESIGN, promise 2): an open inquiry has exactly one holder and
one due time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.domain import BaseAggregate

from casebackbone import inquiry_events as happened
from casebackbone.cause import Cause
from casebackbone.refusals import Conflict, Forbidden
from events.standing import ContentRef, Standing

FRONT = "desk:front"
BACKGROUND = "desk:background"
FORWARDS_WITHOUT_SUPERVISOR = 2


class Custody(BaseAggregate[UUID]):
    """The part of an inquiry that says who has it. Commands guard first, then trigger one event."""

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        cause: Cause
        standing: Standing
        last_occurred_at: datetime
        head: str

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
        department = self.standing.department
        self._happens(happened.Released, holder=f"department:{department}" if department else FRONT, reason=reason)

    def send_to_background(self, reason: str) -> None:
        """The front desk hands it to the background staff, who step in at peak times."""
        self._open("release")
        if self.standing.holder == BACKGROUND:
            raise Conflict("already_there", "Das Anliegen liegt schon beim Hintergrunddienst.")
        self._no_offer()
        self._happens(happened.Released, holder=BACKGROUND, department=None, reason=reason)

    # --- passing on --------------------------------------------------------------------------------------------

    def forward(
        self,
        to: str,
        *,
        reason: str,
        expires_at: datetime,
        contents: Iterable[ContentRef] = (),
        supervised: bool = False,
    ) -> None:
        """Offer custody to department ``to`` until ``expires_at``. The third forward needs a supervisor."""
        self._open("forward")
        self._no_offer()
        if to == self.standing.department and self.standing.holder == f"department:{to}":
            raise Conflict("already_there", f"Das Anliegen liegt schon bei {to}.")
        if self.standing.forwards >= FORWARDS_WITHOUT_SUPERVISOR and not supervised:
            raise Forbidden(
                "needs_supervisor",
                f"Das Anliegen wurde schon {self.standing.forwards}-mal weitergeleitet. "
                "Eine weitere Weiterleitung muss eine Aufsicht anordnen.",
            )
        self._happens(
            happened.Forwarded,
            offered_to=to,
            offer_expires_at=expires_at,
            forwarded_by=self.cause.actor,
            forwards=self.standing.forwards + 1,
            event={"to": to, "reason": reason, "contents": list(contents)},
        )

    def accept(self, department: str, holder: str | None = None) -> None:
        """The department takes custody; ``holder`` may be one of its agents instead of the department itself."""
        self._offered_to(department)
        taken_from = str(self.standing.holder)
        self._happens(
            happened.ForwardAccepted,
            holder=holder or f"department:{department}",
            department=department,
            offered_to=None,
            offer_expires_at=None,
            event={"department": department, "taken_from": taken_from},
        )

    def reject(
        self, department: str, *, reason: str, suggestion: str | None = None, contents: Iterable[ContentRef] = ()
    ) -> None:
        """Not theirs: it goes back to the front desk, where it shows as sent back."""
        self._offered_to(department)
        self._back_to_front(
            happened.ForwardRejected,
            {"department": department, "reason": reason, "suggestion": suggestion, "contents": list(contents)},
        )

    def expire_offer(self) -> None:
        """Nobody accepted in time: it goes back to the front desk, where it shows as sent back."""
        department = self._offer()
        expires_at = self.standing.offer_expires_at
        if expires_at is not None and self.cause.occurred_at < expires_at:
            raise Conflict("offer_not_expired", f"Das Angebot an {department} gilt noch bis {expires_at.isoformat()}.")
        self._back_to_front(happened.ForwardExpired, {"department": department})

    def recall(self) -> None:
        """The sender withdraws the offer and keeps the inquiry."""
        department = self._offer()
        self._happens(
            happened.ForwardRecalled, offered_to=None, offer_expires_at=None, event={"department": department}
        )

    # --- guards and the one way to an event --------------------------------------------------------------------

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

    def _back_to_front(self, event_class: type[happened.InquiryEvent], event: dict[str, Any]) -> None:
        self._happens(
            event_class,
            holder=FRONT,
            department=None,
            offered_to=None,
            offer_expires_at=None,
            sent_back=self.standing.sent_back + 1,
            event=event,
        )

    def _happens(
        self, event_class: type[happened.InquiryEvent], event: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Trigger the event with the standing changed. Names that the standing has go there, others to the event."""
        if self.cause.occurred_at < self.last_occurred_at:
            raise Conflict(
                "before_the_last_event",
                f"Der Zeitpunkt {self.cause.occurred_at.isoformat()} liegt vor dem letzten Schritt "
                f"({self.last_occurred_at.isoformat()}).",
            )
        standing = {name: value for name, value in changes.items() if name in Standing.__dataclass_fields__}
        own = {name: value for name, value in changes.items() if name not in standing}
        self.trigger_event(
            event_class,
            standing=replace(self.standing, **standing),
            previous=self.head,
            **origin(self.cause),
            **own,
            **(event or {}),
        )


def origin(cause: Cause) -> dict[str, Any]:
    return {
        "timestamp": cause.recorded_at,
        "actor": cause.actor,
        "command_id": cause.command_id,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "occurred_at": cause.occurred_at,
        "traceparent": cause.traceparent,
    }
