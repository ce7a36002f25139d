from datetime import date
from pathlib import Path

import pytest

from casebackbone.calendar import Interval, ServiceCalendar
from casebackbone.calendar_file import load_calendar
from casebackbone.strict_toml import InvalidFile

CANONICAL = """
name = "town-hall"
version = "3"
time_zone = "Europe/Berlin"
[intervals]
monday = ["08:00-12:00", "13:00-17:00"]
sunday = ["22:00-24:00"]
[holidays]
country = "DE"
subdivision = "RP"
yearly = ["12-24"]
rosenmontag = true
days = ["2026-06-29"]
not_days = ["2026-05-01"]
"""


def load(tmp_path: Path, text: str, name: str = "office.toml") -> ServiceCalendar:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return load_calendar(file)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidFile) as refused:
        load(tmp_path, text)
    return refused.value.problems


def test_the_canonical_form(tmp_path: Path) -> None:
    calendar = load(tmp_path, CANONICAL)
    assert calendar.identity == "town-hall@3"
    assert calendar.week[0] == (Interval(480, 720), Interval(780, 1020))
    assert calendar.week[6] == (Interval(1320, 1440),)
    assert calendar.week[1:6] == ((),) * 5
    closed = [date(2026, 12, 24), date(2026, 2, 16), date(2026, 6, 29), date(2026, 6, 4)]
    assert [day for day in closed if not calendar.is_closed(day)] == []
    assert not calendar.is_closed(date(2026, 5, 1))
    assert not calendar.is_closed(date(2026, 12, 31))


WEEK = "time_zone = 'Europe/Berlin'\n[intervals]\nmonday = ['08:00-12:00', '13:00-17:00']\n"


@pytest.mark.parametrize(
    "text",
    [
        "timezone = 'Europe/Berlin'\n[weekdays]\nmon = ['08:00-12:00', '13:00-17:00']",
        "tz = 'Europe/Berlin'\n[hours]\nMonday = [['08:00', '12:00'], ['13:00', '17:00']]",
        "time_zone = 'Europe/Berlin'\n[intervals]\nMo = '8:00-12:00, 13:00 - 17:00'",
        "time_zone = 'Europe/Berlin'\n[intervals]\nmontag = ['13:00–17:00', '08:00 to 12:00']",
        "time_zone = 'Europe/Berlin'\nmonday = [[08:00:00, 12:00:00], [13:00:00, 17:00:00]]",
        "time_zone = 'Europe/Berlin'\n[intervals]\n'mon-mon' = ['08:00/12:00', '13:00/17:00']",
        "[calendar]\ntime_zone = 'Europe/Berlin'\n[calendar.intervals]\nmonday = ['08:00-12:00', '13:00-17:00']",
        "time_zone = 'Europe/Berlin'\n[[intervals.monday]]\nfrom = '08:00'\nto = '12:00'\n"
        "[[intervals.monday]]\nstart = '13:00'\nend = '17:00'",
        "time_zone = 'Europe/Berlin'\n[[intervals]]\nday = 'monday'\nstart = 08:00:00\nend = 12:00:00\n"
        "[[intervals]]\nweekdays = ['monday']\nopens = '13:00'\ncloses = '17:00'",
        "time_zone = 'Europe/Berlin'\n[weekdays.monday]\nintervals = ['08:00-12:00', '13:00-17:00']",
    ],
)
def test_other_spellings_mean_the_same(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).fingerprint == load(tmp_path, WEEK).fingerprint


def test_one_pair_is_one_interval_and_days_may_be_a_range(tmp_path: Path) -> None:
    calendar = load(tmp_path, "time_zone = 'UTC'\n[intervals]\nmon-fri = ['08:00', '18:00']\nsat = ['00:00-00:00']")
    assert calendar.week == ((Interval(480, 1080),),) * 5 + ((Interval(0, 1440),), ())


HOLIDAYS = WEEK + "[holidays]\ncountry = 'DE'\nsubdivision = 'RP'\ndays = ['2026-06-29']\nyearly = ['12-24']\n"


@pytest.mark.parametrize(
    "text",
    [
        "[holidays]\nsubdivision = 'DE-RP'\ndays = [2026-06-29, '12-24']",
        "[holidays]\nsubdiv = 'RP'\nlisted = ['2026-06-29', '--12-24']",
        "[holidays]\nsubdivisions = ['RP']\ndates = [{date = 2026-06-29, name = 'Stadtfest'}]\nevery_year = '12-24'",
    ],
)
def test_other_spellings_of_holidays_mean_the_same(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, WEEK + text).fingerprint == load(tmp_path, HOLIDAYS).fingerprint


def test_holidays_at_the_top(tmp_path: Path) -> None:
    by_code = load(tmp_path, "holidays = 'DE-RP'\n" + WEEK)
    assert by_code.fingerprint == load(tmp_path, "subdivision = 'RP'\n" + WEEK).fingerprint
    assert by_code.is_closed(date(2026, 6, 4))
    listed = load(tmp_path, "holidays = ['2026-06-29']\n" + WEEK)
    assert listed.is_closed(date(2026, 6, 29))
    assert not listed.is_closed(date(2026, 6, 4))


def test_what_a_file_does_not_say_does_not_hold(tmp_path: Path) -> None:
    calendar = load(tmp_path, WEEK)
    assert not calendar.is_closed(date(2026, 12, 25))


def test_name_and_version_of_a_file_without_them_change_with_its_content(tmp_path: Path) -> None:
    first, other = load(tmp_path, WEEK, "Bürger büro.toml"), load(tmp_path, WEEK + "tuesday = ['08:00-12:00']\n")
    assert first.name == "Bürger-büro"
    assert first.version == first.fingerprint[:12] != other.version


def test_all_mistakes_at_once_with_what_to_write_instead(tmp_path: Path) -> None:
    text = """
    version = "a b"
    time_zone = "Europe/Mainz"
    holliday = 1
    [intervals]
    monday = ["08:00-12:00", "11:00-13:00"]
    tuesday = ["18:00-08:00"]
    wednesday = "all day"
    thurday = ["08:00-12:00"]
    friday = 8
    [holidays]
    subdivison = "RP"
    yearly = ["2026-12-24"]
    days = ["2026-02-30", 5, 2026-01-01T00:00:00]
    not_days = ["12-24"]
    rosenmontag = "yes"
    """
    assert problems(tmp_path, text) == (
        "holliday: unknown; did you mean holidays?",
        'version: \'a b\' cannot be used; write letters, digits, "-" and ".", such as "2026-01"',
        "time_zone: 'Europe/Mainz' is not known; write a name of the time zone database, such as \"Europe/Berlin\"",
        "intervals.monday: two intervals overlap at 11:00; write one for both",
        'intervals.tuesday: \'18:00-08:00\' is no interval of a day; write "08:00-18:00", at most "00:00-24:00"',
        'intervals.wednesday: \'all day\' is no interval of a day; write "08:00-18:00", at most "00:00-24:00"',
        "intervals.thurday: unknown; did you mean thursday?",
        'intervals.friday: 8 is no interval of a day; write "08:00-18:00", at most "00:00-24:00"',
        "holidays.subdivison: unknown; did you mean subdivision?",
        'holidays.days: \'2026-02-30\' is no day; write "2026-02-16" (or "12-24", yearly)',
        'holidays.days: 5 is no day; write "2026-02-16" (or "12-24", yearly)',
        'holidays.days: \'2026-01-01T00:00:00\' is no day; write "2026-02-16" (or "12-24", yearly)',
        "holidays.not_days: a day of every year; write whole dates such as 2026-12-24",
        'holidays.yearly: a date with a year; write "12-24", or put it into days',
        "holidays.rosenmontag: 'yes' cannot be used; write true or false",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "intervals: missing"),
        ("[intervals]\nmonday = ['08:00-12:00']", "time_zone: missing"),
        ("time_zone = 'UTC'\nintervals = 5", "intervals: not a table"),
        ("time_zone = 'UTC'\n[intervals]", "no service time at all"),
        ("time_zone = 'UTC'\n[intervals]\nmonday = []", "no service time at all"),
        ("time_zone = 'UTC'\n[intervals]\nmonday = ['08:00-25:00']", "no interval of a day"),
        ("time_zone = 'UTC'\n[intervals]\nmonday = ['08:00-08:00']", "no interval of a day"),
        ("time_zone = 'UTC'\n[intervals]\nmonday = ['08:60-09:00']", "no interval of a day"),
        ("time_zone = 'UTC'\n[intervals]\nmonday = ['08:00-12:00']\nmon = ['13:00-14:00']", "monday is given twice"),
        ("time_zone = 'UTC'\ntimezone = 'UTC'\n[intervals]\nmonday = ['08:00-12:00']", "time_zone: given twice"),
        ("time_zone = 'UTC'\n[[intervals]]\nfrom = '08:00'\nto = '09:00'", "intervals.: unknown"),
        (WEEK + "[holidays]\nsubdivision = 'XX'", "does not have subdivision XX; write codes of ISO 3166"),
        (WEEK + "[holidays]\ncountry = 'QQ'", "QQ"),
        (WEEK + "[holidays]\ncountry = 'FR'\nsubdivision = 'DE-RP'", "is not in 'FR'"),
        (WEEK + "[holidays]\ncountry = 49", "holidays.country: 49 cannot be used"),
        ("days = []\n" + WEEK + "[holidays]\ndays = []", "days: given twice"),
        ("holidays = 5\n" + WEEK, "holidays: not a table"),
        ("this is not toml", "it is not TOML"),
    ],
)
def test_single_mistakes(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in "\n".join(problems(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="cannot be read: No such file"):
        load_calendar(tmp_path / "absent.toml")
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_calendar(tmp_path)
    (tmp_path / "latin1.toml").write_bytes("name = 'Bürgerbüro'".encode("latin-1"))
    with pytest.raises(InvalidFile, match="not UTF-8"):
        load_calendar(tmp_path / "latin1.toml")
