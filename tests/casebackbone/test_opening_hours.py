"""Opening hours: what is read, what is not, and when somebody is there."""

from __future__ import annotations

from datetime import datetime

import pytest

from casebackbone.opening_hours import is_open, read_hours

OFFICE = "Mo-Th 08:00-12:00,14:00-16:00; Fr 08:00-12:00"
MONDAY, FRIDAY, SATURDAY = 2, 6, 7


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)  # noqa: DTZ001 the time on the wall


@pytest.mark.parametrize(
    ("day", "hour", "minute", "there"),
    [
        (MONDAY, 7, 59, False),
        (MONDAY, 8, 0, True),
        (MONDAY, 11, 59, True),
        (MONDAY, 12, 0, False),
        (MONDAY, 14, 0, True),
        (FRIDAY, 14, 0, False),
        (SATURDAY, 9, 0, False),
    ],
)
def test_by_day_and_hour(day: int, hour: int, minute: int, there: bool) -> None:
    assert is_open(OFFICE, at(day, hour, minute), holiday=False) is there


def test_on_holidays_only_when_it_says_so() -> None:
    assert not is_open(OFFICE, at(MONDAY, 9), holiday=True)
    assert is_open("Mo-Fr 08:00-12:00; PH 09:00-10:00", at(MONDAY, 9), holiday=True)
    assert not is_open("Mo-Fr 08:00-12:00; PH 09:00-10:00", at(MONDAY, 8), holiday=True)
    assert is_open("24/7", at(SATURDAY, 3), holiday=True)


def test_a_day_said_again_and_lists_and_ranges_over_the_weekend() -> None:
    assert set(read_hours("Mo-Su 08:00-24:00; We off")["We"]) == set()
    assert sorted(read_hours("Sa-Mo,We 10:00-12:00")) == ["Mo", "Sa", "Su", "We"]


@pytest.mark.parametrize(
    "written",
    [
        *("", "Mo", "Montag 08:00-12:00", "Mo-Fr 8-12", "Mo-Fr 12:00-08:00", "Mo 08:00-08:00", "Mo 25:00-26:00"),
        *("Mo 08:00-12:00,11:00-13:00", "Mo-Xx 08:00-12:00", "Mo-Fr 08:00-12:00;", "Mo 08:00-24:30", "Mo" * 200),
    ],
)
def test_what_cannot_be_read_says_so(written: str) -> None:
    with pytest.raises(ValueError, match=r"„|Zeichen"):
        read_hours(written)
