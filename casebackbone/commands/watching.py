"""By when it is due, and who is told when it is not done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from casebackbone.access import Permission
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.deadlines import Due
from casebackbone.escalation import ANY_SUPERVISOR, DueEscalation
from casebackbone.inquiry import Inquiry


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDue(InquiryCommand):
    permission = Permission.CHANGE_DUE
    due_at: datetime
    reason: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.change_due(Due(self.due_at, scene.principal.actor), reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(InquiryCommand):
    permission = Permission.ESCALATE
    to: str
    reason: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        again = scene.promise.escalate_again(scene.cause.occurred_at, inquiry.standing.service)
        inquiry.escalate(self.to, reason=self.reason, again_at=again.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateDue(InquiryCommand):
    """A deadline has passed: the supervisor whom the directory names is told, or else ``otherwise``.

    Only if it is due: whoever gives this command may be behind, or not alone.
    """

    permission = Permission.ESCALATE
    due: DueEscalation
    otherwise: str = ANY_SUPERVISOR

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        now, standing = scene.cause.occurred_at, inquiry.standing
        inquiry.escalate_due(
            self.due,
            to=scene.directory.supervisor(standing.department, now) or self.otherwise,
            silent_at=scene.promise.silent_after(inquiry.last_step_at, standing.service).at,
            again_at=scene.promise.escalate_again(now, standing.service).at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(InquiryCommand):
    """Without ``until`` the service promise says how long an acknowledgement lasts."""

    permission = Permission.ACKNOWLEDGE
    until: datetime | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        until = self.until or scene.promise.acknowledgement(scene.cause.occurred_at, inquiry.standing.service).at
        inquiry.acknowledge(until)
