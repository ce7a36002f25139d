"""What lies in a queue for whoever takes the next one: open, offered to nobody, the oldest due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, or_, select

from events.standing import State
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.worklist_rows import ROWS


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inquiry in a queue."""

    due_at: datetime
    inquiry_id: UUID
    version: int


def queue(
    connection: Connection, place: str, now: datetime, *, after: str | None = None, limit: int = 50
) -> Page[Waiting]:
    """What lies at ``place`` (``desk:front``, ``department:<id>`` …) by due time. What waits for the citizen is not
    there before it is due again."""
    key = [ROWS.c.due_at, ROWS.c.inquiry_id]
    there = ROWS.c.holder == place, ROWS.c.offered_to.is_(None)
    ready = or_(ROWS.c.state == State.OPEN.value, ROWS.c.due_at <= now)
    statement = select(*key, ROWS.c.version).where(*there, ready).order_by(*key).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "queue", moment, UUID)))
    rows = connection.execute(statement)
    found = [Waiting(row.due_at, row.inquiry_id, row.version) for row in rows]
    return page(found, limit, lambda row: (row.due_at, row.inquiry_id), "queue")
