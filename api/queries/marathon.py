"""The marathon index: who was passed around, through which doors, and which service it happens to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from api.context import local, now, system
from api.csv_answer import CSV, FORMATS, as_asked
from api.fields import Choice, Identifier, Moment, Whole
from api.queries.inquiries import visible
from api.queries.looking import LINK, Answer, List, PageQuery, look
from api.representation import OUTCOMES, MarathonIndex
from api.topic import Topic
from casebackbone.access import Permission
from casebackbone.calendar import Pause
from casebackbone.inquiry import Inquiry
from casebackbone.marathon import Door, marathon
from projections import marathon as view_of
from projections.marathon import Filters, MarathonRow, ServiceMarathon

topic = Topic("marathon", __name__, description="Who was passed around")


class DoorItem(ma.Schema):
    """A department that was asked. ``minutes_there`` is the service time until it ended (or now), ``minutes_between``
    the one since the last door. ``version`` is the event that offered it."""

    department = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    offered_at = Moment(required=True)
    forwarded_by = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    proposed = ma.fields.String(required=True, allow_none=True)
    other_than_proposed = ma.fields.Boolean(required=True)
    circular = ma.fields.Boolean(required=True)
    outcome = ma.fields.String(required=True, metadata={"enum": OUTCOMES})
    ended_at = Moment(required=True, allow_none=True)
    minutes_there = ma.fields.Integer(required=True, allow_none=True)
    minutes_between = ma.fields.Integer(required=True)
    suggestion = ma.fields.String(required=True, allow_none=True)


class InquiryMarathon(MarathonIndex):
    """Every door of an inquiry, in order."""

    accepted_at = Moment(required=True, allow_none=True, metadata={"description": "By the first door that took it"})
    doors = ma.fields.List(ma.fields.Nested(DoorItem), required=True)


class Proposal(ma.Schema):
    """Who is responsible, as the directory says now. ``department`` is null where it names nobody; ``been_there``: that
    department has had it before. ``doors`` are those that it was sent to."""

    service = ma.fields.String(required=True, allow_none=True)
    area = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    been_there = ma.fields.Boolean(required=True)
    doors = ma.fields.List(ma.fields.String(), required=True)
    needs_supervisor = ma.fields.Boolean(required=True)


class MarathonQuery(PageQuery):
    """Inquiries that came in from ``received_from`` (inclusive) to ``received_to`` (exclusive)."""

    service = Identifier()
    received_from = Moment()
    received_to = Moment()
    format = Choice(FORMATS, load_default="json")


class MarathonInquiriesQuery(MarathonQuery):
    """The same; ``doors_from``: only those that went through so many doors at least."""

    doors_from = Whole(0, 1000)


class ServiceItem(ma.Schema):
    """A service. Means and shares are of those inquiries that were ``forwarded``; null where none was."""

    service = ma.fields.String(required=True, allow_none=True)
    inquiries = ma.fields.Integer(required=True)
    forwarded = ma.fields.Integer(required=True)
    accepted = ma.fields.Integer(required=True)
    doors = ma.fields.Integer(required=True)
    mean_doors = ma.fields.Float(required=True, allow_none=True)
    most_doors = ma.fields.Integer(required=True)
    more_than_one_door = ma.fields.Integer(required=True)
    more_than_one_door_share = ma.fields.Float(required=True, allow_none=True)
    bounces = ma.fields.Integer(required=True)
    circles = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)


class MarathonByService(List):
    items = ma.fields.List(ma.fields.Nested(ServiceItem), required=True)
    total = ma.fields.Nested(ServiceItem, required=True, metadata={"description": "Of all pages"})


class MarathonInquiry(ma.Schema):
    """One inquiry behind the numbers; ``doors`` up to the first that took it."""

    id = ma.fields.UUID(required=True)
    service = ma.fields.String(required=True, allow_none=True)
    received_at = Moment(required=True)
    doors = ma.fields.Integer(required=True)
    accepted_at = Moment(required=True, allow_none=True)
    bounces = ma.fields.Integer(required=True)
    circles = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)


class MarathonInquiries(List):
    items = ma.fields.List(ma.fields.Nested(MarathonInquiry), required=True)


@topic.route("/inquiries/<uuid:inquiry_id>/proposal", permission=Permission.READ_INQUIRY)
@topic.response(200, Proposal)
def proposal(inquiry_id: UUID) -> dict[str, Any]:
    """Whom to forward it to: the department that is responsible for its service and area."""
    inquiry = visible(inquiry_id)
    standing = inquiry.standing
    department = system().application.directory().responsible(standing.service, standing.area, now())
    return {
        "service": standing.service,
        "area": standing.area,
        "department": department,
        "been_there": department in inquiry.been_to,
        "doors": list(inquiry.doors),
        "needs_supervisor": inquiry.needs_supervisor,
    }


@topic.route("/inquiries/<uuid:inquiry_id>/marathon", permission=Permission.READ_INQUIRY)
@topic.response(200, InquiryMarathon)
def of_inquiry(inquiry_id: UUID) -> dict[str, Any]:
    """Every door that it was sent to, how that ended, and the service minutes there and in between."""
    inquiry = visible(inquiry_id)
    found = marathon(system().application.history(inquiry_id))
    return {
        "doors_before_acceptance": found.doors_before_acceptance,
        "bounces": found.bounces,
        "circles": found.circles,
        "lost_minutes": found.lost_minutes,
        "accepted_at": local(found.accepted_at),
        "doors": [_door(door, inquiry) for door in found.doors],
    }


@topic.route("/audit/marathon", permission=Permission.READ_AUDIT)
@topic.arguments(MarathonQuery, location="query")
@topic.response(200, MarathonByService, headers=LINK)
@topic.doc(**CSV)
def by_service(query: dict[str, Any]) -> Answer | Response:
    """Doors, bounces and lost service time by service."""
    with look(query) as view:
        page = view_of.by_service(view.connection, _filters(query), after=query.get("cursor"), limit=query["limit"])
        total = _service(view_of.total(view.connection, _filters(query)))
        return as_asked(query, view.page(page, _service, total=total), ServiceItem)


@topic.route("/audit/marathon/inquiries", permission=Permission.READ_AUDIT)
@topic.arguments(MarathonInquiriesQuery, location="query")
@topic.response(200, MarathonInquiries, headers=LINK)
@topic.doc(**CSV)
def inquiries(query: dict[str, Any]) -> Answer | Response:
    """The inquiries behind these numbers."""
    with look(query) as view:
        page = view_of.inquiries(view.connection, _filters(query), after=query.get("cursor"), limit=query["limit"])
        return as_asked(query, view.page(page, _inquiry), MarathonInquiry)


def _filters(query: Mapping[str, Any]) -> Filters:
    return Filters(
        service=query.get("service"),
        received_from=query.get("received_from"),
        received_to=query.get("received_to"),
        doors_from=query.get("doors_from"),
    )


def _door(door: Door, inquiry: Inquiry) -> dict[str, Any]:
    there = door.offered_minutes
    if door.outcome == "pending":
        pauses = [Pause(*wait) for wait in inquiry.waits(now())]
        there = system().application.promise.passed(door.offered_at, now(), pauses)
    return {
        "department": door.department,
        "version": door.version,
        "offered_at": local(door.offered_at),
        "forwarded_by": door.forwarded_by,
        "reason": door.reason,
        "proposed": door.proposed,
        "other_than_proposed": door.proposed not in (None, door.department),
        "circular": door.circular,
        "outcome": door.outcome,
        "ended_at": local(door.ended_at),
        "minutes_there": there,
        "minutes_between": door.between_minutes,
        "suggestion": door.suggestion,
    }


def _service(row: ServiceMarathon) -> dict[str, Any]:
    return {
        **asdict(row),
        "mean_doors": _rounded(row.mean_doors),
        "more_than_one_door_share": _rounded(row.more_than_one_door_share),
    }


def _inquiry(row: MarathonRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("service", "doors", "bounces", "circles", "lost_minutes")},
        "id": row.inquiry_id,
        "received_at": local(row.received_at),
        "accepted_at": local(row.accepted_at),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
