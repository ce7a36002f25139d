"""An inquiry as clients see it: its standing and where to go from here, never what people said."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import marshmallow as ma

from api.context import local
from api.fields import Moment
from casebackbone.forwarding import Forwarding
from casebackbone.inquiry import Inquiry
from events.standing import Channel, Standing, State

WARNINGS = {
    "other_than_proposed": "Zuständig ist laut Verzeichnis {proposed}; weitergeleitet wurde an {to}.",
    "circular": "{to} hatte dieses Anliegen schon einmal. Bitte vor der Weiterleitung dort anrufen.",
}
OUTCOMES = ["pending", "accepted", "rejected", "expired", "recalled", "withdrawn"]


class ContentMention(ma.Schema):
    """That there is a text, and of what kind. Reading it is another request, and is recorded."""

    content_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)


class SenderWarning(ma.Schema):
    """What the sender should know. It forbids nothing."""

    code = ma.fields.String(required=True, metadata={"enum": list(WARNINGS)})
    detail = ma.fields.String(required=True, metadata={"description": "German"})


class LastForwarding(ma.Schema):
    """The last forward. ``proposed`` is whom the directory named; ``circular``: it had been there before."""

    to = ma.fields.String(required=True)
    forwarded_by = ma.fields.String(required=True)
    forwarded_at = Moment(required=True)
    reason = ma.fields.String(required=True)
    proposed = ma.fields.String(required=True, allow_none=True)
    other_than_proposed = ma.fields.Boolean(required=True)
    circular = ma.fields.Boolean(required=True)
    outcome = ma.fields.String(required=True, metadata={"enum": OUTCOMES})
    suggestion = ma.fields.String(required=True, allow_none=True)
    warnings = ma.fields.List(ma.fields.Nested(SenderWarning), required=True)


class MarathonIndex(ma.Schema):
    """How much the citizen was passed around: doors up to the first that took it, bounces, circles, and the service
    minutes lost at doors and between them. Door by door: `/marathon`."""

    doors_before_acceptance = ma.fields.Integer(required=True)
    bounces = ma.fields.Integer(required=True)
    circles = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)


class AnsweredFrom(ma.Schema):
    """Where the last answer came from."""

    source = ma.fields.String(required=True, metadata={"enum": ["article", "without_article"]})
    article_id = ma.fields.UUID(required=True, allow_none=True)
    article_version = ma.fields.Integer(required=True, allow_none=True)


class InquiryBody(ma.Schema):
    """An inquiry after its event ``version``. While it is open or waiting, ``holder`` and ``due_at`` are set."""

    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True, metadata={"example": "K7WM-2QXH-9RTD"})
    version = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True, metadata={"enum": [state.value for state in State]})
    channel = ma.fields.String(required=True, metadata={"enum": [channel.value for channel in Channel]})
    holder = ma.fields.String(required=True, allow_none=True, metadata={"example": "desk:front"})
    department = ma.fields.String(required=True, allow_none=True)
    service = ma.fields.String(required=True, allow_none=True)
    area = ma.fields.String(required=True, allow_none=True, metadata={"description": "AGS or ARS key"})
    received_at = Moment(required=True)
    due_at = Moment(required=True, allow_none=True)
    due_policy = ma.fields.String(required=True, allow_none=True)
    offered_to = ma.fields.String(required=True, allow_none=True)
    offered_at = Moment(required=True, allow_none=True)
    offer_expires_at = Moment(required=True, allow_none=True)
    forwarded_by = ma.fields.String(required=True, allow_none=True)
    forwards = ma.fields.Integer(required=True)
    sent_back = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)
    circles = ma.fields.Integer(required=True)
    forwarding = ma.fields.Nested(LastForwarding, required=True, allow_none=True)
    marathon = ma.fields.Nested(MarathonIndex, required=True)
    callback_not_before = Moment(required=True, allow_none=True)
    callback_due_at = Moment(required=True, allow_none=True)
    callback_attempts = ma.fields.Integer(required=True)
    waiting_since = Moment(required=True, allow_none=True)
    escalated_to = ma.fields.String(required=True, allow_none=True)
    escalate_again_at = Moment(required=True, allow_none=True)
    acknowledged_until = Moment(required=True, allow_none=True)
    attention = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Why its holder is to look at it, until they act"}
    )
    attention_since = Moment(required=True, allow_none=True)
    reopened = ma.fields.Integer(required=True)
    merged_into = ma.fields.UUID(required=True, allow_none=True)
    duplicates = ma.fields.List(ma.fields.UUID(), required=True, metadata={"description": "Merged into this one"})
    last_step_at = Moment(required=True)
    answer = ma.fields.Nested(AnsweredFrom, required=True, allow_none=True)
    doors = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "Departments it was offered to"})
    contents = ma.fields.List(ma.fields.Nested(ContentMention), required=True)
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


def standing_body(standing: Standing) -> dict[str, Any]:
    """Field by field, times as the desk reads them."""
    body: dict[str, Any] = {}
    for field in fields(standing):
        value = getattr(standing, field.name)
        body[field.name] = local(value) if isinstance(value, datetime) else value
    return body


def inquiry_body(inquiry: Inquiry) -> dict[str, Any]:
    here = f"/api/v1/inquiries/{inquiry.id}"
    return {
        "id": inquiry.id,
        "version": inquiry.version,
        **standing_body(inquiry.standing),
        "last_step_at": local(inquiry.last_occurred_at),
        "forwarding": _forwarding(inquiry.forwarding),
        "marathon": {
            "doors_before_acceptance": _doors_before_acceptance(inquiry),
            "bounces": inquiry.standing.sent_back,
            "circles": inquiry.standing.circles,
            "lost_minutes": inquiry.standing.lost_minutes,
        },
        "duplicates": list(inquiry.duplicates),
        "answer": _answered_from(inquiry),
        "doors": list(inquiry.doors),
        "contents": [{"content_id": ref.content_id, "kind": ref.kind} for ref in inquiry.contents.values()],
        "_links": {name: here + path for name, path in _LINKS.items()},
    }


_LINKS = {
    "self": "",
    "history": "/history",
    "contents": "/contents",
    "custody": "/custody",
    "marathon": "/marathon",
    "proposal": "/proposal",
}


def _answered_from(inquiry: Inquiry) -> dict[str, Any] | None:
    if not inquiry.answered:
        return None
    article_id, edition = inquiry.answered_from
    source = "without_article" if article_id is None else "article"
    return {"source": source, "article_id": article_id, "article_version": edition}


def _doors_before_acceptance(inquiry: Inquiry) -> int:
    before = inquiry.doors_before_acceptance
    return len(inquiry.doors) if before is None else before


def _forwarding(last: Forwarding | None) -> dict[str, Any] | None:
    if last is None:
        return None
    warnings = [code for code in WARNINGS if getattr(last, code)]
    return {
        "to": last.to,
        "forwarded_by": last.forwarded_by,
        "forwarded_at": local(last.forwarded_at),
        "reason": last.reason,
        "proposed": last.proposed,
        "other_than_proposed": last.other_than_proposed,
        "circular": last.circular,
        "outcome": last.outcome,
        "suggestion": last.suggestion,
        "warnings": [
            {"code": code, "detail": WARNINGS[code].format(to=last.to, proposed=last.proposed)} for code in warnings
        ],
    }


def etag(version: int) -> str:
    return f'"v{version}"'
