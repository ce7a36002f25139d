"""What is merged into an inquiry may bring its reply forward: it follows from the events, and a trial knows of it.

Monday is 12 January 2026; Germany is an hour ahead of UTC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casebackbone.application import Application
from casebackbone.commands import Answer, Merge, Pause, Resume
from casebackbone.content import Text
from casebackbone.due_times import Kind, PromiseClock, due_times
from casebackbone.inquiry_events import DuplicateAdded, InquiryEvent, Received
from casebackbone.promise_simulation import simulate
from casebackbone.store import open_store, upgrade_store
from tests.casebackbone.promise_history import IN_FORCE, PASSPORT, YEAR, History, promise, utc

ANSWER = Answer(texts=[Text("answer", "Um acht.")])
MONDAY = "2026-01-12"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    upgrade_store(url)
    store = open_store(url)
    yield Application(store, IN_FORCE)
    store.close()


@pytest.mark.parametrize("names", [("one", "two"), ("two", "one")], ids=["in this order", "in the other"])
def test_merging_makes_nobody_wait_longer(application: Application, names: tuple[str, str]) -> None:
    """The two events of a merge are stored in order of the inquiries' ids. In force a passport has 8 hours, others 24;
    the promise that is tried has 40 for all, and so the one that came in first is due first."""
    history = History(application)
    goes_on = history.receive(names[0], utc(f"{MONDAY} 09:00"))
    other = history.receive(names[1], utc(f"{MONDAY} 10:00"), service=PASSPORT)
    history.step(other, utc(f"{MONDAY} 11:00"), Merge(into=goes_on))
    history.step(goes_on, utc("2026-01-14 12:00"), Pause())
    history.step(goes_on, utc("2026-01-14 13:00"), Resume())
    history.step(goes_on, utc("2026-01-15 10:00"), ANSWER)
    events = [stored.event for stored in application.store.events_after(0, 1000)]
    before, after = IN_FORCE.reply(utc(f"{MONDAY} 09:00"), None).at, IN_FORCE.reply(utc(f"{MONDAY} 10:00"), PASSPORT).at
    assert after < before
    found = [
        due for due in due_times(events, IN_FORCE) if due.kind is Kind.REPLY and due.event.originator_id == goes_on
    ]
    assert [(type(due.event), due.stored) for due in found][:2] == [(Received, before), (DuplicateAdded, after)]
    assert [due.stored for due in found] == [due.computed for due in found], "also when it was paused since"
    new = promise(reply_minutes=2400)
    later = new.reply(utc(f"{MONDAY} 09:00"), None).at
    assert [due.computed for due in due_times(events, new) if isinstance(due.event, DuplicateAdded)] == [later]
    trials = simulate(events, in_force=IN_FORCE, tried=new, since=YEAR[0], until=utc("2026-01-17 00:00"))
    (trial,) = (one for one in trials if one.inquiry_id == goes_on and one.kind is Kind.REPLY)
    assert (trial.stored.outcome, trial.tried.outcome) == ("broken", "kept")
    assert not trial.agreed
    assert trial.stored.promised_minutes == 540


def test_merging_with_what_waits_or_is_due_later_brings_nothing_forward(application: Application) -> None:
    history = History(application)
    goes_on = history.receive("goes on", utc(f"{MONDAY} 09:00"))
    later = history.receive("later", utc(f"{MONDAY} 10:00"))
    waits = history.receive("waits", utc(f"{MONDAY} 09:00"), service=PASSPORT)
    history.step(waits, utc(f"{MONDAY} 10:30"), Pause())
    for other in (later, waits):
        history.step(other, utc(f"{MONDAY} 11:00"), Merge(into=goes_on))
    events = [stored.event for stored in application.store.events_after(0, 1000)]
    added = [event for event in events if isinstance(event, DuplicateAdded)]
    assert len({event.standing.due_at for event in added}) == 1
    clock = PromiseClock(IN_FORCE)
    assert [clock.take(event) for event in events if isinstance(event, InquiryEvent)][-4:].count({}) == 2
    assert not [due for due in due_times(events, IN_FORCE) if isinstance(due.event, DuplicateAdded)]
    last = [due.computed for due in due_times(events, IN_FORCE) if due.event.originator_id == goes_on]
    assert last == [added[0].standing.due_at]
