"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator, Uuid


class UtcTime(TypeDecorator[datetime]):
    """A moment. Takes aware times only and gives UTC back; SQLite, which drops time zones, stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_utc(value: datetime) -> datetime:
    """The same moment. Raises ValueError without a time zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a time zone says nothing")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


CODE = String().with_variant(Text(collation="C"), "postgresql")
"""A code or an id as text. Sorted by its bytes everywhere, whatever language the database is set up for."""

ID = Uuid()
