"""What happens at the desk: who is there, which calls wait, whether there is a peak; and how a day went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.desk_rows import CALLS, DAYS, PEAKS, PRESENCES


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDay:
    """A local day at the desk; ``closed_at`` is None until somebody has found that it is over."""

    day: date
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Somebody at a place of the desk; ``until`` is None while they are there."""

    person: str
    place: str
    since: datetime
    until: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call, with the times that the telephone system told. ``in_time`` by the promise as it was answered."""

    call: str
    offered_at: datetime
    answered_at: datetime | None
    abandoned_at: datetime | None
    ended_at: datetime | None
    person: str | None
    waited_seconds: int | None
    in_time: bool | None
    talked_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A peak, why and with what it opened; ``closed_at`` is None while it is open."""

    day: date
    opened_at: datetime
    reason: str
    waiting: int
    longest_wait_seconds: int
    closed_at: datetime | None
    closed_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """Calls of a day. ``waiting`` are those that were neither answered nor abandoned."""

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    waiting: int = 0
    longest_wait_seconds: int | None = None


def day_of(connection: Connection, day: date) -> DeskDay | None:
    """None if nothing happened at the desk on that day."""
    row = connection.execute(select(DAYS).where(_on(day))).one_or_none()
    return None if row is None else DeskDay(day=day, opened_at=row.opened_at, closed_at=row.closed_at)


def open_days(connection: Connection, before: date) -> Sequence[date]:
    """Days before that one which nobody has closed."""
    statement = select(DAYS.c.day).where(DAYS.c.closed_at.is_(None), DAYS.c.day < before.isoformat())
    return [date.fromisoformat(day) for day in connection.scalars(statement.order_by(DAYS.c.day))]


def present(connection: Connection, day: date) -> Sequence[Presence]:
    """Who is signed on, the front before the background, by since when."""
    order = (PRESENCES.c.place.desc(), PRESENCES.c.since, PRESENCES.c.version)
    statement = _of_day(PRESENCES, day).where(PRESENCES.c.until.is_(None)).order_by(*order)
    return [Presence(**_without(row)) for row in connection.execute(statement)]


def place_of(connection: Connection, day: date, person: str) -> str | None:
    """Where somebody is signed on, None if they are not."""
    there = _of_day(PRESENCES, day).where(PRESENCES.c.person == person, PRESENCES.c.until.is_(None))
    row = connection.execute(there).first()
    return None if row is None else str(row.place)


def presences(connection: Connection, day: date) -> Sequence[Presence]:
    """Who was signed on when, in order of signing on."""
    statement = _of_day(PRESENCES, day).order_by(PRESENCES.c.since, PRESENCES.c.version)
    return [Presence(**_without(row)) for row in connection.execute(statement)]


def waiting(connection: Connection, day: date, *, limit: int = 200) -> Sequence[CallRow]:
    """Calls that wait, the longest first."""
    statement = _of_day(CALLS, day).where(_WAITS).order_by(CALLS.c.offered_at, CALLS.c.call).limit(limit)
    return [CallRow(**_without(row)) for row in connection.execute(statement)]


def calls(connection: Connection, day: date, *, after: str | None = None, limit: int = 50) -> Page[CallRow]:
    """The calls of a day in order of arrival. Raises BadCursor, ValueError."""
    key = [CALLS.c.offered_at, CALLS.c.call]
    statement = _of_day(CALLS, day).order_by(*key).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "desk_calls", moment, str)))
    found = [CallRow(**_without(row)) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (row.offered_at, row.call), "desk_calls")


def counts(connection: Connection, day: date) -> DayCounts:
    """How many calls there were, and what became of them."""
    answered = CALLS.c.answered_at.is_not(None)
    statement = (
        select(
            func.count().label("offered"),
            func.count().filter(answered).label("answered"),
            func.count().filter(answered, CALLS.c.in_time).label("answered_in_time"),
            func.count().filter(CALLS.c.abandoned_at.is_not(None)).label("abandoned"),
            func.count().filter(_WAITS).label("waiting"),
            func.max(CALLS.c.waited_seconds).label("longest_wait_seconds"),
        )
        .select_from(CALLS.join(DAYS, DAYS.c.desk_id == CALLS.c.desk_id))
        .where(_on(day))
    )
    return DayCounts(**connection.execute(statement).one()._mapping)


def open_peak(connection: Connection, day: date) -> Peak | None:
    """The peak that is open at the desk of that day."""
    row = connection.execute(_peaks().where(_on(day), PEAKS.c.closed_at.is_(None))).one_or_none()
    return None if row is None else _peak(row)


def peaks_of(connection: Connection, day: date) -> Sequence[Peak]:
    """The peaks of a day, in order."""
    return [_peak(row) for row in connection.execute(_peaks().where(_on(day)).order_by(PEAKS.c.opened_at))]


def peaks(
    connection: Connection, since: datetime, until: datetime, *, after: str | None = None, limit: int = 50
) -> Page[Peak]:
    """Peaks that were open at some time in [``since``, ``until``), the latest first. Raises BadCursor, ValueError."""
    key = [PEAKS.c.opened_at, DAYS.c.day]
    within = and_(PEAKS.c.opened_at < until, or_(PEAKS.c.closed_at.is_(None), PEAKS.c.closed_at > since))
    statement = _peaks().where(within).order_by(*(column.desc() for column in key)).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "desk_peaks", moment, str), descending=True))
    found = [_peak(row) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (row.opened_at, row.day.isoformat()), "desk_peaks")


_WAITS = and_(CALLS.c.answered_at.is_(None), CALLS.c.abandoned_at.is_(None))


def _on(day: date) -> ColumnElement[bool]:
    return DAYS.c.day == day.isoformat()


def _of_day(table: Any, day: date) -> Any:
    return select(table).join(DAYS, DAYS.c.desk_id == table.c.desk_id).where(_on(day))


def _peaks() -> Any:
    return select(PEAKS, DAYS.c.day).join(DAYS, DAYS.c.desk_id == PEAKS.c.desk_id)


def _peak(row: Any) -> Peak:
    return Peak(**{**_without(row), "day": date.fromisoformat(row.day)})


def _without(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in ("desk_id", "version")}
