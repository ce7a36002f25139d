"""Calls, days and shifts, and what is none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from casebackbone.desk_day import Call, Day, People, Shift, Staffing
from tests.casebackbone.phone_day import (
    at,
    call,
    day,
    staff,
)


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
