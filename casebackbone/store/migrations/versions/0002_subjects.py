"""Commands act on subjects of several kinds, not on inquiries only; nobody looks for them by subject."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_index("ix_commands_inquiry_id", table_name="commands")
    op.execute("ALTER TABLE commands RENAME COLUMN inquiry_id TO subject")
