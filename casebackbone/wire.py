"""Stored event to record on the wire, past the objects that it would be in between.

Both forms are JSON of the same values. So what is stored is read as plain JSON, its times, ids and parts are written as
on the wire, and its fields are put in the order of the published event: in less than half of the time it takes to make
the domain event, the published event (:mod:`casebackbone.translation`) and its JSON (:mod:`events.codec`). Which event
is published as which, and with which fields, is said there. What is not stored as this software stores it, such as an
older version of an event, goes that longer way; a test holds both ways together, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from eventsourcing.persistence import Mapper, Notification

from casebackbone.recorded import RecordedEvent
from casebackbone.store.mapper import unsealed
from casebackbone.translation import PUBLISHED, publish
from events.channel import Message
from events.cloudevents import SCHEMA_BASE, to_message, write_message
from events.codec import Envelope
from events.published import PublishedEvent
from events.schemas import data_fields, write_time
from events.standing import Channel, Standing, State

_HEX = re.compile("([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})").fullmatch
_OTHERWISE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading something that is stored in another form comes to."""


class Wire:
    """Writes stored events of one store as records. Raises what the mapper raises for one that cannot be read."""

    def __init__(self, mapper: Mapper[UUID], store_epoch: UUID, schema_base: str = SCHEMA_BASE) -> None:
        self._mapper = mapper
        self._epoch = store_epoch
        self._schema_base = schema_base

    def write(self, stored: Notification) -> Message:
        """The record of a stored event."""
        try:
            return self.write_directly(stored)
        except _OTHERWISE:
            return self.write_by_objects(stored)

    def write_directly(self, stored: Notification) -> Message:
        """Past the objects. Raises one of several errors where the event is not stored as this software stores it."""
        seal, body = unsealed(stored.state)
        read = orjson.loads(body)
        kind, class_version, own = _KINDS[stored.topic]
        if read.get("class_version", 1) != class_version:
            raise ValueError("an older version")
        provenance = {
            "actor": read["actor"],
            "command_id": _written(read["command_id"]),
            "correlation_id": _written(read["correlation_id"]),
            "causation_id": read["causation_id"],
            "occurred_at": _written(read["occurred_at"]),
            "recorded_at": _written(read["timestamp"]),
        }
        data: dict[str, Any] = {"provenance": provenance}
        for name in own:
            value = read[name]
            data[name] = _written(value) if type(value) in _NESTED else value
        subject: UUID = stored.originator_id  # type: ignore[assignment]
        envelope = Envelope(
            subject, stored.originator_version, stored.id, seal, read["previous"], self._epoch, read["traceparent"]
        )
        return write_message(kind, data, envelope, self._schema_base)

    def write_by_objects(self, stored: Notification) -> Message:
        """By way of the domain event and the published one; whatever version it is stored in."""
        event: Any = self._mapper.to_domain_event(stored)
        return to_message(publish(event, position=stored.id, store_epoch=self._epoch), self._schema_base)


class _Kind(NamedTuple):
    published: type[PublishedEvent]
    class_version: int
    own: tuple[str, ...]


def _kind(stored: type[RecordedEvent], published: type[PublishedEvent]) -> _Kind:
    own = tuple(field.name for field, _ in data_fields(published) if field.name != "provenance")
    return _Kind(published, getattr(stored, "class_version", 1), own)


_KINDS = {stored.TOPIC: _kind(stored, published) for stored, published in PUBLISHED.items()}


def _id(digits: str) -> str:
    return "-".join(_HEX(digits).groups())  # type: ignore[union-attr]


@lru_cache(maxsize=4096)
def _time(text: str) -> str:
    return write_time(datetime.fromisoformat(text))


_UNSET = {field.name: None if field.name in ("holder", "due_at") else field.default for field in fields(Standing)}
_TIMES = frozenset(field.name for field in fields(Standing) if "datetime" in str(field.type))


def _standing(stored: dict[str, Any]) -> dict[str, Any]:
    for name in _TIMES & stored.keys():
        stored[name] = _time(stored[name])
    if "merged_into" in stored:
        stored["merged_into"] = _written(stored["merged_into"])
    made = _UNSET | stored
    if len(made) != len(_UNSET) or made["state"] not in _STATES or made["channel"] not in _CHANNELS:
        raise ValueError("not a standing")
    return made


_STATES, _CHANNELS = frozenset(State), frozenset(Channel)


def _content(stored: list[Any]) -> dict[str, Any]:
    return {"content_id": _id(stored[0]), "kind": stored[1], "digest": stored[2]}


_FORMS: dict[str, Callable[[Any], Any]] = {
    "uuid_hex": _id,
    "datetime_iso": _time,
    "standing": _standing,
    "content": _content,
}


_NESTED = (dict, list)


def _written(stored: Any) -> Any:
    """What is stored as a type and its data, or a list of such, as it is on the wire."""
    if type(stored) is list:
        return [_written(value) if type(value) in _NESTED else value for value in stored]
    if len(stored) != 2:
        raise ValueError("not a type and its data")
    return _FORMS[stored["_type_"]](stored["_data_"])
