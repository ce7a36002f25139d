"""The generated functions and the schemas say the same about every event and every damaged document."""

import copy
from dataclasses import fields
from typing import Any

import jsonschema_rs
import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import EVENTS
from events.channel import UnreadableEvent
from events.codec import Envelope, decode, decode_by_schema, encode
from events.published import PublishedEvent
from events.schemas import EVENT_TYPES, SCHEMAS, dump, json_schema, read_time, read_uuid, write_time
from tests.events.samples import ANY_EVENT, sample

VALIDATORS = {kind: jsonschema_rs.validator_for(json_schema(kind), validate_formats=True) for kind in EVENT_TYPES}
JUNK: list[Any] = [
    None,
    "",
    "x",
    "2026-01-01",
    "2026-01-01T00:00:00",
    1,
    0,
    -1,
    1.0,
    2**63,
    True,
    [],
    {},
    [None],
    "\x00",
]


def envelope(event: PublishedEvent) -> Envelope:
    p = event.provenance
    return Envelope(event.subject, event.version, p.position, p.hash, p.previous_hash, p.store_epoch, p.traceparent)


def test_every_type_has_a_schema_and_nothing_else_has() -> None:
    assert set(SCHEMAS) == {event.type for event in EVENTS}
    assert len(SCHEMAS) == len(EVENTS)
    for event in EVENTS:
        own = {field.name for field in fields(event)} - {event.identity, "version"}
        assert set(SCHEMAS[event.type]().fields) == own


@given(ANY_EVENT)
def test_what_is_written_is_read_again_by_both(event: PublishedEvent) -> None:
    data = encode(event)
    assert data == dump(event)
    assert decode(event.type, data, envelope(event)) == event
    assert decode_by_schema(event.type, data, envelope(event)) == event
    VALIDATORS[event.type].validate(data)


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [(*path, key) for key, _ in below] + [deep for key, inner in below for deep in _paths(inner, (*path, key))]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[PublishedEvent, dict[str, Any]]:
    event = sample(draw(st.sampled_from(EVENTS)))
    data = copy.deepcopy(encode(event))
    *way, last = draw(st.sampled_from(_paths(data)))
    node: Any = data
    for key in way:
        node = node[key]
    if isinstance(node, dict) and draw(st.booleans()):
        del node[last]
    else:
        node[last] = draw(st.sampled_from(JUNK))
    return event, data


@given(damaged())
def test_both_refuse_the_same_documents(case: tuple[PublishedEvent, dict[str, Any]]) -> None:
    event, data = case
    try:
        expected: PublishedEvent | None = decode_by_schema(event.type, data, envelope(event))
    except ma.ValidationError:
        expected = None
    if expected is None:
        with pytest.raises(UnreadableEvent):
            decode(event.type, data, envelope(event))
    else:
        assert decode(event.type, data, envelope(event)) == expected
        VALIDATORS[event.type].validate(data)


def test_the_fast_reader_needs_no_help_from_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it did, it would be slow and nobody would notice."""
    monkeypatch.setattr("events.codec._explain", None)
    for kind in EVENTS:
        event = sample(kind)
        assert decode(event.type, encode(event), envelope(event)) == event


def test_unknown_fields_are_left_out_so_that_later_versions_may_add_some() -> None:
    event = sample(EVENTS[0])
    data = encode(event)
    data["added_later"] = {"anything": 1}
    data["standing"]["mood"] = "fine"
    assert decode(event.type, data, envelope(event)) == event
    VALIDATORS[event.type].validate(data)


def test_a_standing_without_its_newer_fields_is_read_with_their_defaults() -> None:
    event = sample(EVENTS[0])
    data = encode(event)
    for name in ("reopened", "merged_into", "forwards"):
        del data["standing"][name]
    read = decode(event.type, data, envelope(event))
    assert (read.standing.reopened, read.standing.merged_into, read.standing.forwards) == (0, None, 0)


def test_the_reason_names_the_field_and_quotes_nothing() -> None:
    event = sample(EVENTS[0])
    data = encode(event)
    data["standing"]["due_at"] = "Geheimnis"
    data["provenance"]["command_id"] = "Geheimnis"
    del data["language"]
    with pytest.raises(UnreadableEvent) as refusal:
        decode(event.type, data, envelope(event))
    told = str(refusal.value)
    assert "/standing/due_at" in told
    assert "/provenance/command_id" in told
    assert "/language" in told
    assert "Geheimnis" not in told
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T00:00:00", "noon", ""])
def test_a_time_needs_an_offset(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


def test_times_keep_their_microseconds_and_come_out_in_utc() -> None:
    assert write_time(read_time("2026-03-29T03:00:00.000001+02:00")) == "2026-03-29T01:00:00.000001Z"


@pytest.mark.parametrize(
    "text",
    [
        "2f1c2a5e8f504a579b390f4c8f0b0115",
        "{2f1c2a5e-8f50-4a57-9b39-0f4c8f0b0115}",
        "urn:uuid:2f1c2a5e-8f50-4a57-9b39-0f4c8f0b0115",
        "2f1c2a5-e8f50-4a57-9b39-0f4c8f0b0115",
        "2f 1c2a5e-8f50-4a57-9b39-0f4c8f0b011",
        "",
    ],
)
def test_other_spellings_of_a_uuid_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_uuid(text)
