"""Documents made from the code, so that they cannot say something else: OpenAPI, AsyncAPI, the list of events."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from inspect import cleandoc
from typing import Any
from uuid import UUID

from casebackbone import __version__
from events.cloudevents import attributes
from events.inquiry import EVENTS, InquiryEvent, InquiryResumed
from events.labels import EVENT_LABELS
from events.schemas import EVENT_TYPES, component_schemas
from events.standing import Channel, Provenance, Standing, State

TOPIC = "casebackbone.inquiries.v1"
_MADE = "<!-- Made by `casebackbone docs`. Change the code instead. -->"
_COMMON = {field.name for field in fields(InquiryEvent)}


def documents(openapi: dict[str, Any]) -> dict[str, str]:
    """File name under ``docs/`` to content."""
    return {
        "openapi.json": _json(openapi),
        "asyncapi.json": _json(asyncapi()),
        "events.md": events_page(),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def events_page() -> str:
    """The published events for people: type, German word, what it means, own fields."""
    lines = [
        _MADE,
        "# Published events",
        "",
        f"Topic `{TOPIC}`, key = inquiry id, CloudEvents 1.0 in binary mode; `docs/asyncapi.json` has every schema.",
        "Each event carries the whole standing of the inquiry after it, so a consumer needs no history to know who",
        "holds the matter and until when. No event holds free text or personal data: `contents` refers to texts that",
        "are read over REST, where it is authorised and recorded.",
        "",
        "| Type | German | Meaning | Own fields |",
        "|---|---|---|---|",
    ]
    for event in EVENTS:
        own = ", ".join(f"`{field.name}`" for field in fields(event) if field.name not in _COMMON)
        lines.append(f"| `{event.type}` | {EVENT_LABELS[event.type]} | {_sentence(event)} | {own or '–'} |")
    for title, kind in (("The standing", Standing), ("The provenance", Provenance)):
        lines += ["", f"## {title}", "", cleandoc(kind.__doc__ or ""), "", "| Field | Type |", "|---|---|"]
        lines += [f"| `{field.name}` | `{field.type}` |".replace(" | None`", "` or nothing") for field in fields(kind)]
    return "\n".join(lines) + "\n"


def _sentence(event: type[InquiryEvent]) -> str:
    return " ".join(cleandoc(event.__doc__ or "").split()).replace("``", "`")


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: the topic, its messages, and the schema of each."""
    messages = {event_type: _message(event_type) for event_type in EVENT_TYPES}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "casebackbone",
            "version": __version__,
            "description": "What happens to citizens' inquiries. At least once; in order within each inquiry.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "inquiries": {
                "address": TOPIC,
                "description": "Key: the inquiry's id. Follow the versions of an inquiry: 1, 2, 3, … without a gap.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {"follow": {"action": "send", "channel": {"$ref": "#/channels/inquiries"}}},
        "components": {"messages": messages, "schemas": component_schemas() | {"CloudEventHeaders": _headers()}},
    }


def _message(event_type: str) -> dict[str, Any]:
    return {
        "name": event_type,
        "title": EVENT_LABELS[event_type],
        "summary": _sentence(EVENT_TYPES[event_type]),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"#/components/schemas/{EVENT_TYPES[event_type].__name__}"},
    }


def _headers() -> dict[str, Any]:
    """The CloudEvents attributes as they are on Kafka; taken from a made event, so that they are those of the code."""
    always, sometimes = _attributes(full=False), _attributes(full=True)
    return {
        "type": "object",
        "description": "CloudEvents attributes in binary mode: `ce_` and the name. All are text.",
        "properties": {_header(name): {"type": "string"} for name in sometimes},
        "required": [_header(name) for name in always],
    }


def _header(attribute: str) -> str:
    return "content-type" if attribute == "datacontenttype" else f"ce_{attribute}"


def _attributes(full: bool) -> list[str]:
    """Names of the attributes that every event has, or that one has where everything is set."""
    epoch, moment = UUID(int=0), datetime(2026, 1, 1, tzinfo=UTC)
    event = InquiryResumed(
        inquiry_id=epoch,
        version=2,
        standing=Standing(
            state=State.OPEN,
            reference="",
            channel=Channel.PHONE,
            received_at=moment,
            holder="desk:front",
            due_at=moment,
            department="x" if full else None,
            offered_to="x" if full else None,
        ),
        provenance=Provenance(
            actor="agent:x",
            command_id=epoch,
            correlation_id=epoch,
            causation_id=None,
            occurred_at=moment,
            recorded_at=moment,
            position=1,
            hash="0" * 64,
            previous_hash="0" * 64,
            store_epoch=epoch,
            traceparent="x" if full else None,
        ),
    )
    return list(attributes(event))
