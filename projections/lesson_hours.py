"""When it is busy at the telephone: calls, waiting times and peaks by weekday and hour of the city's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, or_, select

from projections.desk_rows import PEAKS
from projections.figures_facts import FACTS, QUARTER
from projections.figures_formulas import Kind
from projections.lessons import Period, sum_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class BusyHour:
    """An hour of a weekday (1 is Monday), local time, all such hours of the period together.

    ``waited_seconds`` is the sum over calls that were answered or given up, ``over`` how many these are;
    ``peak_minutes``: how long a peak was open in it.
    """

    weekday: int
    hour: int
    calls: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    over: int = 0
    waited_seconds: int = 0
    longest_wait_seconds: int = 0
    peaks_opened: int = 0
    peak_minutes: float = 0.0

    @property
    def mean_wait_seconds(self) -> float | None:
        return self.waited_seconds / self.over if self.over else None


def busy_hours(connection: Connection, period: Period, zone: ZoneInfo) -> list[BusyHour]:
    """Hours in which somebody called or a peak was open, Monday first. Calls count where they began."""
    hours: dict[tuple[int, int], BusyHour] = {}

    def hour_of(moment: datetime) -> BusyHour:
        local = moment.astimezone(zone)
        key = (local.isoweekday(), local.hour)
        return hours.setdefault(key, BusyHour(weekday=key[0], hour=key[1]))

    for row in connection.execute(_quarters(period)):
        _add_calls(hour_of(_EPOCH + row.quarter * QUARTER), row)
    peaks = select(PEAKS.c.opened_at, PEAKS.c.closed_at).where(
        PEAKS.c.opened_at < period.end, or_(PEAKS.c.closed_at.is_(None), PEAKS.c.closed_at > period.start)
    )
    for opened_at, closed_at in connection.execute(peaks):
        _add_peak(hour_of, period, opened_at, closed_at or period.end)
    return sorted(hours.values(), key=lambda hour: (hour.weekday, hour.hour))


def _quarters(period: Period) -> Any:
    return (
        select(
            FACTS.c.quarter,
            func.count().label("calls"),
            sum_of(FACTS.c.outcome == "answered_in_time").label("in_time"),
            sum_of(FACTS.c.outcome == "abandoned").label("abandoned"),
            func.count(FACTS.c.value).label("over"),
            func.coalesce(func.sum(FACTS.c.value), 0).label("waited"),
            func.coalesce(func.max(FACTS.c.value), 0).label("longest"),
        )
        .where(FACTS.c.kind == Kind.CALL.value, _in_quarters(period), period.covers(FACTS.c.at))
        .group_by(FACTS.c.quarter)
    )


def _in_quarters(period: Period) -> ColumnElement[bool]:
    """What :data:`projections.figures_facts.FACTS` is indexed by: the quarters of an hour that the period touches."""
    return FACTS.c.quarter.between((period.start - _EPOCH) // QUARTER, (period.end - _EPOCH) // QUARTER)


def _add_calls(hour: BusyHour, row: Any) -> None:
    hour.calls += row.calls
    hour.answered_in_time += row.in_time
    hour.abandoned += row.abandoned
    hour.over += row.over
    hour.waited_seconds += row.waited
    hour.longest_wait_seconds = max(hour.longest_wait_seconds, row.longest)


def _add_peak(
    hour_of: Callable[[datetime], BusyHour], period: Period, opened_at: datetime, closed_at: datetime
) -> None:
    """Its minutes by the hour; hours of every time zone begin at a full quarter of an hour of UTC."""
    if period.start <= opened_at < period.end:
        hour_of(opened_at).peaks_opened += 1
    start, end = max(opened_at, period.start), min(closed_at, period.end)
    while start < end:
        until = min(_EPOCH + ((start - _EPOCH) // QUARTER + 1) * QUARTER, end)
        hour_of(start).peak_minutes += (until - start) / timedelta(minutes=1)
        start = until
