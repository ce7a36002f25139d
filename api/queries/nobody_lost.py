"""Nobody gets lost: every open inquiry with who has it until when, and why it might be at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from api.caretaking import clock_of
from api.context import local, now, system
from api.fields import Choice, Identifier, Line, Moment
from api.queries.looking import LINK, Answer, Fresh, List, LookQuery, PageQuery, look
from api.topic import Topic
from casebackbone.access import Permission
from projections import nobody_lost
from projections.nobody_lost import Filters, NobodyLostRow, Reason

topic = Topic("nobody_lost", __name__, description="Nobody gets lost")

REASONS = {
    "overdue": "Frist überschritten",
    "silent": "lange kein Schritt",
    "forward_not_accepted": "Weiterleitung nicht angenommen",
    "sent_back": "zurückgekommen",
    "callback_missed": "zugesagter Rückruf nicht erfolgt",
    "circles": "im Kreis geschickt",
    "escalated": "eskaliert, nicht zur Kenntnis genommen",
    "quarantined": "nicht verarbeitet",
}


class Filtered(ma.Schema):
    reason = Choice(REASONS)
    department = Identifier()
    service = Identifier()
    holder = Line(longest=150, metadata={"description": "Such as `desk:front`"})


class NobodyLostQuery(PageQuery, Filtered):
    """``show=all``: also those that are not at risk."""

    show = Choice(["at_risk", "all"], load_default="at_risk")


class SummaryQuery(LookQuery, Filtered):
    """Counts, narrowed by the same filters."""


class RiskReason(ma.Schema):
    code = ma.fields.String(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})


class NobodyLostItem(ma.Schema):
    """An open inquiry. Of what could not be read, only ``id`` or ``record``, ``reasons``, ``problem`` and ``family``
    are known: an article, a task … that could not be processed is told of here, too."""

    id = ma.fields.UUID(required=True, allow_none=True)
    version = ma.fields.Integer(required=True, allow_none=True)
    reference = ma.fields.String(required=True, allow_none=True)
    state = ma.fields.String(required=True, allow_none=True)
    channel = ma.fields.String(required=True, allow_none=True)
    holder = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    service = ma.fields.String(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    received_at = Moment(required=True, allow_none=True)
    last_step = ma.fields.String(required=True, allow_none=True)
    last_step_at = Moment(required=True, allow_none=True)
    hops = ma.fields.Integer(required=True, allow_none=True)
    sent_back = ma.fields.Integer(required=True, allow_none=True)
    offered_to = ma.fields.String(required=True, allow_none=True)
    offer_expires_at = Moment(required=True, allow_none=True)
    escalated_to = ma.fields.String(required=True, allow_none=True)
    acknowledged_until = Moment(required=True, allow_none=True)
    escalated_at = Moment(required=True, allow_none=True)
    escalated_for = ma.fields.String(required=True, allow_none=True)
    escalate_again_at = Moment(required=True, allow_none=True)
    callback_due_at = Moment(required=True, allow_none=True)
    lost_minutes = ma.fields.Integer(required=True, allow_none=True)
    circles = ma.fields.Integer(required=True, allow_none=True)
    attention = ma.fields.String(required=True, allow_none=True)
    attention_since = Moment(required=True, allow_none=True)
    reasons = ma.fields.List(ma.fields.Nested(RiskReason), required=True)
    record = ma.fields.String(required=True, allow_none=True)
    problem = ma.fields.String(required=True, allow_none=True)
    family = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "`inquiry`, `article`, `task` …; null if unknown"}
    )


class NobodyLost(List):
    items = ma.fields.List(ma.fields.Nested(NobodyLostItem), required=True)


class Summary(Fresh):
    """``all_clear`` is true only when nothing is at risk, everything could be read, and the view is not stale."""

    all_clear = ma.fields.Boolean(required=True)
    open = ma.fields.Integer(required=True)
    at_risk = ma.fields.Integer(required=True)
    by_reason = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    unattributed = ma.fields.Integer(required=True, metadata={"description": "Records that name no inquiry"})


@topic.route("/nobody-lost", permission=Permission.READ_NOBODY_LOST)
@topic.arguments(NobodyLostQuery, location="query")
@topic.response(200, NobodyLost, headers=LINK)
def at_risk(query: dict[str, Any]) -> Answer:
    """Every open inquiry at risk, with the reasons; what could not be processed comes first."""
    with look(query) as view:
        page = nobody_lost.page(
            view.connection,
            clock_of(system().promise, now()),
            _filters(query),
            only_at_risk=query["show"] == "at_risk",
            after=query.get("cursor"),
            limit=query["limit"],
        )
        return view.page(page, _item)


@topic.route("/nobody-lost/summary", permission=Permission.READ_NOBODY_LOST)
@topic.arguments(SummaryQuery, location="query")
@topic.response(200, Summary)
def summary(query: dict[str, Any]) -> dict[str, Any]:
    """How many are open, and how many of them at risk, by reason."""
    with look(query) as view:
        counts = nobody_lost.counts(view.connection, clock_of(system().promise, now()), _filters(query))
        nothing = counts.at_risk == 0 and counts.unattributed == 0
        return view.answer(
            all_clear=nothing and not view.freshness.stale,
            open=counts.open,
            at_risk=counts.at_risk,
            by_reason={str(reason): count for reason, count in counts.by_reason.items()},
            unattributed=counts.unattributed,
        )


def _filters(query: Mapping[str, Any]) -> Filters:
    return Filters(
        reason=Reason(query["reason"]) if "reason" in query else None,
        department=query.get("department"),
        service=query.get("service"),
        holder=query.get("holder"),
    )


def _item(row: NobodyLostRow) -> dict[str, Any]:
    return {
        "id": row.inquiry_id,
        "version": row.version,
        "reference": row.reference,
        "state": row.state,
        "channel": row.channel,
        "holder": row.holder,
        "department": row.department,
        "service": row.service,
        "due_at": local(row.due_at),
        "received_at": local(row.received_at),
        "last_step": row.last_step,
        "last_step_at": local(row.last_step_at),
        "hops": row.hops,
        "sent_back": row.sent_back,
        "offered_to": row.offered_to,
        "offer_expires_at": local(row.offer_expires_at),
        "escalated_to": row.escalated_to,
        "acknowledged_until": local(row.acknowledged_until),
        "escalated_at": local(row.escalated_at),
        "escalated_for": row.escalated_for,
        "escalate_again_at": local(row.escalate_again_at),
        "callback_due_at": local(row.callback_due_at),
        "lost_minutes": row.lost_minutes,
        "circles": row.circles,
        "attention": row.attention,
        "attention_since": local(row.attention_since),
        "reasons": [{"code": str(reason), "label": REASONS[reason]} for reason in row.reasons],
        "record": row.record,
        "problem": row.problem,
        "family": row.family,
    }
