"""Service time in tables that a person can check with a wall calendar. Times are local to Berlin or have an offset."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casebackbone.calendar import Interval, Pause, ServiceCalendar
from casebackbone.calendar_file import load_calendar

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = load_calendar()  # Monday to Friday 8-18, holidays of Rheinland-Pfalz, 24 and 31 December closed


def week(**days: str) -> tuple[tuple[Interval, ...], ...]:
    """``week(mon="8-12 13-17")``: whole hours."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    texts = [days.get(name, days.get("every", "")) for name in names]
    return tuple(
        tuple(Interval(*(int(end) * 60 for end in part.split("-"))) for part in text.split()) for text in texts
    )


def calendar(zone: str = "Europe/Berlin", **days: str) -> ServiceCalendar:
    return ServiceCalendar(name="test", version="1", time_zone=zone, week=week(**days))


LUNCH = calendar(mon="8-12 13-17", tue="8-12 13-17", wed="8-12", thu="8-12 13-18", fri="8-12")
NIGHT = calendar(sun="0-6")  # open while the clock changes
ALWAYS = calendar(every="0-24")
GAP = calendar(sun="2-3", mon="8-9")  # the hour that is missing in March and comes twice in October
CARNIVAL = ServiceCalendar(
    name="mainz", version="1", time_zone="Europe/Berlin", week=OFFICE.week, country="DE", subdivision="RP",
    rosenmontag=True, days=frozenset({date(2026, 6, 29)}), not_days=frozenset({date(2026, 5, 1)}),
)  # fmt: skip

# start, service minutes, due[, pauses]
DUE: list[tuple[ServiceCalendar, list[tuple[str, int, str] | tuple[str, int, str, str]]]] = [
    (OFFICE, [
        # an ordinary week
        ("Mon 2026-01-12 08:00", 60, "Mon 2026-01-12 09:00"),
        ("Mon 2026-01-12 08:00", 600, "Mon 2026-01-12 18:00"),  # used up at closing time: still that day
        ("Mon 2026-01-12 08:00", 601, "Tue 2026-01-13 08:01"),
        ("Mon 2026-01-12 17:59", 1, "Mon 2026-01-12 18:00"),
        ("Mon 2026-01-12 17:59", 2, "Tue 2026-01-13 08:01"),
        ("Mon 2026-01-12 18:00", 1, "Tue 2026-01-13 08:01"),  # start exactly at closing
        ("Mon 2026-01-12 07:59", 1, "Mon 2026-01-12 08:01"),  # start before opening
        ("Mon 2026-01-12 03:00", 240, "Mon 2026-01-12 12:00"),
        ("Mon 2026-01-12 23:30", 240, "Tue 2026-01-13 12:00"),
        ("Mon 2026-01-12 10:00", 1440, "Wed 2026-01-14 14:00"),  # 24 service hours: 8 + 10 + 6
        ("Fri 2026-01-16 17:00", 240, "Mon 2026-01-19 11:00"),  # over the weekend: 1 + 3
        ("Sat 2026-01-17 12:00", 240, "Mon 2026-01-19 12:00"),
        ("Sun 2026-01-18 23:59", 600, "Mon 2026-01-19 18:00"),
        ("Fri 2026-01-16 18:00", 600, "Mon 2026-01-19 18:00"),
        ("Mon 2026-01-12 08:00", 3000, "Fri 2026-01-16 18:00"),  # five days of 10 hours
        ("Mon 2026-01-12 08:00", 3001, "Mon 2026-01-19 08:01"),
        # zero minutes: now if service time passes, else at the next opening
        ("Mon 2026-01-12 08:00", 0, "Mon 2026-01-12 08:00"),
        ("Mon 2026-01-12 12:34", 0, "Mon 2026-01-12 12:34"),
        ("Mon 2026-01-12 18:00", 0, "Tue 2026-01-13 08:00"),
        ("Fri 2026-01-16 20:00", 0, "Mon 2026-01-19 08:00"),
        ("Thu 2026-12-31 09:00", 0, "Mon 2027-01-04 08:00"),
        # Easter 2026: Karfreitag 3 April, Ostermontag 6 April
        ("Thu 2026-04-02 17:00", 60, "Thu 2026-04-02 18:00"),
        ("Thu 2026-04-02 17:00", 120, "Tue 2026-04-07 09:00"),
        ("Thu 2026-04-02 17:00", 1440, "Thu 2026-04-09 11:00"),  # 1 + 10 (Tue) + 10 (Wed) + 3
        ("Fri 2026-04-03 10:00", 240, "Tue 2026-04-07 12:00"),  # received on Karfreitag
        ("Mon 2026-04-06 10:00", 240, "Tue 2026-04-07 12:00"),  # received on Ostermontag
        ("Thu 2025-04-17 17:30", 60, "Tue 2025-04-22 08:30"),  # Easter 2025: 18 and 21 April
        ("Thu 2024-03-28 17:30", 60, "Tue 2024-04-02 08:30"),  # Easter 2024 with the clock change on Easter Sunday
        # 1 May, Christi Himmelfahrt 14 May, Pfingstmontag 25 May, Fronleichnam 4 June 2026
        ("Thu 2026-04-30 17:00", 120, "Mon 2026-05-04 09:00"),
        ("Wed 2026-05-13 17:00", 120, "Fri 2026-05-15 09:00"),
        ("Fri 2026-05-22 17:00", 120, "Tue 2026-05-26 09:00"),
        ("Wed 2026-06-03 17:00", 120, "Fri 2026-06-05 09:00"),
        ("Wed 2026-06-03 17:00", 1440, "Tue 2026-06-09 11:00"),  # 1 + 10 (Fri) + 10 (Mon) + 3
        ("Wed 2025-06-18 16:00", 240, "Fri 2025-06-20 10:00"),  # Fronleichnam 2025: 19 June
        # Tag der Deutschen Einheit: Saturday in 2026, Friday in 2025, Thursday in 2024
        ("Fri 2026-10-02 17:00", 120, "Mon 2026-10-05 09:00"),
        ("Thu 2025-10-02 17:00", 120, "Mon 2025-10-06 09:00"),
        ("Wed 2024-10-02 17:00", 120, "Fri 2024-10-04 09:00"),
        # Allerheiligen is a holiday in Rheinland-Pfalz, Reformationstag (31 October) was one in 2017 only
        ("Thu 2024-10-31 17:00", 120, "Mon 2024-11-04 09:00"),  # 1 November 2024 is a Friday
        ("Fri 2027-10-29 17:00", 120, "Tue 2027-11-02 09:00"),  # 1 November 2027 is a Monday
        ("Fri 2026-10-30 17:00", 120, "Mon 2026-11-02 09:00"),  # a Sunday in 2026
        ("Mon 2017-10-30 17:00", 120, "Thu 2017-11-02 09:00"),  # both, one after the other
        ("Tue 2023-10-31 08:00", 120, "Tue 2023-10-31 10:00"),
        # no holidays in Rheinland-Pfalz: Heilige Drei Könige, Mariä Himmelfahrt, Rosenmontag
        ("Tue 2026-01-06 08:00", 60, "Tue 2026-01-06 09:00"),
        ("Fri 2025-08-15 08:00", 60, "Fri 2025-08-15 09:00"),
        ("Mon 2026-02-16 08:00", 60, "Mon 2026-02-16 09:00"),
        # Christmas and the turn of the year: 24 December 2026 is a Thursday
        ("Wed 2026-12-23 17:00", 60, "Wed 2026-12-23 18:00"),
        ("Wed 2026-12-23 17:00", 120, "Mon 2026-12-28 09:00"),
        ("Wed 2026-12-30 17:00", 120, "Mon 2027-01-04 09:00"),
        ("Wed 2026-12-23 08:00", 2401, "Mon 2027-01-04 08:01"),  # 10 (23rd) + 30 (28th-30th), then 1 minute
        ("Thu 2024-12-19 08:00", 3000, "Mon 2024-12-30 18:00"),  # 19, 20, 23, 27, 30: 24 and 31 are Tuesdays
        ("Thu 2024-12-19 08:00", 3060, "Thu 2025-01-02 09:00"),
        # a weekend with a clock change costs nothing when nobody works
        ("Fri 2026-03-27 17:00", 120, "Mon 2026-03-30 09:00"),
        ("Fri 2026-10-23 17:00", 120, "Mon 2026-10-26 09:00"),
        # waiting for the citizen
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 11:00", "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),
        ("Mon 2026-01-12 08:00", 60, "Mon 2026-01-12 09:00", "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),
        ("Mon 2026-01-12 08:00", 61, "Mon 2026-01-12 10:01", "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),
        ("Mon 2026-01-12 09:30", 60, "Mon 2026-01-12 11:00", "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),
        ("Mon 2026-01-12 09:30", 0, "Mon 2026-01-12 10:00", "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),
        ("Mon 2026-01-12 17:00", 120, "Tue 2026-01-13 09:00", "Mon 2026-01-12 18:00/Tue 2026-01-13 08:00"),  # at night
        ("Mon 2026-01-12 17:00", 120, "Tue 2026-01-13 15:00", "Mon 2026-01-12 17:30/Tue 2026-01-13 13:30"),
        ("Mon 2026-01-12 10:00", 60, "Mon 2026-01-12 11:00", "Mon 2026-01-12 08:00/Mon 2026-01-12 09:30"),  # before
        ("Mon 2026-01-12 10:00", 60, "Mon 2026-01-12 11:00", "Mon 2026-01-12 11:30/Mon 2026-01-12 12:00"),  # after it
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 12:00",
         "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00 Mon 2026-01-12 10:30/Mon 2026-01-12 11:30"),  # several
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 12:00",
         "Mon 2026-01-12 10:30/Mon 2026-01-12 11:30 Mon 2026-01-12 09:00/Mon 2026-01-12 10:00"),  # in any order
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 12:00",
         "Mon 2026-01-12 09:00/Mon 2026-01-12 10:30 Mon 2026-01-12 10:00/Mon 2026-01-12 11:00"),  # overlapping: 2 h
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 12:00",
         "Mon 2026-01-12 09:00/Mon 2026-01-12 11:00 Mon 2026-01-12 09:30/Mon 2026-01-12 10:00"),  # one in the other
        ("Mon 2026-01-12 08:00", 120, "Mon 2026-01-12 12:00",
         "Mon 2026-01-12 09:00/Mon 2026-01-12 10:00 Mon 2026-01-12 10:00/Mon 2026-01-12 11:00"),  # touching
        ("Mon 2026-01-12 08:00", 60, "Mon 2026-01-12 09:00", "Mon 2026-01-12 08:30/Mon 2026-01-12 08:30"),  # empty
        # reopened: resolved on Monday at 10 with 1380 minutes left, reopened on Thursday at 9: 9 + 10 + 4 hours
        ("Mon 2026-01-12 09:00", 1440, "Mon 2026-01-19 12:00", "Mon 2026-01-12 10:00/Thu 2026-01-15 09:00"),
        # a pause from before Easter until after it takes nothing but the hours in which somebody would have worked
        ("Thu 2026-04-02 16:00", 240, "Tue 2026-04-07 12:00", "Thu 2026-04-02 17:00/Tue 2026-04-07 09:00"),
    ]),
    (LUNCH, [
        ("Mon 2026-01-12 11:00", 60, "Mon 2026-01-12 12:00"),  # closing before lunch is a closing time too
        ("Mon 2026-01-12 11:00", 61, "Mon 2026-01-12 13:01"),
        ("Mon 2026-01-12 12:30", 0, "Mon 2026-01-12 13:00"),
        ("Tue 2026-01-13 16:00", 120, "Wed 2026-01-14 09:00"),
        ("Wed 2026-01-14 11:00", 120, "Thu 2026-01-15 09:00"),  # Wednesday afternoon closed
        ("Fri 2026-01-16 11:30", 60, "Mon 2026-01-19 08:30"),
    ]),
    (NIGHT, [
        ("Sun 2026-03-22 00:00", 360, "Sun 2026-03-22 06:00"),  # an ordinary Sunday: six hours
        ("Sun 2026-03-29 00:00", 300, "Sun 2026-03-29 06:00"),  # 2:00 becomes 3:00: five
        ("Sun 2026-03-29 01:30", 60, "Sun 2026-03-29 03:30"),
        ("Sun 2026-03-29 00:00", 301, "Sun 2026-04-05 00:01"),
        ("Sun 2026-10-25 00:00", 420, "Sun 2026-10-25 06:00"),  # 3:00 becomes 2:00: seven
        ("Sun 2026-10-25 01:30", 60, "Sun 2026-10-25 02:30+02:00"),
        ("Sun 2026-10-25 01:30", 120, "Sun 2026-10-25 02:30+01:00"),
        ("Sun 2026-10-25 02:30+01:00", 60, "Sun 2026-10-25 03:30"),
        ("Sun 2026-10-25 00:00", 360, "Sun 2026-10-25 06:00",
         "Sun 2026-10-25 02:30+02:00/Sun 2026-10-25 02:30+01:00"),  # an hour's pause within the double hour
    ]),
    (GAP, [
        ("Sun 2026-03-22 00:00", 60, "Sun 2026-03-22 03:00"),
        ("Sun 2026-03-29 00:00", 60, "Mon 2026-03-30 09:00"),  # 2-3 does not exist on that Sunday
        ("Sun 2026-10-25 00:00", 120, "Sun 2026-10-25 03:00"),  # and is two hours long on this one
    ]),
    (ALWAYS, [
        ("Sat 2026-03-28 12:00", 1440, "Sun 2026-03-29 13:00"),  # 24 real hours later
        ("Sat 2026-10-24 12:00", 1440, "Sun 2026-10-25 11:00"),
        ("Thu 2026-12-31 23:59", 2, "Fri 2027-01-01 00:01"),
        ("Mon 2028-02-28 00:00", 2880, "Wed 2028-03-01 00:00"),  # a leap year
    ]),
    (CARNIVAL, [
        ("Fri 2026-02-13 17:00", 120, "Tue 2026-02-17 09:00"),  # Rosenmontag 16 February 2026
        ("Fri 2026-06-26 17:00", 120, "Tue 2026-06-30 09:00"),  # a local day off
        ("Thu 2026-04-30 17:00", 120, "Fri 2026-05-01 09:00"),  # open although a holiday
        ("Thu 2026-12-24 08:00", 60, "Thu 2026-12-24 09:00"),  # open, as nothing says otherwise
    ]),
]  # fmt: skip
ROWS = [(calendar, *row[:3], row[3] if len(row) > 3 else "") for calendar, rows in DUE for row in rows]


def berlin(text: str) -> datetime:
    """``Mon 2026-01-12 08:00``; the weekday is checked, so that the table cannot lie."""
    weekday, rest = text.split(" ", 1)
    at = datetime.fromisoformat(rest)
    at = at if at.tzinfo else at.replace(tzinfo=BERLIN)
    assert at.strftime("%a") == weekday, text
    return at.astimezone(UTC)


def pauses_of(text: str) -> list[Pause]:
    words = text.replace("/", " ").split(" ")
    times = [berlin(" ".join(words[index : index + 3])) for index in range(0, len(words) - 2, 3)]
    return [Pause(*times[index : index + 2]) for index in range(0, len(times), 2)]


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize(("on", "start", "minutes", "due", "pauses"), ROWS)
def test_due(on: ServiceCalendar, start: str, minutes: int, due: str, pauses: str) -> None:
    assert on.add(berlin(start), minutes, pauses_of(pauses)) == berlin(due)


@pytest.mark.parametrize(("on", "start", "minutes", "due", "pauses"), ROWS)
def test_elapsed_until_due(on: ServiceCalendar, start: str, minutes: int, due: str, pauses: str) -> None:
    assert on.elapsed(berlin(start), berlin(due), pauses_of(pauses)) == minutes


ELAPSED = [
    ("Mon 2026-01-12 08:00", "Mon 2026-01-12 08:00", 0),
    ("Fri 2026-01-16 18:00", "Mon 2026-01-19 08:00", 0),
    ("Thu 2026-04-02 18:00", "Tue 2026-04-07 08:00", 0),
    ("Thu 2026-04-02 17:00", "Tue 2026-04-07 23:00", 660),
    ("Thu 2026-01-01 00:00", "Fri 2027-01-01 00:00", 251 * 600),
    ("Wed 2025-01-01 00:00", "Thu 2026-01-01 00:00", 249 * 600),
]


@pytest.mark.parametrize(("start", "end", "minutes"), ELAPSED)
def test_elapsed(start: str, end: str, minutes: int) -> None:
    """2026 has 261 weekdays less ten: 1 Jan, 3 and 6 Apr, 1, 14 and 25 May, 4 June, 24, 25 and 31 Dec.
    2025 has 261 less twelve: 1 Jan, 18 and 21 Apr, 1 and 29 May, 9 and 19 June, 3 Oct, 24, 25, 26 and 31 Dec."""
    assert OFFICE.elapsed(berlin(start), berlin(end)) == minutes


def test_elapsed_counts_seconds_and_less() -> None:
    start = berlin("Mon 2026-01-12 17:59") + timedelta(seconds=29, microseconds=999_999)
    assert OFFICE.elapsed_time(start, berlin("Tue 2026-01-13 08:00")) == timedelta(seconds=30, microseconds=1)
    assert OFFICE.elapsed(berlin("Mon 2026-01-12 17:59") + timedelta(seconds=30), berlin("Tue 2026-01-13 08:00")) == 0.5


def test_minutes_may_be_parts() -> None:
    assert OFFICE.add(berlin("Mon 2026-01-12 17:59"), 1.5) == berlin("Tue 2026-01-13 08:00") + timedelta(seconds=30)


def test_far_away_dates_are_one_look_up_a_year() -> None:
    """60 years of always open are exactly 60 years; a walk by minutes or by days would be felt here."""
    years = (berlin("Fri 2100-01-01 00:00") - berlin("Thu 2026-01-01 00:00")) // timedelta(minutes=1)
    assert ALWAYS.add(berlin("Thu 2026-01-01 00:00"), years) == berlin("Fri 2100-01-01 00:00")
    assert len(ALWAYS._years) <= 80


def test_the_result_is_utc() -> None:
    assert OFFICE.add(datetime(2026, 1, 12, 8, 0, tzinfo=BERLIN), 60) == datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
    assert OFFICE.add(datetime(2026, 1, 12, 8, 0, tzinfo=BERLIN), 60).tzinfo is UTC


def test_open_or_not() -> None:
    assert OFFICE.is_open(berlin("Mon 2026-01-12 08:00"))
    assert not OFFICE.is_open(berlin("Mon 2026-01-12 18:00"))
    assert not OFFICE.is_open(berlin("Mon 2026-04-06 10:00"))
    assert OFFICE.is_closed(date(2026, 12, 24))
    assert not OFFICE.is_closed(date(2026, 12, 23))


@pytest.mark.parametrize(
    ("end", "minutes", "start"),
    [
        ("Mon 2026-01-12 09:00", 60, "Mon 2026-01-12 08:00"),
        ("Mon 2026-01-12 08:00", 60, "Fri 2026-01-09 17:00"),
        ("Tue 2026-04-07 09:00", 120, "Thu 2026-04-02 17:00"),
        ("Mon 2027-01-04 09:00", 120, "Wed 2026-12-30 17:00"),
        ("Sat 2026-01-10 12:00", 0, "Sat 2026-01-10 12:00"),
        ("Sat 2026-01-10 12:00", 600, "Fri 2026-01-09 08:00"),
    ],
)
def test_subtract(end: str, minutes: int, start: str) -> None:
    assert OFFICE.subtract(berlin(end), minutes) == berlin(start)


MONDAY = berlin("Mon 2026-01-12 08:00")


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        OFFICE.add(datetime(2026, 1, 12, 8, 0), 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="needs an offset"):
        OFFICE.elapsed(MONDAY, datetime(2026, 1, 12, 9, 0))  # noqa: DTZ001
    with pytest.raises(ValueError, match="cannot be negative: -1"):
        OFFICE.add(MONDAY, -1)
    with pytest.raises(ValueError, match="cannot be negative"):
        OFFICE.subtract(MONDAY, -1)
    with pytest.raises(ValueError, match="finite number"):
        OFFICE.add(MONDAY, float("nan"))
    with pytest.raises(ValueError, match="finite number"):
        OFFICE.add(MONDAY, float("inf"))
    with pytest.raises(ValueError, match="is before"):
        OFFICE.elapsed(MONDAY, MONDAY - timedelta(seconds=1))
    with pytest.raises(ValueError, match="ends before it starts"):
        OFFICE.add(MONDAY, 1, [Pause(MONDAY, MONDAY - timedelta(seconds=1))])


@pytest.mark.parametrize("year", [1, 1990, 2101, 9999])
def test_years_without_known_holidays_are_refused_not_guessed(year: int) -> None:
    with pytest.raises(ValueError, match=r"outside 1991 to 2100|too early or too late"):
        OFFICE.add(datetime(year, 1, 1, tzinfo=UTC), 60)


def test_the_edges_of_time_are_refused_too() -> None:
    with pytest.raises(ValueError, match="too early or too late"):
        OFFICE.add(datetime.max.replace(tzinfo=UTC), 60)
    with pytest.raises(ValueError, match="year 2101 is outside"):
        OFFICE.add(berlin("Fri 2100-12-31 17:00"), 60)
    with pytest.raises(ValueError, match="year 1990 is outside"):
        OFFICE.subtract(berlin("Wed 1991-01-02 08:00"), 1)


def test_calendars_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="no service time at all"):
        calendar()
    with pytest.raises(ValueError, match="in order, apart"):
        calendar(mon="8-12 11-13")
    with pytest.raises(ValueError, match="in order, apart"):
        calendar(mon="8-25")
    with pytest.raises(ValueError, match="in order, apart"):
        calendar(mon="8-8")
    with pytest.raises(ValueError, match="seven days"):
        ServiceCalendar(name="x", version="1", time_zone="UTC", week=OFFICE.week[:6])
    with pytest.raises(ValueError, match="subdivision XX"):
        ServiceCalendar(name="x", version="1", time_zone="UTC", week=OFFICE.week, country="DE", subdivision="XX")
    day = frozenset({date(2026, 1, 2)})
    with pytest.raises(ValueError, match="closed and not closed at once: 2026-01-02"):
        ServiceCalendar(name="x", version="1", time_zone="UTC", week=OFFICE.week, days=day, not_days=day)


def test_a_calendar_closed_on_every_day_of_the_year_says_so_instead_of_searching_for_ever() -> None:
    days = frozenset((month, day) for month in range(1, 13) for day in range(1, 32))
    never = ServiceCalendar(name="x", version="1", time_zone="UTC", week=OFFICE.week, yearly=days)
    with pytest.raises(ValueError, match="year 2200 is outside 1900 to 2199"):
        never.add(MONDAY, 1)


def test_fingerprint_is_of_the_content_not_of_the_name() -> None:
    again, other = calendar(mon="8-12"), calendar(mon="8-13")
    assert calendar(mon="8-12") == again
    assert calendar(mon="8-12").fingerprint == again.fingerprint != other.fingerprint


def test_the_holidays_of_the_default_calendar_are_the_ones_that_were_promised_by() -> None:
    """A new release of the holidays library that changes one day of Rheinland-Pfalz must be noticed here: then the
    calendar needs a new version."""
    assert OFFICE.identity == "rheinland-pfalz@1"
    assert OFFICE.fingerprint == "9a3274c3ad93de3b43423aa79d6ebb46c25d78c2bde477709b2e032ad234e8cd"


def test_other_clocks() -> None:
    """Lord Howe Island moves its clock by half an hour; Samoa had no 30 December 2011."""
    lord_howe = calendar("Australia/Lord_Howe", every="0-24")
    noon = datetime(2026, 4, 4, 12, 0, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    assert lord_howe.add(noon, 1440) == noon.astimezone(UTC) + timedelta(days=1)
    half_hours = calendar("Australia/Lord_Howe", sun="1-3")
    saturday = datetime(2026, 4, 4, 12, 0, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    monday = datetime(2026, 4, 6, 12, 0, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    assert half_hours.elapsed(saturday, monday) == 150
    samoa = calendar("Pacific/Apia", every="8-18")
    before = datetime(2011, 12, 29, 18, 0, tzinfo=ZoneInfo("Pacific/Apia"))
    after = datetime(2011, 12, 31, 8, 0, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.elapsed(before, after) == 0
