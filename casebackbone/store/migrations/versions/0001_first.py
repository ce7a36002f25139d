"""The first tables: events, texts, commands, looks, relay positions, identity."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    moment = sa.TIMESTAMP(timezone=True) if postgres else sa.String(32)
    op.execute(_EVENTS_POSTGRES if postgres else _EVENTS_SQLITE)
    if postgres:
        op.execute(
            "CREATE UNIQUE INDEX casebackbone_events_notification_id_idx ON casebackbone_events (notification_id)"
        )
    op.create_table(
        "contents",
        sa.Column("content_id", sa.Uuid, primary_key=True),
        sa.Column("inquiry_id", sa.Uuid, nullable=False, index=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("erased_at", moment),
    )
    op.create_table(
        "commands",
        sa.Column("command_id", sa.Uuid, primary_key=True),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("inquiry_id", sa.Uuid, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
    )
    op.create_table(
        "content_accesses",
        sa.Column("access_id", sa.Uuid, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("role", sa.String(200), nullable=False),
        sa.Column("inquiry_id", sa.Uuid, nullable=False, index=True),
        sa.Column("content_ids", sa.Text, nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
    )
    op.create_table(
        "relay_positions",
        sa.Column("topic", sa.String(249), primary_key=True),
        sa.Column("topic_id", sa.String(64), nullable=False),
        sa.Column("store_epoch", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("next_offsets", sa.Text, nullable=False),
    )
    identity = op.create_table(
        "store_identity",
        sa.Column("store_epoch", sa.Uuid, primary_key=True),
        sa.Column("created_at", moment, nullable=False),
    )
    now = datetime.now(UTC)
    op.bulk_insert(identity, [{"store_epoch": uuid4(), "created_at": now if postgres else now.isoformat()}])


_EVENTS_POSTGRES = """
CREATE TABLE casebackbone_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
)
"""
_EVENTS_SQLITE = """
CREATE TABLE casebackbone_events (
    notification_id INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
)
"""
