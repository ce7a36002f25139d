"""Single promises tried, by hand. Monday is 12 January 2026; Germany is an hour ahead of UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

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
from casebackbone.deadlines import Due, Promise
from casebackbone.due_times import Kind
from casebackbone.promise_simulation import Trial, simulate
from casebackbone.store import open_store, upgrade_store
from tests.casebackbone.promise_history import (
    ANNA,
    CARETAKER,
    IN_FORCE,
    PASSPORT,
    TIM,
    YEAR,
    History,
    promise,
    utc,
)

ANSWER = Answer(texts=[Text("answer", "Um acht.")])
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

    def run(
        new: Promise, *steps: Timed, kind: Kind | tuple[Kind, ...], until: str = "2026-01-17 00:00", **receive: Any
    ) -> list[Trial]:
        kinds = (kind,) if isinstance(kind, Kind) else kind
        history = History(application)
        inquiry = history.receive("story", utc(f"{MONDAY} 09:00"), **receive)
        history.receive("other", utc(f"{MONDAY} 09:00"), ANSWER, Resolve())
        for at, command, *by in steps:
            history.step(inquiry, utc(at), command, by=by[0] if by else ANNA)
        events = [stored.event for stored in application.store.events_after(0, 1000)]
        trials = simulate(events, in_force=IN_FORCE, tried=new, since=YEAR[0], until=utc(until))
        return [trial for trial in trials if trial.inquiry_id == inquiry and trial.kind in kinds]

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


def test_paused_at_the_very_moment_it_is_not_late_yet(tried: Tried) -> None:
    """Two hours are used up as the pause begins; a minute less had been late."""
    steps = ((f"{MONDAY} 11:00", Pause()), ("2026-01-14 11:00", ANSWER))
    (trial,) = tried(promise(reply_minutes=120), *steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "kept")


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


def test_resolved_without_an_answer_is_done_for_the_citizen(tried: Tried) -> None:
    (trial,) = tried(promise(), (f"{MONDAY} 11:00", Resolve(outcome="referred")), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "kept")


def test_answered_at_first_contact_no_reply_is_owed(tried: Tried, application: Application) -> None:
    """Both at one moment in one step; another promise has nothing to do with it."""
    history = History(application)
    at_once = history.receive("at once", utc(f"{MONDAY} 09:00"), ANSWER, Resolve())
    events = [stored.event for stored in application.store.events_after(0, 1000)]
    trials = list(simulate(events, in_force=IN_FORCE, tried=promise(reply_minutes=1), since=YEAR[0], until=YEAR[1]))
    assert [(trial.inquiry_id, outcomes(trial)) for trial in trials] == [(at_once, ("ended", "ended"))]


def test_an_imported_case_was_not_answered_at_first_contact(application: Application) -> None:
    """The import tells in one step what took two days: 20 service hours."""
    received = utc("2026-01-12 09:00")
    due = Due(utc("2026-01-16 09:00"), "import:city")
    imported = History(application).imported("past", received, utc("2026-03-02 09:00"), due)
    events = [stored.event for stored in application.store.events_after(0, 1000)]
    (trial,) = simulate(events, in_force=IN_FORCE, tried=promise(reply_minutes=1199), since=YEAR[0], until=YEAR[1])
    assert (trial.inquiry_id, trial.made_at, outcomes(trial)) == (imported, received, ("kept", "broken"))
    assert (trial.stored.promised_minutes, trial.stored.used_minutes) == (2400, 1200)


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


@pytest.mark.parametrize(
    ("resolution", "attempted", "expected"),
    [
        ("withdrawn", False, ("ended", "broken")),
        ("unreachable", True, ("kept", "kept")),
    ],
)
def test_resolved_before_the_call(tried: Tried, resolution: str, attempted: bool, expected: tuple[str, str]) -> None:
    """Nobody can be made to answer the phone: what counts then is the first attempt, here after half an hour. Other
    outcomes are refused while a call is promised."""
    attempt: tuple[Timed, ...] = ((f"{MONDAY} 09:30", Contact(reached=False)),) if attempted else ()
    steps = ((f"{MONDAY} 09:00", PromiseCallback()), *attempt, (f"{MONDAY} 12:00", Resolve(outcome=resolution)))
    (trial,) = tried(promise(callback_minutes=60), *steps, kind=Kind.CALLBACK)
    assert outcomes(trial) == expected
    assert trial.tried.used_minutes == (30 if attempted else 180)


def test_waiting_for_the_citizen(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Pause()), ("2026-01-14 09:00", Resume()))
    (trial,) = tried(promise(waiting_minutes=600), *steps, kind=Kind.WAITING)
    assert outcomes(trial) == ("kept", "broken")


def test_a_due_time_that_was_changed_while_it_waits_is_that_of_waiting(tried: Tried) -> None:
    """The reply stands still all the same: 2 hours before the pause, 1 after it."""
    steps = (
        (f"{MONDAY} 11:00", Pause()),
        (f"{MONDAY} 12:00", ChangeDue(due_at=utc("2026-01-15 09:00"), reason="law")),
        ("2026-01-14 11:00", Resume()),
        ("2026-01-14 12:00", ANSWER),
    )
    waiting, reply = tried(promise(waiting_minutes=60, reply_minutes=180), *steps, kind=(Kind.WAITING, Kind.REPLY))
    assert (outcomes(waiting), outcomes(reply)) == (("kept", "kept"), ("kept", "kept"))
    assert (waiting.agreed, reply.agreed) == (True, False)
    assert waiting.stored.due_at == utc("2026-01-15 09:00")
    assert reply.tried.due_at == utc("2026-01-14 12:00")


def test_an_escalation_is_acknowledged(tried: Tried) -> None:
    steps = ((f"{MONDAY} 09:00", Escalate(to="agent:eva", reason="overdue")), ("2026-01-13 09:00", Acknowledge()))
    (trial,) = tried(promise(escalate_again_minutes=300), *steps, kind=Kind.ESCALATION)
    assert outcomes(trial) == ("kept", "broken")


def test_a_time_that_no_calendar_knows_stops_nobody(tried: Tried) -> None:
    steps = (f"{MONDAY} 10:00", ChangeDue(due_at=utc("2150-01-16 10:00"), reason="law"))
    (trial,) = tried(promise(), steps, kind=Kind.REPLY)
    assert outcomes(trial) == ("open", "open")
    assert (trial.stored.promised_minutes, trial.stored.used_minutes) == (None, 48 * 60)


def test_times_within_a_minute(tried: Tried) -> None:
    """Answered 30 seconds after the due time of the tried promise."""
    history_at = utc("2026-01-13 11:00") + timedelta(seconds=30)
    (trial,) = tried(promise(reply_minutes=720), (history_at.isoformat(), ANSWER), kind=Kind.REPLY)
    assert outcomes(trial) == ("kept", "broken")
    assert trial.tried.used_minutes == 720.5
