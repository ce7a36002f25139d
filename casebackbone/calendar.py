"""Service time: when the line is open, and how much of that lies between two moments.

The rule, used everywhere: **service time is real elapsed time, counted while the local wall clock shows a time inside
an interval of that weekday and the day is not closed.** An interval is half open, ``[opens, closes)``. So a calendar
that is open on Sunday 00:00-06:00 has 5 hours on the day the clock goes forward and 7 on the day it goes back; the
hour that does not exist is nobody's, the hour that comes twice counts twice.

Everything here is pure: no clock, no network, no randomness. Holidays come from the library ``holidays``, time zones
from ``zoneinfo``. Internally a moment is a whole number of microseconds since 1970, so nothing is rounded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
from dateutil.easter import easter

from casebackbone.service_year import ServiceYear, instant, moment, service_year

MINUTE = 60_000_000
MINUTES_OF_A_DAY = 24 * 60
FIRST_YEAR, LAST_YEAR = 1900, 2199
ROSENMONTAG_BEFORE_EASTER = timedelta(days=48)


class Interval(NamedTuple):
    """Open from ``opens`` up to, not including, ``closes``: minutes after midnight on the wall clock, 0 to 1440."""

    opens: int
    closes: int


class Pause(NamedTuple):
    """From ``start`` up to, not including, ``end`` no service time passes."""

    start: datetime
    end: datetime


Minutes = int | float | Fraction


@dataclass(frozen=True, kw_only=True)
class ServiceCalendar:
    """When service time passes. Equal settings give equal results, whenever and wherever they are asked for.

    ``week`` has the intervals of Monday to Sunday. A day is closed when it is one of ``days``, a day of ``yearly``
    (month, day), Rosenmontag if ``rosenmontag``, or a public holiday of ``country`` and ``subdivision``; ``not_days``
    are open all the same. Raises ValueError when nothing is ever open, when intervals overlap, and for places that do
    not exist.
    """

    name: str
    version: str
    time_zone: str
    week: tuple[tuple[Interval, ...], ...]
    country: str | None = None
    subdivision: str | None = None
    yearly: frozenset[tuple[int, int]] = frozenset()
    rosenmontag: bool = False
    days: frozenset[date] = frozenset()
    not_days: frozenset[date] = frozenset()
    _years: dict[int, ServiceYear] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days, Monday to Sunday")
        for intervals in self.week:
            _check_intervals(intervals)
        if not any(self.week):
            raise ValueError("the calendar has no service time at all: give at least one interval")
        if both := self.days & self.not_days:
            raise ValueError(f"closed and not closed at once: {', '.join(str(day) for day in sorted(both))}")
        _ = self.zone, self._known_years

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def _known_years(self) -> range:
        """The years for which the holidays are known (Germany: from 1991, before that there were two states)."""
        if self.country is None:
            return range(FIRST_YEAR, LAST_YEAR + 1)
        try:
            known = holidays.country_holidays(self.country, subdiv=self.subdivision)
        except NotImplementedError as unknown:
            raise ValueError(f"holidays: {unknown}; write codes of ISO 3166 such as DE and RP") from unknown
        return range(max(FIRST_YEAR, known.start_year), min(LAST_YEAR, known.end_year) + 1)

    @property
    def identity(self) -> str:
        """``name@version``, as it is stored with a due time."""
        return f"{self.name}@{self.version}"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the settings and over every holiday the library gives for them: a changed one shows."""
        content = {
            "time_zone": self.time_zone,
            "week": self.week,
            "closed_yearly": sorted(self.yearly),
            "rosenmontag": self.rosenmontag,
            "days": sorted(str(day) for day in self.days),
            "not_days": sorted(str(day) for day in self.not_days),
            "holidays": sorted(str(day) for year in self._known_years for day in self._holidays(year)),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def is_closed(self, day: date) -> bool:
        """Whether ``day`` is a holiday or a local day off. A weekday without intervals is not closed, only empty."""
        return day in self._closed_days(day.year)

    def is_open(self, at: datetime) -> bool:
        """Whether service time passes at ``at``; at closing time it does not any more."""
        return self._opening(instant(at)) == instant(at)

    def add(self, start: datetime, minutes: Minutes, pauses: Iterable[Pause] = ()) -> datetime:
        """The earliest moment (UTC) at which ``minutes`` of service time have passed since ``start``.

        Used up exactly at closing time, it is closing time and not the next opening. Zero minutes are due at ``start``
        if service time passes then, else when it passes next. Pauses may overlap, touch and come in any order.
        Raises ValueError for a naive time, negative minutes, a pause that ends before it starts, and years that
        are not known.
        """
        now, wanted = instant(start), _microseconds(minutes)
        if wanted < 0:
            raise ValueError(f"service minutes cannot be negative: {minutes}")
        for begin, end in _merged(pauses):
            if end <= now:
                continue
            if begin > now:
                available = self._between(now, begin)
                if wanted and wanted <= available:
                    break
                if not wanted and self._opening(now) < begin:
                    break
                wanted -= available
            now = end
        return moment(self._after(now, wanted))

    def subtract(self, end: datetime, minutes: Minutes) -> datetime:
        """The latest moment (UTC) from which ``minutes`` of service time pass up to ``end``."""
        now, wanted = instant(end), _microseconds(minutes)
        if wanted < 0:
            raise ValueError(f"service minutes cannot be negative: {minutes}")
        if not wanted:
            return moment(now)
        year = self._year_of(now)
        target = self._year(year).served(now) - wanted
        while target < 0:
            year -= 1
            target += self._year(year).total
        return moment(self._year(year).latest(target))

    def elapsed_time(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """The service time from ``start`` to ``end``, pauses left out, exactly. Raises ValueError if end < start."""
        first, last = instant(start), instant(end)
        if last < first:
            raise ValueError(f"{end.isoformat()} is before {start.isoformat()}")
        passed = self._between(first, last)
        for begin, stop in _merged(pauses):
            begin, stop = max(begin, first), min(stop, last)
            if begin < stop:
                passed -= self._between(begin, stop)
        return timedelta(microseconds=passed)

    def elapsed(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> int | float:
        """:meth:`elapsed_time` in minutes: an int when whole, else the nearest float."""
        passed = Fraction(self.elapsed_time(start, end, pauses) // timedelta(microseconds=1), MINUTE)
        return int(passed) if passed.denominator == 1 else float(passed)

    def _between(self, first: int, last: int) -> int:
        before, after = self._year_of(first), self._year_of(last)
        whole_years = sum(self._year(year).total for year in range(before, after))
        return whole_years + self._year(after).served(last) - self._year(before).served(first)

    def _after(self, now: int, wanted: int) -> int:
        if not wanted:
            return self._opening(now)
        year = self._year_of(now)
        target = self._year(year).served(now) + wanted
        while target > self._year(year).total:
            target -= self._year(year).total
            year += 1
        return self._year(year).earliest(target)

    def _opening(self, now: int) -> int:
        year = self._year_of(now)
        while (found := self._year(year).opening(now)) is None:
            year += 1
        return found

    def _year_of(self, now: int) -> int:
        try:
            return moment(now).astimezone(self.zone).year
        except OverflowError:
            raise ValueError(f"too early or too late to reckon with: {moment(now).isoformat()}") from None

    def _year(self, year: int) -> ServiceYear:
        """Computed once a year and calendar; two threads at once compute the same."""
        if year not in self._years:
            if year not in self._known_years:
                known = self._known_years
                raise ValueError(f"year {year} is outside {known[0]} to {known[-1]}, which {self.identity} knows")
            self._years[year] = service_year(year, self.zone, self._open_days(year))
        return self._years[year]

    def _open_days(self, year: int) -> Iterator[tuple[date, tuple[Interval, ...]]]:
        closed = self._closed_days(year)
        day = date(year, 1, 1)
        while day.year == year:
            if day not in closed and self.week[day.weekday()]:
                yield day, self.week[day.weekday()]
            day += timedelta(days=1)

    def _closed_days(self, year: int) -> set[date]:
        closed = self._holidays(year) | {day for day in self.days if day.year == year}
        closed |= {date(year, month, day) for month, day in self.yearly if _exists(year, month, day)}
        if self.rosenmontag:
            closed.add(easter(year) - ROSENMONTAG_BEFORE_EASTER)
        return closed - self.not_days

    def _holidays(self, year: int) -> set[date]:
        if self.country is None:
            return set()
        return set(holidays.country_holidays(self.country, subdiv=self.subdivision, years=year))


def _check_intervals(intervals: tuple[Interval, ...]) -> None:
    last = 0
    for opens, closes in intervals:
        if not last <= opens < closes <= MINUTES_OF_A_DAY:
            raise ValueError(f"intervals of a day must be in order, apart, and end by 24:00: {intervals}")
        last = closes


def _exists(year: int, month: int, day: int) -> bool:
    """29 February is there in leap years only."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _microseconds(minutes: Minutes) -> int:
    try:
        return round(Fraction(minutes) * MINUTE)
    except (ValueError, OverflowError):
        raise ValueError(f"service minutes must be a finite number: {minutes}") from None


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """In order, without overlap: two pauses at once stop the clock only once."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((instant(start), instant(stop)) for start, stop in pauses):
        if end < begin:
            raise ValueError(f"a pause ends before it starts: {moment(begin).isoformat()}/{moment(end).isoformat()}")
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif begin < end:
            merged.append((begin, end))
    return merged
