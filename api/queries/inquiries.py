"""One inquiry: how it stands, how it stood, what happened to it, and what people said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma
import structlog
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from api.context import local, now, principal, system
from api.errors import Problem, unavailable
from api.fields import Choice, Identity, Line, Moment, Request, Whole
from api.representation import InquiryBody, etag, inquiry_body
from api.topic import Topic
from casebackbone import access
from casebackbone.access import Permission
from casebackbone.inquiry import Inquiry
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.reference import normalised
from casebackbone.refusals import InquiryNotFound
from casebackbone.store.rows import ContentRow
from casebackbone.translation import publish
from events.codec import encode
from events.labels import event_label

topic = Topic("inquiries", __name__, description="One inquiry")

PURPOSES = {
    "handling": "Bearbeitung",
    "callback": "Rückruf",
    "supervision": "Aufsicht, Qualität",
    "complaint": "Beschwerde",
    "data_subject_request": "Auskunft an die betroffene Person (Art. 15 DSGVO)",
    "erasure": "Prüfung einer Löschung (Art. 17 DSGVO)",
}


class WhenQuery(Request):
    """Without either: now. ``as_of`` is business time."""

    version = Whole(1, 999_999_999)
    as_of = Moment()

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) > 1:
            raise ma.ValidationError("contradiction: Entweder version oder as_of, nicht beides.", "as_of")


class HistoryItem(ma.Schema):
    """One thing that happened. ``data`` is what the published event says, its standing included."""

    version = ma.fields.Integer(required=True)
    type = ma.fields.String(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})
    actor = ma.fields.String(required=True)
    occurred_at = Moment(required=True)
    recorded_at = Moment(required=True)
    command_id = ma.fields.UUID(required=True)
    correlation_id = ma.fields.UUID(required=True)
    causation_id = ma.fields.String(required=True, allow_none=True)
    hash = ma.fields.String(required=True)
    previous_hash = ma.fields.String(required=True)
    data = ma.fields.Dict(required=True)


class History(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(HistoryItem), required=True)


class ContentsQuery(Request):
    """Why the texts are looked at. It is recorded before they are sent."""

    purpose = Choice(PURPOSES, required=True)
    content_id = Identity()


class ContentItem(ma.Schema):
    """A text; ``contact`` has the fields of contact details."""

    content_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    text = ma.fields.String(required=True, allow_none=True)
    contact = ma.fields.Dict(required=True, allow_none=True)
    created_at = Moment(required=True)


class Contents(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ContentItem), required=True)


class ReferenceQuery(Request):
    """As the citizen says it; spaces, dashes and small letters do not matter."""

    reference = Line(longest=40, required=True)


def visible(inquiry_id: UUID) -> Inquiry:
    """The inquiry now, for those who may know of it. Raises InquiryNotFound."""
    inquiry = system().application.inquiry(inquiry_id)
    if not access.sees(principal(), inquiry.standing):
        raise InquiryNotFound(inquiry_id)
    return inquiry


@topic.route("/inquiries/<uuid:inquiry_id>", permission=Permission.READ_INQUIRY)
@topic.arguments(WhenQuery, location="query")
@topic.response(200, InquiryBody, headers={"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}})
def inquiry(query: dict[str, Any], inquiry_id: UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """How it stands, or stood after an event or at a time."""
    found = visible(inquiry_id)
    if "version" in query:
        found = system().application.inquiry(inquiry_id, version=query["version"])
    elif "as_of" in query:
        found = system().application.inquiry_at(inquiry_id, query["as_of"])
    return inquiry_body(found), 200, {"ETag": etag(found.version)}


@topic.route("/inquiries/<uuid:inquiry_id>/history", permission=Permission.READ_INQUIRY)
@topic.response(200, History)
def history(inquiry_id: UUID) -> dict[str, Any]:
    """All that happened to it, in order."""
    visible(inquiry_id)
    epoch = system().store.epoch
    return {"items": [_history_item(event, epoch) for event in system().application.history(inquiry_id)]}


def _history_item(event: InquiryEvent, epoch: UUID) -> dict[str, Any]:
    published = publish(event, position=0, store_epoch=epoch)
    data = encode(published)
    data.pop("provenance", None)
    return {
        "version": published.version,
        "type": published.type,
        "label": event_label(published.type),
        "actor": published.provenance.actor,
        "occurred_at": local(published.provenance.occurred_at),
        "recorded_at": local(published.provenance.recorded_at),
        "command_id": published.provenance.command_id,
        "correlation_id": published.provenance.correlation_id,
        "causation_id": published.provenance.causation_id,
        "hash": published.provenance.hash,
        "previous_hash": published.provenance.previous_hash,
        "data": data,
    }


@topic.route("/inquiries/<uuid:inquiry_id>/contents", permission=Permission.READ_CONTENT)
@topic.arguments(ContentsQuery, location="query")
@topic.response(200, Contents)
def contents(query: dict[str, Any], inquiry_id: UUID) -> dict[str, Any]:
    """What people said. That you looked, and why, is recorded first."""
    found = visible(inquiry_id)
    asked = [query["content_id"]] if "content_id" in query else list(found.contents)
    if not set(asked) <= set(found.contents):
        raise Problem("not_found", "Diesen Inhalt gibt es an dem Anliegen nicht.")
    rows = read_texts(found, asked, query["purpose"])
    return {"items": [_content_item(row) for row in rows]}


def read_texts(inquiry: Inquiry, content_ids: Sequence[UUID], purpose: str) -> list[ContentRow]:
    """Texts of an inquiry, after it was recorded that they are looked at. Raises Problem when it cannot be."""
    try:
        return system().application.texts(principal(), inquiry, content_ids, at=now(), purpose=purpose)
    except (PersistenceError, SQLAlchemyError) as unwritten:
        structlog.get_logger("api").error("access_not_recorded", error=type(unwritten).__name__)
        raise unavailable(
            "access_not_recorded", "Die Einsicht konnte nicht vermerkt werden; ohne Vermerk wird nichts gezeigt."
        ) from None


def _content_item(row: ContentRow) -> dict[str, Any]:
    return {
        "content_id": row.content_id,
        "kind": row.kind,
        "text": row.text,
        "contact": _contact(row.text) if row.kind == "contact" else None,
        "created_at": local(row.created_at),
    }


def _contact(text: str | None) -> dict[str, Any] | None:
    """Contact details as they were entered here; imported ones are any text."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@topic.route("/inquiries", permission=Permission.READ_INQUIRY)
@topic.arguments(ReferenceQuery, location="query")
@topic.response(200, InquiryBody)
def by_reference(query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Find an inquiry by the citizen's reference."""
    reference = normalised(query["reference"])
    inquiry_id = system().inquiry_of(reference) if reference is not None else None
    if inquiry_id is None:
        raise Problem("inquiry_not_found", "Zu dieser Nummer gibt es kein Anliegen; bitte noch einmal vergleichen.")
    found = visible(inquiry_id)
    return inquiry_body(found), 200, {"ETag": etag(found.version)}
