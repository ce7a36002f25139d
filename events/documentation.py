"""docs/events.md and docs/asyncapi.json, made from the schemas: ``python -m events.documentation`` writes them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin
from uuid import UUID

from events.catalogue import EVENTS, FAMILIES, PARTS
from events.labels import event_label
from events.published import PublishedEvent
from events.schemas import component_schemas, data_fields, is_required, without_none
from events.standing import Provenance, Standing

TOPIC = "casebackbone.inquiries.v1"
DOCS = Path(__file__).resolve().parent.parent / "docs"

ATTRIBUTES: dict[str, tuple[str, str]] = {
    "ce_specversion": ("always", "`1.0`"),
    "ce_id": ("always", "`<subject>:<version>`"),
    "ce_source": ("always", "`/casebackbone`"),
    "ce_type": ("always", "what happened, one of the types below"),
    "ce_subject": ("always", "the subject's id; also the record's key"),
    "ce_time": ("always", "when it happened (business time), RFC 3339 in UTC"),
    "content-type": ("always", "`application/json`"),
    "ce_dataschema": ("always", "where the JSON Schema of the value is served"),
    "ce_sequence": ("always", "the version: 1, 2, 3 … within the subject, without gaps"),
    "ce_partitionkey": ("always", "the same as the key"),
    "ce_position": ("always", "place in the store's log; grows from event to event, with gaps"),
    "ce_hash": ("always", "SHA-256 that seals the event and all before it of the subject"),
    "ce_previoushash": ("always", "`ce_hash` of the event before; 64 zeros for the first"),
    "ce_storeepoch": ("always", "identity of the store; another one after a restore"),
    "ce_traceparent": ("if known", "W3C trace context of the command"),
    "ce_department": ("if it has one", "the department whose matter it is"),
    "ce_offeredto": ("while offered", "the department that is asked to take it"),
}

_SUBJECTS = ", ".join(f"`{family.identity}`" for family in FAMILIES)
_WORDS = (
    "No event holds what a citizen said or was told, or who they are. The words of articles, and what the directory "
    "says of departments and services, are in the events: they are the city's own, and public. Its people are ids."
)

_INTRODUCTION = f"""# Published events

Made from the code by `python -m events.documentation`. Change the code instead.

Topic `{TOPIC}`, key = the subject's id, CloudEvents 1.0 in binary mode: attributes are headers, the value is JSON.
Each family below has its own subjects ({_SUBJECTS}); whoever is interested in some
only chooses by `ce_type`. Events of one subject are in order, each arrives at least once. What a consumer has to do:

- keep, per `ce_subject`, the last `ce_sequence` that it has dealt with, and skip what is not higher;
- a number left out means that something is missing: stop this subject and ask (of an inquiry:
  `GET /api/v1/inquiries/{{id}}/history`);
- ignore fields and types that it does not know: within a version, changes only add;
- choose on the headers alone, without reading the value: by `ce_type`, and of inquiries by `ce_department` and
  `ce_offeredto`.

Every event of an inquiry carries its whole standing after it: who holds it and until when needs no history.
{_WORDS} `contents` points to texts that are read over REST by those who may.
`examples/department_consumer.py` is a consumer in forty lines.
"""

_JSON_TYPES = {str: "string", int: "integer", bool: "boolean", datetime: "time", UUID: "UUID"}


def _type(hint: Any) -> str:
    hint, optional = without_none(hint)
    if get_origin(hint) is tuple:
        made = f"list of {_type(get_args(hint)[0])}"
    elif issubclass(hint, StrEnum):
        made = " \\| ".join(f"`{member.value}`" for member in hint)
    else:
        made = _JSON_TYPES.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"
    return f"{made} or null" if optional else made


def _summary(kind: type) -> str:
    return " ".join(inspect.cleandoc(kind.__doc__ or "").replace("``", "`").split())


def _own_fields(event: type[PublishedEvent]) -> list[str]:
    return [
        f"`{field.name}` ({_type(hint)})" for field, hint in data_fields(event) if hint not in (Standing, Provenance)
    ]


def _table(kind: type) -> Iterator[str]:
    yield "| Field | Type | Always there |"
    yield "|---|---|---|"
    for field, hint in data_fields(kind):
        yield f"| `{field.name}` | {_type(hint)} | {'yes' if is_required(field) else 'no'} |"


def _markdown_lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Headers\n"
    yield "| Header | When | Meaning |"
    yield "|---|---|---|"
    for name, (when, meaning) in ATTRIBUTES.items():
        yield f"| `{name}` | {when} | {meaning} |"
    yield "\n## Types\n"
    yield "The value has `provenance`, of inquiries also `standing`, and the fields named here.\n"
    for family, events in FAMILIES.items():
        yield f"### {family.__name__}\n\n{_summary(family)} `ce_subject` is the `{family.identity}`.\n"
        yield "| `ce_type` | Auf Deutsch | What happened | Fields of its own |"
        yield "|---|---|---|---|"
        for event in events:
            own = ", ".join(_own_fields(event))
            yield f"| `{event.type}` | {event_label(event.type)} | {_summary(event)} | {own} |"
        yield ""
    for part in reversed(PARTS):
        yield f"\n## {part.__name__}\n"
        yield _summary(part) + "\n"
        yield from _table(part)


def events_markdown() -> str:
    """The text of docs/events.md."""
    return "\n".join(_markdown_lines()) + "\n"


def _header_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, (_, text) in ATTRIBUTES.items()},
        "required": [name for name, (when, _) in ATTRIBUTES.items() if when == "always"],
    }


def _message(event: type[PublishedEvent]) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event_label(event.type),
        "summary": _summary(event),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/Headers"},
                {"type": "object", "properties": {"ce_type": {"const": event.type}}},
            ]
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"#/components/schemas/{event.__name__}"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document."""
    names = [event.__name__ for event in EVENTS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "casebackbone: what happens on the citizens' line",
            "version": "1.0.0",
            "description": f"Every event of an inquiry carries its whole standing after it. {_WORDS}",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "inquiries": {
                "address": TOPIC,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"kafka": {"topic": TOPIC, "partitions": 12, "bindingVersion": "0.5.0"}},
            }
        },
        "operations": {
            "publishEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/inquiries"},
                "messages": [{"$ref": f"#/channels/inquiries/messages/{name}"} for name in names],
            }
        },
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENTS},
            "schemas": {"Headers": _header_schema(), **component_schemas()},
        },
    }


def asyncapi_text() -> str:
    """The text of docs/asyncapi.json."""
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path = DOCS) -> None:
    """Writes both documents."""
    (folder / "events.md").write_text(events_markdown(), encoding="utf-8")
    (folder / "asyncapi.json").write_text(asyncapi_text(), encoding="utf-8")


if __name__ == "__main__":
    write()
