"""The backlog at any moment: intervals in which an inquiry was open, cut wherever its service or department changed.

Kept here and not taken from the custody intervals: views do not know each other, and those know no service.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Index,
    Integer,
    Table,
    and_,
    or_,
    select,
    union_all,
)

from events.inquiry import InquiryEvent
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.figures_formulas import AGES
from projections.tables import CODE, ID, TABLES, UtcTime, among, upsert

BACKLOG = Table(
    "figure_backlog",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("received_at", UtcTime, nullable=False),
    Column("service", CODE),
    Column("department", CODE),
    Column("begins_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime),
)
_CURRENT = BACKLOG.c.ends_at.is_(None)
Index(
    "figure_backlog_current",
    BACKLOG.c.begins_at,
    BACKLOG.c.received_at,
    sqlite_where=_CURRENT,
    postgresql_where=_CURRENT,
)
Index("figure_backlog_past", BACKLOG.c.ends_at, BACKLOG.c.begins_at, sqlite_where=~_CURRENT, postgresql_where=~_CURRENT)
Index("figure_backlog_begun", BACKLOG.c.begins_at, BACKLOG.c.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Open from ``begins_at`` until before ``ends_at`` (None: still), since event ``version``."""

    inquiry_id: UUID
    version: int
    received_at: datetime
    service: str | None
    department: str | None
    begins_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ages:
    """How many are open, by class of age, and the sum of their ages in microseconds."""

    classes: tuple[int, ...] = (0,) * len(AGES)
    microseconds: int = 0

    @property
    def counted(self) -> int:
        return sum(self.classes)


# --- from events -----------------------------------------------------------------------------------------------------


def open_now(connection: Connection, inquiry_ids: Iterable[UUID]) -> dict[UUID, Open]:
    """The intervals that last."""
    wanted = list(inquiry_ids)
    if not wanted:
        return {}
    statement = select(BACKLOG).where(among(connection, BACKLOG.c.inquiry_id, wanted), _CURRENT)
    return {row.inquiry_id: Open(**row._mapping) for row in connection.execute(statement)}


def changed(current: Open | None, history: Sequence[InquiryEvent]) -> Iterator[Open]:
    """The intervals that ``history`` ends or begins, given the one that lasts."""
    before = current
    for event in history:
        at = event.provenance.occurred_at
        following = _following(current, event, at)
        if following is current:
            continue
        if current is not None and (following is None or following.version != current.version):
            yield replace(current, ends_at=max(at, current.begins_at))
        current = following
    if current is not None and current is not before:
        yield current


def _following(current: Open | None, event: InquiryEvent, at: datetime) -> Open | None:
    standing = event.standing
    if not standing.state.is_open:
        return None
    if current is not None and (current.service, current.department) == (standing.service, standing.department):
        return current
    return Open(
        inquiry_id=event.inquiry_id,
        version=event.version,
        received_at=standing.received_at,
        service=standing.service,
        department=standing.department,
        begins_at=max(at, current.begins_at) if current else at,
    )


def store(connection: Connection, rows: Iterable[Open]) -> None:
    """Insert or replace them."""
    upsert(connection, BACKLOG, [{name: getattr(row, name) for name in Open.__slots__} for row in rows])


# --- queries ---------------------------------------------------------------------------------------------------------


def at(
    connection: Connection, when: datetime, *conditions: ColumnElement[bool], by: str | None = None
) -> dict[Any, Ages]:
    """How many were open at ``when``, of each value of the column ``by``; without it all under None."""
    columns: list[Any] = [] if by is None else [BACKLOG.c[by]]
    found: dict[Any, list[int]] = {}
    for row in connection.execute(_open((BACKLOG.c.received_at, *columns), when, conditions)):
        found.setdefault(row[1] if columns else None, []).append(_counted(row[0]))
    return {key: _ages(when, received) for key, received in found.items()}


def at_each(connection: Connection, moments: Sequence[datetime], *conditions: ColumnElement[bool]) -> list[Ages]:
    """How many were open at each of ``moments``, which are in order."""
    received: list[list[int]] = [[] for _ in moments]
    for since, place, ends_at in _reaching(connection, moments, conditions):
        last = len(moments) if ends_at is None else bisect_left(moments, ends_at)
        counted = _counted(since)
        for there in range(place, last):
            received[there].append(counted)
    return [_ages(when, since) for when, since in zip(moments, received, strict=True)]


def _reaching(
    connection: Connection, moments: Sequence[datetime], conditions: Sequence[ColumnElement[bool]]
) -> Iterator[tuple[datetime, int, datetime | None]]:
    """What was open at one of ``moments`` at least: since when it was received, the first of them, and when it ended.
    Most inquiries are gone before the next one comes, and those never leave the database."""
    columns = (BACKLOG.c.received_at, BACKLOG.c.ends_at)
    for place, when in enumerate(moments):
        if place == 0:
            found = connection.execute(_open(columns, when, conditions))
        else:
            begun = and_(BACKLOG.c.begins_at > moments[place - 1], BACKLOG.c.begins_at <= when)
            still = or_(_CURRENT, BACKLOG.c.ends_at > when)
            found = connection.execute(select(*columns).where(begun, still, *conditions))
        for since, ends_at in found:
            yield since, place, ends_at


def listed(
    connection: Connection,
    when: datetime,
    *conditions: ColumnElement[bool],
    age: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Open]:
    """Which were open at ``when``, the oldest first. Raises BadCursor, ValueError."""
    names = ("received_at", "inquiry_id", "version")
    narrowed = [*conditions, *_of_age(age, when)]
    if after is not None:
        narrowed.append(beyond([BACKLOG.c[name] for name in names], decode(after, "backlog", moment, UUID, int)))
    rows = _open(list(BACKLOG.c), when, narrowed).subquery()
    statement = select(rows).order_by(*(rows.c[name] for name in names)).limit(checked_limit(limit) + 1)
    found = [Open(**row._mapping) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (row.received_at, row.inquiry_id, row.version), "backlog")


def age_class(age: timedelta) -> str:
    """Which of :data:`AGES` it is."""
    return AGES[_class(age)][0]


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_FROM_DAYS = [timedelta(days=days) for _, days, _ in AGES]


def _class(age: timedelta) -> int:
    return max(0, bisect_right(_FROM_DAYS, age) - 1)


def _of_age(age: str | None, when: datetime) -> Iterator[ColumnElement[bool]]:
    if age is None:
        return
    place = [code for code, _, _ in AGES].index(age)
    if place > 0:
        yield BACKLOG.c.received_at <= when - _FROM_DAYS[place]
    if place + 1 < len(AGES):
        yield BACKLOG.c.received_at > when - _FROM_DAYS[place + 1]


def _open(
    columns: Sequence[Column[Any]], when: datetime, conditions: Sequence[ColumnElement[bool]]
) -> CompoundSelect[Any]:
    """What was open at ``when``. Written as two questions, so that each has its index."""
    begun = and_(BACKLOG.c.begins_at <= when, *conditions)
    still, until_later = _CURRENT, BACKLOG.c.ends_at > when
    return union_all(select(*columns).where(still, begun), select(*columns).where(until_later, begun))


def _ages(when: datetime, received: list[int]) -> Ages:
    now = _counted(when)
    received.sort()
    older = [len(received), *(bisect_right(received, now - days // _MICROSECOND) for days in _FROM_DAYS[1:]), 0]
    classes = tuple(more - fewer for more, fewer in pairwise(older))
    return Ages(classes, max(0, now * len(received) - sum(received)))


def _counted(moment: datetime) -> int:
    """Microseconds: whole numbers are exact, and quick to sort and to add."""
    return (moment - _EPOCH) // _MICROSECOND
