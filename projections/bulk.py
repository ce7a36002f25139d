"""Many rows at once, without SQLAlchemy's and the driver's work for each value.

PostgreSQL gets them by COPY into a table of the session, from which one statement merges them; SQLite by its driver.
Values are made ready column by column. What a column refuses row by row, it refuses here: also a number that is too
big for it, which the binary form of COPY would cut off without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, MetaData, String, Table, Uuid
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from projections.column_types import UtcTime, in_utc

Rows = Sequence[Mapping[str, Any]]
Convert = Callable[[Sequence[Any]], Sequence[Any]]


def copy_in(connection: Connection, table: Table, rows: Rows, schema: str) -> Table:
    """The rows, in a table of this session with the columns of ``table``, empty again after the transaction.

    PostgreSQL only. ``schema`` is where ``table`` is.
    """
    staged = staging(table)
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    with _raising(connection), driver.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE IF NOT EXISTS "{staged.name}" (LIKE "{schema}"."{table.name}") '
            "ON COMMIT DELETE ROWS"
        )
        cursor.execute(f'DELETE FROM "{staged.name}"')
        with cursor.copy(f'COPY "{staged.name}" ({columns}) FROM STDIN (FORMAT BINARY)') as copy:
            copy.set_types([_POSTGRESQL_NAMES[_kind(column)] for column in table.columns])
            for row in _ready(table, rows, "postgresql"):
                copy.write_row(row)
    return staged


def execute_many(connection: Connection, statement: str, table: Table, rows: Rows) -> None:
    """SQLite only. ``statement`` takes the columns of ``table`` in their order."""
    driver: Any = connection.connection.driver_connection
    with _raising(connection):
        driver.executemany(statement, _ready(table, rows, "sqlite"))


@lru_cache(maxsize=256)
def staging(table: Table) -> Table:
    """The table of the session from which ``table`` is filled."""
    columns = [Column(column.name, column.type) for column in table.columns]
    return Table(f"rows_for_{table.name}", MetaData(), *columns)


@contextmanager
def _raising(connection: Connection) -> Iterator[None]:
    """Errors of the driver as SQLAlchemy would raise them; it has not seen the statement."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(
            None, None, error, driver.Error, dialect=connection.dialect, hide_parameters=True
        ) from error


# --- values ----------------------------------------------------------------------------------------------------------


def _ready(table: Table, rows: Rows, dialect: str) -> Iterator[tuple[Any, ...]]:
    names, converts = _plan(table, dialect)
    columns: list[Sequence[Any]] = list(zip(*map(itemgetter(*names), rows), strict=True))
    for place, convert in converts.items():
        columns[place] = convert(columns[place])
    return zip(*columns, strict=True)


@lru_cache(maxsize=256)
def _plan(table: Table, dialect: str) -> tuple[tuple[str, ...], dict[int, Convert]]:
    """The columns' names, and what is done to the values of which."""
    converts = _CONVERTS[dialect]
    kinds = [_kind(column) for column in table.columns]
    return (
        tuple(column.name for column in table.columns),
        {place: converts[kind] for place, kind in enumerate(kinds) if kind in converts},
    )


def _kind(column: Column[Any]) -> type[TypeEngine[Any]]:
    found = next((kind for kind in _POSTGRESQL_NAMES if isinstance(column.type, kind)), None)
    if found is None:
        raise NotImplementedError(f"{column}: {column.type!r}")
    return found


def _times(values: Sequence[datetime | None]) -> list[datetime | None]:
    return [None if value is None else in_utc(value) for value in values]


def _written_times(values: Sequence[datetime | None]) -> list[str | None]:
    """As SQLAlchemy writes them for SQLite: in UTC, always with microseconds, without a zone."""
    return [None if value is None else in_utc(value).isoformat(" ", "microseconds")[:26] for value in values]


def _written_ids(values: Sequence[UUID | None]) -> list[str | None]:
    return [None if value is None else value.hex for value in values]


def _whole(bits: int, values: Sequence[int | None]) -> Sequence[int | None]:
    limit = 1 << (bits - 1)
    for value in values:
        if value is not None and not -limit <= value < limit:
            raise OverflowError(f"{value} does not fit into {bits} bits")
    return values


_POSTGRESQL_NAMES: dict[type[TypeEngine[Any]], str] = {
    UtcTime: "timestamptz",
    BigInteger: "int8",
    Integer: "int4",
    Uuid: "uuid",
    Boolean: "bool",
    String: "text",
}
_CONVERTS: dict[str, dict[type[TypeEngine[Any]], Convert]] = {
    "postgresql": {UtcTime: _times, BigInteger: partial(_whole, 64), Integer: partial(_whole, 32)},
    "sqlite": {UtcTime: _written_times, Uuid: _written_ids},
}
