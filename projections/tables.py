"""What all tables of the read model share: column types that mean the same on SQLite and PostgreSQL, and upserts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, MetaData, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from projections.bulk import copy_in, execute_many, staging
from projections.column_types import CODE, ID, UtcTime

__all__ = [
    "ALWAYS",
    "CODE",
    "GENERATION",
    "ID",
    "TABLES",
    "VOLATILE",
    "UtcTime",
    "among",
    "insert_new",
    "stable_columns",
    "upsert",
]

GENERATION = "generation"
"""Stands for the schema of one generation; replaced when a statement runs (``schema_translate_map``)."""

TABLES = MetaData(schema=GENERATION)

VOLATILE = {"volatile": True}
"""Column info: drawn at random or by the store's clock, so different in a second import of the same cases."""


ALWAYS = "always"
"""Key of an index's info: views look rows up by it while they apply events. All others are for queries only, and made
when a generation has been filled."""

MANY = 50
"""From so many rows on they are written in bulk: below, preparing that takes longer than it saves."""


def _replacing(insert: Any, table: Table, kept: frozenset[str], added: frozenset[str]) -> Any:
    keys = {column.name for column in table.primary_key}
    changes: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in keys:
            new = insert.excluded[column.name]
            if column.name in added:
                new = column + new
            changes[column.name] = func.coalesce(new, column) if column.name in kept else new
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)


@lru_cache(maxsize=256)
def _upsert(table: Table, dialect: str, kept: frozenset[str], added: frozenset[str]) -> Any:
    return _replacing((postgresql.insert if dialect == "postgresql" else sqlite.insert)(table), table, kept, added)


@lru_cache(maxsize=256)
def _merge(table: Table, kept: frozenset[str], added: frozenset[str]) -> Any:
    names = [column.name for column in table.columns]
    return _replacing(postgresql.insert(table).from_select(names, select(staging(table))), table, kept, added)


@lru_cache(maxsize=256)
def _written_for_sqlite(table: Table, dialect: Dialect, kept: frozenset[str], added: frozenset[str]) -> str:
    """A generation is a file there, which has one schema."""
    compiled = _upsert(table, dialect.name, kept, added).compile(
        dialect=dialect,
        column_keys=[column.name for column in table.columns],
        schema_translate_map={GENERATION: None},
        render_schema_translate=True,
    )
    return str(compiled)


def among(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """``column`` is one of ``values``, of which there may be thousands: PostgreSQL gets them as one, which takes it and
    us half the time of a list."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=postgresql.ARRAY(column.type)))
    return column.in_(values)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row``; False, and nothing done, if its key is there."""
    insert: Any = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
    statement = insert.on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, dict(row)).first() is not None


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    kept: Iterable[str] = (),
    added: Iterable[str] = (),
) -> None:
    """Insert ``rows``, or replace those that are there. All rows name all columns; no key twice.

    Columns in ``kept`` keep what is stored where the new value is None; to those in ``added`` the new one is added.
    """
    these = frozenset(kept), frozenset(added)
    if not rows:
        return
    if len(rows) < MANY:
        connection.execute(_upsert(table, connection.dialect.name, *these), list(rows))
    elif connection.dialect.name == "sqlite":
        execute_many(connection, _written_for_sqlite(table, connection.dialect, *these), table, rows)
    else:
        copy_in(connection, table, rows, connection.get_execution_options()["schema_translate_map"][GENERATION])
        connection.execute(_merge(table, *these))


def stable_columns(table: Table, all_columns: bool = False) -> list[Column[Any]]:
    """The columns of ``table``, without the volatile ones unless ``all_columns``."""
    return [column for column in table.columns if all_columns or not column.info.get("volatile")]
