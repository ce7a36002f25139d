"""What a day's calls come to: the promise, the waiting, the people, each half hour."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from casebackbone.desk_day import Call, Day
from casebackbone.desk_simulation import Moment, Peak, Replay

PERCENTILES = (50, 90, 95)


@dataclass(frozen=True, slots=True)
class CallPromise:
    """``percent`` of all calls that are offered are answered ``within_seconds`` (115: 75 % within 30 seconds)."""

    percent: int
    within_seconds: int

    def answered_in_time(self, call: Call) -> bool:
        """At the last moment is in time."""
        waited = call.waited
        return call.answered_at is not None and waited is not None and waited <= timedelta(seconds=self.within_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of the calls offered from ``start`` until before ``end``: offered = answered + abandoned + left waiting.

    ``share_percent`` is what was answered in time of all offered; None when there were none. ``longest_wait_seconds``
    is of all that were answered or abandoned. Utilisation is the part of people's time that they were on the phone or
    wrapping up (0 to 1); None where nobody was there or nobody recorded it.
    """

    start: datetime
    end: datetime
    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    left_waiting: int
    share_percent: float | None
    longest_wait_seconds: float
    front_utilisation: float | None
    background_utilisation: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A day in numbers. ``wait_seconds``: percentiles (nearest rank) of the waiting of answered calls, empty when there
    were none. Utilisation is that of the half hours in which calls came in."""

    name: str
    simulated: bool
    whole: Counts
    kept: bool
    wait_seconds: dict[int, float]
    most_waiting: int
    answered_by_background: int
    peaks: tuple[Peak, ...]
    peak_minutes: float
    half_hours: tuple[Counts, ...]


def figures(name: str, day: Day, replay: Replay, promise: CallPromise) -> Figures:
    """What ``replay`` of ``day`` comes to."""
    edges = day.half_hours
    worked = [_worked(replay.timeline, start, end) for start, end in pairwise(edges)]
    parts: list[list[Call]] = [[] for _ in worked]
    for call in replay.calls:
        parts[bisect_right(edges, call.offered_at) - 1].append(call)
    whole = _counts(replay.calls, edges[0], edges[-1], _Worked.sum(worked), promise)
    waits = sorted(call.waited.total_seconds() for call in replay.calls if call.answered_at and call.waited is not None)
    last = replay.timeline[-1].at
    open_for = sum(((peak.closed_at or last) - peak.opened_at for peak in replay.peaks), timedelta())
    return Figures(
        name=name,
        simulated=replay.staffing is not None,
        whole=whole,
        kept=whole.answered_in_time * 100 >= promise.percent * whole.offered,
        wait_seconds={percent: percentile(waits, percent) for percent in PERCENTILES} if waits else {},
        most_waiting=max(moment.waiting for moment in replay.timeline),
        answered_by_background=len(replay.by_background),
        peaks=replay.peaks,
        peak_minutes=open_for / timedelta(minutes=1),
        half_hours=tuple(
            _counts(calls, start, end, work, promise)
            for calls, (start, end), work in zip(parts, pairwise(edges), worked, strict=True)
        ),
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: the smallest value that ``percent`` of all do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class _Worked:
    """Seconds of people: on the phone or wrapping up, and there. ``recorded`` is False when nobody knows who was."""

    recorded: bool
    front_busy: float = 0
    front: float = 0
    background_busy: float = 0
    background: float = 0

    @classmethod
    def sum(cls, parts: Sequence[_Worked]) -> _Worked:
        return cls(
            all(part.recorded for part in parts),
            sum(part.front_busy for part in parts),
            sum(part.front for part in parts),
            sum(part.background_busy for part in parts),
            sum(part.background for part in parts),
        )


def _worked(timeline: Sequence[Moment], start: datetime, end: datetime) -> _Worked:
    """Between two times. Who finishes a call after the shift is not counted: that time is not the shift's."""
    first = max(0, bisect_right(timeline, start, key=lambda moment: moment.at) - 1)
    busy, there = [0.0, 0.0], [0.0, 0.0]
    for index in range(first, len(timeline)):
        moment = timeline[index]
        until = timeline[index + 1].at if index + 1 < len(timeline) else end
        seconds = (min(until, end) - max(moment.at, start)).total_seconds()
        if moment.at >= end:
            break
        if moment.people is None:
            return _Worked(False)
        for side, on_phone in enumerate((moment.front_busy, moment.background_busy)):
            there[side] += seconds * moment.people[side]
            busy[side] += seconds * min(on_phone, moment.people[side])
    return _Worked(True, busy[0], there[0], busy[1], there[1])


def _counts(calls: Sequence[Call], start: datetime, end: datetime, worked: _Worked, promise: CallPromise) -> Counts:
    answered = sum(call.answered_at is not None for call in calls)
    abandoned = sum(call.abandoned_at is not None for call in calls)
    in_time = sum(map(promise.answered_in_time, calls))
    return Counts(
        start=start,
        end=end,
        offered=len(calls),
        answered=answered,
        answered_in_time=in_time,
        abandoned=abandoned,
        left_waiting=len(calls) - answered - abandoned,
        share_percent=100 * in_time / len(calls) if calls else None,
        longest_wait_seconds=max((call.waited.total_seconds() for call in calls if call.waited is not None), default=0),
        front_utilisation=worked.front_busy / worked.front if worked.front else None,
        background_utilisation=worked.background_busy / worked.background if worked.background else None,
    )
