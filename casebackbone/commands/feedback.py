"""What the citizen says of the answer that they got."""

from __future__ import annotations

from dataclasses import dataclass

from casebackbone.access import Permission
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.inquiry import Inquiry


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveFeedback(InquiryCommand):
    """``verdict``: a code of :data:`casebackbone.reasons.FEEDBACK`."""

    permission = Permission.GIVE_FEEDBACK
    verdict: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.give_feedback(self.verdict)
