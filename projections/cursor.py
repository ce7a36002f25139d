"""Cursors of lists: where the page ended, as an opaque text. A cursor names the key of the last row, not a number of
rows, so that nothing is shown twice or left out while rows come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_

MOST = 200

RowT = TypeVar("RowT")


class BadCursor(ValueError):
    """Not a cursor that this list gave out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows, and where the next ones begin; ``next_cursor`` is None at the end."""

    rows: Sequence[RowT]
    next_cursor: str | None = None


def checked_limit(limit: int) -> int:
    """Raises ValueError unless 1 ≤ limit ≤ 200."""
    if not 1 <= limit <= MOST:
        raise ValueError(f"limit must be from 1 to {MOST}")
    return limit


def encode(kind: str, *key: str | int | datetime | UUID) -> str:
    """The key of a row in the list ``kind``."""
    written = json.dumps([kind, *map(_written, key)], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode(cursor: str, kind: str, *types: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The key again; ``types`` are str, int, UUID or :func:`moment`. Raises BadCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(types) + 1 or parts[0] != kind:
            raise BadCursor("not a cursor of this list")
        return tuple(_read(reader, value) for reader, value in zip(types, parts[1:], strict=True))
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise BadCursor("not a cursor of this list") from error


def moment(text: str) -> datetime:
    """A time in a cursor. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("no time zone")
    return parsed.astimezone(UTC)


def _written(value: str | int | datetime | UUID) -> str | int:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    if reader is int:
        if type(value) is not int or abs(value) >= 2**63:
            raise ValueError("no number")
        return value
    if not isinstance(value, str) or "\0" in value or not value.isprintable():
        raise ValueError("no text")
    return reader(value)


def beyond(columns: Sequence[ColumnElement[Any]], key: Sequence[Any], descending: bool = False) -> ColumnElement[bool]:
    """Rows after ``key`` in the order of ``columns``. Written out, with the first column's bound alone in front, so
    that both databases take the index."""
    first, bound = columns[0], literal(key[0], columns[0].type)
    edge = first <= bound if descending else first >= bound
    steps = []
    for place, column in enumerate(columns):
        value = literal(key[place], column.type)
        same = [earlier == literal(key[i], earlier.type) for i, earlier in enumerate(columns[:place])]
        steps.append(and_(*same, column < value if descending else column > value))
    return and_(edge, or_(*steps))


def page(found: Sequence[RowT], limit: int, key_of: Callable[[RowT], tuple[Any, ...]], kind: str) -> Page[RowT]:
    """A page of at most ``limit`` rows, made from one more row than that."""
    rows = found[:limit]
    return Page(rows, encode(kind, *key_of(rows[-1])) if len(found) > limit else None)
