"""A day's calls with other people: against a second simulator, against queueing theory, and what holds for any day."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casebackbone.desk_day import Call, Day, People, Staffing
from casebackbone.desk_figures import Figures, figures
from casebackbone.desk_simulation import Assumptions, as_it_was, simulate
from casebackbone.peaks import PeakRule
from tests.casebackbone.phone_day import (
    BERLIN,
    NEVER,
    PROMISE,
    RULE,
    Ringing,
    Stepwise,
    at,
    call,
    day,
    half_seconds,
    staff,
    waits,
)

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
@example(rows=[(0, 0, None)] * 2, front=1, background=0, rule=RULE, step_in=0, wrap_up=0, change=None)
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


@settings(deadline=None)
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


@settings(deadline=None)
@given(rows=RINGING, front=st.integers(1, 3), background=st.integers(0, 2))
def test_a_day_that_was_first_come_first_served_is_found_again(
    rows: list[tuple[int, int, int | None]], front: int, background: int
) -> None:
    """What one simulation says is taken for the record; replayed with the same people it is the same, peaks and all."""
    calls = as_calls([Ringing(one.name, one.offered, one.talk, None) for one in ringing(rows)])
    real = simulate(calls, staff(front, background), RULE)
    again = simulate(Day(real.calls, BERLIN), staff(front, background), RULE)
    assert again == real


@settings(deadline=None)
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


@settings(deadline=None)
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
