"""Events that could not be applied: which subject is held up by which problem, and what waits behind it.

Nothing is skipped silently (promise 6): a subject in quarantine keeps the rows it had, its later events are parked
here, everybody else goes on. Records that belong to no known subject are kept too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, func, select

from projections.cursor import Page, beyond, checked_limit, decode, page
from projections.tables import CODE, ID, TABLES, among, upsert


class Problem(StrEnum):
    """Why a subject is in quarantine."""

    CANNOT_APPLY = "cannot_apply"
    GAP = "gap"
    HASH_CONFLICT = "hash_conflict"
    UNREADABLE = "unreadable"


QUARANTINE = Table(
    "quarantine",
    TABLES,
    Column("subject", ID, primary_key=True),
    Column("problem", CODE, nullable=False),
    Column("version", BigInteger),
    Column("view", CODE),
    Column("exception", CODE),
    Column("source", CODE, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("family", CODE),
)
PARKED = Table(
    "parked",
    TABLES,
    Column("subject", ID, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", CODE, primary_key=True),
    Column("source", CODE, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
)
UNATTRIBUTED = Table(
    "unattributed",
    TABLES,
    Column("source", CODE, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("problem", CODE, nullable=False),
    Column("subject", ID),
    Column("version", BigInteger),
    Column("document", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A subject that is held up. ``version`` is that of the event in question; ``parked`` counts what waits; ``family``
    is what it is one of (``inquiry``, ``article`` …), None where the record does not tell."""

    subject: UUID
    problem: Problem
    version: int | None
    view: str | None
    exception: str | None
    source: str
    partition: int
    offset: int
    family: str | None
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattributed:
    """A record that belongs to no subject that could be told, or adds nothing to the one that it names."""

    source: str
    partition: int
    offset: int
    problem: Problem
    subject: UUID | None
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One record that waits. ``version`` is 0 and ``hash`` a made-up one where they could not be read."""

    subject: UUID
    version: int
    hash: str
    source: str
    partition: int
    offset: int
    document: str


def quarantined(connection: Connection, *, after: str | None = None, limit: int = 50) -> Page[Quarantined]:
    """The subjects that are held up, by id. Raises BadCursor, ValueError."""
    waiting = select(func.count()).where(PARKED.c.subject == QUARANTINE.c.subject).scalar_subquery().label("parked")
    statement = select(QUARANTINE, waiting).order_by(QUARANTINE.c.subject).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond([QUARANTINE.c.subject], decode(after, "quarantined", UUID)))
    found = [_quarantined(dict(row._mapping)) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (row.subject,), "quarantined")


def unattributed(connection: Connection, *, after: str | None = None, limit: int = 50) -> Page[Unattributed]:
    """The records that belong to no subject. Raises BadCursor, ValueError."""
    key = list(UNATTRIBUTED.primary_key)
    statement = (
        select(*(column for column in UNATTRIBUTED.c if column.name != "document"))
        .order_by(*key)
        .limit(checked_limit(limit) + 1)
    )
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "unattributed", str, int, int)))
    found = [Unattributed(**{**row._mapping, "problem": Problem(row.problem)}) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (row.source, row.partition, row.offset), "unattributed")


def _quarantined(row: dict[str, object]) -> Quarantined:
    return Quarantined(**{**row, "problem": Problem(str(row["problem"]))})  # type: ignore[arg-type]


# --- for the projector ---------------------------------------------------------------------------------------------


def locked(connection: Connection, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of them are in quarantine; locked, so that nobody releases one while its next event is being parked."""
    statement = select(QUARANTINE.c.subject).where(among(connection, QUARANTINE.c.subject, subjects))
    return set(connection.scalars(statement.order_by(QUARANTINE.c.subject).with_for_update()))


def parked_of(connection: Connection, subject: UUID) -> list[Parked]:
    """What waits, in order of version."""
    statement = select(PARKED).where(PARKED.c.subject == subject).order_by(PARKED.c.version, PARKED.c.offset)
    return [Parked(**row._mapping) for row in connection.execute(statement)]


def park(connection: Connection, rows: Iterable[Parked]) -> None:
    """Keep them; the same event twice is one."""
    unique = {(row.subject, row.version, row.hash): row for row in rows}
    upsert(connection, PARKED, [{name: getattr(row, name) for name in Parked.__slots__} for row in unique.values()])
