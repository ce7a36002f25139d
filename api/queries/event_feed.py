"""The events over HTTP, for department systems without Kafka: the same CloudEvents, in order, from any position on.

A department system gets what concerns its department: events of inquiries that are its own or offered to it, and the
event with which one leaves it. Whoever oversees gets all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, json, request

from api.context import principal, system
from api.fields import Identifier, Request, Whole
from api.queries.looking import own_department
from api.topic import Topic
from casebackbone.access import Permission, Role
from events import inquiry as happened
from events.cloudevents import SCHEMA_BASE, to_document
from events.directory import DirectoryEvent
from events.inquiry import InquiryEvent
from events.published import PublishedEvent
from events.standing import Standing

topic = Topic("event_feed", __name__, description="Events for department systems")

MEDIA_TYPE = "application/cloudevents-batch+json"
SCANNED = 2_000
"""Events looked at for one answer. Whoever gets fewer than they asked for goes on from the Link header."""

POLL_SECONDS = 0.2

_LEAVING = (
    happened.InquiryReleased,
    happened.InquiryForwardAccepted,
    happened.InquiryForwardRejected,
    happened.InquiryForwardExpired,
    happened.InquiryForwardRecalled,
    happened.InquiryRerouted,
)
"""With these an inquiry, or the offer of one, may go away from a department."""


class EventsQuery(Request):
    """``after`` is a position; ``wait`` how many seconds to wait for a first event."""

    after = Whole(0, 2**63 - 1, load_default=0)
    limit = Whole(1, 200, load_default=50)
    wait = Whole(0, 20, load_default=0)
    department = Identifier(metadata={"description": "Only this department's; a department system has only its own"})


_HEADERS = {
    "Casebackbone-Position": {
        "description": "The position up to which this answer is complete.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Link": {
        "description": '`rel="next"`: where to go on, also when there is nothing yet.',
        "schema": {"type": "string"},
    },
}


@topic.route("/events", permission=Permission.READ_EVENTS)
@topic.arguments(EventsQuery, location="query")
@topic.response(200, schema={"type": "array", "items": {"type": "object"}}, content_type=MEDIA_TYPE, headers=_HEADERS)
def events(query: dict[str, Any]) -> Response:
    """Events after a position, as a CloudEvents batch."""
    department = _department(query)
    deadline = time.monotonic() + query["wait"]
    position, found = _scan(query["after"], department, query["limit"])
    while not found and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        position, found = _scan(position, department, query["limit"])
    base = system().settings.public_url or SCHEMA_BASE
    documents = [to_document(event, base) for event in found]
    response = current_app.response_class(json.dumps(documents), mimetype=MEDIA_TYPE)
    response.headers["Casebackbone-Position"] = str(position)
    narrowed = f"&department={query['department']}" if "department" in query else ""
    response.headers["Link"] = f'<{request.path}?after={position}&limit={query["limit"]}{narrowed}>; rel="next"'
    return response


def _department(query: dict[str, Any]) -> str | None:
    """Whose events: one's own, whatever is asked, unless one oversees."""
    asked: str | None = query.get("department")
    if principal().roles & {Role.AUDITOR, Role.ADMINISTRATOR} and not principal().of_department:
        return asked
    return own_department()


def _scan(after: int, department: str | None, limit: int) -> tuple[int, list[PublishedEvent]]:
    """Up to ``limit`` events that concern the department, and the position up to which that is all."""
    found: list[PublishedEvent] = []
    scanned = 0
    while scanned < SCANNED:
        page: Sequence[PublishedEvent] = system().read(after, 200)
        for event in page:
            after = event.provenance.position
            if department is None or concerns(event, department):
                found.append(event)
                if len(found) == limit:
                    return after, found
        scanned += len(page)
        if len(page) < 200:
            break
    return after, found


def concerns(event: PublishedEvent, department: str) -> bool:
    """Whether a department may know of an event: it has the inquiry, is offered it, or had or was until just now.

    The directory is for everybody, the desk for nobody else.
    """
    if not isinstance(event, InquiryEvent):
        return isinstance(event, DirectoryEvent)
    if _involves(event.standing, department):
        return True
    if not isinstance(event, _LEAVING):
        return False
    before = system().refetch(event.inquiry_id, event.version - 2, event.version - 1)
    return any(isinstance(one, InquiryEvent) and _involves(one.standing, department) for one in before)


def _involves(standing: Standing, department: str) -> bool:
    return department in (standing.department, standing.offered_to)
