"""Search over texts: which words stand in which text, as keyed digests; and who searched, beside who looked."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    moment = sa.TIMESTAMP(timezone=True) if postgres else sa.String(32)
    op.create_table(
        "content_terms",
        sa.Column("term", sa.LargeBinary, primary_key=True),
        sa.Column("content_id", sa.Uuid, primary_key=True, index=True),
        sa.Column("inquiry_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    index = op.create_table(
        "content_index",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(index, [{"name": "terms", "secret": secrets.token_bytes(32), "position": 0}])
    op.create_table(
        "content_searches",
        sa.Column("search_id", sa.Uuid, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("role", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("words_digest", sa.String(64), nullable=False),
        sa.Column("kinds", sa.String(200), nullable=False),
        sa.Column("inquiries", sa.Integer, nullable=False),
    )
    op.add_column("content_accesses", sa.Column("search_id", sa.Uuid))
    if postgres:
        # ANALYZE would copy samples of what people said into pg_statistic, where no erasure finds them.
        op.execute("ALTER TABLE contents ALTER text SET STATISTICS 0")
        op.execute("ALTER TABLE content_terms ALTER term SET STATISTICS 0")
