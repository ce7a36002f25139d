"""Passing on: offering custody to a department, and what the department says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.commands.order import Answer, give
from api.commands.receiving import ForwardBody, forwarding, noted
from api.commands.topic import CommandBody, CommandTopic
from api.fields import Choice, Flag, FreeText, Identifier
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import Accept, Recall, Reject

topic = CommandTopic("handover", __name__, description="Passing on")


class ForwardingBody(ForwardBody, CommandBody):
    """To which department, and why. Without ``to``: to the one that the directory names for its service and area."""


class AcceptBody(CommandBody):
    """``personally``: you take it yourself, instead of leaving it with the department."""

    personally = Flag(load_default=False)


class RejectBody(CommandBody):
    """Why it is not theirs; ``suggestion`` names a department that might be responsible."""

    reason = Choice(reasons.REJECT, required=True)
    suggestion = Identifier()
    note = FreeText()


class RecallBody(CommandBody):
    """Nothing to say."""


@topic.command("/inquiries/<uuid:inquiry_id>/forwardings", Permission.FORWARD, ForwardingBody)
def forward(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Offer it to a department. You stay the holder until it accepts. The answer's ``forwarding`` says whether the
    directory names another one, and whether it has been there before."""
    return give(inquiry_id, body, forwarding(body))


@topic.command("/inquiries/<uuid:inquiry_id>/acceptance", Permission.DECIDE_OFFER, AcceptBody)
def accept(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Take what was offered to your department."""
    return give(inquiry_id, body, Accept(personally=body["personally"]))


@topic.command("/inquiries/<uuid:inquiry_id>/rejection", Permission.DECIDE_OFFER, RejectBody)
def reject(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Not your department's: it goes back to the front desk."""
    return give(inquiry_id, body, Reject(reason=body["reason"], suggestion=body.get("suggestion"), texts=noted(body)))


@topic.command("/inquiries/<uuid:inquiry_id>/recall", Permission.RECALL, RecallBody)
def recall(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Withdraw the offer and keep it."""
    return give(inquiry_id, body, Recall())
