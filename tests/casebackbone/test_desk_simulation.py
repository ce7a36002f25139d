"""A day's calls with other people: by hand, against a second simulator, against queueing theory."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casebackbone.desk_day import Call, Day, People, Shift, Staffing
from casebackbone.desk_figures import CallPromise, Figures, figures, percentile
from casebackbone.desk_simulation import Assumptions, UnknownTalkTime, as_it_was, simulate
from casebackbone.peaks import PeakReason, PeakRule
from tests.casebackbone.phone_day import BERLIN, EIGHT, Ringing, Stepwise, at, call, day, half_seconds

RULE = PeakRule(opens_with_waiting=3, closes_with_waiting=1, closes_after_minutes=5, within_seconds=30)
NEVER = PeakRule(opens_with_waiting=999, closes_with_waiting=1, closes_after_minutes=5, within_seconds=10**6)
PROMISE = CallPromise(75, 30)


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


@pytest.mark.parametrize(
    ("shifts", "said"), [([(0, 60), (50, 90)], "overlap"), ([(60, 60)], "end after"), ([(60, 0)], "end after")]
)
def test_impossible_shifts(shifts: list[tuple[int, int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Staffing.of_shifts("x", [Shift(at(start), at(end), People(1, 0)) for start, end in shifts])


def test_shifts_that_touch() -> None:
    staffing = Staffing.of_shifts("x", [Shift(at(0), at(60), People(1, 0)), Shift(at(60), at(90), People(2, 3))])
    assert [staffing.at(at(second)) for second in (-1, 0, 59, 60, 89, 90)] == [
        (0, 0),
        (1, 0),
        (1, 0),
        (2, 3),
        (2, 3),
        (0, 0),
    ]
    assert staffing.always is None
    assert staff(3, 4).always == (3, 4)


def test_a_talk_time_that_nobody_knows() -> None:
    unknown = Call(call_id="A", offered_at=at(0), answered_at=at(5))
    with pytest.raises(UnknownTalkTime, match="say how long"):
        simulate(day(unknown), staff(1), RULE)
    assert simulate(day(unknown), staff(1), RULE, Assumptions(talk=60)).calls[0].ended_at == at(60)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"answered_at": at(5), "abandoned_at": at(5)}, "both answered_at and abandoned_at"),
        ({"answered_at": at(-1)}, "answered_at is before offered_at"),
        ({"abandoned_at": at(-1)}, "abandoned_at is before offered_at"),
        ({"answered_at": at(5), "ended_at": at(4)}, "ended_at is before answered_at"),
        ({"ended_at": at(4)}, "ended_at without answered_at"),
        ({"abandoned_at": at(5), "ended_at": at(6)}, "ended_at without answered_at"),
    ],
)
def test_calls_that_contradict_themselves(more: dict[str, datetime], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Call(call_id="A", offered_at=at(0), **more)


def test_days_that_are_none() -> None:
    with pytest.raises(ValueError, match="no calls"):
        day()
    with pytest.raises(ValueError, match="there twice"):
        day(call("A", 0), call("A", 1))
    with pytest.raises(ValueError, match="from 2026-05-04 to 2026-05-05 in Europe/Berlin"):
        day(call("A", 0), call("B", 16 * 3600))
    assert day(call("A", 0), call("B", 16 * 3600 - 1)).date == date(2026, 5, 4)


def test_half_hours_are_those_of_the_clock_on_the_wall() -> None:
    early = Day((Call(call_id="A", offered_at=datetime(2026, 5, 4, 3, 20, tzinfo=UTC)),), ZoneInfo("Asia/Kathmandu"))
    assert early.half_hours == (datetime(2026, 5, 4, 3, 15, tzinfo=UTC), datetime(2026, 5, 4, 3, 45, tzinfo=UTC))


def test_figures_by_hand() -> None:
    """B waited 50 seconds and C gave up: 2 of 4 in time. 150 of 1800 seconds on the phone."""
    got = figures("as it was", MORNING, as_it_was(MORNING, RULE), PROMISE)
    assert got.whole.share_percent == 50
    assert not got.kept
    assert got.wait_seconds == {50: 0, 90: 50, 95: 50}
    assert (got.whole.longest_wait_seconds, got.most_waiting, got.whole.front_utilisation) == (50, 2, None)
    assert [(peak.opened_at, peak.closed_at, peak.reason, peak.longest_wait_seconds) for peak in got.peaks] == [
        (at(40) + timedelta(microseconds=1), at(60 + 300), PeakReason.WAITED_TOO_LONG, 31)
    ]
    one = figures("one", MORNING, simulate(MORNING, staff(1, 1), NEVER), PROMISE)
    assert one.whole.front_utilisation == 150 / 1800
    assert one.whole.background_utilisation == 0
    three = figures("three", MORNING, simulate(MORNING, staff(3), NEVER), PROMISE)
    assert (three.whole.share_percent, three.kept, three.whole.front_utilisation) == (100, True, 200 / 5400)


def test_the_share_is_kept_at_the_very_number() -> None:
    calls = [call(name, 0, waited=0, talk=1) for name in "ABC"] + [call("D", 0, waited=31, talk=1)]
    assert figures("x", day(*calls), as_it_was(day(*calls), RULE), PROMISE).kept
    assert not figures("x", day(*calls), as_it_was(day(*calls), RULE), CallPromise(76, 30)).kept
    assert figures("x", day(*calls), as_it_was(day(*calls), RULE), CallPromise(100, 31)).kept


def test_each_half_hour() -> None:
    calls = day(call("A", 0, talk=2400), call("B", 1799, waited=60, talk=60), call("C", 5400, talk=10))
    got = figures("x", calls, simulate(calls, staff(1), NEVER), PROMISE)
    assert [(part.offered, part.answered_in_time, part.share_percent) for part in got.half_hours] == [
        (2, 1, 50),
        (0, 0, None),
        (0, 0, None),
        (1, 1, 100),
    ]
    assert [part.front_utilisation for part in got.half_hours] == [1, 660 / 1800, 0, 10 / 1800]
    assert got.half_hours[0].longest_wait_seconds == 601
    assert got.half_hours[1].start == EIGHT + timedelta(minutes=30)


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent) for percent in (1, 50, 51, 90, 91, 100)] == [
        1,
        5,
        6,
        9,
        10,
        10,
    ]


RINGING = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 150), st.none() | st.integers(0, 90)), min_size=1, max_size=14
)


def ringing(rows: list[tuple[int, int, int | None]]) -> list[Ringing]:
    now, calls = 0, []
    for number, (gap, talk, patience) in enumerate(rows):
        now += gap
        calls.append(Ringing(f"{number:02}", now, talk, patience))
    return calls


def as_calls(calls: list[Ringing]) -> Day:
    """As a record of them would be: who was impatient gave up, all others were answered at once."""
    return day(
        *(
            call(one.name, one.offered, talk=one.talk)
            if one.patience is None
            else call(one.name, one.offered, waited=one.patience)
            for one in calls
        )
    )


RULES = st.builds(
    lambda opens, closes, minutes: PeakRule(
        opens_with_waiting=opens,
        closes_with_waiting=min(closes, opens - 1),
        closes_after_minutes=minutes,
        within_seconds=30,
    ),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 2),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=RINGING,
    front=st.integers(0, 3),
    background=st.integers(0, 3),
    rule=RULES,
    step_in=st.sampled_from([0, 0, 20]),
    wrap_up=st.sampled_from([0, 10]),
    change=st.none() | st.tuples(st.integers(0, 600), st.integers(0, 3), st.integers(0, 2)),
)
@example(rows=[(0, 9, None)] * 5, front=0, background=1, rule=RULE, step_in=0, wrap_up=0, change=None)
def test_a_second_simulator_says_the_same(
    rows: list[tuple[int, int, int | None]],
    front: int,
    background: int,
    rule: PeakRule,
    step_in: int,
    wrap_up: int,
    change: tuple[int, int, int] | None,
) -> None:
    """Every half second against only the moments at which something happens: answers, peaks, who gave up, who spoke."""
    calls = ringing(rows)
    talk = 40
    alone = [Ringing(one.name, one.offered, one.talk if one.patience is None else talk, one.patience) for one in calls]
    staffing = staff(front, background)
    if change:
        later = (at(change[0]), People(*change[1:]))
        staffing = Staffing("changed", (*staffing.changes, later))
    seconds = calls[-1].offered + 14 * 165 + 400
    second = Stepwise(
        rule.opens_with_waiting, rule.closes_with_waiting, rule.closes_after_minutes, 30, step_in, wrap_up
    )
    second.run(alone, lambda now: change[1:] if change and now >= change[0] else (front, background), seconds)
    first = simulate(as_calls(calls), staffing, rule, Assumptions(talk=talk, step_in=step_in, wrap_up=wrap_up))
    assert {one.call_id: half_seconds(one.answered_at) for one in first.calls if one.answered_at} == second.answered
    assert {one.call_id: half_seconds(one.abandoned_at) for one in first.calls if one.abandoned_at} == second.abandoned
    assert [[half_seconds(peak.opened_at), half_seconds(peak.closed_at)] for peak in first.peaks] == second.peaks
    assert first.by_background == second.by_background


@settings(max_examples=100, deadline=None)
@given(rows=RINGING, front=st.integers(0, 3), background=st.integers(0, 3), patience=st.none() | st.integers(0, 200))
def test_nobody_is_lost_and_nobody_is_overtaken(
    rows: list[tuple[int, int, int | None]], front: int, background: int, patience: int | None
) -> None:
    recorded = as_calls(ringing(rows))
    replay = simulate(recorded, staff(front, background), RULE, Assumptions(talk=40, patience=patience))
    assert [one.call_id for one in replay.calls] == [one.call_id for one in recorded.calls]
    got: Figures = figures("x", recorded, replay, PROMISE)
    whole = got.whole
    assert whole.offered == len(rows) == whole.answered + whole.abandoned + whole.left_waiting
    assert front == 0 or whole.left_waiting == 0
    assert whole.offered == sum(part.offered for part in got.half_hours)
    assert whole.answered_in_time == sum(part.answered_in_time for part in got.half_hours)
    answered = [one.answered_at for one in replay.calls if one.answered_at]
    assert answered == sorted(answered)
    for moment, following in pairwise(replay.timeline):
        assert moment.at < following.at
        assert 0 <= moment.front_busy <= front
        assert 0 <= moment.background_busy <= background


@given(rows=RINGING, fewer=st.integers(1, 3), more=st.integers(0, 3))
def test_more_people_keep_nobody_waiting_longer(rows: list[tuple[int, int, int | None]], fewer: int, more: int) -> None:
    """True call by call, when all stay until they are answered and none steps in from the background.

    It is not true otherwise: who is answered instead of giving up talks, and others wait for that; and more people at
    the front may keep a peak from opening, in which the background would have helped.
    """
    calls = as_calls([Ringing(one.name, one.offered, one.talk, None) for one in ringing(rows)])
    slow = waits(simulate(calls, staff(fewer), NEVER).calls)
    fast = waits(simulate(calls, staff(fewer + more), NEVER).calls)
    assert all(fast[name] <= slow[name] for name in slow)  # type: ignore[operator]


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


@given(rows=RINGING, front=st.integers(1, 3), background=st.integers(0, 2))
def test_a_day_that_was_first_come_first_served_is_found_again(
    rows: list[tuple[int, int, int | None]], front: int, background: int
) -> None:
    """What one simulation says is taken for the record; replayed with the same people it is the same, peaks and all."""
    calls = as_calls([Ringing(one.name, one.offered, one.talk, None) for one in ringing(rows)])
    real = simulate(calls, staff(front, background), RULE)
    again = simulate(Day(real.calls, BERLIN), staff(front, background), RULE)
    assert again == real


@given(rows=RINGING, front=st.integers(1, 3))
def test_the_peaks_of_a_record_are_those_of_the_rule(rows: list[tuple[int, int, int | None]], front: int) -> None:
    """Without a background a peak changes nothing: so the record has the same peaks as the simulation it came from."""
    real = simulate(as_calls(ringing(rows)), staff(front), RULE, Assumptions(talk=40))
    recorded = as_it_was(Day(real.calls, BERLIN), RULE)
    assert recorded.peaks == real.peaks
    assert recorded.calls == real.calls
    assert figures("x", Day(real.calls, BERLIN), recorded, PROMISE).most_waiting == max(
        moment.waiting for moment in real.timeline
    )


@given(rows=RINGING, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(rows: list[tuple[int, int, int | None]], seed: random.Random) -> None:
    calls = list(as_calls(ringing(rows)).calls)
    expected = simulate(Day(tuple(calls), BERLIN), staff(1, 1), RULE, Assumptions(talk=40))
    seed.shuffle(calls)
    assert simulate(Day(tuple(calls), BERLIN), staff(1, 1), RULE, Assumptions(talk=40)) == expected


def test_erlang_c() -> None:
    """Calls and talks drawn at random (a fixed seed): the waiting is that of queueing theory (Erlang 1917).

    C = probability of having to wait, for c people and a offered erlangs; P(wait > t) = C exp(-(c - a) t / talk).
    """
    people, gap, talk = 4, 2.4, 7.0
    offered = talk / gap
    draw = random.Random(115)
    now, calls = 0.0, []
    for number in range(30_000):
        now += draw.expovariate(1 / gap)
        begin = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=now)
        end = begin + timedelta(seconds=draw.expovariate(1 / talk))
        calls.append(Call(call_id=f"{number:05}", offered_at=begin, answered_at=begin, ended_at=end))
    replay = simulate(Day(tuple(calls), ZoneInfo("UTC")), staff(people), NEVER)
    full = offered**people / math.factorial(people) * people / (people - offered)
    wait = full / (sum(offered**k / math.factorial(k) for k in range(people)) + full)
    for seconds in (0, 1, 2, 5, 10):
        expected = wait * math.exp(-(people - offered) * seconds / talk)
        got = sum(
            one.answered_at - one.offered_at > timedelta(seconds=seconds) for one in replay.calls if one.answered_at
        )
        assert got / len(calls) == pytest.approx(expected, abs=0.02)
