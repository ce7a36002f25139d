"""Read models of many inquiries: some thousands told and projected, then their rows multiplied in the database.

A copy of a closed inquiry has other ids, another reference, and happened so many whole days earlier; what belongs
together stays together. The open ones are as many at every size: a city's work does not grow with its history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Interval,
    MetaData,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    text,
)

from benchmarks.inquiries import happening
from benchmarks.large_sums import add_up
from events.inquiry import InquiryEvent
from projections.catalogue import VIEWS
from projections.database import Database, Generation
from projections.projector import Projector
from projections.state import APPLIED
from projections.tables import ID, UtcTime
from tests.examples import deliveries

EVENTS = 20_000
OPEN = 3_000
DAYS = 4 * 365
"""How long the history is, at every size."""
_SUBJECTS = ("inquiry_id", "subject", "merged_into")
_QUARTERS_A_DAY = 96
_SOURCE = "benchmark"

_COPIES = Table(
    "benchmark_copies",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("prefix", String, nullable=False),
    Column("days", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
_ORIGINALS = Table("benchmark_originals", MetaData(), Column("id", ID, primary_key=True), prefixes=["TEMPORARY"])


@dataclass(frozen=True, slots=True)
class LargeModel:
    """``now`` is when the last event happened; ``inquiries`` are so many."""

    database: Database
    now: datetime
    inquiries: int


def large_model(url: str, inquiries: int) -> LargeModel:
    """Takes a fresh database. All tables of all views are filled, and the statistics that the server keeps by itself
    are up to date."""
    database = Database(url, VIEWS)
    generation = database.prepare()
    events = list(happening(EVENTS))
    _project(database, generation, events)
    last = {event.subject: event for event in events}
    closed = {subject for subject, event in last.items() if not event.standing.state.is_open}
    still = set(last) - closed
    open_ = _copies(OPEN // len(still) - 1, 1, 0)
    many = (inquiries - len(still) * (1 + len(open_))) // len(closed) - 1
    with _without_indexes(database, generation):
        _multiply(database, generation, still, open_)
        _multiply(database, generation, closed, _copies(many, 1 + len(open_), DAYS))
        with database.write(generation) as connection:
            add_up(connection)
    _settle(url, database, generation)
    total = len(still) * (1 + len(open_)) + len(closed) * (1 + many)
    return LargeModel(database, max(event.provenance.occurred_at for event in events), total)


def _project(database: Database, generation: Generation, events: Sequence[InquiryEvent]) -> None:
    projector = Projector(database, generation)
    projector.positions_for(_SOURCE)([0])
    records = deliveries(events)
    for start in range(0, len(records), 5_000):
        projector.apply(records[start : start + 5_000], _SOURCE)


def _copies(many: int, first: int, days: int) -> list[dict[str, Any]]:
    """Spread over ``days`` before the originals; ids begin so that they fall all over the index."""
    return [
        {"number": n, "prefix": f"{(first + n) * 2654435761 % 2**32:08x}", "days": (n + 1) * days // many}
        for n in range(many)
    ]


def _multiply(
    database: Database, generation: Generation, subjects: set[UUID], copies: Sequence[dict[str, Any]]
) -> None:
    if not copies:
        return
    with database.write(generation) as connection:
        for table in (_COPIES, _ORIGINALS):
            table.drop(connection, checkfirst=True)
            table.create(connection)
        connection.execute(insert(_COPIES), list(copies))
        connection.execute(insert(_ORIGINALS), [{"id": subject} for subject in subjects])
        for table in _tables(database):
            connection.execute(_copied(table, connection.dialect.name))


def _copied(table: Table, dialect: str) -> Any:
    values = [_value(column, dialect) for column in table.columns]
    key = table.c["inquiry_id" if "inquiry_id" in table.c else "subject"]
    rows = select(*values).select_from(table.join(_ORIGINALS, _ORIGINALS.c.id == key).join(_COPIES, literal(True)))
    return insert(table).from_select([column.name for column in table.columns], rows.order_by(_COPIES.c.number))


def _value(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    if column.name in _SUBJECTS:
        if dialect == "sqlite":
            return _COPIES.c.prefix.concat(func.substr(column, 9))
        return cast(_COPIES.c.prefix.concat(func.substr(cast(column, String), 9)), ID)
    if column.name == "reference":
        return func.upper(_COPIES.c.prefix).concat(column)
    if column.name == "quarter":
        return column - _COPIES.c.days * _QUARTERS_A_DAY
    if isinstance(column.type, UtcTime):
        if dialect == "sqlite":  # the time of day as it is, to the microsecond
            back = literal("-").concat(cast(_COPIES.c.days, String)).concat(" days")
            return func.date(func.substr(column, 1, 10), back, type_=String).concat(func.substr(column, 11))
        return column - func.make_interval(0, 0, 0, _COPIES.c.days, type_=Interval)
    return column


def _tables(database: Database) -> list[Table]:
    """Those with a row or more for each inquiry."""
    tables = [APPLIED, *(table for view in database.views for table in view.tables)]
    return [table for table in tables if {"inquiry_id", "subject"} & set(table.c.keys())]


@contextmanager
def _without_indexes(database: Database, generation: Generation) -> Iterator[None]:
    """They are made anew at the end, which is quicker than to keep them."""
    indexes = [index for table in _tables(database) for index in table.indexes]
    with database.write(generation) as connection:
        for index in indexes:
            index.drop(connection)
    yield
    for index in indexes:
        with database.write(generation) as connection:
            index.create(connection)


def _settle(url: str, database: Database, generation: Generation) -> None:
    """What PostgreSQL does by itself sooner or later. SQLite's production has no statistics, so it gets none here."""
    if not url.startswith("postgresql"):
        return
    with database.read() as connection:
        outside: Connection = connection.engine.connect()
    with outside.execution_options(isolation_level="AUTOCOMMIT") as free:
        for table in _tables(database):
            free.execute(text(f"VACUUM ANALYZE views_{generation.number:d}.{table.name}"))
