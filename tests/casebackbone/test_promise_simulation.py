"""A promise tried on a whole year: nothing is lost on the way, and the numbers are those of the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from casebackbone import inquiry_events as happened
from casebackbone.due_times import Kind, due_times
from casebackbone.promise_simulation import Outcome, Trial, last_quarter, share_kept, simulate, tally
from casebackbone.recorded import RecordedEvent
from events.standing import State
from tests.casebackbone.promise_history import (
    IN_FORCE,
    YEAR,
    lived_year,
    promise,
    utc,
)


@pytest.fixture(scope="module")
def lived() -> Sequence[RecordedEvent]:
    return lived_year()


def outcomes(trial: Trial) -> tuple[str, str]:
    return trial.stored.outcome.value, trial.tried.outcome.value


def test_under_the_promise_in_force_everything_is_as_it_was(lived: Sequence[RecordedEvent]) -> None:
    trials = list(simulate(lived, in_force=IN_FORCE, tried=IN_FORCE, since=YEAR[0], until=YEAR[1]))
    imported = [trial for trial in trials if trial.stored != trial.tried]
    assert imported == []  # the one with a due time of its own was promised in 2019
    assert {trial.kind for trial in trials} == set(Kind) - {Kind.ACKNOWLEDGEMENT}
    outcomes = Counter(trial.stored.outcome for trial in trials)
    assert all(outcomes[outcome] >= 5 for outcome in Outcome), outcomes


def test_each_promise_is_counted_once(lived: Sequence[RecordedEvent]) -> None:
    """As many promises as events that make one, whatever became of them."""
    trials = list(simulate(lived, in_force=IN_FORCE, tried=promise(), since=utc("2000-01-01 00:00"), until=YEAR[1]))
    assert len({(trial.inquiry_id, trial.version, trial.kind) for trial in trials}) == len(trials)
    makes = {
        Kind.REPLY: (happened.Received, happened.Reopened, happened.Unmerged),
        Kind.ACCEPTANCE: happened.Forwarded,
        Kind.CALLBACK: happened.CallbackPromised,
        Kind.WAITING: happened.Paused,
        Kind.ESCALATION: happened.Escalated,
    }
    until = [event for event in lived if isinstance(event, happened.InquiryEvent) and event.occurred_at < YEAR[1]]
    for kind, classes in makes.items():
        made = sum(isinstance(event, classes) for event in until)
        assert sum(trial.kind is kind for trial in trials) == made, kind
        assert tally(trials)[kind].made == made


def test_replies_were_kept_as_the_standing_before_the_answer_says(lived: Sequence[RecordedEvent]) -> None:
    """Another way to the same number: what was due just before it was answered or resolved."""
    kept: dict[tuple[UUID, int], bool] = {}
    open_since: dict[UUID, int] = {}
    before: dict[UUID, tuple[datetime, int | None]] = {}
    for event in lived:
        if not isinstance(event, happened.InquiryEvent) or event.occurred_at >= YEAR[1]:
            continue
        inquiry_id, standing = event.originator_id, event.standing
        done = isinstance(event, happened.Answered | happened.Resolved)
        if isinstance(event, happened.Received | happened.Reopened | happened.Unmerged):
            open_since[inquiry_id] = event.originator_version
        elif isinstance(event, happened.Answered) and event.occurred_at == standing.received_at:
            open_since.pop(inquiry_id, None)  # at first contact: no reply is owed
        elif done and inquiry_id in open_since:
            due_at, left = before[inquiry_id]
            kept[inquiry_id, open_since.pop(inquiry_id)] = event.occurred_at <= due_at if left is None else left >= 0
        elif isinstance(event, happened.Merged):
            open_since.pop(inquiry_id, None)
        if standing.due_at:
            waiting = standing.state is State.WAITING
            left = event.remaining_minutes if isinstance(event, happened.Paused) else before.get(inquiry_id, (0, 0))[1]
            before[inquiry_id] = standing.due_at, left if waiting else None
    trials = simulate(lived, in_force=IN_FORCE, tried=promise(), since=utc("2000-01-01 00:00"), until=YEAR[1])
    found = {
        (trial.inquiry_id, trial.version): trial.stored.outcome is Outcome.KEPT
        for trial in trials
        if trial.kind is Kind.REPLY and (trial.inquiry_id, trial.version) in kept
    }
    assert found == kept
    assert Counter(kept.values())[False] >= 10


def test_only_promises_of_the_period_are_tried(lived: Sequence[RecordedEvent]) -> None:
    def made(since: str, until: str) -> set[tuple[UUID, int, Kind]]:
        trials = simulate(lived, in_force=IN_FORCE, tried=promise(), since=utc(since), until=utc(until))
        return {(trial.inquiry_id, trial.version, trial.kind) for trial in trials}

    first, second = made("2026-01-01 00:00", "2026-04-01 00:00"), made("2026-04-01 00:00", "2026-07-01 00:00")
    assert len(first) > 50
    assert len(second) > 50
    assert not first & second
    assert first | second == made("2026-01-01 00:00", "2026-07-01 00:00")


def test_other_kinds_of_events_are_passed_over(lived: Sequence[RecordedEvent]) -> None:
    class SomethingElse(RecordedEvent):
        TOPIC = "test.something_else"

    one = next(event for event in lived if isinstance(event, happened.Received))
    names = ("originator_id", "originator_version", "timestamp", "occurred_at", "actor", "command_id")
    more = {"correlation_id": one.correlation_id, "causation_id": None, "traceparent": None, "previous": one.previous}
    other = SomethingElse(**{name: getattr(one, name) for name in names}, **more)
    period = {"since": YEAR[0], "until": YEAR[1]}
    expected = list(simulate(lived, in_force=IN_FORCE, tried=promise(), **period))
    assert list(simulate([other, *lived, other], in_force=IN_FORCE, tried=promise(), **period)) == expected
    assert list(due_times([other], IN_FORCE)) == []


def test_tallies(lived: Sequence[RecordedEvent]) -> None:
    trials = list(
        simulate(lived, in_force=IN_FORCE, tried=promise(acceptance_minutes=30), since=YEAR[0], until=YEAR[1])
    )
    found = tally(trials)[Kind.ACCEPTANCE]
    offers = [trial for trial in trials if trial.kind is Kind.ACCEPTANCE]
    assert found.made == found.stored.total() == found.tried.total() == len(offers)
    assert found.newly_broken == sum(outcomes(offer) == ("kept", "broken") for offer in offers) > 0
    assert found.newly_kept == 0
    kept, broken = found.tried[Outcome.KEPT], found.tried[Outcome.BROKEN]
    assert share_kept(found.tried) == pytest.approx(100 * kept / (kept + broken))
    assert share_kept(Counter({Outcome.OPEN: 3})) is None


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-24 12:00", "2026-06-30 22:00", "2026-09-30 22:00"),
        ("2026-05-01 12:00", "2025-12-31 23:00", "2026-03-31 22:00"),
        ("2026-03-31 21:59", "2025-09-30 22:00", "2025-12-31 23:00"),
        ("2026-03-31 22:00", "2025-12-31 23:00", "2026-03-31 22:00"),  # midnight in Germany: the quarter is complete
        ("2026-12-31 22:59", "2026-06-30 22:00", "2026-09-30 22:00"),
        ("2026-12-31 23:00", "2026-09-30 22:00", "2026-12-31 23:00"),
    ],
)
def test_the_last_complete_quarter(now: str, start: str, end: str) -> None:
    assert last_quarter(utc(now), IN_FORCE.calendar.zone) == (utc(start), utc(end))


def test_a_trial_of_a_policy_changes_no_event(lived: Sequence[RecordedEvent]) -> None:
    before = [dict(vars(event)) for event in lived]
    list(simulate(lived, in_force=IN_FORCE, tried=promise(reply_minutes=1), since=YEAR[0], until=YEAR[1]))
    assert [vars(event) for event in lived] == before
