"""Counted from events: who was open, overdue, and with whom, at a past moment."""

from __future__ import annotations

from datetime import timedelta

from casebackbone.accounting import account
from tests.casebackbone.desk import ANSWERED, MONDAY, RESOLVED, Desk, accepted, offered

HOUR = timedelta(hours=1)


def test_each_moment_has_its_own_numbers() -> None:
    desk = Desk()
    desk.step(offered(), after=HOUR)  # at 1 h
    desk.step(accepted(), after=HOUR)  # at 2 h
    desk.step(offered("gruen"), after=HOUR)
    desk.step(accepted("gruen"), after=HOUR)  # at 4 h; due after 24 h
    desk.step(ANSWERED, after=30 * HOUR)
    desk.step(RESOLVED, after=HOUR)  # at 35 h
    events = list(desk.inquiry.pending_events)

    before = account(events, MONDAY - HOUR)
    assert (before.received, before.open) == (0, 0)
    first = account(events, MONDAY + HOUR)
    assert (first.received, first.open, dict(first.open_by_department), first.handovers) == (1, 1, {"(none)": 1}, 0)
    second = account(events, MONDAY + 2 * HOUR)
    assert dict(second.open_by_department) == {"strassen": 1}
    late = account(events, MONDAY + 25 * HOUR)
    assert (late.open_overdue, dict(late.overdue_by_department), late.handovers) == (1, {"gruen": 1}, 1)
    closed = account(events, MONDAY + 35 * HOUR)
    assert (closed.received, closed.open, closed.resolved, closed.open_overdue) == (1, 0, 1, 0)
    assert all(counted.conserved for counted in (before, first, second, late, closed))


def test_at_its_due_time_it_is_not_overdue_yet() -> None:
    events = list(Desk().inquiry.pending_events)
    assert account(events, MONDAY + 24 * HOUR).open_overdue == 0
    assert account(events, MONDAY + 24 * HOUR + timedelta(microseconds=1)).open_overdue == 1
