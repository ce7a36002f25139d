"""Local days of a time zone, cut exactly: also those of 23 and 25 hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class LocalDay:
    """[``start``, ``end``) in UTC."""

    date: date
    start: datetime
    end: datetime


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC; where clocks skip midnight, when they have skipped it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> Sequence[LocalDay]:
    """The local days that [``start``, ``end``) has a part of, whole, in order."""
    days: list[LocalDay] = []
    day = start.astimezone(zone).date()
    while (begin := begin_of(day, zone)) < end:
        following = day + timedelta(days=1)
        days.append(LocalDay(day, begin, begin_of(following, zone)))
        day = following
    return days
