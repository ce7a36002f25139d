"""Due times follow from the events alone: a pure function of events, calendar and policy version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from casebackbone import inquiry_events as happened
from casebackbone.due_times import Kind, due_times
from casebackbone.recorded import RecordedEvent
from tests.casebackbone.promise_history import (
    IN_FORCE,
    lived_year,
    promise,
)


@pytest.fixture(scope="module")
def lived() -> Sequence[RecordedEvent]:
    return lived_year()


def test_every_stored_due_time_follows_from_the_events(lived: Sequence[RecordedEvent]) -> None:
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


def test_what_was_left_at_a_pause_follows_from_the_events_too(lived: Sequence[RecordedEvent]) -> None:
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


def test_another_policy_comes_to_other_times(lived: Sequence[RecordedEvent]) -> None:
    changed = {due.kind for due in due_times(lived, promise(acceptance_minutes=1)) if due.stored != due.computed}
    assert changed >= {Kind.ACCEPTANCE}
    assert Kind.ESCALATION not in changed
