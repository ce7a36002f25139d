"""What the projector remembers: how far each subject was applied, and how far each partition of a feed was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, case, or_, select, update

from projections.errors import Fenced
from projections.tables import CODE, ID, TABLES, UtcTime, among, insert_new, upsert

GENESIS = "0" * 64
"""What stands for the predecessor's hash in a subject's first event."""

APPLIED = Table(
    "applied",
    TABLES,
    Column("subject", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("hash", CODE, nullable=False),
)
POSITIONS = Table(
    "positions",
    TABLES,
    Column("source", CODE, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("last_position", BigInteger),
    Column("last_recorded_at", UtcTime),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a subject that was applied."""

    version: int
    hash: str


NOTHING = Head(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a partition was read. ``last_position`` and ``last_recorded_at`` are those of the last event in it."""

    next_offset: int
    last_position: int | None = None
    last_recorded_at: datetime | None = None


def heads(connection: Connection, subjects: Sequence[UUID]) -> dict[UUID, Head]:
    """The heads of those that have one."""
    rows = connection.execute(select(APPLIED).where(among(connection, APPLIED.c.subject, subjects)))
    return {subject: Head(version, hash_) for subject, version, hash_ in rows}


def store_heads(connection: Connection, changed: dict[UUID, Head]) -> None:
    rows = [{"subject": key, "version": head.version, "hash": head.hash} for key, head in changed.items()]
    upsert(connection, APPLIED, rows)


def positions(connection: Connection, source: str) -> dict[int, Position]:
    """All partitions of ``source`` that were ever read from."""
    rows = connection.execute(select(POSITIONS).where(POSITIONS.c.source == source))
    return {row.partition: Position(row.next_offset, row.last_position, row.last_recorded_at) for row in rows}


def advance(connection: Connection, source: str, partition: int, expected: int | None, to: Position) -> None:
    """Move a partition's position on, if it is where this projector left it (None: never read). Raises Fenced."""
    values: dict[str, Any] = {
        "next_offset": to.next_offset,
        "last_position": to.last_position,
        "last_recorded_at": to.last_recorded_at,
    }
    if expected is None:
        if not insert_new(connection, POSITIONS, {"source": source, "partition": partition, **values}):
            raise Fenced(f"partition {partition} of {source} is read by another")
        return
    mine = (POSITIONS.c.source == source, POSITIONS.c.partition == partition, POSITIONS.c.next_offset == expected)
    if to.last_position is None:  # nothing but unreadable records
        values = {"next_offset": to.next_offset}
    else:
        newer = or_(POSITIONS.c.last_position.is_(None), POSITIONS.c.last_position < to.last_position)
        values |= {  # what comes a second time is older than what was applied already
            name: case((newer, values[name]), else_=POSITIONS.c[name]) for name in ("last_position", "last_recorded_at")
        }
    if connection.execute(update(POSITIONS).where(*mine).values(values)).rowcount != 1:
        raise Fenced(f"partition {partition} of {source} is read by another")
