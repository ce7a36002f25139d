"""The desk's view: who is there, what waits, peaks and the calls of a day, however the events are cut into batches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from casebackbone.desk import Desk
from projections import desk
from projections.cursor import BadCursor
from projections.database import Database
from tests.casebackbone.phone_desk import RULE, PhoneDesk, at, cause
from tests.examples import deliveries
from tests.projections.model import ReadModel
from tests.projections.mornings import ANNA, BERT, HANNA, MONDAY, TUESDAY, a_morning, published


def told(model: ReadModel, *desks: PhoneDesk, size: int = 500) -> ReadModel:
    model.take(deliveries(published(*desks), 1), size)
    return model


def test_who_is_there_and_since_when(model: ReadModel) -> None:
    told(model, a_morning())
    there = model.ask(desk.present, MONDAY)
    assert [(one.person, one.place, one.since) for one in there] == [
        (ANNA, "front", at(1)),
        (HANNA, "front", at(14)),
        (BERT, "front", at(312)),
    ]
    whole = model.ask(desk.presences, MONDAY)
    assert [(one.person, one.place, one.until, one.reason) for one in whole] == [
        (ANNA, "front", None, None),
        (BERT, "front", at(80), "break"),
        (HANNA, "background", at(14), "moved"),
        (HANNA, "front", None, None),
        (BERT, "front", None, None),
    ]
    assert model.ask(desk.present, TUESDAY) == []


def test_what_waits_and_what_became_of_the_calls(model: ReadModel) -> None:
    told(model, a_morning())
    assert [call.call for call in model.ask(desk.waiting, MONDAY)] == ["e", "f"]
    rows = {row.call: row for row in model.all_of(desk.calls, MONDAY, limit=2)}
    assert list(rows) == list("abcdef")
    a, b, c, d = (rows[name] for name in "abcd")
    assert (a.offered_at, a.answered_at, a.ended_at, a.talked_seconds) == (at(10), at(13), at(70), 57)
    assert (a.person, a.waited_seconds, a.in_time) == (ANNA, 3, True)
    assert (b.person, b.waited_seconds, b.in_time, b.ended_at) == (HANNA, 49, False, None)
    assert (c.abandoned_at, c.waited_seconds, c.in_time) == (at(61), 49, None)
    assert (d.person, d.waited_seconds) == (None, 62)
    assert model.ask(desk.counts, MONDAY) == desk.DayCounts(
        offered=6, answered=3, answered_in_time=1, abandoned=1, waiting=2, longest_wait_seconds=62
    )
    assert model.ask(desk.counts, TUESDAY) == desk.DayCounts()


def test_peaks_of_a_period(model: ReadModel) -> None:
    phone = a_morning()
    told(model, phone)
    (peak,) = model.ask(desk.peaks, at(0), at(3600)).rows
    assert (peak.day, peak.opened_at, peak.reason, peak.waiting) == (MONDAY, at(12), "calls_waiting", 3)
    assert (peak.closed_at, peak.closed_reason) == (at(75 + 120), "calm")
    assert model.ask(desk.open_peak, MONDAY) is None
    for since, until, there in ((0, 12, 0), (0, 13, 1), (195, 3600, 0), (194, 3600, 1)):
        assert len(model.ask(desk.peaks, at(since), at(until)).rows) == there, (since, until)


def test_an_open_peak_and_the_latest_first(model: ReadModel) -> None:
    monday, tuesday = PhoneDesk(), PhoneDesk()
    tuesday.desk = Desk.open(TUESDAY, cause(86_400))
    for name in "abc":
        monday.offered(name, 5)
        tuesday.offered(name, 86_405)
    told(model, monday, tuesday)
    assert [peak.day for peak in model.all_of(desk.peaks, at(0), at(90_000), limit=1)] == [TUESDAY, MONDAY]
    found = model.ask(desk.open_peak, TUESDAY)
    assert found is not None
    assert (found.opened_at, found.closed_at) == (at(86_405), None)
    assert list(model.ask(desk.open_days, TUESDAY)) == [MONDAY]


def test_the_days_end(model: ReadModel) -> None:
    phone = a_morning()
    phone.step(400, "close_day", RULE)
    told(model, phone)
    day = model.ask(desk.day_of, MONDAY)
    assert day == desk.DeskDay(day=MONDAY, opened_at=at(0), closed_at=at(400))
    assert model.ask(desk.day_of, TUESDAY) is None
    assert model.ask(desk.present, MONDAY) == []
    assert model.ask(desk.open_days, MONDAY + timedelta(days=9)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_however_it_is_cut_into_batches(model: ReadModel, tmp_path: Path, size: int) -> None:
    cut = told(model, a_morning(), size=size).digests(all_columns=True)
    whole = Database(f"sqlite:///{tmp_path}/whole.sqlite", model.database.views)
    whole.prepare()
    try:
        assert told(ReadModel(whole), a_morning()).digests(all_columns=True) == cut
    finally:
        whole.close()
    assert len(model.all_of(desk.calls, MONDAY)) == 6


def test_cursors_of_other_lists(model: ReadModel) -> None:
    told(model, a_morning())
    cursor = model.ask(desk.calls, MONDAY, limit=1).next_cursor
    with pytest.raises(BadCursor):
        model.ask(desk.peaks, at(0), at(1), after=cursor)
