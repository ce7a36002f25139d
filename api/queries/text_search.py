"""Search over what people said. The words come in a body: an address would be logged on the way."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import structlog
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from api.context import local, now, principal, system
from api.errors import unavailable
from api.fields import Choice, Flag, Identifier, Line, Moment, Part, Request, Several, Whole
from api.freshness import Lag, stored_after
from api.queries.inquiries import PURPOSES
from api.queries.looking import Meta
from api.topic import Topic
from casebackbone import content
from casebackbone.access import Permission
from casebackbone.content_search import MOST, SEARCHED, Filters, Found, Hit

topic = Topic("text_search", __name__, description="Search over what people said")


class TextSearch(Request):
    """``words``: what is looked for; all of them in one text, or with ``match: any`` one of them. A telephone number
    (with 0 or + in front) is found however it is written. Contact details are searched where ``kinds`` names them."""

    words = Line(longest=300, required=True)
    purpose = Choice(PURPOSES, required=True)
    match = Choice(["all", "any"], load_default="all")
    kinds = Several(Choice(list(content.KINDS)), load_default=list(SEARCHED), validate=ma.validate.Length(1, 10))
    service = Identifier()
    department = Identifier()
    open = Flag(metadata={"description": "Only inquiries that are open, or only closed ones"})
    limit = Whole(1, MOST, load_default=20)
    cursor = Line(longest=4000, metadata={"description": "From `next_cursor`, with the same search; opaque"})


class TextHit(ma.Schema):
    """A text that was found. ``matches``: ranges of characters of ``snippet``. ``state`` … are of the inquiry now."""

    inquiry_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    service = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    content_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    created_at = Moment(required=True)
    snippet = ma.fields.String(required=True)
    matches = ma.fields.List(ma.fields.List(ma.fields.Integer()), required=True)


class TextHits(ma.Schema):
    """``complete``: all texts that are stored were searched, and all inquiries could be read; ``meta`` says how far
    the index is. A page may be short, or empty, and still have a next one: then a part was searched."""

    items = ma.fields.List(ma.fields.Nested(TextHit), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)
    complete = ma.fields.Boolean(required=True)
    meta = Part(Meta, required=True)


@topic.route("/searches/texts", permission=Permission.SEARCH_TEXTS, method="POST")
@topic.arguments(TextSearch)
@topic.response(200, TextHits)
def search_texts(body: dict[str, Any]) -> dict[str, Any]:
    """Find inquiries by what people said. The search, and each inquiry that it shows, is recorded first."""
    found = _searched(body)
    return {"items": [_hit(hit) for hit in found.hits], "next_cursor": found.after, **_freshness(found)}


def _searched(body: dict[str, Any]) -> Found:
    filters = Filters(
        kinds=body["kinds"],
        service=body.get("service"),
        department=body.get("department"),
        open=body.get("open"),
        any_word=body["match"] == "any",
    )
    try:
        return system().content_search.search(
            principal(),
            body["words"],
            filters,
            at=now(),
            purpose=body["purpose"],
            limit=body["limit"],
            after=body.get("cursor"),
        )
    except (PersistenceError, SQLAlchemyError) as unwritten:
        structlog.get_logger("api").error("search_not_recorded", error=type(unwritten).__name__)
        raise unavailable(
            "access_not_recorded",
            "Die Suche konnte nicht ausgeführt und vermerkt werden; ohne Vermerk wird nichts gezeigt.",
        ) from None


def _hit(hit: Hit) -> dict[str, Any]:
    standing = hit.inquiry.standing
    return {
        "inquiry_id": hit.inquiry.id,
        "reference": standing.reference,
        "state": standing.state.value,
        "service": standing.service,
        "department": standing.department,
        "content_id": hit.content_id,
        "kind": hit.kind,
        "created_at": local(hit.created_at),
        "snippet": hit.snippet.text,
        "matches": [list(place) for place in hit.snippet.matches],
    }


def _freshness(found: Found) -> dict[str, Any]:
    store = system().store
    lag = Lag.behind(store, found.position, now())
    return {
        "complete": lag.events == 0 and not found.unreadable,
        "meta": {
            "as_of_position": found.position,
            "as_of": local(stored_after(store, found.position - 1) if found.position else None),
            "lag": {"events": lag.events, "seconds": round(lag.seconds, 3)},
            "stale": lag.seconds > system().settings.stale_after.total_seconds(),
        },
    }
