"""The service promise against the oracle of ``walk.py``: due times, and what pausing and resuming makes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from casebackbone.calendar import Pause
from casebackbone.deadlines import Due, Policy, Promise
from tests.casebackbone.walk import MINUTE, Walk, calendars, moments

DURATIONS = ("reply", "acceptance", "callback", "waiting", "silent", "escalate_again", "acknowledgement")
METHODS = {duration: f"{duration}_after" if duration == "silent" else duration for duration in DURATIONS}
PASSPORT = "99105037012000"


@st.composite
def promises(draw: st.DrawFn) -> Promise:
    minutes = {f"{duration}_minutes": draw(st.integers(1, 1500)) for duration in DURATIONS}
    own = {duration: draw(st.integers(1, 1500)) for duration in draw(st.sets(st.sampled_from(DURATIONS)))}
    policy = Policy(
        name="any", version="1", calls_percent=75, calls_within_seconds=30, first_contact_percent=65,
        services={PASSPORT: own}, **minutes,
    )  # fmt: skip
    return Promise(policy, draw(calendars()))


@settings(max_examples=100, deadline=None)
@given(
    promise=promises(), since=moments(), duration=st.sampled_from(DURATIONS), service=st.sampled_from([None, PASSPORT])
)
def test_each_promise_is_due_as_the_walk_says(
    promise: Promise, since: datetime, duration: str, service: str | None
) -> None:
    general: int = getattr(promise.policy, f"{duration}_minutes")
    minutes = promise.policy.services[PASSPORT].get(duration, general) if service else general
    expected = Walk(promise.calendar).add(since, minutes)
    assert getattr(promise, METHODS[duration])(since, service) == Due(expected, promise.version)


@settings(max_examples=100, deadline=None)
@given(promise=promises(), due=moments(), minutes=st.integers(-6000, 6000))
def test_what_remains_as_the_walk_says(promise: Promise, due: datetime, minutes: int) -> None:
    now, walk = due - minutes * MINUTE, Walk(promise.calendar)
    if minutes >= 0:
        assert promise.remaining(due, now) == walk.elapsed(now, due)
    else:
        assert promise.remaining(due, now) == -max(1, walk.elapsed(due, now))


@settings(max_examples=100, deadline=None)
@given(promise=promises(), now=moments(), left=st.integers(-1500, 1500))
def test_shifted_as_the_walk_says(promise: Promise, now: datetime, left: int) -> None:
    walk = Walk(promise.calendar)
    expected = walk.add(now, left) if left >= 0 else walk.back(now, -left)
    assert promise.shifted(now, left) == Due(expected, promise.version)


@dataclass(frozen=True)
class Waited:
    """Pauses one after the other, as an inquiry has them."""

    start: datetime
    pauses: list[Pause]


@st.composite
def waits(draw: st.DrawFn) -> Waited:
    start = at = draw(moments())
    pauses = []
    for before, length in draw(st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 3000)), max_size=4)):
        begin = at + before * MINUTE
        at = begin + length * MINUTE
        pauses.append(Pause(begin, at))
    return Waited(start, pauses)


@settings(max_examples=250, deadline=None)
@given(promise=promises(), waited=waits())
def test_pausing_and_resuming_leaves_the_same_minutes(promise: Promise, waited: Waited) -> None:
    """Step by step, as an inquiry goes, against a walk that knows all pauses in advance. Whole minutes: to the minute.

    Once it was due before a pause it stays overdue, by what it was overdue."""
    walk = Walk(promise.calendar)
    due = promise.reply(waited.start).at
    minutes = promise.policy.reply_minutes
    taken: list[Pause] = []
    for pause in waited.pauses:
        overdue = due < pause.start
        left = promise.remaining(due, pause.start)
        if overdue:
            event("overdue")
            shifted = promise.shifted(pause.end, left).at
            assert shifted < pause.end
            assert walk.elapsed(shifted, pause.end) == max(1, walk.elapsed(due, pause.start))
            return
        event("in time")
        due = promise.shifted(pause.end, left).at
        if left:
            taken.append(pause)
            assert due == walk.add(waited.start, minutes, taken)
            assert walk.elapsed(waited.start, due, taken) == minutes
        else:
            assert due == walk.add(pause.end, 0)
            return


@settings(max_examples=100, deadline=None)
@given(promise=promises(), waited=waits(), seconds=st.integers(1, 59))
def test_a_pause_within_a_minute_gives_at_most_that_minute_away(promise: Promise, waited: Waited, seconds: int) -> None:
    due = promise.reply(waited.start).at
    for count, pause in enumerate(waited.pauses, start=1):
        begin, end = pause.start + timedelta(seconds=seconds), pause.end + timedelta(seconds=seconds)
        if due <= begin:
            break
        due = promise.shifted(end, promise.remaining(due, begin)).at
        pauses = [Pause(one.start + timedelta(seconds=seconds), one.end + timedelta(seconds=seconds))
                  for one in waited.pauses[:count]]  # fmt: skip
        used = promise.calendar.elapsed_time(waited.start, due, pauses)
        owed = timedelta(minutes=promise.policy.reply_minutes)
        assert owed <= used < owed + count * MINUTE
