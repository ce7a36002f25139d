"""Service time against the oracle of ``walk.py``, and what must hold whatever is drawn."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from casebackbone.calendar import Interval, ServiceCalendar
from tests.casebackbone.walk import MINUTE, Walk, calendars, easter_sunday, moments, pauses_near

NIGHT = ServiceCalendar(name="night", version="1", time_zone="Europe/Berlin", week=((),) * 6 + ((Interval(0, 360),),))


@settings(max_examples=150, deadline=None)
@given(calendar=calendars(), start=moments(), minutes=st.integers(0, 1500), data=st.data())
@example(calendar=NIGHT, start=datetime(2026, 3, 28, 23, tzinfo=UTC), minutes=300, data=None)
@example(calendar=NIGHT, start=datetime(2026, 10, 24, 22, tzinfo=UTC), minutes=420, data=None)
def test_due_as_the_walk_says(
    calendar: ServiceCalendar, start: datetime, minutes: int, data: st.DataObject | None
) -> None:
    pauses = data.draw(pauses_near(start)) if data else []
    assert calendar.add(start, minutes, pauses) == Walk(calendar).add(start, minutes, pauses)


@settings(max_examples=150, deadline=None)
@given(calendar=calendars(), start=moments(), length=st.integers(0, 12 * 1440), data=st.data())
def test_elapsed_as_the_walk_says(calendar: ServiceCalendar, start: datetime, length: int, data: st.DataObject) -> None:
    end, pauses = start + length * MINUTE, data.draw(pauses_near(start))
    assert calendar.elapsed(start, end, pauses) == Walk(calendar).elapsed(start, end, pauses)


AMOUNTS = st.integers(0, 20_000) | st.integers(0, 20_000_000).map(lambda millis: millis / 1024)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2095, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(calendar=calendars(), start=INSTANTS, minutes=AMOUNTS, data=st.data())
def test_what_was_added_has_elapsed(
    calendar: ServiceCalendar, start: datetime, minutes: float, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_near(start))
    due = calendar.add(start, minutes, pauses)
    assert calendar.elapsed_time(start, due, pauses) == timedelta(microseconds=round(minutes * 60_000_000))


@settings(deadline=None)
@given(calendar=calendars(), start=INSTANTS, minutes=st.integers(1, 20_000))
def test_due_is_the_earliest_and_subtract_the_latest(calendar: ServiceCalendar, start: datetime, minutes: int) -> None:
    instant = timedelta(microseconds=1)
    due = calendar.add(start, minutes)
    assert calendar.elapsed_time(start, due - instant) < timedelta(minutes=minutes)
    back = calendar.subtract(due, minutes)
    assert back >= start
    assert calendar.elapsed_time(back, due) == timedelta(minutes=minutes)
    assert calendar.elapsed_time(back + instant, due) < timedelta(minutes=minutes)


@settings(deadline=None)
@given(calendar=calendars(), start=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=9)), minutes=AMOUNTS)
def test_monotonic(calendar: ServiceCalendar, start: datetime, later: timedelta, minutes: float) -> None:
    """Who comes later, or has more time, is not due earlier; nothing is due before it began."""
    due = calendar.add(start, minutes)
    assert start <= due <= calendar.add(start + later, minutes)
    assert due <= calendar.add(start, minutes + 1)


@settings(deadline=None)
@given(calendar=calendars(), start=INSTANTS, first=st.integers(0, 9000), second=st.integers(1, 9000), data=st.data())
def test_additive(calendar: ServiceCalendar, start: datetime, first: int, second: int, data: st.DataObject) -> None:
    pauses = data.draw(pauses_near(start))
    middle = calendar.add(start, first, pauses)
    end = calendar.add(middle, second, pauses)
    assert end == calendar.add(start, first + second, pauses)
    assert calendar.elapsed(start, end, pauses) == first + second


@settings(deadline=None)
@given(calendar=calendars(), start=INSTANTS, minutes=st.integers(0, 9000), data=st.data())
def test_pauses_never_shorten(calendar: ServiceCalendar, start: datetime, minutes: int, data: st.DataObject) -> None:
    pauses = data.draw(pauses_near(start))
    due = calendar.add(start, minutes, pauses)
    assert due >= calendar.add(start, minutes, pauses[1:])
    assert due == calendar.add(start, minutes, pauses[::-1] + pauses)


def test_the_oracle_knows_easter() -> None:
    """Dates from the church calendar, so that the oracle itself is checked."""
    known = [date(2019, 4, 21), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)]
    assert [easter_sunday(day.year) for day in known] == known
