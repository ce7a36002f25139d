"""With the citizen: answers, calls back, and waiting for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.commands.order import Answer, give
from api.commands.receiving import AnswerBody, answering, noted
from api.commands.topic import CommandBody, CommandTopic
from api.context import now
from api.errors import invalid
from api.fields import Choice, Flag, FreeText, Moment
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import Contact, Pause, PromiseCallback, Resume

topic = CommandTopic("with_citizen", __name__, description="With the citizen")

FARTHEST = timedelta(days=3653)
"""Nobody promises more than ten years ahead, and no calendar knows its holidays for much longer."""


def demand_ahead(body: dict[str, Any], name: str) -> None:
    """A promised time is in the future, and not absurdly far. Raises Problem."""
    moment: datetime | None = body.get(name)
    if moment is not None and moment > now() + FARTHEST:
        raise invalid(f"/{name}", "too_far", "Dieser Zeitpunkt liegt mehr als zehn Jahre in der Zukunft.")
    if moment is not None and moment <= (body.get("occurred_at") or now()):
        raise invalid(f"/{name}", "in_the_past", "Dieser Zeitpunkt ist schon vorbei.")


class AnsweringBody(AnswerBody, CommandBody):
    """What the citizen was told."""


class CallbackBody(CommandBody):
    """A call, at the latest at ``due_at``; without it the service promise says until when, counted from ``not_before``,
    the beginning of the window in which the citizen can be reached."""

    due_at = Moment()
    not_before = Moment()
    note = FreeText()


class ContactBody(CommandBody):
    """Whether the citizen was reached."""

    reached = Flag(required=True)
    note = FreeText()


class PauseBody(CommandBody):
    """What it waits for."""

    reason = Choice(reasons.PAUSE, load_default="waiting_for_citizen")


class ResumeBody(CommandBody):
    """Nothing to say."""


@topic.command("/inquiries/<uuid:inquiry_id>/answers", Permission.ANSWER, AnsweringBody)
def answer(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Answer the citizen."""
    return give(inquiry_id, body, answering(body))


@topic.command("/inquiries/<uuid:inquiry_id>/callbacks", Permission.CONTACT, CallbackBody)
def promise_callback(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Promise a call. It takes the place of one that had been promised."""
    command = PromiseCallback(due_at=body.get("due_at"), not_before=body.get("not_before"), texts=noted(body))
    return give(inquiry_id, body, command, check=lambda: _demand_window(body))


def _demand_window(body: dict[str, Any]) -> None:
    """A window lies ahead, and ends after it begins. Raises Problem."""
    for name in ("due_at", "not_before"):
        demand_ahead(body, name)
    if "due_at" in body and "not_before" in body and body["due_at"] <= body["not_before"]:
        raise invalid("/due_at", "window_reversed", "Das Rückruffenster endet, bevor es beginnt.")


@topic.command("/inquiries/<uuid:inquiry_id>/contacts", Permission.CONTACT, ContactBody)
def contact(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Say that you tried to reach the citizen."""
    return give(inquiry_id, body, Contact(reached=body["reached"], texts=noted(body)))


@topic.command("/inquiries/<uuid:inquiry_id>/pause", Permission.PAUSE, PauseBody)
def pause(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """It waits for the citizen: the clock stops."""
    return give(inquiry_id, body, Pause(reason=body["reason"]))


@topic.command("/inquiries/<uuid:inquiry_id>/resumption", Permission.PAUSE, ResumeBody)
def resume(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """It goes on, with the time that was left."""
    return give(inquiry_id, body, Resume())
