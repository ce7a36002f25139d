"""An oracle for service time that cannot be clever: it walks minute by minute and looks at the wall clock.

It shares no code with ``casebackbone.calendar``: of a calendar it reads the settings only, and Easter and the holidays
come from another source. Below it are the calendars and times that property tests draw.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

from casebackbone.calendar import Interval, Pause, ServiceCalendar

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca")
OPEN_ALL_THE_SAME = frozenset({date(2026, 4, 6), date(2026, 6, 4), date(2026, 12, 24)})
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
        if any(start <= at < end for start, end in pauses) or self.closed(day):
            return False
        minute = wall.hour * 60 + wall.minute
        return any(opens <= minute < closes for opens, closes in self.calendar.week[day.weekday()])

    def closed(self, day: date) -> bool:
        if day in self.calendar.not_days:
            return False
        if (day.month, day.day) in self.calendar.yearly or day in self.calendar.days:
            return True
        if self.calendar.rosenmontag and day == easter_sunday(day.year) - timedelta(days=48):
            return True
        return bool(self.calendar.country) and closed_in_rheinland_pfalz(day)

    def add(self, start: datetime, minutes: int, pauses: Sequence[Pause] = ()) -> datetime:
        at, left = start, minutes
        while left or not (minutes or self.serves(at, pauses)):
            left -= self.serves(at, pauses)
            at += MINUTE
        return at

    def elapsed(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> int:
        count, at = 0, start
        while at < end:
            count += self.serves(at, pauses)
            at += MINUTE
        return count

    def back(self, end: datetime, minutes: int) -> datetime:
        """The last minute from which ``minutes`` pass up to ``end``."""
        at, left = end, minutes
        while left:
            at -= MINUTE
            left -= self.serves(at, ())
        return at


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
        rosenmontag=draw(st.booleans()),
        not_days=draw(st.sampled_from([frozenset(), OPEN_ALL_THE_SAME])),
    )  # fmt: skip


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    return draw(st.sampled_from(SEASONS)) + draw(st.integers(0, 6 * 1440)) * MINUTE


@st.composite
def pauses_near(draw: st.DrawFn, start: datetime) -> list[Pause]:
    pairs = draw(st.lists(st.tuples(st.integers(-500, 5000), st.integers(0, 2000)), max_size=4))
    return [Pause(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in pairs]
