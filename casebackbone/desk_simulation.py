"""A day's calls with other people at the desk: what would have happened to the promise.

A discrete-event simulation without chance: the same calls in the same order, first come, first served. Whoever is
free answers at once; the front before the background, the background only during a peak by the rule of the policy.
Whoever is on the phone when the shift ends finishes the call. Within one moment the peak is looked at, calls end,
people come and go, calls come in, they are answered, and only then does a caller give up.

What the record does not say is assumed: see :class:`Assumptions`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from casebackbone.desk_day import Call, Day, People, Staffing
from casebackbone.peaks import PeakReason, PeakRule


class UnknownTalkTime(ValueError):
    """A call needs a talk time, and no call of the day has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """In seconds. A call that was abandoned is abandoned again after as long a wait, unless it is answered before.

    ``patience``: how long callers stay who were answered (at least as long as they really waited); None: until they are
    answered. ``talk``: of calls whose talk time nobody knows, such as those that were abandoned; None: the mean of the
    day. ``wrap_up``: after each call, before the next. ``step_in``: from the opening of a peak until the background is
    at the phone.
    """

    patience: int | None = None
    talk: int | None = None
    wrap_up: int = 0
    step_in: int = 0


class Peak(NamedTuple):
    """Why and with what it opened; ``closed_at`` is None when it was open to the end."""

    opened_at: datetime
    closed_at: datetime | None
    reason: PeakReason
    waiting: int
    longest_wait_seconds: int


class Moment(NamedTuple):
    """What holds from ``at`` until the next one. ``people`` is None where it was not recorded; then all who are on the
    phone are counted as front."""

    at: datetime
    waiting: int
    front_busy: int
    background_busy: int
    peak: bool
    people: People | None


@dataclass(frozen=True, slots=True)
class Replay:
    """A day as it was (``staffing`` None) or as it would have been. ``calls`` in order of arrival."""

    staffing: Staffing | None
    calls: tuple[Call, ...]
    by_background: frozenset[str]
    peaks: tuple[Peak, ...]
    timeline: tuple[Moment, ...]


def as_it_was(day: Day, rule: PeakRule) -> Replay:
    """What really happened, with the peaks that the rule sees in it."""
    return _Recorded(day, rule).run()


def simulate(day: Day, staffing: Staffing, rule: PeakRule, assumed: Assumptions | None = None) -> Replay:
    """The day with other people. Raises UnknownTalkTime."""
    return _Simulated(day, staffing, rule, assumed or Assumptions()).run()


class _Watch:
    """The peaks of a day, by the rule."""

    def __init__(self, rule: PeakRule) -> None:
        self.rule = rule
        self.peaks: list[Peak] = []
        self.open = False
        self.calm_since: datetime | None = None

    def look(self, waiting: OrderedDict[str, datetime], now: datetime) -> datetime | None:
        oldest = next(iter(waiting.values()), None)
        decision = self.rule.decide(len(waiting), oldest, self.open, self.calm_since, now)
        self.calm_since = decision.calm_since
        if decision.opens and decision.reason is not None:
            self.open = True
            self.peaks.append(Peak(now, None, decision.reason, decision.waiting, decision.longest_wait_seconds))
        elif decision.closes:
            self.open = False
            self.peaks[-1] = self.peaks[-1]._replace(closed_at=now)
        return decision.next_look_at


class _Agenda:
    """What is to happen, by time; at one time in the order in which it was put there."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, str, str]] = []
        self._numbers = count()

    def put(self, at: datetime, what: str, which: str = "") -> None:
        heappush(self._entries, (at, next(self._numbers), what, which))

    def __bool__(self) -> bool:
        return bool(self._entries)

    def next(self) -> tuple[datetime, list[tuple[str, str]]]:
        """The next time and all that is put there for it by now."""
        now, happenings = self._entries[0][0], []
        while self._entries and self._entries[0][0] == now:
            happenings.append(heappop(self._entries)[2:])
        return now, happenings


class _Replaying:
    """What the record and the simulation have in common: who waits, and the watch over peaks."""

    staffing: Staffing | None = None

    def __init__(self, day: Day, rule: PeakRule) -> None:
        self.day = day
        self.calls = {call.call_id: call for call in day.calls}
        self.watch = _Watch(rule)
        self.agenda = _Agenda()
        self.waiting: OrderedDict[str, datetime] = OrderedDict()
        self.busy = {"front": 0, "background": 0}
        self.background: set[str] = set()
        self.timeline: list[Moment] = []
        for moment in day.half_hours[:: len(day.half_hours) - 1]:
            self.agenda.put(moment, "look")

    def run(self) -> Replay:
        while self.agenda:
            now, happenings = self.agenda.next()
            self.happen(now, happenings)
            self.note(now)
        return Replay(
            self.staffing,
            tuple(self.calls.values()),
            frozenset(self.background),
            tuple(self.watch.peaks),
            tuple(self.timeline),
        )

    def happen(self, now: datetime, happenings: list[tuple[str, str]]) -> None:
        raise NotImplementedError

    def look(self, now: datetime) -> None:
        again = self.watch.look(self.waiting, now)
        if again is not None:
            self.agenda.put(again, "look")

    def note(self, now: datetime) -> None:
        people = self.staffing.at(now) if self.staffing else None
        moment = Moment(now, len(self.waiting), self.busy["front"], self.busy["background"], self.watch.open, people)
        if self.timeline and self.timeline[-1].at == now:
            self.timeline.pop()
        if not self.timeline or self.timeline[-1][1:] != moment[1:]:
            self.timeline.append(moment)


class _Recorded(_Replaying):
    def __init__(self, day: Day, rule: PeakRule) -> None:
        super().__init__(day, rule)
        for call in day.calls:
            self.agenda.put(call.offered_at, "offered", call.call_id)
            if call.abandoned_at:
                self.agenda.put(call.abandoned_at, "left", call.call_id)
            if call.answered_at:
                self.agenda.put(call.answered_at, "left", call.call_id)
            if call.answered_at and call.ended_at:
                self.agenda.put(call.answered_at, "answered")
                self.agenda.put(call.ended_at, "ended")

    def happen(self, now: datetime, happenings: list[tuple[str, str]]) -> None:
        self.look(now)
        for what, which in happenings:
            if what == "offered":
                self.waiting[which] = now
            elif what == "left":
                del self.waiting[which]
            elif what != "look":
                self.busy["front"] += 1 if what == "answered" else -1
        self.look(now)


class _Simulated(_Replaying):
    def __init__(self, day: Day, staffing: Staffing, rule: PeakRule, assumed: Assumptions) -> None:
        super().__init__(day, rule)
        self.staffing: Staffing = staffing
        self.assumed = assumed
        self.talks = dict(_talks(day, assumed))
        for call in day.calls:
            self.agenda.put(call.offered_at, "offered", call.call_id)
            patience = _patience(call, assumed)
            if patience is not None:
                self.agenda.put(call.offered_at + patience, "gave_up", call.call_id)
        for since, _ in staffing.changes:
            if since > day.half_hours[0]:
                self.agenda.put(since, "look")

    def happen(self, now: datetime, happenings: list[tuple[str, str]]) -> None:
        self.look(now)
        for what, which in happenings:
            if what == "ended":
                self.busy[which] -= 1
            elif what == "offered":
                self.waiting[which] = now
                self.calls[which] = Call(call_id=which, offered_at=now)
        people = self.staffing.at(now)
        self.answer("front", people.front, now)
        self.look(now)
        if self.stepped_in(now):
            self.answer("background", people.background, now)
        for what, which in happenings:
            if what == "gave_up" and self.waiting.pop(which, None) is not None:
                self.calls[which] = replace(self.calls[which], abandoned_at=now)
        self.look(now)

    def stepped_in(self, now: datetime) -> bool:
        if not self.watch.open:
            return False
        at = self.watch.peaks[-1].opened_at + timedelta(seconds=self.assumed.step_in)
        if now < at:
            self.agenda.put(at, "look")
        return now >= at

    def answer(self, where: str, people: int, now: datetime) -> None:
        while self.waiting and self.busy[where] < people:
            which, _ = self.waiting.popitem(last=False)
            ended = now + self.talks[which]
            self.calls[which] = replace(self.calls[which], answered_at=now, ended_at=ended)
            free = ended + timedelta(seconds=self.assumed.wrap_up)
            if free > now:  # over within the second in which it was answered: it keeps nobody waiting
                self.busy[where] += 1
                self.agenda.put(free, "ended", where)
            if where == "background":
                self.background.add(which)


def _patience(call: Call, assumed: Assumptions) -> timedelta | None:
    if call.abandoned_at or assumed.patience is None:
        return call.abandoned_at - call.offered_at if call.abandoned_at else None
    return max(timedelta(seconds=assumed.patience), call.waited or timedelta())


def _talks(day: Day, assumed: Assumptions) -> Iterator[tuple[str, timedelta]]:
    otherwise = day.mean_talk if assumed.talk is None else timedelta(seconds=assumed.talk)
    for call in day.calls:
        talk = otherwise if call.talk is None else call.talk
        if talk is None:
            raise UnknownTalkTime(
                "no call of the day has a talk time (answered_at and ended_at); say how long one lasts"
            )
        yield call.call_id, talk
