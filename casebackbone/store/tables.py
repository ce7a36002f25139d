"""Tables of the record, all but the events themselves. Created by the migrations only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Integer, LargeBinary, MetaData, String, Table, Text, Uuid
from sqlalchemy.types import TIMESTAMP, TypeDecorator, TypeEngine

EVENTS = "casebackbone_events"
"""The events' table: the library's name for an application called ``casebackbone``."""


class UtcTime(TypeDecorator[datetime]):
    """A moment with its zone, kept in UTC. SQLite has no such type: there it is ISO text. Naive times are refused."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC) if dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value)


def iso(moment: datetime) -> str:
    """UTC, always with microseconds, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("content_id", Uuid, primary_key=True),
    Column("inquiry_id", Uuid, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("text", Text),
    Column("salt", LargeBinary),
    Column("digest", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
)
commands = Table(
    "commands",
    metadata,
    Column("command_id", Uuid, primary_key=True),
    Column("principal", String(200), nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
)
content_accesses = Table(
    "content_accesses",
    metadata,
    Column("access_id", Uuid, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(200), nullable=False),
    Column("inquiry_id", Uuid, nullable=False, index=True),
    Column("content_ids", Text, nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("search_id", Uuid),
)
content_searches = Table(
    "content_searches",
    metadata,
    Column("search_id", Uuid, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(200), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("words_digest", String(64), nullable=False),
    Column("kinds", String(200), nullable=False),
    Column("inquiries", Integer, nullable=False),
)
content_terms = Table(
    "content_terms",
    metadata,
    Column("term", LargeBinary, primary_key=True),
    Column("content_id", Uuid, primary_key=True, index=True),
    Column("inquiry_id", Uuid, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("position", BigInteger, nullable=False),
)
content_index = Table(
    "content_index",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
)
relay_positions = Table(
    "relay_positions",
    metadata,
    Column("topic", String(249), primary_key=True),
    Column("topic_id", String(64), nullable=False),
    Column("store_epoch", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("next_offsets", Text, nullable=False),
)
store_identity = Table(
    "store_identity",
    metadata,
    Column("store_epoch", Uuid, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
)
