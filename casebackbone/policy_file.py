"""The form of a policy file: what may be in it, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from casebackbone.strict_toml import InvalidFile, read_toml, unknown_keys

DURATIONS = ("reply", "acceptance", "callback", "waiting", "silent", "escalate_again", "acknowledgement")
TASK_DAYS = 10
"""Service days for what the city sets itself to do, where the file says nothing else (``task_days``)."""
_UNITS = ("hours", "days")
_LONGEST_DAY = 24
_LEIKA = re.compile(r"99\d{12}")
_SHARES = {"calls": ("percent", "within_seconds"), "first_contact": ("percent",)}
_DURATION_KEYS = tuple(f"{duration}_{unit}" for duration in DURATIONS for unit in _UNITS)
_TASK_KEYS = tuple(f"task_{unit}" for unit in _UNITS)
PEAK = {"opens_with_waiting": 3, "closes_with_waiting": 1, "closes_after_minutes": 5}
_MOST_OF_A_PEAK = {"opens_with_waiting": 1000, "closes_with_waiting": 999, "closes_after_minutes": 1440}
_KEYS = ("name", "version", "service_day_hours", *_DURATION_KEYS, *_TASK_KEYS, *_SHARES, "peak", "service")


class PolicyFile(NamedTuple):
    """What a valid file says, durations in service minutes."""

    name: str
    version: str
    minutes: Mapping[str, int]
    calls_percent: int
    calls_within_seconds: int
    first_contact_percent: int
    peak: Mapping[str, int]
    services: Mapping[str, Mapping[str, int]]
    task_minutes: int


def read_policy(path: str | Path | None) -> PolicyFile:
    """The policy file at ``path``, by default ``115.toml``. Raises InvalidFile with every mistake in it."""
    source, _, content = read_toml(path, "115.toml")
    reader = _Reader(unknown_keys(content, _KEYS))
    day_hours = content.get("service_day_hours", None)
    day = reader.minutes("service_day_hours", day_hours, 60)
    if day is not None and day > _LONGEST_DAY * 60:
        reader.problems.append(f"service_day_hours: {day_hours!r} is more than a day has; write 10")
    minutes = reader.durations(content, day or 60, "")
    task = reader.durations(content, day or 60, "", ("task",))
    for duration in sorted(set(DURATIONS) - minutes.keys() - reader.refused):
        reader.problems.append(f"{duration}_hours: missing; write {duration}_hours = 10")
    file = PolicyFile(
        name=reader.label("name", content.get("name")),
        version=reader.label("version", content.get("version")),
        minutes=minutes,
        calls_percent=reader.share(content, "calls", "percent", 75, 100),
        calls_within_seconds=reader.share(content, "calls", "within_seconds", 30, 3600),
        first_contact_percent=reader.share(content, "first_contact", "percent", 65, 100),
        peak=reader.peak(content.get("peak", {})),
        services=reader.services(content.get("service", {}), day or 60),
        task_minutes=task.get("task", TASK_DAYS * (day or 60)),
    )
    if reader.problems:
        raise InvalidFile(source, reader.problems)
    return file


class _Reader:
    """Reads values and collects what is wrong with them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.refused: set[str] = set()

    def label(self, key: str, value: object) -> str:
        if isinstance(value, str) and re.fullmatch(r"[\w.-]{1,64}", value):
            return value
        self.problems.append(f'{key}: {_shown(value)}; write letters, digits, "-" and ".", such as {key} = "2026-01"')
        return ""

    def minutes(self, key: str, value: object, factor: int) -> int | None:
        """``value`` hours or days as whole minutes above zero."""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1_000_000:
            minutes = Fraction(str(value)) * factor
            if minutes.denominator == 1:
                return int(minutes)
        self.problems.append(f"{key}: {_shown(value)}; write a number above 0 that is whole minutes, such as 4 or 0.5")
        return None

    def durations(
        self, table: Mapping[str, Any], day: int, where: str, known: Sequence[str] = DURATIONS
    ) -> dict[str, int]:
        """Each duration that ``table`` gives, in hours or in days, not both."""
        found: dict[str, int] = {}
        for duration in known:
            given = [unit for unit in _UNITS if f"{duration}_{unit}" in table]
            if len(given) > 1:
                self.refused.add(duration)
                self.problems.append(f"{where}{duration}: both in hours and in days; write one of them")
            elif given:
                key = f"{duration}_{given[0]}"
                minutes = self.minutes(where + key, table[key], 60 if given[0] == "hours" else day)
                self.refused |= {duration} if minutes is None else set()
                found |= {} if minutes is None else {duration: minutes}
        return found

    def share(self, content: Mapping[str, Any], table: str, key: str, example: int, most: int) -> int:
        values = content.get(table)
        if not isinstance(values, dict):
            self._once(f"{table}: {_shown(values)}; write a table [{table}] with {', '.join(_SHARES[table])}")
            return 0
        for problem in unknown_keys(values, _SHARES[table], f"{table}."):
            self._once(problem)
        value = values.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
            return value
        self.problems.append(f"{table}.{key}: {_shown(value)}; write a whole number up to {most}, such as {example}")
        return 0

    def peak(self, table: object) -> dict[str, int]:
        """Each number that is not given has its default."""
        if not isinstance(table, dict):
            self.problems.append(f"peak: {_shown(table)}; write a table [peak] with {', '.join(PEAK)}")
            return dict(PEAK)
        self.problems += unknown_keys(table, PEAK, "peak.")
        found = PEAK | {key: value for key, value in table.items() if key in PEAK}
        usable = [self._peak_number(key, value) for key, value in found.items()]
        opens, closes = found["opens_with_waiting"], found["closes_with_waiting"]
        if all(usable) and closes >= opens:
            self.problems.append(
                f"peak.closes_with_waiting: {closes} is not less than opens_with_waiting ({opens}); write {opens - 1}"
            )
        return found

    def _peak_number(self, key: str, value: object) -> bool:
        least, most = int(key != "closes_with_waiting"), _MOST_OF_A_PEAK[key]
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return True
        example = f"write a whole number from {least} to {most}, such as {PEAK[key]}"
        self.problems.append(f"peak.{key}: {_shown(value)}; {example}")
        return False

    def services(self, table: object, day: int) -> dict[str, dict[str, int]]:
        if not isinstance(table, dict):
            self.problems.append('service: not a table; write [service."99107006012000"]')
            return {}
        found = {}
        for key, values in table.items():
            where = f'service."{key}".'
            if not _LEIKA.fullmatch(key):
                self.problems.append(f'service."{key}": not a LeiKa key; write 14 digits that start with 99, quoted')
            if not isinstance(values, dict):
                self.problems.append(f"{where[:-1]}: not a table; write [{where[:-1]}] and reply_hours = 8 below it")
                continue
            self.problems += unknown_keys(values, _DURATION_KEYS, where)
            found[key] = self.durations(values, day, where)
        return found

    def _once(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _shown(value: object) -> str:
    return "missing" if value is None else f"{value!r} cannot be used"
