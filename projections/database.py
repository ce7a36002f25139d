"""The read model's database: generations of tables, one of them live; reading transactions and writing ones.

A generation has all tables of all views, and the projector's. It lives in a place of its own: the PostgreSQL schema
``views_<n>``, or the file ``<database>-views-<n>.sqlite``. A rebuild fills a new one beside the live one and switches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from projections.errors import Fenced, GenerationRetired, LayoutChanged, NotPrepared, ReadModelError, RebuildRunning
from projections.places import CONTROL, Place, PostgresqlPlace, SqlitePlace
from projections.quarantine import PARKED, QUARANTINE, UNATTRIBUTED
from projections.state import APPLIED, POSITIONS
from projections.tables import ALWAYS, UtcTime
from projections.view import View

__all__ = [
    "Database",
    "Fenced",
    "Generation",
    "GenerationRetired",
    "LayoutChanged",
    "NotPrepared",
    "ReadModelError",
    "RebuildRunning",
]

BUILDING, LIVE, RETIRED = "building", "live", "retired"

_CONTROL = MetaData(schema=CONTROL)
GENERATIONS = Table(
    "generations",
    _CONTROL,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("created_at", UtcTime, nullable=False, server_default=func.current_timestamp()),
    Column("layout", String, nullable=False),
    Column("source", String, nullable=False),
)
_LIVE = GENERATIONS.c.state == LIVE
Index("one_live_generation", GENERATIONS.c.state, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)

_PROJECTOR_TABLES = (APPLIED, POSITIONS, QUARANTINE, PARKED, UNATTRIBUTED)


@dataclass(frozen=True, slots=True)
class Generation:
    """One set of tables. ``source`` names the feed it was filled from, empty if it has followed the live one."""

    number: int
    state: str
    created_at: datetime
    layout: str
    source: str


class Database:
    """``url`` is ``sqlite:///file`` or ``postgresql://…``. Nothing is opened before it is used, so it may be made
    before a fork. Raises what SQLAlchemy raises when the database is away, and :class:`ReadModelError`."""

    def __init__(self, url: str, views: Sequence[View], pool_size: int = 5) -> None:
        self.views = tuple(views)
        kind = make_url(url).get_backend_name()
        if kind not in ("sqlite", "postgresql"):
            raise ValueError(f"{kind}: the read model can be in SQLite or PostgreSQL")
        self._place: Place = SqlitePlace(url, pool_size) if kind == "sqlite" else PostgresqlPlace(url, pool_size)
        self._tables: list[Table] = [*_PROJECTOR_TABLES, *(table for view in views for table in view.tables)]
        self.layout = self._layout()

    def close(self) -> None:
        """Close all connections."""
        self._place.close()

    # --- generations -------------------------------------------------------------------------------------------

    def prepare(self) -> Generation:
        """Make the tables of the control, and a first, empty, live generation if there is none. May be raced."""
        with self._place.defining() as connection:
            _CONTROL.create_all(connection)
            if (live := _live(connection)) is not None:
                return live
            return self._create(connection, LIVE, "")

    def live(self) -> Generation:
        """The generation that answers queries now. Raises NotPrepared, LayoutChanged."""
        with self._place.control() as connection:
            return self._checked(_live(connection))

    def generations(self) -> list[Generation]:
        """All that there are, oldest first."""
        with self._place.control() as connection:
            rows = connection.execute(select(GENERATIONS).order_by(GENERATIONS.c.number))
            return [Generation(**row._mapping) for row in rows]

    @contextmanager
    def rebuilding(self, source: str) -> Iterator[Generation]:
        """A new generation to be filled, while no other rebuild may run; generations out of use are dropped before.

        Raises RebuildRunning. If the block does not :meth:`switch` to it, it stays as rubbish for the next rebuild.
        """
        with self._place.rebuild_lock():
            with self._place.defining() as connection:
                _CONTROL.create_all(connection)
                self._drop_unused(connection)
                building = self._create(connection, BUILDING, source)
            yield building

    def complete(self, building: Generation) -> None:
        """Makes the indexes that only queries need: they cost more while tables are filled than afterwards."""
        with self.write(building) as connection:
            for table in self._tables:
                for index in _for_queries(table):
                    index.create(connection, checkfirst=True)

    def switch(self, building: Generation) -> Generation:
        """From now on queries are answered from ``building``. Raises GenerationRetired if it is not built any more."""
        self.complete(building)
        with self._place.defining() as connection:
            if _state(connection, building.number) != BUILDING:
                raise GenerationRetired(f"generation {building.number} is not being built any more")
            connection.execute(update(GENERATIONS).where(_LIVE).values(state=RETIRED))
            connection.execute(update(GENERATIONS).where(_is(building.number)).values(state=LIVE))
            live = _live(connection)
        return self._checked(live)

    def _create(self, connection: Connection, state: str, source: str) -> Generation:
        number = (connection.scalar(select(func.max(GENERATIONS.c.number))) or 0) + 1
        self._place.create(connection, number, lambda inside: self._create_tables(inside, whole=state == LIVE))
        row = {"number": number, "state": state, "layout": self.layout, "source": source}
        connection.execute(insert(GENERATIONS), row)
        made = connection.execute(select(GENERATIONS).where(_is(number))).one()
        return Generation(**made._mapping)

    def _create_tables(self, connection: Connection, whole: bool) -> None:
        for table in self._tables:
            connection.execute(CreateTable(table))
            for index in table.indexes if whole else table.indexes - _for_queries(table):
                connection.execute(CreateIndex(index))

    def _drop_unused(self, connection: Connection) -> None:
        """Their numbers are kept, so that no number is ever used twice."""
        unused = select(GENERATIONS.c.number).where(GENERATIONS.c.state.in_((BUILDING, RETIRED)))
        for number in connection.scalars(unused).all():
            self._place.drop(connection, number)
            connection.execute(update(GENERATIONS).where(_is(number)).values(state="dropped"))

    # --- transactions ------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction on one state of the live generation. Raises NotPrepared, LayoutChanged."""
        with self._place.reading(lambda connection: self._checked(_live(connection)).number) as connection:
            yield connection

    @contextmanager
    def read_from(self, generation: Generation) -> Iterator[Connection]:
        """The same on ``generation``, live or not. Raises GenerationRetired when it is gone."""
        try:
            with self._place.reading(lambda connection: _demand_there(connection, generation.number)) as connection:
                yield connection
        except DBAPIError:  # it may have been dropped between the look and the reading
            with self._place.control() as connection:
                _demand_there(connection, generation.number)
            raise

    @contextmanager
    def write(self, generation: Generation) -> Iterator[Connection]:
        """One transaction in ``generation``, committed at the end of the block. Raises GenerationRetired."""
        with self._place.writing(generation.number, self._demand_in_use) as connection:
            yield connection

    @contextmanager
    def holding(self, generation: Generation) -> Iterator[Connection]:
        """Nobody writes to ``generation`` during the block; what is being written is waited for, and can be read."""
        with self.write(generation) as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.execute(text(f"LOCK TABLE views_{generation.number:d}.{POSITIONS.name} IN SHARE MODE"))
            yield connection

    def demand_in_use(self, generation: Generation) -> None:
        """Raises GenerationRetired if nobody should write to ``generation`` any more."""
        with self._place.control() as connection:
            self._demand_in_use(connection, generation.number)

    def _demand_in_use(self, connection: Connection, number: int) -> None:
        if (state := _state(connection, number)) not in (BUILDING, LIVE):
            raise GenerationRetired(f"generation {number} is {state or 'gone'}")

    def _checked(self, live: Generation | None) -> Generation:
        if live is None:
            raise NotPrepared("the read model has no tables yet: run casebackbone db upgrade")
        if live.layout != self.layout:
            raise LayoutChanged(
                f"the views of this version have another layout than generation {live.number}: "
                "run casebackbone project rebuild"
            )
        return live

    def _layout(self) -> str:
        dialect = self._place.dialect
        parts = [f"{view.name} {view.version}" for view in self.views]
        for table in sorted(self._tables, key=lambda table: table.name):
            parts.append(str(CreateTable(table).compile(dialect=dialect)))
            parts += sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _for_queries(table: Table) -> set[Index]:
    return {index for index in table.indexes if not index.info.get(ALWAYS)}


def _is(number: int) -> ColumnElement[bool]:
    return GENERATIONS.c.number == number


def _live(connection: Connection) -> Generation | None:
    row = connection.execute(select(GENERATIONS).where(_LIVE)).one_or_none()
    return None if row is None else Generation(**row._mapping)


def _demand_there(connection: Connection, number: int) -> int:
    if (state := _state(connection, number)) not in (BUILDING, LIVE, RETIRED):
        raise GenerationRetired(f"generation {number} is {state or 'gone'}")
    return number


def _state(connection: Connection, number: int) -> str | None:
    return connection.scalar(select(GENERATIONS.c.state).where(_is(number)))
