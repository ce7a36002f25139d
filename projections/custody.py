"""Custody intervals: who had an inquiry from when until when, and by when it was due. What an auditor counts with.

A new interval begins whenever holder, state, department or due time change, at the event's ``occurred_at``; it lasts
until the next one, half-open: [from, to). So at every moment since its receipt an inquiry is in exactly one interval,
and "how many were open, overdue, with whom, at noon on 1 January" is one query (promise 3, conservation).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, func, literal, or_, select, union_all

from events.standing import State
from projections.cursor import Page, beyond, checked_limit, decode, page
from projections.custody_interval import Interval
from projections.custody_rows import CURRENT, IS_OPEN, LATE, PAST, ROWS, read_interval
from projections.custody_sums import AN_INSTANT, HANDOVERS, OPEN, OVERDUE, RECEIVED, added, before

_RECEIPT = ROWS.c.seq == 1


class Accounting(TypedDict):
    """How many inquiries, at one moment. Those of no department are under ``(none)``."""

    received: int
    open: int
    open_overdue: int
    resolved: int
    merged: int
    open_by_department: dict[str, int]
    overdue_by_department: dict[str, int]
    handovers: int


# --- queries -------------------------------------------------------------------------------------------------------

NO_DEPARTMENT = "(none)"


def accounting(connection: Connection, as_of: datetime) -> Accounting:
    """What was received until ``as_of`` and where it was then; overdue: due before ``as_of``.

    ``received`` counts receipts, ``open``, ``resolved`` and ``merged`` count intervals: that they add up is not built
    in, so it can be checked. ``handovers`` are those from one department to another until ``as_of``. Takes as long
    whenever that is, and however many have been closed: :mod:`projections.custody_sums`.
    """
    day = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _accounting(added(connection, [*before(day), *_since(day, as_of), *_lasting(as_of)]))


def recounted(connection: Connection, as_of: datetime) -> Accounting:
    """The same, counted from every single row: for whoever doubts the sums. Takes the longer the more there are."""
    there = (ROWS.c.valid_from <= as_of, ROWS.c.valid_to > as_of)
    questions = [
        _counted(RECEIVED, _RECEIPT, ROWS.c.valid_from <= as_of),
        _counted(HANDOVERS, ROWS.c.handover, ROWS.c.valid_from <= as_of),
        *_lasting(as_of),
        _counted(ROWS.c.state, ~IS_OPEN, CURRENT, ROWS.c.valid_from <= as_of),
        _counted(ROWS.c.state, ~IS_OPEN, *there),
        _counted(OPEN, IS_OPEN, *there, by=ROWS.c.department),
        _counted(OVERDUE, IS_OPEN, *there, ROWS.c.due_at < as_of, by=ROWS.c.department),
    ]
    return _accounting(added(connection, questions))


def at(connection: Connection, inquiry_id: UUID, as_of: datetime) -> Interval | None:
    """The interval of an inquiry at a moment; None if it had not been received."""
    lasted = or_(CURRENT, ROWS.c.valid_to > as_of)
    which = (ROWS.c.inquiry_id == inquiry_id, ROWS.c.valid_from <= as_of, lasted)
    row = connection.execute(select(ROWS).where(*which)).one_or_none()
    return None if row is None else read_interval(row._mapping)


def intervals(connection: Connection, inquiry_id: UUID) -> list[Interval]:
    """All intervals of an inquiry, in order."""
    rows = connection.execute(select(ROWS).where(ROWS.c.inquiry_id == inquiry_id).order_by(ROWS.c.seq))
    return [read_interval(row._mapping) for row in rows]


def time_per_door(connection: Connection, inquiry_id: UUID, until: datetime) -> dict[str, timedelta]:
    """How long each holder has had it, up to ``until``, in the order in which they first did."""
    doors: dict[str, timedelta] = {}
    for interval in intervals(connection, inquiry_id):
        if interval.holder is not None and interval.valid_from < until:
            end = until if interval.valid_to is None else min(interval.valid_to, until)
            doors[interval.holder] = doors.get(interval.holder, timedelta()) + (end - interval.valid_from)
    return doors


def open_ids_at(connection: Connection, as_of: datetime, *, after: str | None = None, limit: int = 200) -> Page[UUID]:
    """Which inquiries were open, by id. Raises BadCursor, ValueError."""
    which = [IS_OPEN, ROWS.c.valid_from <= as_of]
    if after is not None:
        which.append(beyond([ROWS.c.inquiry_id], decode(after, "open_ids", UUID)))
    ids = union_all(*(select(ROWS.c.inquiry_id).where(*which, lasted) for lasted in (CURRENT, ROWS.c.valid_to > as_of)))
    statement = ids.order_by(ROWS.c.inquiry_id).limit(checked_limit(limit) + 1)
    found = connection.scalars(statement).all()
    return page(found, limit, lambda inquiry_id: (inquiry_id,), "open_ids")


# --- how accounting counts -------------------------------------------------------------------------------------------


def _since(day: datetime, as_of: datetime) -> list[Select[Any]]:
    """What began from ``day`` until ``as_of``, less what ended then: what the sums leave out, and in the same way."""
    begun, ended = ROWS.c.valid_from.between(day, as_of), ROWS.c.valid_to.between(day, as_of)
    overdue = and_(IS_OPEN, LATE, ROWS.c.due_at < as_of)
    fell_due = and_(ROWS.c.due_at >= day - AN_INSTANT, ROWS.c.valid_from < day)
    return [
        _counted(RECEIVED, _RECEIPT, begun),
        _counted(HANDOVERS, ROWS.c.handover, begun),
        _counted(ROWS.c.state, ~IS_OPEN, begun),
        _counted(ROWS.c.state, ~IS_OPEN, ended, sign=-1),
        _counted(OPEN, IS_OPEN, PAST, begun, by=ROWS.c.department),
        _counted(OPEN, IS_OPEN, ended, by=ROWS.c.department, sign=-1),
        _counted(OVERDUE, overdue, PAST, begun, by=ROWS.c.department),
        _counted(OVERDUE, overdue, fell_due, by=ROWS.c.department),
        _counted(OVERDUE, overdue, ended, by=ROWS.c.department, sign=-1),
    ]


def _lasting(as_of: datetime) -> list[Select[Any]]:
    """Open inquiries whose interval has not ended: few, and in no sum."""
    here = (IS_OPEN, CURRENT, ROWS.c.valid_from <= as_of)
    return [
        _counted(OPEN, *here, by=ROWS.c.department),
        _counted(OVERDUE, *here, ROWS.c.due_at < as_of, by=ROWS.c.department),
    ]


def _counted(
    what: str | Column[Any], *which: ColumnElement[bool], by: Column[Any] | None = None, sign: int = 1
) -> Select[Any]:
    """A question for what, department and number."""
    kind = literal(what) if isinstance(what, str) else what
    groups = [column for column in (by, None if isinstance(what, str) else what) if column is not None]
    department = literal("") if by is None else by
    return select(kind, department, func.count() * sign).where(*which).group_by(*groups)


def _accounting(sums: Mapping[tuple[str, str], int]) -> Accounting:
    open_, overdue = _by_department(sums, OPEN), _by_department(sums, OVERDUE)
    return Accounting(
        received=sums.get((RECEIVED, ""), 0),
        open=sum(open_.values()),
        open_overdue=sum(overdue.values()),
        resolved=sums.get((State.RESOLVED.value, ""), 0),
        merged=sums.get((State.MERGED.value, ""), 0),
        open_by_department=open_,
        overdue_by_department=overdue,
        handovers=sums.get((HANDOVERS, ""), 0),
    )


def _by_department(sums: Mapping[tuple[str, str], int], what: str) -> dict[str, int]:
    return {department or NO_DEPARTMENT: number for (kind, department), number in sorted(sums.items()) if kind == what}
