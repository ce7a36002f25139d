"""When a peak opens and when it closes: a pure rule over the calls that wait, with hysteresis.

It opens at a high mark and closes only after some time below a lower one, so that nobody is called to the front and
sent back every minute. Nothing here looks at a clock. Whoever keeps the state (the desk of a day) asks :func:`decide`

* *before* each event, as of its time: what happened by mere waiting is seen then, and would be gone after it;
* after each event, with the state that it leaves;
* at ``Decision.next_look_at``, when no event came until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SHORTEST = datetime.resolution
"""``longer than`` a time has begun this much after it."""


class PeakReason(StrEnum):
    """Which mark was passed."""

    CALLS_WAITING = "calls_waiting"
    WAITED_TOO_LONG = "waited_too_long"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds at the moment of the question.

    ``waiting`` calls, the longest for ``longest_wait_seconds`` (begun seconds count: more than 30 seconds are 31).
    ``calm_since`` is to be given back at the next question. Without an event there is nothing to decide before
    ``next_look_at``, and nothing at all when that is None.
    """

    opens: bool
    closes: bool
    reason: PeakReason | None
    waiting: int
    longest_wait_seconds: int
    calm_since: datetime | None
    next_look_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakRule:
    """Opens with at least ``opens_with_waiting`` calls at one moment, or when one has waited longer than
    ``within_seconds``. Closes when for ``closes_after_minutes`` (on the clock, not of service time) without
    interruption at most ``closes_with_waiting`` waited, none of them longer than ``within_seconds``.

    Raises ValueError when it would open and close at once.
    """

    opens_with_waiting: int
    closes_with_waiting: int
    closes_after_minutes: int
    within_seconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.closes_with_waiting < self.opens_with_waiting:
            raise ValueError("a peak has to close with fewer calls waiting than it opens with, and not fewer than none")
        if self.closes_after_minutes < 1 or self.within_seconds < 0:
            raise ValueError("a peak closes after a minute or more, and the promise of calls is not negative")

    def decide(
        self, waiting: int, oldest: datetime | None, peak_open: bool, calm_since: datetime | None, now: datetime
    ) -> Decision:
        """As :func:`decide`, for ``waiting`` calls of which the ``oldest`` was offered then."""
        longest = begun_seconds(now - oldest) if oldest is not None else 0
        late_at = oldest + timedelta(seconds=self.within_seconds) + SHORTEST if oldest is not None else None
        too_long = late_at is not None and now >= late_at
        if not peak_open:
            opens = _opening(waiting >= self.opens_with_waiting, too_long)
            return Decision(opens is not None, False, opens, waiting, longest, None, None if opens else late_at)
        if too_long or waiting > self.closes_with_waiting:
            return Decision(False, False, None, waiting, longest, None, None)
        since = calm_since if calm_since is not None else now
        closes_at = since + timedelta(minutes=self.closes_after_minutes)
        if now >= closes_at:
            return Decision(False, True, PeakReason.CALM, waiting, longest, None, late_at)
        next_look = closes_at if late_at is None else min(closes_at, late_at)
        return Decision(False, False, None, waiting, longest, since, next_look)


def decide(
    rule: PeakRule, waiting: Mapping[str, datetime], peak_open: bool, calm_since: datetime | None, now: datetime
) -> Decision:
    """Whether the peak opens or closes ``now``, while the calls ``waiting`` (id to when it was offered) wait.

    The same question has the same answer; asked again after its answer was taken over, it changes nothing.
    """
    return rule.decide(len(waiting), min(waiting.values(), default=None), peak_open, calm_since, now)


def _opening(many: bool, too_long: bool) -> PeakReason | None:
    if many:
        return PeakReason.CALLS_WAITING
    return PeakReason.WAITED_TOO_LONG if too_long else None


def begun_seconds(waited: timedelta) -> int:
    """A begun second counts. Never negative: the telephone system's clock may be ahead of ours."""
    return max(0, -(-waited // timedelta(seconds=1)))
