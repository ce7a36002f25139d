"""Due times follow from the events alone, and another promise can be tried on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from casebackbone import inquiry_events as happened
from casebackbone.application import Application
from casebackbone.calendar_file import load_calendar
from casebackbone.commands import (
    Accept,
    Acknowledge,
    Answer,
    ChangeDue,
    Command,
    Contact,
    Escalate,
    ExpireOffer,
    Forward,
    Merge,
    Pause,
    PromiseCallback,
    Recall,
    Reject,
    Reopen,
    Resolve,
    Resume,
    Unmerge,
)
from casebackbone.content import Text
from casebackbone.deadlines import Due, Promise, load_policy
from casebackbone.due_times import Kind, due_times
from casebackbone.promise_simulation import Outcome, Trial, last_quarter, share_kept, simulate, tally
from casebackbone.recorded import RecordedEvent
from casebackbone.store import open_store, upgrade_store
from events.standing import State
from tests.casebackbone.promise_history import ANNA, CARETAKER, PASSPORT, TIM, History, utc

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SERVICE = {PASSPORT: {"reply": 480, "acceptance": 90, "callback": 300, "waiting": 1200, "acknowledgement": 77}}
IN_FORCE = Promise(replace(load_policy(), services=SERVICE), load_calendar())
ANSWER = Answer(texts=[Text("answer", "Um acht.")])


def promise(**minutes: int) -> Promise:
    """The one in force with other minutes."""
    return Promise(replace(IN_FORCE.policy, version="tried", services={}, **minutes), IN_FORCE.calendar)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> list[RecordedEvent]:
    """Everything that is stored of 250 inquiries of a year, read back."""
    url = f"sqlite:///{tmp_path_factory.mktemp('lived') / 'store.sqlite'}"
    upgrade_store(url)
    store = open_store(url)
    history = History(Application(store, IN_FORCE))
    history.live(250, YEAR[0], 330, seed=115)
    history.imported("old", utc("2019-05-06 09:00"), utc("2026-03-03 09:00"), None)
    history.imported(
        "older", utc("2019-05-06 09:00"), utc("2026-03-03 09:00"), Due(utc("2019-06-06 09:00"), "import:c")
    )
    events = [stored.event for stored in store.events_after(0, 100_000)]
    store.close()
    return events


# --- due times are a pure function of events, calendar and policy version --------------------------------------------


def test_every_stored_due_time_follows_from_the_events(lived: list[RecordedEvent]) -> None:
    """Compared to the microsecond, but for times that a person named."""
    compared: Counter[Kind] = Counter()
    named = 0
    for due in due_times(lived, IN_FORCE):
        if due.stored == due.computed:
            compared[due.kind] += 1
            continue
        named += 1
        promised_elsewhere = str(due.event.standing.due_policy).startswith("import:")
        assert due.kind is Kind.CALLBACK or promised_elsewhere, due
    assert set(compared) == set(Kind)
    assert min(compared.values()) >= 20, compared
    assert 0 < named < 60


def test_what_was_left_at_a_pause_follows_from_the_events_too(lived: list[RecordedEvent]) -> None:
    """The history has pauses before and after the due time, and after a due time was changed by a person."""
    due_at: dict[UUID, datetime] = {}
    overdue = 0
    for event in lived:
        if isinstance(event, happened.Paused):
            left = IN_FORCE.remaining(due_at[event.originator_id], event.occurred_at)
            assert left == event.remaining_minutes
            overdue += left < 0
        if isinstance(event, happened.InquiryEvent) and event.standing.due_at:
            due_at[event.originator_id] = event.standing.due_at
    assert overdue >= 5


def test_another_policy_comes_to_other_times(lived: list[RecordedEvent]) -> None:
    changed = {due.kind for due in due_times(lived, promise(acceptance_minutes=1)) if due.stored != due.computed}
    assert changed >= {Kind.ACCEPTANCE}
    assert Kind.ESCALATION not in changed


# --- the same promise tried: nothing changes -------------------------------------------------------------------------


def test_under_the_promise_in_force_everything_is_as_it_was(lived: list[RecordedEvent]) -> None:
    trials = list(simulate(lived, in_force=IN_FORCE, tried=IN_FORCE, since=YEAR[0], until=YEAR[1]))
    imported = [trial for trial in trials if trial.stored != trial.tried]
    assert imported == []  # the one with a due time of its own was promised in 2019
    assert {trial.kind for trial in trials} == set(Kind) - {Kind.ACKNOWLEDGEMENT}
    outcomes = Counter(trial.stored.outcome for trial in trials)
    assert all(outcomes[outcome] >= 5 for outcome in Outcome), outcomes


def test_each_promise_is_counted_once(lived: list[RecordedEvent]) -> None:
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


def test_replies_were_kept_as_the_standing_before_the_answer_says(lived: list[RecordedEvent]) -> None:
    """Another way to the same number: what was due just before it was answered or resolved."""
    kept: dict[tuple[UUID, int], bool] = {}
    open_since: dict[UUID, int] = {}
    before: dict[UUID, tuple[datetime, int | None]] = {}
    for event in lived:
        if not isinstance(event, happened.InquiryEvent) or event.occurred_at >= YEAR[1]:
            continue
        inquiry_id, standing = event.originator_id, event.standing
        done = isinstance(event, happened.Answered) or (
            isinstance(event, happened.Resolved) and event.outcome != "withdrawn"
        )
        if isinstance(event, happened.Received | happened.Reopened | happened.Unmerged):
            open_since[inquiry_id] = event.originator_version
        elif done and inquiry_id in open_since:
            due_at, left = before[inquiry_id]
            kept[inquiry_id, open_since.pop(inquiry_id)] = event.occurred_at <= due_at if left is None else left >= 0
        elif isinstance(event, happened.Resolved | happened.Merged):
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


# --- single promises, by hand: Monday, 12 January 2026; Germany is an hour ahead of UTC ------------------------------

MONDAY = "2026-01-12"
Tried = Callable[..., list[Trial]]
Timed = tuple[str, Command] | tuple[str, Command, Any]


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    upgrade_store(url)
    store = open_store(url)
    yield Application(store, IN_FORCE)
    store.close()


@pytest.fixture
def tried(application: Application) -> Tried:
    """Received on Monday at 9:00 UTC (10:00 in Germany), then the steps; the promise is tried on it until Friday."""

    def run(new: Promise, *steps: Timed, kind: Kind, until: str = "2026-01-17 00:00", **receive: Any) -> list[Trial]:
        history = History(application)
        inquiry = history.receive("story", utc(f"{MONDAY} 09:00"), **receive)
        history.receive("other", utc(f"{MONDAY} 09:00"), ANSWER, Resolve())
        for at, command, *by in steps:
            history.step(inquiry, utc(at), command, by=by[0] if by else ANNA)
        events = [stored.event for stored in application.store.events_after(0, 1000)]
        trials = simulate(events, in_force=IN_FORCE, tried=new, since=YEAR[0], until=utc(until))
        return [trial for trial in trials if trial.inquiry_id == inquiry and trial.kind is kind]

    return run


def outcomes(trial: Trial) -> tuple[str, str]:
    return trial.stored.outcome.value, trial.tried.outcome.value


def test_a_reply_that_a_shorter_promise_would_have_broken(tried: Tried) -> None:
    """Answered on Tuesday at 15:00 in Germany: 8 + 7 service hours of 24, or of 12."""
    (trial,) = tried(promise(reply_minutes=720), ("2026-01-13 14:00", ANSWER), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "broken")
    assert trial.changes_sides
    assert (trial.stored.promised_minutes, trial.stored.used_minutes) == (1440, 900)
    assert (trial.tried.promised_minutes, trial.tried.used_minutes) == (720, 900)
    assert trial.stored.due_at == utc("2026-01-14 13:00")
    assert trial.tried.due_at == utc("2026-01-13 11:00")
    assert (trial.made_at, trial.ended_at) == (utc(f"{MONDAY} 09:00"), utc("2026-01-13 14:00"))


@pytest.mark.parametrize(("at", "expected"), [("11:00", "kept"), ("11:01", "broken")])
def test_answered_when_it_is_due_is_kept(tried: Tried, at: str, expected: str) -> None:
    (trial,) = tried(promise(reply_minutes=720), (f"2026-01-13 {at}", ANSWER), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", expected)


def test_a_pause_stops_the_clock_under_both(tried: Tried) -> None:
    """2 hours, a day of waiting, 3 hours: 300 minutes of 1440, or of 300, or of 299."""
    steps = (
        (f"{MONDAY} 11:00", Pause()),
        ("2026-01-13 11:00", Resume()),
        ("2026-01-13 14:00", ANSWER),
    )
    (trial,) = tried(promise(reply_minutes=300), *steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "kept")
    assert trial.tried.used_minutes == trial.tried.promised_minutes == 300
    assert trial.tried.due_at == utc("2026-01-13 14:00")


def test_a_pause_after_the_due_time_of_a_shorter_promise_does_not_help(tried: Tried) -> None:
    steps = ((f"{MONDAY} 11:00", Pause()), ("2026-01-13 11:00", Resume()), ("2026-01-13 11:30", ANSWER))
    (trial,) = tried(promise(reply_minutes=60), *steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "broken")
    assert (trial.tried.promised_minutes, trial.tried.used_minutes) == (60, 150)


def test_answered_while_it_waits(tried: Tried) -> None:
    (trial,) = tried(
        promise(reply_minutes=60), (f"{MONDAY} 11:00", Pause()), ("2026-01-14 11:00", ANSWER), kind=Kind.REPLY
    )
    assert outcomes(trial) == ("kept", "broken")
    assert trial.stored.used_minutes == trial.tried.used_minutes == 120


def test_time_used_is_measured_by_each_calendar(tried: Tried, tmp_path: Path) -> None:
    """From Monday 10:00 to Tuesday 9:00: 8 + 1 hours for one calendar, 6 for one that is open from 14 to 20."""
    file = tmp_path / "late.toml"
    file.write_text('time_zone = "Europe/Berlin"\n[intervals]\nmon-fri = ["14:00-20:00"]\n', encoding="utf-8")
    late = Promise(IN_FORCE.policy, load_calendar(file))
    (trial,) = tried(late, ("2026-01-13 08:00", ANSWER), kind=Kind.REPLY)
    assert (trial.stored.used_minutes, trial.tried.used_minutes) == (540, 360)
    assert trial.tried.due_at == utc("2026-01-15 19:00")


def test_a_reply_that_is_still_owed_at_the_end_of_the_period(tried: Tried) -> None:
    """Due on Wednesday at 13:00 UTC; an answer after the end of the period is not looked at."""
    steps = ("2026-01-14 10:00", ANSWER)
    (trial,) = tried(promise(reply_minutes=60), steps, kind=Kind.REPLY, until="2026-01-14 10:00")
    assert outcomes(trial) == ("open", "broken")
    assert trial.ended_at is None
    assert not trial.changes_sides
    assert trial.stored.used_minutes == 8 * 60 + 600 + 180


def test_a_reply_that_nobody_wants_any_more(tried: Tried) -> None:
    steps = (f"{MONDAY} 11:00", Resolve(outcome="withdrawn"))
    (trial,) = tried(promise(reply_minutes=60), steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("ended", "broken")


def test_resolved_without_an_answer_is_done_for_the_citizen(tried: Tried) -> None:
    (trial,) = tried(promise(), (f"{MONDAY} 11:00", Resolve(outcome="referred")), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "kept")


def test_reopened_is_a_new_promise(tried: Tried) -> None:
    steps = (
        (f"{MONDAY} 10:00", ANSWER),
        (f"{MONDAY} 10:00", Resolve()),
        ("2026-01-13 09:00", Reopen(reason="contradicted")),
        ("2026-01-13 11:00", ANSWER),
    )
    first, second = tried(promise(reply_minutes=90), *steps, kind=Kind.REPLY)
    assert (outcomes(first), outcomes(second)) == (("kept", "kept"), ("kept", "broken"))
    assert second.made_at == utc("2026-01-13 09:00")


def test_merged_and_taken_apart(tried: Tried, application: Application) -> None:
    """Merging ends the reply of the one; taken apart it is promised anew."""
    inquiry = History(application).receive("goes on", utc(f"{MONDAY} 09:00"))
    steps = (
        (f"{MONDAY} 10:00", Merge(into=inquiry)),
        ("2026-01-13 10:00", Unmerge()),
        ("2026-01-13 11:00", ANSWER),
    )
    first, second = tried(promise(), *steps, kind=Kind.REPLY)
    assert (outcomes(first), outcomes(second)) == (("ended", "ended"), ("kept", "kept"))
    assert second.stored.used_minutes == 60


def test_a_due_time_that_a_person_changed_holds_under_both(tried: Tried) -> None:
    steps = (
        (f"{MONDAY} 10:00", ChangeDue(due_at=utc("2026-01-16 10:00"), reason="law")),
        ("2026-01-15 10:00", ANSWER),
    )
    (trial,) = tried(promise(reply_minutes=60), *steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "kept")
    assert trial.agreed
    assert trial.stored.due_at == trial.tried.due_at == utc("2026-01-16 10:00")


def test_a_service_with_a_promise_of_its_own(tried: Tried) -> None:
    """In force 8 hours for passports; the one that is tried has 24 for all."""
    (trial,) = tried(promise(), ("2026-01-13 14:00", ANSWER), kind=Kind.REPLY, service=PASSPORT)
    assert outcomes(trial) == ("broken", "kept")
    assert (trial.service, trial.stored.promised_minutes) == (PASSPORT, 480)


@pytest.mark.parametrize("decision", [Accept(), Reject(reason="not_responsible")])
def test_an_offer_is_decided(tried: Tried, decision: Command) -> None:
    steps = ((f"{MONDAY} 09:00", Forward(to="tiefbau")), (f"{MONDAY} 12:00", decision, TIM))
    (trial,) = tried(promise(acceptance_minutes=120), *steps, kind=Kind.ACCEPTANCE)
    assert outcomes(trial) == ("kept", "broken")


def test_an_offer_that_expired_cannot_be_said_to_be_kept_under_a_longer_promise(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Forward(to="tiefbau")), (f"{MONDAY} 13:00", ExpireOffer(), CARETAKER))
    (trial,) = tried(promise(acceptance_minutes=600), *steps, kind=Kind.ACCEPTANCE)
    assert outcomes(trial) == ("broken", "ended")


def test_an_offer_that_was_recalled(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Forward(to="tiefbau")), (f"{MONDAY} 11:00", Recall()))
    (trial,) = tried(promise(acceptance_minutes=60), *steps, kind=Kind.ACCEPTANCE)
    assert outcomes(trial) == ("ended", "broken")


def test_a_callback(tried: Tried) -> None:
    """Not reached is not called back. Promised at 10:00 in Germany, reached on Tuesday at 10:00: one service day."""
    steps = (
        (f"{MONDAY} 09:00", PromiseCallback()),
        (f"{MONDAY} 10:00", Contact(reached=False)),
        ("2026-01-13 09:00", Contact(reached=True)),
    )
    (trial,) = tried(promise(callback_minutes=599), *steps, kind=Kind.CALLBACK)
    assert outcomes(trial) == ("kept", "broken")


def test_a_callback_whose_time_was_agreed_upon_holds_under_both(tried: Tried) -> None:
    steps = (
        (f"{MONDAY} 09:00", PromiseCallback(due_at=utc("2026-01-15 09:00"))),
        ("2026-01-14 09:00", Contact(reached=True)),
    )
    (trial,) = tried(promise(callback_minutes=60), *steps, kind=Kind.CALLBACK)
    assert outcomes(trial) == ("kept", "kept")
    assert trial.agreed


def test_a_callback_that_was_promised_again(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", PromiseCallback()), (f"{MONDAY} 12:00", PromiseCallback()))
    first, second = tried(promise(callback_minutes=60), *steps, kind=Kind.CALLBACK)
    assert (outcomes(first), outcomes(second)) == (("ended", "broken"), ("broken", "broken"))


def test_waiting_for_the_citizen(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Pause()), ("2026-01-14 09:00", Resume()))
    (trial,) = tried(promise(waiting_minutes=600), *steps, kind=Kind.WAITING)
    assert outcomes(trial) == ("kept", "broken")


def test_an_escalation_is_acknowledged(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Escalate(to="agent:eva", reason="overdue")), ("2026-01-13 09:00", Acknowledge()))
    (trial,) = tried(promise(escalate_again_minutes=300), *steps, kind=Kind.ESCALATION)
    assert outcomes(trial) == ("kept", "broken")


def test_a_time_that_no_calendar_knows_stops_nobody(tried: Tried) -> None:
    steps = (f"{MONDAY} 10:00", ChangeDue(due_at=utc("2150-01-16 10:00"), reason="law"))
    (trial,) = tried(promise(), steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("open", "open")
    assert (trial.stored.promised_minutes, trial.stored.used_minutes) == (None, 48 * 60)


# --- the period, and what is counted ---------------------------------------------------------------------------------


def test_only_promises_of_the_period_are_tried(lived: list[RecordedEvent]) -> None:
    def made(since: str, until: str) -> set[tuple[UUID, int, Kind]]:
        trials = simulate(lived, in_force=IN_FORCE, tried=promise(), since=utc(since), until=utc(until))
        return {(trial.inquiry_id, trial.version, trial.kind) for trial in trials}

    first, second = made("2026-01-01 00:00", "2026-04-01 00:00"), made("2026-04-01 00:00", "2026-07-01 00:00")
    assert len(first) > 50
    assert len(second) > 50
    assert not first & second
    assert first | second == made("2026-01-01 00:00", "2026-07-01 00:00")


def test_other_kinds_of_events_are_passed_over(lived: list[RecordedEvent]) -> None:
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


def test_tallies(lived: list[RecordedEvent]) -> None:
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


def test_a_trial_of_a_policy_changes_no_event(lived: list[RecordedEvent]) -> None:
    before = [dict(vars(event)) for event in lived]
    list(simulate(lived, in_force=IN_FORCE, tried=promise(reply_minutes=1), since=YEAR[0], until=YEAR[1]))
    assert [vars(event) for event in lived] == before


def test_times_within_a_minute(tried: Tried) -> None:
    """Answered 30 seconds after the due time of the tried promise."""
    history_at = utc("2026-01-13 11:00") + timedelta(seconds=30)
    (trial,) = tried(promise(reply_minutes=720), (history_at.isoformat(), ANSWER), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "broken")
    assert trial.tried.used_minutes == 720.5
