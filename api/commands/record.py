"""Beside the way: what it is about, notes, due times, escalations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.commands.order import Answer, give
from api.commands.topic import CommandBody, CommandTopic
from api.commands.with_citizen import demand_ahead
from api.fields import Area, Choice, FreeText, Identifier, Moment
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import Acknowledge, ChangeDue, Classify, Escalate, Note
from casebackbone.content import Text

topic = CommandTopic("record", __name__, description="Beside the way")


class ClassifyBody(CommandBody):
    """The service that it is about, and where; without ``area`` that stays as it is."""

    service = Identifier(required=True)
    area = Area()


class NoteBody(CommandBody):
    """A note for colleagues."""

    text = FreeText(required=True)


class DueBody(CommandBody):
    """Another due time, and why."""

    due_at = Moment(required=True)
    reason = Choice(reasons.DUE, required=True)


class EscalateBody(CommandBody):
    """Whom to tell, and why."""

    to = Identifier(required=True)
    reason = Choice(reasons.ESCALATE, load_default="unspecified")


class AcknowledgeBody(CommandBody):
    """How long it stays quiet; without ``until`` as long as the service promise says."""

    until = Moment()


@topic.command("/inquiries/<uuid:inquiry_id>/classification", Permission.CLASSIFY, ClassifyBody)
def classify(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Name or correct the service, and where it is about."""
    return give(inquiry_id, body, Classify(service=body["service"], area=body.get("area")))


@topic.command("/inquiries/<uuid:inquiry_id>/notes", Permission.NOTE, NoteBody)
def note(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Write a note, also on a closed inquiry."""
    return give(inquiry_id, body, Note(texts=[Text("note", body["text"])]))


@topic.command("/inquiries/<uuid:inquiry_id>/due", Permission.CHANGE_DUE, DueBody)
def change_due(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Set another due time."""
    command = ChangeDue(due_at=body["due_at"], reason=body["reason"])
    return give(inquiry_id, body, command, check=lambda: demand_ahead(body, "due_at"))


@topic.command("/inquiries/<uuid:inquiry_id>/escalations", Permission.ESCALATE, EscalateBody)
def escalate(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Tell somebody above. The holder stays the holder."""
    return give(inquiry_id, body, Escalate(to=body["to"], reason=body["reason"]))


@topic.command("/inquiries/<uuid:inquiry_id>/acknowledgement", Permission.ACKNOWLEDGE, AcknowledgeBody)
def acknowledge(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Take note of an escalation, for a while."""
    command = Acknowledge(until=body.get("until"))
    return give(inquiry_id, body, command, check=lambda: demand_ahead(body, "until"))
