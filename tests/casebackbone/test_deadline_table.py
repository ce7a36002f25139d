"""``deadline_table.md``, worked out by hand: the calendar, the promise, and pausing and resuming agree with it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from casebackbone.calendar import Pause, ServiceCalendar
from casebackbone.deadlines import Promise, load_policy
from tests.casebackbone.deadline_table import Row, load_calendars, read

ROWS = read()[1]
POLICY = load_policy()
PROMISED = [row for row in ROWS if row.promise]
ONE_AFTER_THE_OTHER = [
    row
    for row in ROWS
    if row.pauses
    and row.minutes
    and row.pauses[0].start >= row.start
    and all(before.end <= after.start for before, after in pairwise(row.pauses))
]


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ServiceCalendar]:
    return load_calendars(tmp_path_factory.mktemp("calendars"))


def test_the_table_is_long_enough_and_no_row_stands_twice() -> None:
    assert len(ROWS) >= 100
    assert len({row.shows for row in ROWS}) == len(ROWS)
    assert {row.calendar for row in ROWS} == set(read()[0])
    assert len(PROMISED) >= 20
    assert len(ONE_AFTER_THE_OTHER) >= 10


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_due(row: Row, calendars: dict[str, ServiceCalendar]) -> None:
    assert calendars[row.calendar].add(row.start, row.minutes, row.pauses) == row.due


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_as_much_has_elapsed(row: Row, calendars: dict[str, ServiceCalendar]) -> None:
    assert calendars[row.calendar].elapsed(row.start, row.due, row.pauses) == row.minutes


@pytest.mark.parametrize("row", PROMISED, ids=str)
def test_promised_by_115(row: Row, calendars: dict[str, ServiceCalendar]) -> None:
    """The row's minutes are the policy's, and without pauses the promise is due as the table says."""
    promise = Promise(POLICY, calendars[row.calendar])
    name = str(row.promise)
    assert POLICY.minutes(name.removesuffix("_after")) == row.minutes
    if not row.pauses:
        assert getattr(promise, name)(row.start) == (row.due, promise.version)


@pytest.mark.parametrize("row", ONE_AFTER_THE_OTHER, ids=str)
def test_pausing_and_resuming_comes_to_the_same(row: Row, calendars: dict[str, ServiceCalendar]) -> None:
    """As an inquiry does it, step by step, without knowing of later pauses. A pause that begins when it is due comes
    too late in the table; an inquiry that is paused at that very moment is due as soon as it goes on."""
    promise = Promise(POLICY, calendars[row.calendar])
    due = promise.calendar.add(row.start, row.minutes)
    for pause in row.pauses:
        if pause.start < due:
            due = promise.shifted(pause.end, promise.remaining(due, pause.start)).at
    assert due == row.due


def test_a_pause_at_the_very_moment_leaves_nothing(calendars: dict[str, ServiceCalendar]) -> None:
    row = next(row for row in ROWS if row.shows.startswith("Used up as the pause begins"))
    pause: Pause = row.pauses[0]
    promise = Promise(POLICY, calendars[row.calendar])
    assert promise.remaining(row.due, pause.start) == 0
    assert promise.shifted(pause.end, 0).at == pause.end
