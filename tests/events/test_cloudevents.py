"""Messages are CloudEvents, which the SDK of the CloudEvents project witnesses from outside, and survive bad ones."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as sdk
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import EVENTS
from events.channel import Message, UnreadableEvent
from events.cloudevents import (
    from_document,
    from_message,
    from_raw,
    identify,
    raw_text,
    to_document,
    to_message,
)
from events.published import PublishedEvent
from tests.events.samples import ANY_EVENT, sample

SECRET = "Geheimnis"


@given(ANY_EVENT)
def test_messages_and_documents_give_the_event_back(event: PublishedEvent) -> None:
    assert from_message(*to_message(event)) == event
    assert from_document(to_document(event)) == event
    assert from_document(json.loads(json.dumps(to_document(event)))) == event
    assert from_raw(raw_text(*to_message(event))) == event
    assert from_raw(json.dumps(to_document(event))) == event


@given(ANY_EVENT)
def test_the_sdk_reads_what_we_write(event: PublishedEvent) -> None:
    key, headers, value = to_message(event)
    read = sdk.from_binary_event(sdk.KafkaMessage(headers=dict(headers), key=key, value=value))
    assert read.get_specversion() == "1.0"
    assert read.get_id() == event.id
    assert read.get_type() == event.type
    assert read.get_source() == "/casebackbone"
    assert read.get_subject() == str(event.subject) == read.get_extension("partitionkey")
    assert read.get_time() == event.provenance.occurred_at
    assert read.get_datacontenttype() == "application/json"
    assert read.get_dataschema() == f"https://casebackbone.invalid/schemas/{event.type}.json"
    assert read.get_extension("sequence") == str(event.version)
    assert read.get_data() == to_document(event)["data"]


@given(ANY_EVENT)
def test_we_read_what_the_sdk_writes(event: PublishedEvent) -> None:
    key, headers, value = to_message(event)
    read = sdk.from_binary_event(sdk.KafkaMessage(headers=dict(headers), key=key, value=value))
    written = sdk.to_binary_event(read)
    assert isinstance(written.key, str)
    assert from_message(written.key.encode(), list(written.headers.items()), written.value) == event
    assert set(written.headers) == {name for name, _ in headers}


def test_a_header_appears_once_and_only_if_it_says_something() -> None:
    event = sample(EVENTS[0])
    names = [name for name, _ in to_message(event).headers]
    assert len(names) == len(set(names))
    assert {"ce_department", "ce_offeredto", "ce_traceparent"} <= set(names)
    document = to_document(event)
    document["data"]["standing"] |= {"department": None, "offered_to": None}
    del document["traceparent"]
    lone = [name for name, _ in to_message(from_document(document)).headers]
    assert not {"ce_department", "ce_offeredto", "ce_traceparent"} & set(lone)


def test_the_base_of_schemas_is_a_setting() -> None:
    headers = dict(to_message(sample(EVENTS[0]), "https://stadt.example/api").headers)
    assert headers["ce_dataschema"] == f"https://stadt.example/api/schemas/{EVENTS[0].type}.json".encode()


GOOD = to_message(sample(EVENTS[0]))


def changed(key: bytes | None = GOOD.key, value: bytes | None = GOOD.value, **headers: bytes | None) -> tuple[Any, ...]:
    merged: dict[str, bytes | None] = {
        **dict(GOOD.headers),
        **{name.replace("-", "-"): v for name, v in headers.items()},
    }
    return key, [(name, text) for name, text in merged.items() if text is not None], value


BAD = {
    "no key": changed(key=None),
    "another key": changed(key=b"2f1c2a5e-8f50-4a57-9b39-0f4c8f0b0115"),
    "no value": changed(value=None),
    "empty value": changed(value=b""),
    "not JSON": changed(value=SECRET.encode()),
    "not UTF-8": changed(value=b'{"a":"\xff"}'),
    "deep": changed(value=b"[" * 100_000),
    "a list": changed(value=b"[]"),
    "a long number": changed(value=b"1" * 10_000),
    "NUL": changed(value=GOOD.value.replace(b'"language":"de"', b'"language":"\\u0000"')),
    "lone surrogate": changed(value=GOOD.value.replace(b'"language":"de"', b'"language":"\\ud800"')),
    "wrong field": changed(value=GOOD.value.replace(b'"phone"', f'"{SECRET}"'.encode())),
    "unknown type": changed(ce_type=f"casebackbone.inquiry.{SECRET}.v1".encode()),
    "no type": changed(ce_type=None),
    "unknown version": changed(ce_type=b"casebackbone.inquiry.received.v2"),
    "other CloudEvents": changed(ce_specversion=b"0.3"),
    "another version": changed(ce_sequence=b"2"),
    "version 0": changed(ce_sequence=b"0", ce_id=GOOD.key + b":0"),
    "endless version": changed(ce_sequence=b"9" * 30, ce_id=GOOD.key + b":" + b"9" * 30),
    "no position": changed(ce_position=None),
    "negative position": changed(ce_position=b"-1"),
    "Arabic digits": changed(ce_position="١".encode()),
    "short hash": changed(ce_hash=b"00"),
    "no hash": changed(ce_previoushash=None),
    "no epoch": changed(ce_storeepoch=b"x"),
    "headers not UTF-8": changed(ce_type=b"\xff"),
    "NUL in a header": changed(ce_traceparent=b"a\x00"),
    "structured": (GOOD.key, [("content-type", b"application/cloudevents+json")], GOOD.value),
    "no headers": (GOOD.key, [], GOOD.value),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_told_without_quoting_it(name: str) -> None:
    key, headers, value = BAD[name]
    with pytest.raises(UnreadableEvent) as refusal:
        from_message(key, headers, value)
    assert str(refusal.value)
    assert SECRET not in str(refusal.value)
    with pytest.raises(UnreadableEvent):
        from_raw(raw_text(key, headers, value))


@given(
    st.none() | st.binary(max_size=40),
    st.lists(st.tuples(st.sampled_from([name for name, _ in GOOD.headers]), st.binary(max_size=40)), max_size=20),
    st.none() | st.binary(max_size=200) | st.just(GOOD.value),
)
def test_no_record_whatever_breaks_the_reader(key: Any, headers: Any, value: Any) -> None:
    with pytest.raises(UnreadableEvent):
        from_message(key, headers, value)
    identify(key, headers)
    kept = json.loads(raw_text(key, headers, value))
    assert [bytes(text.encode("utf-8", "surrogateescape")) for _, text in kept["headers"]] == [v for _, v in headers]


@pytest.mark.parametrize("document", [{}, {"data": None}, {**to_document(sample(EVENTS[0])), "id": 1}])
def test_documents_that_are_none(document: dict[str, Any]) -> None:
    with pytest.raises(UnreadableEvent):
        from_document(document)


@pytest.mark.parametrize("raw", ["", "[]", "{}", "null", '{"key": 1, "headers": 2, "value": 3}'])
def test_kept_records_that_are_none(raw: str) -> None:
    with pytest.raises(UnreadableEvent):
        from_raw(raw)


def test_an_unreadable_record_still_says_what_it_is_about() -> None:
    event = sample(EVENTS[0], version=7)
    message = to_message(event)
    assert identify(message.key, message.headers) == (event.subject, 7)
    assert identify(None, message.headers) == (event.subject, 7)
    assert identify(message.key, []) == (event.subject, None)
    assert identify(None, []) == (None, None)


def test_a_message_has_key_headers_and_value() -> None:
    assert Message._fields == ("key", "headers", "value")


def test_a_kept_record_is_read_whatever_else_others_put_into_its_headers() -> None:
    headers = [*GOOD.headers, ("trace", b"\xff\xfe")]
    assert from_raw(raw_text(GOOD.key, headers, GOOD.value)) == sample(EVENTS[0])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_value_is_written_as_the_standard_library_writes_it(text: str) -> None:
    event = replace(sample(EVENTS[0]), language=text)
    written = json.dumps(to_document(event)["data"], ensure_ascii=False, separators=(",", ":"))
    assert to_message(event).value == written.encode()
