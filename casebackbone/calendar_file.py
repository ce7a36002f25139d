"""The form of a calendar file: what may be in it, in which spellings, and what is wrong with it.

The canonical form is that of ``policies/rheinland-pfalz.toml``. A file states everything: what it does not mention (a
weekday, 24 December, holidays at all) does not hold. Common other spellings are understood, see docs/deadlines.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from casebackbone.calendar import MINUTES_OF_A_DAY, Interval, ServiceCalendar
from casebackbone.calendar_values import Span, clock, day_of, minutes, spans, text
from casebackbone.strict_toml import InvalidFile, read_toml, unknown_keys

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GERMAN = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_DAY_NAMES: dict[str, int] = {
    name: index for names in (WEEKDAYS, _GERMAN) for index, day in enumerate(names) for name in (day, day[:3], day[:2])
} | {"tues": 1, "thur": 3, "thurs": 3}
_ALIASES = {
    "time_zone": ("timezone", "tz", "zone"),
    "intervals": ("weekdays", "hours", "service_hours", "opening_hours", "business_hours", "week"),
    "holidays": ("holiday",),
    "country": (),
    "subdivision": ("subdivisions", "subdiv", "province", "prov", "state", "region", "land", "bundesland"),
    "yearly": ("every_year", "yearly_days", "annual"),
    "rosenmontag": ("rose_monday",),
    "days": ("dates", "closed", "closed_days", "listed", "listed_days", "extra", "local_days"),
    "not_days": ("open_days", "except", "exceptions"),
}
_OF_HOLIDAYS = ("country", "subdivision", "yearly", "rosenmontag", "days", "not_days")
_CANONICAL = {alias: key for key, aliases in _ALIASES.items() for alias in aliases}


def load_calendar(path: str | Path | None = None) -> ServiceCalendar:
    """The calendar in a TOML file, by default that of Rheinland-Pfalz. Raises InvalidFile with every mistake in it.

    A file without ``name`` is named after itself; one without ``version`` has its content's fingerprint as its version.
    """
    source, stem, content = read_toml(path, "rheinland-pfalz.toml")
    reader = _Reader()
    settings = reader.read(content, re.sub(r"[^\w.-]+", "-", stem))
    if reader.problems:
        raise InvalidFile(source, reader.problems)
    try:
        calendar = ServiceCalendar(**settings)
    except ValueError as impossible:
        raise InvalidFile(source, [str(impossible)]) from impossible
    if calendar.version:
        return calendar
    return ServiceCalendar(**settings | {"version": calendar.fingerprint[:12]})


class _Reader:
    """Reads values and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def read(self, content: Mapping[str, Any], stem: str) -> dict[str, Any]:
        """The arguments of a ServiceCalendar; only of use when no problem was found."""
        content = self._canonical(_unwrapped(content), "")
        self.problems += unknown_keys(content, ("name", "version", "time_zone", "intervals", "holidays", *_OF_HOLIDAYS))
        if "intervals" not in content:
            self.problems.append(
                'intervals: missing; write [intervals] and monday = ["08:00-18:00"] and so on below it'
            )
        return {
            "name": self._label("name", content.get("name", stem)),
            "version": self._label("version", content.get("version", "")),
            "time_zone": self._time_zone(content.get("time_zone")),
            "week": self._week(content.get("intervals", {})),
            **self._holidays(content),
        }

    def _canonical(self, table: Mapping[str, Any], where: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in table.items():
            canonical = _CANONICAL.get(key, key)
            if canonical in found:
                self.problems.append(f"{where}{canonical}: given twice, also as {key}; write it once")
            found[canonical] = value
        return found

    def _label(self, key: str, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and re.fullmatch(r"[\w.-]{0,64}", value):
            return value
        self.problems.append(f'{key}: {value!r} cannot be used; write letters, digits, "-" and ".", such as "2026-01"')
        return ""

    def _time_zone(self, value: object) -> str:
        if isinstance(value, str):
            try:
                return ZoneInfo(value).key
            except (KeyError, ValueError, OSError):
                pass
        shown = "missing" if value is None else f"{value!r} is not known"
        self.problems.append(f'time_zone: {shown}; write a name of the time zone database, such as "Europe/Berlin"')
        return "UTC"

    def _week(self, table: object) -> tuple[tuple[Interval, ...], ...]:
        week: list[tuple[Interval, ...]] = [()] * 7
        table = _by_day(table) if isinstance(table, list) else table
        if not isinstance(table, dict):
            self.problems.append('intervals: not a table; write [intervals] and monday = ["08:00-18:00"] below it')
            return tuple(week)
        given: set[int] = set()
        for key, value in table.items():
            for day in self._day_indices(key):
                if day in given:
                    self.problems.append(f"intervals.{key}: {WEEKDAYS[day]} is given twice; write it once")
                given.add(day)
                week[day] = self._intervals(f"intervals.{key}", value)
        return tuple(week)

    def _day_indices(self, key: str) -> range | tuple[int, ...]:
        """``monday``, or from one day to another: ``mon-fri``."""
        first, separator, last = re.sub(r"\s*(?:_to_|–|-)\s*", "-", key.strip().casefold()).partition("-")
        if first in _DAY_NAMES and not separator:
            return (_DAY_NAMES[first],)
        if _DAY_NAMES.get(first, 7) <= _DAY_NAMES.get(last, -1):
            return range(_DAY_NAMES[first], _DAY_NAMES[last] + 1)
        self.problems += unknown_keys({key: None}, WEEKDAYS, "intervals.")
        return ()

    def _intervals(self, where: str, value: object) -> tuple[Interval, ...]:
        """The intervals of one day, in order. Touching ones are fine, overlapping ones a mistake."""
        found = sorted(interval for span in spans(value) if (interval := self._interval(where, span)))
        for (_, closes), (opens, _) in pairwise(found):
            if opens < closes:
                self.problems.append(f"{where}: two intervals overlap at {clock(opens)}; write one for both")
        return tuple(found)

    def _interval(self, where: str, span: object) -> Interval | None:
        if isinstance(span, Span):
            opens, closes = minutes(span.opens), minutes(span.closes)
            if opens is not None and closes == 0:
                closes = MINUTES_OF_A_DAY
            if opens is not None and closes is not None and opens < closes:
                return Interval(opens, closes)
            span = f"{span.opens}-{span.closes}"
        self.problems.append(f'{where}: {span!r} is no interval of a day; write "08:00-18:00", at most "00:00-24:00"')
        return None

    def _holiday_table(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """What ``[holidays]`` says; a string is a subdivision, a list are days."""
        given = content.get("holidays", {})
        if isinstance(given, str):
            given = {"subdivision": given}
        elif isinstance(given, list):
            given = {"days": given}
        elif not isinstance(given, dict):
            self.problems.append('holidays: not a table; write [holidays] and subdivision = "RP" below it')
            given = {}
        table = self._canonical(given, "holidays.")
        self.problems += unknown_keys(table, _OF_HOLIDAYS, "holidays.")
        for key in [key for key in _OF_HOLIDAYS if key in content]:
            if key in table:
                self.problems.append(f"{key}: given twice; write it below [holidays] only")
            table[key] = content[key]
        return table

    def _holidays(self, content: Mapping[str, Any]) -> dict[str, Any]:
        table = self._holiday_table(content)
        country, subdivision = self._place(table.get("country"), table.get("subdivision"))
        days, yearly = self._days("days", table.get("days", []))
        not_days, never = self._days("not_days", table.get("not_days", []))
        if never:
            self.problems.append("holidays.not_days: a day of every year; write whole dates such as 2026-12-24")
        more_days, each_year = self._days("yearly", table.get("yearly", []))
        if more_days:
            self.problems.append('holidays.yearly: a date with a year; write "12-24", or put it into days')
        rosenmontag = table.get("rosenmontag", False)
        if not isinstance(rosenmontag, bool):
            self.problems.append(f"holidays.rosenmontag: {rosenmontag!r} cannot be used; write true or false")
        return {
            "country": country,
            "subdivision": subdivision,
            "yearly": yearly | each_year,
            "rosenmontag": rosenmontag is True,
            "days": days,
            "not_days": not_days,
        }

    def _place(self, country: object, subdivision: object) -> tuple[str | None, str | None]:
        """``DE`` and ``RP``; also ``DE-RP`` (ISO 3166-2) in one, and a subdivision alone is Germany's."""
        if isinstance(subdivision, list) and len(subdivision) == 1:
            subdivision = subdivision[0]
        for key, value in (("country", country), ("subdivision", subdivision)):
            if value is not None and not isinstance(value, str):
                self.problems.append(f'holidays.{key}: {value!r} cannot be used; write a code such as "DE" or "RP"')
                return None, None
        if subdivision is None:
            return str(country) if country else None, None
        before, separator, after = str(subdivision).partition("-")
        if not separator:
            return str(country or "DE"), before
        if country and country != before:
            self.problems.append(f"holidays.subdivision: {subdivision!r} is not in {country!r}; write one country")
        return before, after

    def _days(self, key: str, value: object) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
        """The whole dates and the days of every year in a list."""
        dates, each_year = set(), set()
        for item in value if isinstance(value, list) else [value]:
            day = day_of(item.get("date", item.get("day")) if isinstance(item, dict) else item)
            if day is None:
                self.problems.append(
                    f'holidays.{key}: {text(item)!r} is no day; write "2026-02-16" (or "12-24", yearly)'
                )
            elif isinstance(day, date):
                dates.add(day)
            else:
                each_year.add(day)
        return frozenset(dates), frozenset(each_year)


def _unwrapped(content: Mapping[str, Any]) -> dict[str, Any]:
    """Without a ``[calendar]`` table around it; weekdays that stand at the top belong to ``[intervals]``."""
    outer = dict(content)
    inner = outer.pop("calendar", {})
    outer |= inner if isinstance(inner, dict) else {"calendar": inner}
    week = {key: outer.pop(key) for key in list(outer) if key.strip().casefold() in _DAY_NAMES}
    return outer | {"intervals": week} if week and "intervals" not in outer else outer | week


def _by_day(rows: list[Any]) -> dict[str, list[Any]]:
    """``[[intervals]]`` tables, each with a ``day`` (or ``days``) and its ends, as one table by day."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        rest = dict(row) if isinstance(row, dict) else {"interval": row}
        names = [rest.pop(key) for key in ("day", "days", "weekday", "weekdays") if key in rest]
        for name in names[0] if names and isinstance(names[0], list) else names or [""]:
            found.setdefault(str(name), []).append(rest)
    return found
