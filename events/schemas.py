"""Marshmallow schemas of the JSON part of every published event, and the JSON Schemas made from them.

The fields come from the dataclasses: what has no default there is required here. Unknown fields are left out on
loading, so that a later version may add some. Times are RFC 3339 in UTC, to the microsecond; ids are UUID strings.
What CloudEvents carries as attributes (identity, position, hash, epoch, trace) is not repeated in the JSON part.

These schemas are the contract and explain what is wrong; :mod:`events.codec` does the same faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID, SafeUUID

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from events.catalogue import EVENTS, PARTS
from events.published import PublishedEvent
from events.standing import Provenance

EVENT_TYPES: dict[str, type[PublishedEvent]] = {event.type: event for event in EVENTS}
IN_ATTRIBUTES = frozenset({"position", "hash", "previous_hash", "store_epoch", "traceparent"})
"""Fields of :class:`Provenance` that travel as CloudEvents attributes."""

INT64 = (-(2**63), 2**63 - 1)


def read_time(text: str) -> datetime:
    """RFC 3339 to UTC. Raises ValueError, also when the offset is missing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("offset missing")
    return moment.astimezone(UTC)


def write_time(moment: datetime) -> str:
    """RFC 3339 in UTC; microseconds only where there are some. Raises ValueError for a time without offset."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError("offset missing")
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-6] + "Z"


_new, _set = object.__new__, object.__setattr__


def read_uuid(text: str) -> UUID:
    """The 36 characters of RFC 9562, in either case. Raises ValueError for every other spelling.

    Fills the object as unpickling does: there are six ids in an event, and the constructor takes twice the time.
    """
    digits = bytes.fromhex(text.replace("-", ""))
    if len(text) != 36 or len(digits) != 16 or text[8:24:5] != "----":
        raise ValueError("not a UUID")
    made = _new(UUID)
    _set(made, "int", int.from_bytes(digits))
    _set(made, "is_safe", SafeUUID.unknown)
    return made


class _Time(ma.fields.DateTime):
    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else write_time(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return read_time(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.make_error("invalid", input=None, obj_type="datetime") from error


class _Uuid(ma.fields.UUID):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return read_uuid(value)
        except (TypeError, AttributeError, ValueError) as error:
            raise self.make_error("invalid_uuid") from error


class _Text(ma.fields.String):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not str:
            raise self.make_error("invalid")
        return value


class _Whole(ma.fields.Integer):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int or not INT64[0] <= value <= INT64[1]:
            raise self.make_error("invalid")
        return value


class _YesNo(ma.fields.Boolean):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not bool:
            raise self.make_error("invalid", input=None)
        return value


class _Code(ma.fields.Enum):
    """One of the values of an enumeration. A value that is not a string cannot be one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not str:
            raise self.make_error("unknown", choices=self.choices_text)
        return super()._deserialize(value, attr, data, **kwargs)


class _Tuple(ma.fields.List):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not list:
            raise self.make_error("invalid")
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class WireSchema(ma.Schema):
    """Reads plain JSON values; ``target`` is what :meth:`load` makes of them (None: a dict)."""

    target: ClassVar[type | None] = None

    class Meta:
        unknown = ma.EXCLUDE
        register = False

    @ma.pre_load
    def _only_objects(self, data: Any, **kwargs: Any) -> Any:
        if type(data) is not dict:
            raise ma.ValidationError("Not an object.")
        return data

    @ma.post_load
    def _make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        return data if self.target is None else self.target(**data)


_SCALARS: dict[type, type[ma.fields.Field[Any]]] = {
    str: _Text,
    int: _Whole,
    bool: _YesNo,
    datetime: _Time,
    UUID: _Uuid,
}


def without_none(hint: Any) -> tuple[Any, bool]:
    """``X | None`` to (X, True), anything else to (itself, False)."""
    if get_origin(hint) in (Union, UnionType):
        (inner,) = (part for part in get_args(hint) if part is not NoneType)
        return inner, True
    return hint, False


def data_fields(kind: type) -> list[tuple[Field[Any], Any]]:
    """The dataclass fields that are in the JSON part, with their types."""
    hints = get_type_hints(kind)
    left_out: frozenset[str] = frozenset()
    if kind is Provenance:
        left_out = IN_ATTRIBUTES
    elif issubclass(kind, PublishedEvent):
        left_out = frozenset({kind.identity, "version"})
    return [(field, hints[field.name]) for field in fields(kind) if field.name not in left_out]


def is_required(field: Field[Any]) -> bool:
    return field.default is MISSING


def _field(hint: Any, **options: Any) -> ma.fields.Field[Any]:
    hint, optional = without_none(hint)
    options |= {"allow_none": True} if optional else {}
    if get_origin(hint) is tuple:
        return _Tuple(_field(get_args(hint)[0]), **options)
    if issubclass(hint, StrEnum):
        return _Code(hint, by_value=True, **options)
    if hint in _SCALARS:
        return _SCALARS[hint](**options)
    return ma.fields.Nested(_PARTS[hint], **options)


def _schema(kind: type, name: str, target: type | None) -> type[WireSchema]:
    made: dict[str, Any] = {}
    for field, hint in data_fields(kind):
        required = is_required(field)
        made[field.name] = _field(hint, **({"required": True} if required else {"load_default": field.default}))
    return type(name, (WireSchema,), made | {"target": target, "__doc__": kind.__doc__})


_PARTS: dict[type, type[WireSchema]] = {}
for _part in PARTS:  # each may hold those before it
    _PARTS[_part] = _schema(_part, f"{_part.__name__}Schema", None if _part is Provenance else _part)
SCHEMAS: dict[str, type[WireSchema]] = {event.type: _schema(event, f"{event.__name__}Schema", None) for event in EVENTS}


@cache
def _loader(event_type: str) -> WireSchema:
    return SCHEMAS[event_type]()


def dump(event: PublishedEvent) -> dict[str, Any]:
    """The JSON part of an event, through its schema (slow; :func:`events.codec.encode` gives the same)."""
    return dict(_loader(event.type).dump(event))


def load(event_type: str, data: Any) -> dict[str, Any]:
    """The fields of an event from its JSON part; ``provenance`` lacks what travels as attributes.

    Raises :class:`marshmallow.ValidationError`, whose messages name fields and never values.
    """
    return dict(_loader(event_type).load(data))


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


@cache
def _components() -> Mapping[str, Any]:
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(title="events", version="1", openapi_version="3.1.0", plugins=[plugin])
    for part in PARTS:
        spec.components.schema(part.__name__, schema=_PARTS[part])
    for event in EVENTS:
        spec.components.schema(event.__name__, schema=SCHEMAS[event.type])
    made: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return made


def _rebase(node: Any, prefix: str) -> Any:
    if isinstance(node, dict):
        return {
            key: prefix + value.rpartition("/")[2] if key == "$ref" else _rebase(value, prefix)
            for key, value in node.items()
        }
    return [_rebase(item, prefix) for item in node] if isinstance(node, list) else node


def json_schema(event_type: str, schema_id: str | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of the JSON part of an event type. Raises KeyError for an unknown type."""
    event = EVENT_TYPES[event_type]
    own = _rebase(_components()[event.__name__], "#/$defs/")
    parts = {name: _rebase(_components()[name], "#/$defs/") for name in _parts_of(own)}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | ({"$id": schema_id} if schema_id else {})
    title = {"title": event.__name__, "description": (event.__doc__ or "").strip()}
    return head | title | own | {"$defs": parts}


def _parts_of(schema: Any) -> list[str]:
    """The names of the parts that a schema refers to, also through other parts."""
    names: list[str] = []
    open_ends = [schema]
    while open_ends:
        node = open_ends.pop()
        if isinstance(node, list):
            open_ends += node
        elif isinstance(node, dict):
            open_ends += node.values()
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in names:
                names.append(name)
                open_ends.append(_components()[name])
    return sorted(names)


def component_schemas(prefix: str = "#/components/schemas/") -> dict[str, Any]:
    """All schemas by class name, referring to each other under ``prefix`` (for AsyncAPI and OpenAPI documents)."""
    return {name: _rebase(schema, prefix) for name, schema in _components().items()}
