"""Service time against an oracle that cannot be clever: it walks minute by minute and looks at the wall clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from casebackbone.calendar import Interval, Pause, ServiceCalendar

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca")
# around clock changes, Easter, Fronleichnam, Allerheiligen and the turn of the year
SEASONS = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in [(1, 5), (3, 26), (4, 2), (4, 30), (6, 3), (10, 22), (10, 30), (12, 22), (12, 30)]
] + [datetime(2025, 10, 30, tzinfo=UTC), datetime(2024, 10, 30, tzinfo=UTC), datetime(2026, 2, 13, tzinfo=UTC)]


def easter_sunday(year: int) -> date:
    """Gauss's rule with Lichtenberg's correction (PTB): another source than the code under test has."""
    k = year // 100
    m = 15 + (3 * k + 3) // 4 - (8 * k + 13) // 25
    s = 2 - (3 * k + 3) // 4
    a = year % 19
    d = (19 * a + m) % 30
    r = (d + a // 11) // 29
    og = 21 + d - r
    sz = 7 - (year + year // 4 + s) % 7
    return date(year, 3, 1) + timedelta(days=og + 7 - (og - sz) % 7 - 1)


def closed_in_rheinland_pfalz(day: date) -> bool:
    """§ 2 LFtG Rheinland-Pfalz, from 2018 on."""
    if (day.month, day.day) in {(1, 1), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26)}:
        return True
    return (day - easter_sunday(day.year)).days in {-2, 1, 39, 50, 60}


class Walk:
    """The oracle."""

    def __init__(self, calendar: ServiceCalendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.time_zone)

    def serves(self, at: datetime, pauses: Sequence[Pause]) -> bool:
        wall = at.astimezone(self.zone)
        day = wall.date()
        if any(start <= at < end for start, end in pauses):
            return False
        if self.calendar.country and closed_in_rheinland_pfalz(day):
            return False
        if (day.month, day.day) in self.calendar.yearly or day in self.calendar.days:
            return False
        minute = wall.hour * 60 + wall.minute
        return any(opens <= minute < closes for opens, closes in self.calendar.week[day.weekday()])

    def add(self, start: datetime, minutes: int, pauses: Sequence[Pause]) -> datetime:
        at, left = start, minutes
        while left or not (minutes or self.serves(at, pauses)):
            left -= self.serves(at, pauses)
            at += MINUTE
        return at

    def elapsed(self, start: datetime, end: datetime, pauses: Sequence[Pause]) -> int:
        count, at = 0, start
        while at < end:
            count += self.serves(at, pauses)
            at += MINUTE
        return count


@st.composite
def days(draw: st.DrawFn) -> tuple[Interval, ...]:
    ends = sorted(draw(st.sets(st.integers(0, 48), max_size=6)))
    return tuple(Interval(ends[index] * 30, ends[index + 1] * 30) for index in range(0, len(ends) - 1, 2))


@st.composite
def calendars(draw: st.DrawFn) -> ServiceCalendar:
    week = tuple(draw(days()) for _ in range(7))
    assume(sum(closes - opens for day in week for opens, closes in day) >= 240)
    holidays = draw(st.booleans())
    return ServiceCalendar(
        name="any", version="1", time_zone=draw(st.sampled_from(ZONES)), week=week,
        country="DE" if holidays else None, subdivision="RP" if holidays else None,
        yearly=draw(st.sampled_from([frozenset(), frozenset({(12, 24), (12, 31)})])),
        days=draw(st.sampled_from([frozenset(), frozenset({date(2026, 3, 29), date(2026, 10, 25)})])),
    )  # fmt: skip


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    return draw(st.sampled_from(SEASONS)) + draw(st.integers(0, 6 * 1440)) * MINUTE


@st.composite
def pauses_near(draw: st.DrawFn, start: datetime) -> list[Pause]:
    pairs = draw(st.lists(st.tuples(st.integers(-500, 5000), st.integers(0, 2000)), max_size=4))
    return [Pause(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in pairs]


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
