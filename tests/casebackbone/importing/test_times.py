"""Local times, and the two nights on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from casebackbone.importing.times import LocalTimes, UnusableTime

BOSTON = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_local_time_is_taken_in_its_zone() -> None:
    times = LocalTimes(BOSTON, ("%Y-%m-%d %H:%M:%S",))
    assert times.moment("2019-01-01 04:11:00") == datetime(2019, 1, 1, 9, 11, tzinfo=UTC)
    assert times.moment(" 2019-07-01 04:11:00 ") == datetime(2019, 7, 1, 8, 11, tzinfo=UTC)


def test_an_offset_wins_over_the_zone() -> None:
    times = LocalTimes(BOSTON, ("iso",))
    assert times.moment("2011-10-11 13:45:40.276000+02:00") == datetime(2011, 10, 11, 11, 45, 40, 276000, tzinfo=UTC)


def test_the_first_format_that_fits_is_taken() -> None:
    times = LocalTimes(BERLIN, ("%d.%m.%Y %H:%M", "%d.%m.%Y"))
    assert times.moment("02.03.2026 10:00") == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert times.moment("02.03.2026") == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("rule", "hour"), [("earlier", 5), ("later", 6)])
def test_the_hour_that_comes_twice_follows_the_rule(rule: str, hour: int) -> None:
    times = LocalTimes(BOSTON, ("iso",), ambiguous=rule)
    assert times.moment("2019-11-03 01:30") == datetime(2019, 11, 3, hour, 30, tzinfo=UTC)


def test_the_earlier_reading_is_not_taken_before_the_step_before() -> None:
    times = LocalTimes(BOSTON, ("iso",), ambiguous="earlier")
    opened = times.moment("2019-11-03 01:50")
    assert times.moment("2019-11-03 01:10", not_before=opened) == datetime(2019, 11, 3, 6, 10, tzinfo=UTC)


def test_the_hour_that_is_missing_is_shifted_by_the_gap() -> None:
    times = LocalTimes(BOSTON, ("iso",), nonexistent="shift")
    shifted = times.moment("2019-03-10 02:30").astimezone(BOSTON)
    assert (shifted.hour, shifted.minute) == (3, 30)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2019-11-03 01:30", "time_ambiguous"),
        ("2019-03-10 02:30", "time_nonexistent"),
        ("gestern", "time_unreadable"),
        ("0001-01-01 00:00+14:00", "time_out_of_range"),
    ],
)
def test_what_names_no_moment_is_refused_without_quoting_it(written: str, code: str) -> None:
    with pytest.raises(UnusableTime) as refused:
        LocalTimes(BOSTON, ("iso",)).moment(written)
    assert refused.value.code == code
    assert written not in str(refused.value)
