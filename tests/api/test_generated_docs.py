"""Documents made from the code name everything that is published."""

from __future__ import annotations

from api.generated_docs import asyncapi, events_page
from events.inquiry import EVENTS


def test_the_page_has_a_line_for_every_event() -> None:
    page = events_page()
    for event in EVENTS:
        assert f"| `{event.type}` |" in page


def test_asyncapi_has_a_message_with_a_schema_for_every_event() -> None:
    document = asyncapi()
    messages, schemas = document["components"]["messages"], document["components"]["schemas"]
    assert set(messages) == {event.type for event in EVENTS} == set(document["channels"]["inquiries"]["messages"])
    for message in messages.values():
        for part in (message["payload"], message["headers"]):
            assert part["$ref"].rpartition("/")[2] in schemas
    headers = schemas["CloudEventHeaders"]
    assert {"ce_id", "ce_position", "ce_hash"} <= set(headers["required"])
    assert set(headers["properties"]) - set(headers["required"]) == {"ce_traceparent", "ce_department", "ce_offeredto"}
