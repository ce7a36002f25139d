"""Who watches over it: telling somebody above, again until they say that they have seen it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from casebackbone import inquiry_events as happened
from casebackbone.custody import Custody
from casebackbone.escalation import DueEscalation, asked_by_person, due_escalation
from casebackbone.refusals import Conflict


class Watched(Custody):
    """The part of an inquiry that says who above has been told. Who holds it does not change by that."""

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        last_step_at: datetime
        escalations: int

    def due_escalation(self, silent_at: datetime, now: datetime) -> DueEscalation | None:
        """What has fallen due ``now`` and must be told; ``silent_at``: when its last step is too long ago."""
        return due_escalation(self.standing, last_step_at=self.last_step_at, silent_at=silent_at, now=now)

    def escalate(self, to: str, *, reason: str, again_at: datetime) -> None:
        """Tell somebody above; once more when nobody has acknowledged ``again_at``. The holder stays the holder."""
        self._open("escalate")
        self._tell(to, reason=reason, escalated_for=reason, again_at=again_at)

    def escalate_due(self, due: DueEscalation, *, to: str, silent_at: datetime, again_at: datetime) -> None:
        """Tell somebody above because of a deadline that has passed, if it is so: whoever says so may be behind."""
        self._open("escalate")
        if self.due_escalation(silent_at, self.cause.occurred_at) != due:
            raise Conflict(
                "not_due", f"Die Frist „{due.kind}“ ({due.deadline.isoformat()}) ist nicht oder nicht mehr zu melden."
            )
        asked = asked_by_person(self.standing)
        self._tell(
            to,
            reason=due.reason,
            escalated_for=str(self.standing.escalated_for) if asked else due.reason,
            again_at=again_at,
        )

    def acknowledge(self, until: datetime) -> None:
        """The escalation has been seen; it is not repeated ``until`` then, and not longer."""
        self._open("acknowledge")
        if self.standing.escalated_to is None:
            raise Conflict("not_escalated", "Das Anliegen ist nicht eskaliert.")
        if until <= self.cause.occurred_at:
            raise Conflict("acknowledged_for_no_time", "Die Kenntnisnahme endet vor ihrem Beginn; bitte später enden.")
        self._happens(happened.EscalationAcknowledged, acknowledged_until=until, escalate_again_at=None)

    def _tell(self, to: str, *, reason: str, escalated_for: str, again_at: datetime) -> None:
        self._happens(
            happened.Escalated,
            escalated_to=to,
            escalated_at=self.cause.occurred_at,
            escalated_for=escalated_for,
            escalate_again_at=again_at,
            acknowledged_until=None,
            event={"to": to, "reason": reason},
        )
