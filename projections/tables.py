"""What all tables of the read model share: column types that mean the same on SQLite and PostgreSQL, and upserts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, DateTime, Dialect, MetaData, String, Table, Text, TypeDecorator, Uuid, func
from sqlalchemy.dialects import postgresql, sqlite

GENERATION = "generation"
"""Stands for the schema of one generation; replaced when a statement runs (``schema_translate_map``)."""

TABLES = MetaData(schema=GENERATION)

VOLATILE = {"volatile": True}
"""Column info: drawn at random or by the store's clock, so different in a second import of the same cases."""


class UtcTime(TypeDecorator[datetime]):
    """A moment. Takes aware times only and gives UTC back; SQLite, which drops time zones, stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone says nothing")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


CODE = String().with_variant(Text(collation="C"), "postgresql")
"""A code or an id as text. Sorted by its bytes everywhere, whatever language the database is set up for."""

ID = Uuid()


@lru_cache(maxsize=256)
def _upsert(table: Table, dialect: str, kept: frozenset[str]) -> Any:
    insert: Any = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    keys = {column.name for column in table.primary_key}
    changes: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in keys:
            new = insert.excluded[column.name]
            changes[column.name] = func.coalesce(new, column) if column.name in kept else new
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert ``row``; False, and nothing done, if its key is there."""
    insert: Any = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
    statement = insert.on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, dict(row)).first() is not None


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], kept: Iterable[str] = ()) -> None:
    """Insert ``rows``, or replace those that are there. All rows name all columns; no key twice.

    Columns in ``kept`` keep what is stored where the new value is None.
    """
    if rows:
        connection.execute(_upsert(table, connection.dialect.name, frozenset(kept)), list(rows))


def stable_columns(table: Table, all_columns: bool = False) -> list[Column[Any]]:
    """The columns of ``table``, without the volatile ones unless ``all_columns``."""
    return [column for column in table.columns if all_columns or not column.info.get("volatile")]
