"""Opening hours of an office, in the notation of OpenStreetMap's ``opening_hours`` (a part of it).

``Mo-Th 08:00-12:00,14:00-16:00; Fr 08:00-12:00``. Days are Mo Tu We Th Fr Sa Su, alone, in ranges or in lists; a day
that is not named is closed, ``24/7`` is always open. On a public holiday an office is closed unless ``PH`` is said
with hours. A day that is named again has the hours that were said last, as in the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = "PH"
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00))")
_RULE = re.compile(r"([A-Z][A-Za-z,\-]+) +(off|[0-9:,\- ]+)")
_MIDNIGHT = 24 * 60
LONGEST = 200


class Span(NamedTuple):
    """Minutes after midnight on the wall clock; open from ``opens`` up to, not including, ``closes``."""

    opens: int
    closes: int


Hours = dict[str, tuple[Span, ...]]


@lru_cache(maxsize=4096)
def read_hours(written: str) -> Hours:
    """By day, ``PH`` included. Raises ValueError with a sentence that says what cannot be read."""
    if len(written) > LONGEST:
        raise ValueError(f"mehr als {LONGEST} Zeichen")
    if written.strip() == "24/7":
        return {day: (Span(0, _MIDNIGHT),) for day in (*_DAYS, _HOLIDAY)}
    hours: Hours = {}
    for rule in written.split(";"):
        found = _RULE.fullmatch(rule.strip())
        if found is None:
            raise ValueError(f"„{rule.strip()[:40]}“ ist keine Regel wie „Mo-Fr 08:00-12:00,14:00-16:00“")
        spans = () if found[2] == "off" else tuple(_spans(found[2]))
        hours.update(dict.fromkeys(_days(found[1]), spans))
    return hours


def is_open(written: str, local: datetime, holiday: bool) -> bool:
    """Whether an office with these hours is open at ``local`` (the time on its wall). Raises ValueError."""
    hours = read_hours(written)
    spans = hours.get(_HOLIDAY if holiday else _DAYS[local.weekday()], ())
    now = local.hour * 60 + local.minute
    return any(span.opens <= now < span.closes for span in spans)


def _days(written: str) -> Iterator[str]:
    for part in written.split(","):
        if part == _HOLIDAY:
            yield part
            continue
        first, ranged, last = part.partition("-")
        last = last if ranged else first
        if first not in _DAYS or last not in _DAYS:
            raise ValueError(f"„{part[:40]}“ ist kein Tag; möglich sind {', '.join(_DAYS)} und {_HOLIDAY}")
        begin, end = _DAYS.index(first), _DAYS.index(last)
        yield from _DAYS[begin : end + 1] if begin <= end else (*_DAYS[begin:], *_DAYS[: end + 1])


def _spans(written: str) -> Iterator[Span]:
    before = 0
    for part in written.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"„{part.strip()[:40]}“ ist keine Zeit wie „08:00-12:00“")
        opens = int(found[1]) * 60 + int(found[2])
        closes = int(found[3] or found[5]) * 60 + int(found[4] or found[6])
        if opens >= closes or opens < before:
            raise ValueError(f"„{written.strip()[:40]}“: Zeiten stehen der Reihe nach und überschneiden sich nicht")
        before = closes
        yield Span(opens, closes)
