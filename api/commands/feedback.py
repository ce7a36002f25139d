"""For the citizen: did the answer help? Needs the reference and no login; one word, once for each inquiry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import marshmallow as ma
from flask import g

from api.commands.order import order_on
from api.commands.topic import HEADERS
from api.context import system
from api.errors import Problem
from api.fields import Choice, Request
from api.queries.looking import look
from api.queries.status import demand_patience
from api.topic import PUBLIC, Topic
from casebackbone import reasons
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.commands import GiveFeedback
from casebackbone.reference import normalised
from projections import status as status_view

topic = Topic("feedback", __name__, description="For the citizen")

CITIZEN = Principal("feedback", frozenset({Role.FEEDBACK}))
"""Whoever has the reference. Nothing of them is recorded."""


class FeedbackBody(Request):
    """Whether the answer helped. There is no room for text: whoever has more to say is to call."""

    verdict = Choice(reasons.FEEDBACK, required=True)


class FeedbackGiven(ma.Schema):
    """What was recorded."""

    reference = ma.fields.String(required=True)
    verdict = ma.fields.String(required=True, metadata={"enum": list(reasons.FEEDBACK)})
    label = ma.fields.String(required=True, metadata={"description": "German"})


@topic.route("/status/<string:reference>/feedback", permission=PUBLIC, method="POST")
@topic.arguments(FeedbackBody, location="json")
@topic.response(200, FeedbackGiven, headers={"Casebackbone-Position": HEADERS["Casebackbone-Position"]})
@topic.doc(parameters=["IdempotencyKey"])
def give_feedback(body: dict[str, Any], reference: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say whether the answer helped. The first word stands; a second one is refused."""
    demand_patience()
    known = normalised(reference) if len(reference) <= 40 else None
    verdict = body["verdict"]
    order = _order(_inquiry_of(known), str(known))
    done = system().application.handle(order, GiveFeedback(verdict=verdict))
    told = {"reference": known, "verdict": verdict, "label": reasons.FEEDBACK[verdict]}
    return told, 200, {"Casebackbone-Position": str(done.position)}


def _inquiry_of(reference: str | None) -> UUID:
    with look({}) as view:
        found = status_view.by_reference(view.connection, reference) if reference is not None else None
    if found is None:
        raise Problem("inquiry_not_found", "Zu dieser Nummer gibt es kein Anliegen; bitte noch einmal vergleichen.")
    return found.inquiry_id


def _order(inquiry_id: UUID, reference: str) -> Order:
    """A key is the citizen's own: others may have chosen the same."""
    g.principal = CITIZEN
    order = order_on(inquiry_id, {})
    return replace(order, cause=replace(order.cause, command_id=uuid5(order.cause.command_id, reference)))
