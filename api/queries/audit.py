"""For auditors: who did what when and why, whose hands it was in, and whether the sums are right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from api.context import local, now
from api.fields import Choice, Identity, Line, Moment
from api.queries.inquiries import visible
from api.queries.looking import LINK, Answer, Fresh, List, LookQuery, PageQuery, look
from api.topic import Topic
from casebackbone.access import Permission
from events.labels import EVENT_LABELS
from projections import audit_trail, custody
from projections.audit_trail import AuditRow, Filters
from projections.custody_interval import Interval

topic = Topic("audit", __name__, description="For auditors")


class TrailQuery(PageQuery):
    """The newest first; of one inquiry in its order. ``occurred_from`` is inclusive, ``occurred_to`` exclusive."""

    inquiry_id = Identity()
    actor = Line(longest=150, metadata={"description": "Such as `agent:anna`"})
    department = Line(longest=100)
    type = Choice(EVENT_LABELS)
    occurred_from = Moment()
    occurred_to = Moment()

    @ma.validates_schema
    def _apart(self, data: dict[str, Any], **kwargs: Any) -> None:
        others = {"actor", "department", "type", "occurred_from", "occurred_to"} & set(data)
        if "inquiry_id" in data and others:
            raise ma.ValidationError("contradiction: Mit inquiry_id geht kein weiterer Filter.", sorted(others)[0])


class TrailItem(ma.Schema):
    """One thing that somebody did, or that the system did, with its cause."""

    inquiry_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    type = ma.fields.String(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})
    actor = ma.fields.String(required=True)
    occurred_at = Moment(required=True)
    recorded_at = Moment(required=True)
    command_id = ma.fields.UUID(required=True)
    correlation_id = ma.fields.UUID(required=True)
    causation_id = ma.fields.String(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True)
    codes = ma.fields.Dict(required=True, allow_none=True)
    state = ma.fields.String(required=True)
    holder = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    hash = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)


class Trail(List):
    items = ma.fields.List(ma.fields.Nested(TrailItem), required=True)


class AccountingQuery(LookQuery):
    """``as_of``: a moment of business time; without it now."""

    as_of = Moment()


class Accounting(Fresh):
    """``conserved``: received = open + resolved + merged."""

    at = Moment(required=True)
    received = ma.fields.Integer(required=True)
    open = ma.fields.Integer(required=True)
    open_overdue = ma.fields.Integer(required=True)
    resolved = ma.fields.Integer(required=True)
    merged = ma.fields.Integer(required=True)
    handovers = ma.fields.Integer(required=True)
    open_by_department = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    overdue_by_department = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    conserved = ma.fields.Boolean(required=True)


class CustodyInterval(ma.Schema):
    """In whose hands it was, from ``valid_from`` until ``valid_to`` (none: still)."""

    holder = ma.fields.String(required=True, allow_none=True)
    state = ma.fields.String(required=True)
    department = ma.fields.String(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)
    opened_by = ma.fields.String(required=True)
    opened_version = ma.fields.Integer(required=True)


class Custody(Fresh):
    """All of its intervals, and the seconds that it spent in each pair of hands."""

    items = ma.fields.List(ma.fields.Nested(CustodyInterval), required=True)
    seconds_by_holder = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float(), required=True)


@topic.route("/audit/trail", permission=Permission.READ_AUDIT)
@topic.arguments(TrailQuery, location="query")
@topic.response(200, Trail, headers=LINK)
def trail(query: dict[str, Any]) -> Answer:
    """Who did what when, why, and caused by what."""
    paging = {"after": query.get("cursor"), "limit": query["limit"]}
    with look(query) as view:
        if "inquiry_id" in query:
            page = audit_trail.of_inquiry(view.connection, query["inquiry_id"], **paging)
        else:
            names = ("actor", "department", "type", "occurred_from", "occurred_to")
            page = audit_trail.search(view.connection, Filters(**{name: query.get(name) for name in names}), **paging)
        return view.page(page, _trail_item)


@topic.route("/audit/accounting", permission=Permission.READ_AUDIT)
@topic.arguments(AccountingQuery, location="query")
@topic.response(200, Accounting)
def accounting(query: dict[str, Any]) -> dict[str, Any]:
    """How many were received, open, overdue, and with whom, at a moment."""
    as_of = query.get("as_of") or now()
    with look(query) as view:
        sums: dict[str, Any] = dict(custody.accounting(view.connection, as_of))
        conserved = sums["received"] == sums["open"] + sums["resolved"] + sums["merged"]
        return view.answer(at=local(as_of), conserved=conserved, **sums)


@topic.route("/inquiries/<uuid:inquiry_id>/custody", permission=Permission.READ_INQUIRY)
@topic.arguments(LookQuery, location="query")
@topic.response(200, Custody)
def custody_intervals(query: dict[str, Any], inquiry_id: UUID) -> dict[str, Any]:
    """In whose hands it was, when."""
    visible(inquiry_id)
    with look(query) as view:
        times = custody.time_per_door(view.connection, inquiry_id, now())
        return view.answer(
            items=[_interval(interval) for interval in custody.intervals(view.connection, inquiry_id)],
            seconds_by_holder={holder: time.total_seconds() for holder, time in times.items()},
        )


def _trail_item(row: AuditRow) -> dict[str, Any]:
    return {
        "inquiry_id": row.inquiry_id,
        "version": row.version,
        "type": row.type,
        "label": EVENT_LABELS.get(row.type, row.type),
        "actor": row.actor,
        "occurred_at": local(row.occurred_at),
        "recorded_at": local(row.recorded_at),
        "command_id": row.command_id,
        "correlation_id": row.correlation_id,
        "causation_id": row.causation_id,
        "reason": row.reason,
        "outcome": row.outcome,
        "codes": row.codes,
        "state": row.state,
        "holder": row.holder,
        "department": row.department,
        "due_at": local(row.due_at),
        "hash": row.hash,
        "position": row.position,
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "holder": interval.holder,
        "state": interval.state,
        "department": interval.department,
        "due_at": local(interval.due_at),
        "valid_from": local(interval.valid_from),
        "valid_to": local(interval.valid_to),
        "opened_by": interval.opened_by,
        "opened_version": interval.opened_version,
    }
