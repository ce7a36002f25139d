"""A day's calls with other people at the desk, by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebackbone.desk_day import Call, People, Shift, Staffing
from casebackbone.desk_figures import figures
from casebackbone.desk_simulation import Assumptions, UnknownTalkTime, simulate
from casebackbone.peaks import PeakReason, PeakRule
from tests.casebackbone.phone_day import (
    MORNING,
    NEVER,
    PROMISE,
    RULE,
    at,
    call,
    day,
    staff,
    waits,
)


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (1, {"A": 0, "B": 50, "C": None, "D": 0}),
        (2, {"A": 0, "B": 0, "C": None, "D": 0}),  # C would have been answered at 1:00, and gave up at 0:45
        (3, {"A": 0, "B": 0, "C": 0, "D": 0}),
    ],
)
def test_a_morning_by_hand(front: int, expected: dict[str, float | None]) -> None:
    replay = simulate(MORNING, staff(front), NEVER)
    assert waits(replay.calls) == expected
    assert replay.calls[2].abandoned_at == (at(45) if front < 3 else None)


def test_who_had_given_up_talks_as_long_as_the_mean_of_the_day() -> None:
    given_up = simulate(MORNING, staff(3), NEVER).calls[2]
    assert given_up.talk == timedelta(seconds=50)
    assert simulate(MORNING, staff(3), NEVER, Assumptions(talk=20)).calls[2].talk == timedelta(seconds=20)


def test_who_was_answered_stays_unless_said_otherwise() -> None:
    three = day(call("A", 0, talk=100), call("B", 5, talk=10), call("C", 6, waited=50, talk=10))
    assert waits(simulate(three, staff(1), NEVER).calls) == {"A": 0, "B": 95, "C": 104}
    impatient = simulate(three, staff(1), NEVER, Assumptions(patience=20)).calls
    assert waits(impatient) == {"A": 0, "B": None, "C": None}
    assert impatient[1].abandoned_at == at(25)
    assert impatient[2].abandoned_at == at(56)  # it is known that C waits 50 seconds


def test_the_last_moment_of_patience_is_enough() -> None:
    two = day(call("A", 0, talk=30), call("B", 5, waited=25))
    assert waits(simulate(two, staff(1), NEVER).calls) == {"A": 0, "B": 25}


def test_wrapping_up_keeps_the_next_one_waiting() -> None:
    two = day(call("A", 0, talk=30), call("B", 5, talk=10))
    assert waits(simulate(two, staff(1), NEVER, Assumptions(wrap_up=15)).calls) == {"A": 0, "B": 40}


def test_a_call_that_is_over_at_once_keeps_nobody_waiting() -> None:
    """Telephone systems count whole seconds: answered and ended may be one."""
    rule = PeakRule(opens_with_waiting=1, closes_with_waiting=0, closes_after_minutes=5, within_seconds=30)
    replay = simulate(day(call("A", 0, talk=0), call("B", 0, talk=5)), staff(1, 1), rule)
    assert waits(replay.calls) == {"A": 0, "B": 0}
    assert (replay.by_background, replay.peaks) == (frozenset(), ())


def test_the_background_steps_in_at_the_third_waiting_call() -> None:
    four = day(*(call(name, offered, talk=600) for name, offered in (("A", 0), ("B", 1), ("C", 2), ("D", 3))))
    replay = simulate(four, staff(1, 2), RULE)
    assert waits(replay.calls) == {"A": 0, "B": 2, "C": 1, "D": 597}
    assert replay.by_background == {"B", "C"}
    assert replay.peaks[0][:2] == (at(3), at(600 + 300))
    assert replay.peaks[0][2:] == (PeakReason.CALLS_WAITING, 3, 2)
    assert [peak.reason for peak in replay.peaks] == [PeakReason.CALLS_WAITING]


def test_the_background_steps_in_for_who_waits_too_long_and_only_then() -> None:
    """The promise is broken for the call that opens the peak; kept for the next one while the peak is open."""
    calls = (call("A", 0, talk=500), call("B", 10, talk=20), call("C", 100, talk=20), call("D", 420, talk=1))
    replay = simulate(day(*calls), staff(1, 1), RULE)
    late = timedelta(seconds=30, microseconds=1)
    answered = {one.call_id: one.answered_at for one in replay.calls}
    assert answered == {"A": at(0), "B": at(10) + late, "C": at(100), "D": at(420) + late}
    calm = timedelta(minutes=5)
    assert [(peak.opened_at, peak.closed_at) for peak in replay.peaks] == [
        (at(10) + late, at(10) + late + calm),
        (at(420) + late, at(420) + late + calm),
    ]


def test_the_background_needs_its_time_to_step_in() -> None:
    two = day(call("A", 0, talk=500), call("B", 10, talk=20))
    replay = simulate(two, staff(1, 1), RULE, Assumptions(step_in=45))
    assert replay.calls[1].answered_at == at(10 + 30 + 45) + timedelta(microseconds=1)
    assert waits(simulate(two, staff(1), RULE).calls) == {"A": 0, "B": 490}


def test_shifts() -> None:
    """One until 8:01, nobody until 8:02, two then; who is on the phone at the end of the shift finishes the call."""
    shifts = (Shift(at(120), at(600), People(2, 0)), Shift(at(0), at(60), People(1, 0)))
    calls = (call("A", 0, talk=100), call("B", 70, talk=10), call("C", 71, talk=10), call("D", 700, talk=10))
    replay = simulate(day(*calls), Staffing.of_shifts("shifts", shifts), NEVER)
    assert waits(replay.calls) == {"A": 0, "B": 50, "C": 49, "D": None}
    assert replay.calls[3].abandoned_at is None
    got = figures("shifts", day(*calls), replay, PROMISE).whole
    assert (got.offered, got.answered, got.answered_in_time, got.abandoned, got.left_waiting) == (4, 3, 1, 0, 1)


def test_a_talk_time_that_nobody_knows() -> None:
    unknown = Call(call_id="A", offered_at=at(0), answered_at=at(5))
    with pytest.raises(UnknownTalkTime, match="say how long"):
        simulate(day(unknown), staff(1), RULE)
    assert simulate(day(unknown), staff(1), RULE, Assumptions(talk=60)).calls[0].ended_at == at(60)


def test_more_people_may_keep_somebody_waiting_longer_when_callers_give_up() -> None:
    """Alone, one was on the phone while C and D gave up, and free for E. Two are free for C and D, and not for E."""
    calls = day(
        call("A", 0, talk=10),
        call("B", 1, talk=10),
        call("C", 12, waited=3),
        call("D", 13, waited=3),
        call("E", 20, talk=10),
    )
    long = Assumptions(talk=500)
    assert waits(simulate(calls, staff(1), NEVER, long).calls) == {"A": 0, "B": 9, "C": None, "D": None, "E": 0}
    assert waits(simulate(calls, staff(2), NEVER, long).calls) == {"A": 0, "B": 0, "C": 0, "D": 0, "E": 492}


def test_more_people_at_the_front_may_keep_the_background_from_helping() -> None:
    """One at the front, and the third caller opens a peak: two from the background. Two at the front, and nobody comes
    for C before D waits with it."""
    calls = day(*(call(name, offered, talk=500) for name, offered in (("A", 0), ("B", 1), ("C", 2), ("D", 3))))
    rule = PeakRule(opens_with_waiting=2, closes_with_waiting=0, closes_after_minutes=5, within_seconds=300)
    assert waits(simulate(calls, staff(1, 3), rule).calls) == {"A": 0, "B": 1, "C": 0, "D": 0}
    assert waits(simulate(calls, staff(2, 3), rule).calls) == {"A": 0, "B": 0, "C": 1, "D": 0}
