"""Single values of a calendar file: times of day, intervals and days, in the spellings that people use."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import NamedTuple

from casebackbone.calendar import MINUTES_OF_A_DAY

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?")
_EACH_YEAR = re.compile(r"(?:--)?(\d{2})-(\d{2})")
_OPENS = ("from", "start", "opens", "open", "begin")
_CLOSES = ("to", "end", "closes", "close", "until")
_LEAP_YEAR = 2024


class Span(NamedTuple):
    """Two ends of an interval as they were written."""

    opens: object
    closes: object


def spans(value: object) -> list[object]:
    """The parts of ``["08:00-12:00"]``, ``[["08:00", "12:00"]]``, ``[{from = …, to = …}]``, or one of them alone."""
    if isinstance(value, str):
        return [_split(part.strip()) for part in value.split(",")]
    if isinstance(value, dict):
        if len(value) == 1 and "intervals" in value:
            return spans(value["intervals"])
        ends = [[value[key] for key in keys if key in value] for keys in (_OPENS, _CLOSES)]
        return [Span(*ends[0], *ends[1])] if len(value) == 2 and all(len(end) == 1 for end in ends) else [value]
    if not isinstance(value, list):
        return [value]
    if len(value) == 2 and all(minutes(part) is not None for part in value):
        return [Span(*value)]
    return [span for part in value for span in spans(part)]


def _split(text: str) -> object:
    parts = re.split(r"\s*[-–/]\s*|\s+to\s+", text)
    return Span(*parts) if len(parts) == 2 else text


def minutes(value: object) -> int | None:
    """Minutes after midnight of ``"08:00"`` or a TOML time; ``"24:00"`` is the end of the day."""
    if isinstance(value, time):
        value = value.isoformat()
    if isinstance(value, str) and (match := _TIME.fullmatch(value.strip())):
        hours, minutes = int(match[1]), int(match[2])
        if minutes < 60 and hours * 60 + minutes <= MINUTES_OF_A_DAY:
            return hours * 60 + minutes
    return None


def day_of(item: object) -> date | tuple[int, int] | None:
    """A date, or (month, day) of ``"12-24"``; None if it is neither."""
    if isinstance(item, date) and not isinstance(item, datetime):
        return item
    if not isinstance(item, str):
        return None
    try:
        if match := _EACH_YEAR.fullmatch(item):
            return date(_LEAP_YEAR, int(match[1]), int(match[2])).timetuple()[1:3]
        return date.fromisoformat(item)
    except ValueError:
        return None


def text(item: object) -> object:
    """``item`` as a message shows it."""
    return item.isoformat() if isinstance(item, datetime) else item


def clock(minutes: int) -> str:
    """``08:00`` for 480 minutes."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
