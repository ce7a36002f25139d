"""Who has it: claiming and releasing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.commands.order import Answer, give
from api.commands.topic import CommandBody, CommandTopic
from api.fields import Choice
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import Claim, Release, SendToBackground

topic = CommandTopic("custody", __name__, description="Who has it")


class ClaimBody(CommandBody):
    """Nothing to say."""


class ReleaseBody(CommandBody):
    """Why it is put back."""

    reason = Choice(reasons.RELEASE, load_default="unspecified")


@topic.command("/inquiries/<uuid:inquiry_id>/claim", Permission.CLAIM, ClaimBody)
def claim(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Take an inquiry from a desk, or from your department."""
    return give(inquiry_id, body, Claim())


@topic.command("/inquiries/<uuid:inquiry_id>/release", Permission.RELEASE, ReleaseBody)
def release(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Put it back to the desk or department it came from."""
    return give(inquiry_id, body, Release(reason=body["reason"]))


@topic.command("/inquiries/<uuid:inquiry_id>/background", Permission.SEND_TO_BACKGROUND, ReleaseBody)
def send_to_background(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Hand it to the background staff."""
    return give(inquiry_id, body, SendToBackground(reason=body["reason"]))
