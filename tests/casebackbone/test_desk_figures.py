"""What a day's calls come to."""

from __future__ import annotations

from datetime import timedelta

from casebackbone.desk_figures import CallPromise, figures, percentile
from casebackbone.desk_simulation import as_it_was, simulate
from casebackbone.peaks import PeakReason
from tests.casebackbone.phone_day import (
    EIGHT,
    MORNING,
    NEVER,
    PROMISE,
    RULE,
    at,
    call,
    day,
    staff,
)


def test_figures_by_hand() -> None:
    """B waited 50 seconds and C gave up: 2 of 4 in time. 150 of 1800 seconds on the phone."""
    got = figures("as it was", MORNING, as_it_was(MORNING, RULE), PROMISE)
    assert got.whole.share_percent == 50
    assert not got.kept
    assert got.wait_seconds == {50: 0, 90: 50, 95: 50}
    assert (got.whole.longest_wait_seconds, got.most_waiting, got.whole.front_utilisation) == (50, 2, None)
    assert [(peak.opened_at, peak.closed_at, peak.reason, peak.longest_wait_seconds) for peak in got.peaks] == [
        (at(40) + timedelta(microseconds=1), at(60 + 300), PeakReason.WAITED_TOO_LONG, 31)
    ]
    one = figures("one", MORNING, simulate(MORNING, staff(1, 1), NEVER), PROMISE)
    assert one.whole.front_utilisation == 150 / 1800
    assert one.whole.background_utilisation == 0
    three = figures("three", MORNING, simulate(MORNING, staff(3), NEVER), PROMISE)
    assert (three.whole.share_percent, three.kept, three.whole.front_utilisation) == (100, True, 200 / 5400)


def test_the_share_is_kept_at_the_very_number() -> None:
    calls = [call(name, 0, waited=0, talk=1) for name in "ABC"] + [call("D", 0, waited=31, talk=1)]
    assert figures("x", day(*calls), as_it_was(day(*calls), RULE), PROMISE).kept
    assert not figures("x", day(*calls), as_it_was(day(*calls), RULE), CallPromise(76, 30)).kept
    assert figures("x", day(*calls), as_it_was(day(*calls), RULE), CallPromise(100, 31)).kept


def test_each_half_hour() -> None:
    calls = day(call("A", 0, talk=2400), call("B", 1799, waited=60, talk=60), call("C", 5400, talk=10))
    got = figures("x", calls, simulate(calls, staff(1), NEVER), PROMISE)
    assert [(part.offered, part.answered_in_time, part.share_percent) for part in got.half_hours] == [
        (2, 1, 50),
        (0, 0, None),
        (0, 0, None),
        (1, 1, 100),
    ]
    assert [part.front_utilisation for part in got.half_hours] == [1, 660 / 1800, 0, 10 / 1800]
    assert got.half_hours[0].longest_wait_seconds == 601
    assert got.half_hours[1].start == EIGHT + timedelta(minutes=30)


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent) for percent in (1, 50, 51, 90, 91, 100)] == [
        1,
        5,
        6,
        9,
        10,
        10,
    ]
