"""What the caretaker has to look at, out of the rows of "nobody gets lost": in order of its times, piece by piece.

This view may be behind; each inquiry decides for itself. ``after`` is the last one of the piece before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, and_, func, or_, select

from projections.cursor import beyond
from projections.nobody_lost import Clock, silent
from projections.nobody_lost_rows import OFFERED, ROWS


@dataclass(frozen=True, slots=True)
class DueInquiry:
    """An open inquiry, and the time by which it is ordered among the others."""

    inquiry_id: UUID
    at: datetime
    holder: str
    department: str | None
    offered_to: str | None
    service: str | None


def expired_offers(
    connection: Connection, now: datetime, *, after: DueInquiry | None = None, limit: int = 500
) -> list[DueInquiry]:
    """Whose offer had expired by ``now``, the longest ago first."""
    expires_at = ROWS.c.offer_expires_at
    return _due(connection, expires_at, and_(OFFERED, expires_at <= now), after, limit)


def due_escalations(
    connection: Connection, clock: Clock, *, after: DueInquiry | None = None, limit: int = 500
) -> list[DueInquiry]:
    """Of whom somebody above is to be told, because of a time that has passed; the longest ago first."""
    return _due(connection, ROWS.c.escalate_at, ROWS.c.escalate_at <= clock.now, after, limit)


def due_silences(
    connection: Connection, clock: Clock, *, after: DueInquiry | None = None, limit: int = 500
) -> list[DueInquiry]:
    """Of whom somebody above is to be told, because nothing has happened since ``at``; none of the list above."""
    since, told_at = ROWS.c.last_step_at, ROWS.c.escalated_at
    quiet_until = func.coalesce(ROWS.c.escalate_again_at, ROWS.c.acknowledged_until, type_=since.type)
    not_told = or_(told_at.is_(None), since > told_at, quiet_until.is_(None), quiet_until <= clock.now)
    return _due(
        connection, since, and_(silent(clock, just_now=True), not_told, ROWS.c.escalate_at > clock.now), after, limit
    )


def in_hands_of(
    connection: Connection,
    people: Collection[str],
    departments: Collection[str],
    *,
    after: DueInquiry | None = None,
    limit: int = 500,
) -> list[DueInquiry]:
    """What one of ``people`` (``agent:<id>``) holds, and what is the matter of, held by or offered to one of
    ``departments`` (their ids); the soonest due first."""
    holders = [*people, *(f"department:{department}" for department in departments)]
    theirs = or_(ROWS.c.holder.in_(holders), ROWS.c.department.in_(departments), ROWS.c.offered_to.in_(departments))
    return _due(connection, ROWS.c.due_at, theirs, after, limit)


def _due(
    connection: Connection,
    at: Column[datetime],
    which: ColumnElement[bool],
    after: DueInquiry | None,
    limit: int,
) -> list[DueInquiry]:
    order = [at, ROWS.c.inquiry_id]
    columns = (ROWS.c.inquiry_id, at, ROWS.c.holder, ROWS.c.department, ROWS.c.offered_to, ROWS.c.service)
    statement = select(*columns).where(which).order_by(*order).limit(limit)
    if after is not None:
        statement = statement.where(beyond(order, (after.at, after.inquiry_id)))
    return [DueInquiry(*row) for row in connection.execute(statement)]
