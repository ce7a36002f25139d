"""Event to plain JSON values and back, fast: functions written once from the dataclass fields, as dataclasses does.

They give exactly what the schemas in :mod:`events.schemas` give (a property test holds them together). When a fast
reader stumbles, the schema is asked for the reason, so that messages are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple, get_args, get_origin
from uuid import UUID

import marshmallow as ma

from events.catalogue import ENUMERATIONS, EVENTS, PARTS
from events.channel import UnreadableEvent
from events.published import PublishedEvent
from events.schemas import (
    EVENT_TYPES,
    data_fields,
    is_required,
    load,
    read_time,
    read_uuid,
    without_none,
    write_time,
)
from events.standing import Provenance


class Envelope(NamedTuple):
    """What travels as CloudEvents attributes: which event it is, where it is in the log, and what seals it."""

    subject: UUID
    version: int
    position: int
    hash: str
    previous_hash: str
    store_epoch: UUID
    traceparent: str | None


def _items(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    return value


_READERS = {
    "str": "_text({})",
    "datetime": "_time({})",
    "UUID": "_uuid({})",
}
"""For what is in a list. Text, numbers and yes or no that are a field of their own are only looked at."""
_WRITERS = {"str": "{}", "int": "{}", "bool": "{}", "datetime": "_time({})", "UUID": "str({})"}


def _expression(hint: Any, value: str, scalars: dict[str, str], verb: str) -> str:
    """Python text that reads (or writes) ``value`` of type ``hint``."""
    hint, optional = without_none(hint)
    if get_origin(hint) is tuple:
        inner = _expression(get_args(hint)[0], "i", scalars, verb)
        made = f"tuple([{inner} for i in _items({value})])" if verb == "read" else f"[{inner} for i in {value}]"
    elif issubclass(hint, StrEnum):
        made = f"_{hint.__name__}[{value}]" if verb == "read" else f"{value}._value_"
    elif hint in PARTS:
        made = f"_{verb}_{hint.__name__}({value})"
    else:
        made = scalars[hint.__name__].format(value)
    return f"(None if {value} is None else {made})" if optional else made


def _writer_lines(kind: type) -> Iterator[str]:
    yield f"def _write_{kind.__name__}(o):"
    yield "    return {"
    for field, hint in data_fields(kind):
        value = f"o.{field.name}"
        yield f"        {field.name!r}: {_expression(hint, value, _WRITERS, 'write')},"
    yield "    }"


_CHECKED = {
    "str": "type({v}) is not str",
    "int": "type({v}) is not int or not -0x8000000000000000 <= {v} <= 0x7FFFFFFFFFFFFFFF",
    "bool": "type({v}) is not bool",
}


def _reading(name: str, hint: Any) -> str:
    """The statement that checks or turns ``name`` into ``hint``. What need not be turned is only looked at."""
    inner, optional = without_none(hint)
    if get_origin(inner) is None and inner.__name__ in _CHECKED:
        wrong = _CHECKED[inner.__name__].format(v=name)
        return f"if {f'{name} is not None and ({wrong})' if optional else wrong}: raise TypeError"
    if hint is Provenance:
        return f"{name} = _read_Provenance({name}, e)"
    return f"{name} = {_expression(hint, name, _READERS, 'read')}"


def _reader_lines(kind: type) -> Iterator[str]:
    yield f"def _read_{kind.__name__}(d, e=None):"
    yield "    if type(d) is not dict: raise TypeError"
    names = [field.name for field, _ in data_fields(kind)]
    for field, hint in data_fields(kind):
        fetch = f"d[{field.name!r}]" if is_required(field) else f"d.get({field.name!r}, {field.default!r})"
        yield f"    v_{field.name} = {fetch}"
        yield f"    {_reading(f'v_{field.name}', hint)}"
    own = [f"{name}=v_{name}" for name in names]
    if kind is Provenance:
        own += [f"{name}=e.{name}" for name in ("position", "hash", "previous_hash", "store_epoch", "traceparent")]
    elif issubclass(kind, PublishedEvent):
        own += [f"{kind.identity}=e.subject", "version=e.version"]
    yield f"    return _{kind.__name__}({', '.join(own)})"


def _generate() -> tuple[dict[str, Callable[..., Any]], dict[str, Callable[..., Any]]]:
    kinds = (*PARTS, *EVENTS)
    readers: dict[str, Any] = {"_items": _items, "_text": _text, "_time": read_time, "_uuid": read_uuid}
    readers |= {f"_{kind.__name__}": kind for kind in kinds}
    readers |= {f"_{kind.__name__}": {member.value: member for member in kind} for kind in ENUMERATIONS}
    writers: dict[str, Any] = {"_time": write_time}
    for kind in kinds:
        exec("\n".join(_reader_lines(kind)), readers)
        exec("\n".join(_writer_lines(kind)), writers)
    return (
        {event.type: readers[f"_read_{event.__name__}"] for event in EVENTS},
        {event.type: writers[f"_write_{event.__name__}"] for event in EVENTS},
    )


_READ, _WRITE = _generate()


def encode(event: PublishedEvent) -> dict[str, Any]:
    """The JSON part of an event in plain JSON values. Raises ValueError for a time without offset."""
    made: dict[str, Any] = _WRITE[event.type](event)
    return made


def decode(event_type: str, data: Any, envelope: Envelope) -> PublishedEvent:
    """The event. Raises :class:`UnreadableEvent`, which names the fields that are wrong and quotes no value."""
    try:
        read = _READ[event_type]
    except (KeyError, TypeError):
        raise UnreadableEvent("event type not known here") from None
    try:
        event: PublishedEvent = read(data, envelope)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return _explain(event_type, data, envelope)
    return event


def _explain(event_type: str, data: Any, envelope: Envelope) -> PublishedEvent:
    try:
        return decode_by_schema(event_type, data, envelope)
    except ma.ValidationError as error:
        raise UnreadableEvent(f"data does not fit {event_type}: {', '.join(_wrong(error.messages))}") from None


def _wrong(messages: Any, path: str = "") -> Iterator[str]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _wrong(inner, f"{path}/{key}")
    else:
        yield f"{path or '/'} {' '.join(str(message) for message in messages)}"


def decode_by_schema(event_type: str, data: Any, envelope: Envelope) -> PublishedEvent:
    """The same through the schema. Raises :class:`marshmallow.ValidationError`."""
    fields = load(event_type, data)
    subject, version, position, digest, previous, epoch, traceparent = envelope
    provenance = Provenance(
        **fields.pop("provenance"),
        position=position,
        hash=digest,
        previous_hash=previous,
        store_epoch=epoch,
        traceparent=traceparent,
    )
    kind = EVENT_TYPES[event_type]
    return kind(**{kind.identity: subject}, version=version, provenance=provenance, **fields)
