"""CloudEvents 1.0 around every published event: Kafka's binary mode, and the structured JSON form.

Binary mode (CloudEvents Kafka protocol binding 1.0, section 3.2): attributes are ``ce_`` headers, so that a consumer
can choose on headers alone; the value is the JSON part. The structured form is the same in one JSON object: for the
event feed over HTTP, golden files and quarantine.

The cloudevents SDK writes and reads these messages in the tests, as an independent witness. On the way it is not used:
measured on one core, it needs 39 us to write and 47 us to read a message, this module 24 and 28, checks included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from events.channel import Message, UnreadableEvent
from events.codec import Envelope, decode, encode
from events.published import PublishedEvent
from events.schemas import INT64, read_uuid

SOURCE = "/casebackbone"
SCHEMA_BASE = "https://casebackbone.invalid"
"""Where schemas are served when nothing else is set (RFC 2606: a name that leads nowhere)."""

_CONTENT_TYPE = "application/json"
_HASH = re.compile("[0-9a-f]{64}").fullmatch
_COUNT = re.compile("0|[1-9][0-9]{0,18}").fullmatch
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]").search
_epoch = lru_cache(maxsize=16)(read_uuid)
_subject = lru_cache(maxsize=4096)(read_uuid)


@lru_cache(maxsize=256)
def _fixed(event_type: str, schema_base: str) -> dict[str, str]:
    """The attributes that are the same in all events of a type."""
    return {
        "specversion": "1.0",
        "source": SOURCE,
        "type": event_type,
        "datacontenttype": _CONTENT_TYPE,
        "dataschema": f"{schema_base}/schemas/{event_type}.json",
    }


@lru_cache(maxsize=256)
def _fixed_headers(event_type: str, schema_base: str) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        ("content-type" if name == "datacontenttype" else f"ce_{name}", value.encode())
        for name, value in _fixed(event_type, schema_base).items()
    )


_epoch_text = lru_cache(maxsize=16)(str)


def _varying(kind: type[PublishedEvent], data: Mapping[str, Any], envelope: Envelope) -> dict[str, str]:
    subject, sequence = str(envelope.subject), str(envelope.version)
    made = {
        "id": f"{subject}:{sequence}",
        "subject": subject,
        "time": data["provenance"]["occurred_at"],
        "sequence": sequence,
        "partitionkey": subject,
        "position": str(envelope.position),
        "hash": envelope.hash,
        "previoushash": envelope.previous_hash,
        "storeepoch": _epoch_text(envelope.store_epoch),
    }
    if envelope.traceparent is not None:
        made["traceparent"] = envelope.traceparent
    made |= kind.routing(data)
    return made


def _enveloped(event: PublishedEvent) -> Envelope:
    said = event.provenance
    return Envelope(
        event.subject,
        event.version,
        said.position,
        said.hash,
        said.previous_hash,
        said.store_epoch,
        said.traceparent,
    )


def to_message(event: PublishedEvent, schema_base: str = SCHEMA_BASE) -> Message:
    """The record for Kafka, keyed by the subject's id."""
    return write_message(type(event), encode(event), _enveloped(event), schema_base)


def write_message(
    kind: type[PublishedEvent], data: Mapping[str, Any], envelope: Envelope, schema_base: str = SCHEMA_BASE
) -> Message:
    """The same of an event whose JSON part is there already; nothing is checked."""
    varying = _varying(kind, data, envelope)
    headers = [("ce_" + name, value.encode()) for name, value in varying.items()]
    headers += _fixed_headers(kind.type, schema_base)
    return Message(varying["subject"].encode(), headers, orjson.dumps(data))


def to_document(event: PublishedEvent, schema_base: str = SCHEMA_BASE) -> dict[str, Any]:
    """The structured form, in plain JSON values."""
    data = encode(event)
    return {**_fixed(event.type, schema_base), **_varying(type(event), data, _enveloped(event)), "data": data}


def from_message(key: bytes | None, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> PublishedEvent:
    """The event of a Kafka record. Raises :class:`UnreadableEvent`, which quotes nothing of the content.

    Key, id, subject and sequence must agree on the subject and its version.
    """
    try:
        known = {_READ_HEADERS[name]: text.decode() for name, text in headers if name in _READ_HEADERS}
    except (UnicodeDecodeError, AttributeError):
        raise UnreadableEvent("a header is not UTF-8 text") from None
    if not known.get("datacontenttype", "").startswith(_CONTENT_TYPE):
        raise UnreadableEvent("content-type is not application/json")
    if value is None:
        raise UnreadableEvent("record without a value")
    envelope = _envelope(known)
    if key != known["subject"].encode():
        raise UnreadableEvent("key and subject differ")
    data = read_json(value)
    if b"\\u" in value:
        _refuse_unstorable(data)
    return decode(known["type"], data, envelope)


def from_document(document: Mapping[str, Any]) -> PublishedEvent:
    """The event of a structured document. Raises :class:`UnreadableEvent`."""
    known = {name: document[name] for name in _READ_ATTRIBUTES if name in document}
    if not all(isinstance(text, str) for text in known.values()):
        raise UnreadableEvent("an attribute is not a string")
    if document.get("datacontenttype") != _CONTENT_TYPE:
        raise UnreadableEvent("datacontenttype is not application/json")
    data = document.get("data")
    _refuse_unstorable(data)
    return decode(known.get("type", ""), data, _envelope(known))


def read_json(value: bytes) -> Any:
    """JSON in UTF-8. Raises :class:`UnreadableEvent`."""
    try:
        return orjson.loads(value)
    except ValueError:
        raise UnreadableEvent("value is not JSON in UTF-8") from None


def identify(key: bytes | None, headers: Sequence[tuple[str, bytes]]) -> tuple[UUID | None, int | None]:
    """Which subject and version a record is about, as far as key and headers tell. Never raises."""
    found = dict(headers)
    subject = None
    for text in (key, found.get("ce_subject")):
        try:
            subject = read_uuid((text or b"").decode())
            break
        except ValueError:
            continue
    sequence = _COUNT((found.get("ce_sequence") or b"").decode("ascii", "replace"))
    return subject, int(sequence[0]) if sequence and int(sequence[0]) <= INT64[1] else None


def raw_text(key: bytes | None, headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> str:
    """A record as ASCII JSON text from which :func:`from_raw` reads the same bytes again."""
    return json.dumps(
        {"key": _loose(key), "headers": [[name, _loose(text)] for name, text in headers], "value": _loose(value)}
    )


def from_raw(raw: str) -> PublishedEvent:
    """The event of a kept record (:func:`raw_text`) or structured document. Raises :class:`UnreadableEvent`."""
    try:
        kept = json.loads(raw)  # what is not UTF-8 is kept as lone surrogates, which orjson refuses
    except (ValueError, RecursionError):
        raise UnreadableEvent("value is not JSON in UTF-8") from None
    if not isinstance(kept, dict):
        raise UnreadableEvent("not a kept record")
    if "specversion" in kept:
        return from_document(kept)
    try:
        headers = [(str(name), _tight(text) or b"") for name, text in kept["headers"]]
        return from_message(_tight(kept["key"]), headers, _tight(kept["value"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnreadableEvent("not a kept record") from None


def _loose(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "surrogateescape")


def _tight(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")


_READ_ATTRIBUTES = (
    "specversion",
    "id",
    "type",
    "subject",
    "sequence",
    "position",
    "hash",
    "previoushash",
    "storeepoch",
    "traceparent",
)
_READ_HEADERS = {f"ce_{name}": name for name in _READ_ATTRIBUTES} | {"content-type": "datacontenttype"}


def _envelope(known: Mapping[str, str]) -> Envelope:
    try:
        subject, sequence = known["subject"], known["sequence"]
        if known["specversion"] != "1.0":
            raise UnreadableEvent("specversion is not 1.0")
        if known["id"] != f"{subject}:{sequence}" or "type" not in known:
            raise UnreadableEvent("id, subject and sequence do not agree")
        traceparent = known.get("traceparent")
        if traceparent is not None and _UNSTORABLE(traceparent):
            raise UnreadableEvent("traceparent: a character that cannot be stored")
        return Envelope(
            _subject(subject),
            _count(sequence, "sequence", 1),
            _count(known["position"], "position", 0),
            _digest(known["hash"], "hash"),
            _digest(known["previoushash"], "previoushash"),
            _epoch(known["storeepoch"]),
            traceparent,
        )
    except KeyError as error:
        raise UnreadableEvent(f"attribute {error.args[0]} is missing") from None
    except ValueError:
        raise UnreadableEvent("subject or storeepoch is not a UUID") from None


def _count(text: str, name: str, least: int) -> int:
    if len(text) > 19 or not text.isdecimal() or str(number := int(text)) != text or not least <= number <= INT64[1]:
        raise UnreadableEvent(f"{name} is not a count")
    return number


def _digest(text: str, name: str) -> str:
    if not _HASH(text):
        raise UnreadableEvent(f"{name} is not a SHA-256")
    return text


def _refuse_unstorable(data: Any) -> None:
    """NUL and lone surrogates can be written in JSON, and PostgreSQL cannot store them."""
    open_ends = [data]
    while open_ends:
        node = open_ends.pop()
        if isinstance(node, str) and _UNSTORABLE(node):
            raise UnreadableEvent("data holds a character that cannot be stored")
        if isinstance(node, dict):
            open_ends += [*node, *node.values()]
        elif isinstance(node, list):
            open_ends += node
