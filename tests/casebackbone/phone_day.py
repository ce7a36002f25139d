"""Days of calls for tests, and a second simulator: every half second, nothing clever, no code of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from casebackbone.desk_day import Call, Day, People, Staffing
from casebackbone.desk_figures import CallPromise
from casebackbone.peaks import PeakRule

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)  # 8 o'clock in Berlin, a Monday
RULE = PeakRule(opens_with_waiting=3, closes_with_waiting=1, closes_after_minutes=5, within_seconds=30)
NEVER = PeakRule(opens_with_waiting=999, closes_with_waiting=1, closes_after_minutes=5, within_seconds=10**6)
PROMISE = CallPromise(75, 30)


def at(seconds: float) -> datetime:
    return EIGHT + timedelta(seconds=seconds)


def call(name: str, offered: int, *, waited: int = 0, talk: int | None = None) -> Call:
    """Answered after ``waited`` seconds when there is a ``talk``, else abandoned then."""
    if talk is None:
        return Call(call_id=name, offered_at=at(offered), abandoned_at=at(offered + waited))
    answered = at(offered + waited)
    return Call(call_id=name, offered_at=at(offered), answered_at=answered, ended_at=answered + timedelta(seconds=talk))


def day(*calls: Call) -> Day:
    return Day(calls, BERLIN)


def staff(front: int, background: int = 0) -> Staffing:
    return Staffing.constant(People(front, background))


def waits(replayed: tuple[Call, ...]) -> dict[str, float | None]:
    """Seconds until answered, None for who was not."""
    return {
        one.call_id: (one.answered_at - one.offered_at).total_seconds() if one.answered_at else None for one in replayed
    }


# A talks from 8:00:00 to 8:01:00. B comes at 0:10 and talks 60 s, C at 0:20 gave up after 25 s, D at 2:05 talks 30 s.
MORNING = day(
    call("A", 0, talk=60), call("B", 10, waited=50, talk=60), call("C", 20, waited=25), call("D", 125, talk=30)
)


@dataclass(frozen=True)
class Ringing:
    """In whole seconds."""

    name: str
    offered: int
    talk: int
    patience: int | None


@dataclass
class Stepwise:
    """What became of the calls, in half seconds. ``later than 30 seconds`` is the half second after the 30th."""

    opens: int
    closes: int
    calm: int
    within: int
    step_in: int = 0
    wrap_up: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    abandoned: dict[str, int] = field(default_factory=dict)
    by_background: set[str] = field(default_factory=set)
    peaks: list[list[int | None]] = field(default_factory=list)

    def run(self, ringing: Iterable[Ringing], people: Callable[[int], tuple[int, int]], seconds: int) -> None:
        ringing = sorted(ringing, key=lambda one: (one.offered, one.name))
        queue: list[Ringing] = []
        until: list[tuple[int, str]] = []
        calm_from: int | None = None
        for now in range(2 * seconds):
            calm_from = self._peak(queue, calm_from, now)
            until = [(end, side) for end, side in until if end > now]
            queue += [one for one in ringing if one.offered * 2 == now]
            front, background = people(now // 2)
            self._answer(queue, until, "front", front, now)
            calm_from = self._peak(queue, calm_from, now)
            if self.peaks and self.peaks[-1][1] is None:
                opened = self.peaks[-1][0]
                assert opened is not None
                if now >= opened + 2 * self.step_in:
                    self._answer(queue, until, "background", background, now)
            for one in list(queue):
                if one.patience is not None and now >= 2 * (one.offered + one.patience):
                    self.abandoned[one.name] = now
                    queue.remove(one)
            calm_from = self._peak(queue, calm_from, now)

    def _answer(self, queue: list[Ringing], until: list[tuple[int, str]], side: str, people: int, now: int) -> None:
        while queue and sum(who == side for _, who in until) < people:
            one = queue.pop(0)
            self.answered[one.name] = now
            if one.talk + self.wrap_up:
                until.append((now + 2 * (one.talk + self.wrap_up), side))
            if side == "background":
                self.by_background.add(one.name)

    def _peak(self, queue: list[Ringing], calm_from: int | None, now: int) -> int | None:
        late = any(now - 2 * one.offered > 2 * self.within for one in queue)
        if not self.peaks or self.peaks[-1][1] is not None:
            if late or len(queue) >= self.opens:
                self.peaks.append([now, None])
            return None
        if late or len(queue) > self.closes:
            return None
        if calm_from is None:
            return now
        if now - calm_from >= 120 * self.calm:
            self.peaks[-1][1] = now
            return None
        return calm_from


def half_seconds(moment: datetime | None) -> int | None:
    """As the second simulator counts: a microsecond after a second is the half second after it."""
    if moment is None:
        return None
    seconds, rest = divmod(moment - EIGHT, timedelta(seconds=1))
    return 2 * seconds + (rest > timedelta())
