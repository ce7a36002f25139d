"""An inquiry as clients see it: its standing and where to go from here, never what people said."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import marshmallow as ma

from api.context import local
from api.fields import Moment
from casebackbone.inquiry import Inquiry
from events.standing import Channel, Standing, State


class ContentMention(ma.Schema):
    """That there is a text, and of what kind. Reading it is another request, and is recorded."""

    content_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)


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
    received_at = Moment(required=True)
    due_at = Moment(required=True, allow_none=True)
    due_policy = ma.fields.String(required=True, allow_none=True)
    offered_to = ma.fields.String(required=True, allow_none=True)
    offer_expires_at = Moment(required=True, allow_none=True)
    forwarded_by = ma.fields.String(required=True, allow_none=True)
    forwards = ma.fields.Integer(required=True)
    sent_back = ma.fields.Integer(required=True)
    callback_due_at = Moment(required=True, allow_none=True)
    waiting_since = Moment(required=True, allow_none=True)
    escalated_to = ma.fields.String(required=True, allow_none=True)
    acknowledged_until = Moment(required=True, allow_none=True)
    reopened = ma.fields.Integer(required=True)
    merged_into = ma.fields.UUID(required=True, allow_none=True)
    last_step_at = Moment(required=True)
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
        "doors": list(inquiry.doors),
        "contents": [{"content_id": ref.content_id, "kind": ref.kind} for ref in inquiry.contents.values()],
        "_links": {name: here + path for name, path in _LINKS.items()},
    }


_LINKS = {"self": "", "history": "/history", "contents": "/contents", "custody": "/custody"}


def etag(version: int) -> str:
    return f'"v{version}"'
