"""A day's calls as the telephone system told them, and how many people there are to answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. Answered, or abandoned by the caller before that; neither when it was still waiting at the end.

    ``ended_at`` is when an answered call was over; None when nobody recorded it. Raises ValueError with every
    contradiction in it.
    """

    call_id: str
    offered_at: datetime
    answered_at: datetime | None = None
    abandoned_at: datetime | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        problems = _contradictions(self)
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def waited(self) -> timedelta | None:
        """Until somebody answered or the caller gave up; None while it waits."""
        until = self.answered_at or self.abandoned_at
        return None if until is None else until - self.offered_at

    @property
    def talk(self) -> timedelta | None:
        """How long it was spoken; None when nobody knows."""
        return self.ended_at - self.answered_at if self.answered_at and self.ended_at else None


def _contradictions(call: Call) -> list[str]:
    problems = []
    answered, abandoned, ended = call.answered_at, call.abandoned_at, call.ended_at
    if answered and abandoned:
        problems.append("both answered_at and abandoned_at; a call is either: leave the wrong one empty")
    for name, moment in (("answered_at", answered), ("abandoned_at", abandoned)):
        if moment and moment < call.offered_at:
            problems.append(f"{name} is before offered_at; write a time at or after it")
    if ended and answered and ended < answered:
        problems.append("ended_at is before answered_at; write a time at or after it, or leave it empty")
    if ended and not answered and ended != abandoned:
        problems.append(
            "ended_at without answered_at; write answered_at, or when the caller gave up as abandoned_at alone"
        )
    return problems


@dataclass(frozen=True)
class Day:
    """All calls of one local date, in order of arrival (those of one moment by their id).

    Raises ValueError for no calls, for a call that is there twice and for calls of several dates.
    """

    calls: tuple[Call, ...]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.calls:
            raise ValueError("there are no calls; give a day with at least one")
        ordered = tuple(sorted(self.calls, key=lambda call: (call.offered_at, call.call_id)))
        object.__setattr__(self, "calls", ordered)
        if len({call.call_id for call in ordered}) < len(ordered):
            raise ValueError("a call is there twice; give each call an id of its own")
        first, last = (call.offered_at.astimezone(self.zone).date() for call in (ordered[0], ordered[-1]))
        if first != last:
            raise ValueError(f"calls were offered from {first} to {last} in {self.zone.key}; give the calls of one day")

    @property
    def date(self) -> date:
        """The local one."""
        return self.calls[0].offered_at.astimezone(self.zone).date()

    @cached_property
    def half_hours(self) -> tuple[datetime, ...]:
        """The beginnings, from the half hour of the first call to that of the last, and the end of that one."""
        first, last = self.calls[0].offered_at, self.calls[-1].offered_at
        begins = [half_hour(first, self.zone)]
        while begins[-1] <= last:
            begins.append(begins[-1] + HALF_HOUR)
        return tuple(begins)

    @property
    def without_talk(self) -> int:
        """How many calls have no known talk time, and need an assumed one when they are answered."""
        return sum(call.talk is None for call in self.calls)

    @cached_property
    def mean_talk(self) -> timedelta | None:
        """Of the calls whose talk time is known; None when there are none."""
        known = [call.talk for call in self.calls if call.talk is not None]
        return sum(known, timedelta()) / len(known) if known else None


def half_hour(at: datetime, zone: ZoneInfo) -> datetime:
    """When the local half hour around ``at`` began, in UTC."""
    local = at.astimezone(zone)
    into = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return at.astimezone(UTC) - into


class People(NamedTuple):
    """``front`` answer all day, ``background`` step in during peaks."""

    front: int
    background: int


NOBODY = People(0, 0)


class Shift(NamedTuple):
    """From ``start`` until before ``end``."""

    start: datetime
    end: datetime
    people: People


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many people there are at each time; ``changes`` in order, nobody before the first one."""

    name: str
    changes: tuple[tuple[datetime, People], ...]

    @classmethod
    def constant(cls, people: People) -> Staffing:
        """As many at all times."""
        background = f", {people.background} background" if people.background else ""
        return cls(f"{people.front} front{background}", ((_EVER, people),))

    @classmethod
    def of_shifts(cls, name: str, shifts: Iterable[Shift]) -> Staffing:
        """Nobody between the shifts and after the last. Raises ValueError when one ends before it starts, or two
        overlap."""
        changes: list[tuple[datetime, People]] = []
        for shift in sorted(shifts):
            if shift.end <= shift.start:
                raise ValueError("a shift has to end after it starts")
            if changes and shift.start < changes[-1][0]:
                raise ValueError("two shifts overlap; write one row for each time, with all who are there")
            if changes and shift.start == changes[-1][0]:
                changes.pop()
            changes += [(shift.start, shift.people), (shift.end, NOBODY)]
        return cls(name, tuple(changes))

    @property
    def always(self) -> People | None:
        """The people of a constant staffing, None when it changes."""
        return self.changes[0][1] if [since for since, _ in self.changes] == [_EVER] else None

    def at(self, moment: datetime) -> People:
        """Who is there."""
        index = bisect_right(self.changes, moment, key=lambda change: change[0])
        return self.changes[index - 1][1] if index else NOBODY
