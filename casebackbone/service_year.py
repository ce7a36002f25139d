"""The service time of one local year as an index, so that any question about it is a binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND, _MINUTE = 1_000_000, 60_000_000
_DAY = 24 * 60 * _MINUTE


def instant(at: datetime) -> int:
    """Microseconds since 1970. Raises ValueError for a time without an offset."""
    if at.utcoffset() is None:
        raise ValueError(f"a time needs an offset: {at.isoformat()}")
    return (at - _EPOCH) // _MICROSECOND


def moment(instant: int) -> datetime:
    """The time in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """Spans in which service time passes, in order; ``before`` has passed when each starts, ``after`` when it ends."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    after: list[int]
    total: int

    def served(self, now: int) -> int:
        """Service time of this year up to ``now``."""
        index = bisect_right(self.starts, now) - 1
        return 0 if index < 0 else self.before[index] + min(now, self.ends[index]) - self.starts[index]

    def earliest(self, served: int) -> int:
        """The first instant at which ``served`` (1 to total) has passed."""
        index = bisect_left(self.after, served)
        return self.starts[index] + served - self.before[index]

    def latest(self, served: int) -> int:
        """The last instant at which only ``served`` (0 to total - 1) has passed."""
        index = bisect_right(self.before, served) - 1
        return self.starts[index] + served - self.before[index]

    def opening(self, now: int) -> int | None:
        """``now`` if service time passes then, else when it passes next, None if not in this year."""
        index = bisect_right(self.ends, now)
        return max(now, self.starts[index]) if index < len(self.starts) else None


class _Offset(NamedTuple):
    """From ``start`` up to ``end`` the local clock is ``offset`` ahead of UTC."""

    start: int
    end: int
    offset: int


def service_year(year: int, zone: ZoneInfo, days: Iterable[tuple[date, tuple[tuple[int, int], ...]]]) -> ServiceYear:
    """The index of the intervals (minutes after local midnight) of the given days of ``year``."""
    offsets = list(_offsets(year, zone))
    spans: list[tuple[int, int]] = []
    for day, intervals in days:
        midnight = (day - _EPOCH.date()).days * _DAY
        for opens, closes in intervals:
            for start, end, offset in offsets:
                begin = max(midnight + opens * _MINUTE - offset, start)
                stop = min(midnight + closes * _MINUTE - offset, end)
                if begin < stop:
                    spans.append((begin, stop))
    spans.sort()
    after = list(accumulate(stop - begin for begin, stop in spans))
    return ServiceYear(
        starts=[begin for begin, _ in spans],
        ends=[stop for _, stop in spans],
        before=[0, *after[:-1]] if after else [],
        after=after,
        total=after[-1] if after else 0,
    )


def _offsets(year: int, zone: ZoneInfo) -> Iterator[_Offset]:
    """The offsets in force from two days before ``year`` to two days after it (a local day is within 15 h of UTC's)."""
    start = instant(datetime(year, 1, 1, tzinfo=UTC)) - 2 * _DAY
    end = instant(datetime(year + 1, 1, 1, tzinfo=UTC)) + 2 * _DAY
    current = _offset_at(start, zone)
    for now in range(start + _DAY, end + 1, _DAY):
        if (offset := _offset_at(now, zone)) != current:
            change = _change(now - _DAY, now, zone)
            yield _Offset(start, change, current)
            start, current = change, offset
    yield _Offset(start, end, current)


def _change(low: int, high: int, zone: ZoneInfo) -> int:
    """The second at which the clock changes, known to be after ``low`` and not after ``high``."""
    old = _offset_at(low, zone)
    while high - low > _SECOND:
        middle = (low + high) // 2 // _SECOND * _SECOND
        if _offset_at(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high


def _offset_at(now: int, zone: ZoneInfo) -> int:
    offset = moment(now).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND
