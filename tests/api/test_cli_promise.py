import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli_promise import promise
from tests.casebackbone.deadline_table import Row, read, write_calendars

DOCUMENT = Path(__file__).parents[2] / "docs/deadlines.md"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(promise, arguments, prog_name="casebackbone promise")


def answer(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def usage_error(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def night(tmp_path: Path) -> str:
    file = tmp_path / "night.toml"
    file.write_text("time_zone = 'Europe/Berlin'\n[intervals]\nsunday = ['00:00-06:00']\n", encoding="utf-8")
    return str(file)


def test_due() -> None:
    expected = {"due": "2026-04-09T11:00:00+02:00", "calendar": "rheinland-pfalz@1"}
    assert answer("due", "--start", "2026-04-02T17:00", "--service-minutes", "1440") == expected
    assert answer("due", "--start", "2026-04-02T15:00Z", "--service-minutes", "1440") == expected
    assert answer("due", "--start", "2026-04-02 17:00:00+02:00", "--service-minutes", "1440.0") == expected


def test_due_in_parts_of_a_minute() -> None:
    assert (
        answer("due", "--start", "2026-01-12T08:00", "--service-minutes", "0.1")["due"] == "2026-01-12T08:00:06+01:00"
    )


def test_due_with_pauses() -> None:
    pauses = ("--pause", "2026-01-12T10:00/2026-01-12T11:00", "--pause", "2026-01-12T07:30Z/2026-01-12T10:30+01:00")
    got = answer("due", "--start", "2026-01-12T08:00", "--service-minutes", "60", *pauses)
    assert got["due"] == "2026-01-12T11:30:00+01:00"


def test_due_on_a_calendar_of_ones_own(night: str) -> None:
    """In the night of the change each Sunday has another length; the offset tells the two 2:30 apart."""
    start = ("--start", "2026-10-25T01:30", "--calendar", night)
    assert answer("due", *start, "--service-minutes", "60")["due"] == "2026-10-25T02:30:00+02:00"
    assert answer("due", *start, "--service-minutes", "120")["due"] == "2026-10-25T02:30:00+01:00"


def test_elapsed(night: str) -> None:
    expected = {"service_minutes": 1440, "calendar": "rheinland-pfalz@1"}
    got = answer("elapsed", "--from", "2026-04-02T17:00", "--to", "2026-04-09T11:00")
    assert got == expected
    assert isinstance(got["service_minutes"], int)
    assert answer("elapsed", "--from", "2026-01-12T08:00:00", "--to", "2026-01-12T08:00:30")["service_minutes"] == 0.5
    paused = ("--pause", "2026-01-12T08:30/2026-01-12T08:45")
    assert answer("elapsed", "--from", "2026-01-12T08:00", "--to", "2026-01-12T09:00", *paused)["service_minutes"] == 45
    year = ("--from", "2026-01-01", "--to", "2027-01-01", "--calendar", night)
    assert answer("elapsed", *year)["service_minutes"] == 52 * 360  # 52 Sundays: one an hour shorter, one longer


def test_for_people() -> None:
    due = run("due", "--start", "2026-04-02T17:00", "--service-minutes", "1440")
    assert due.stdout == "due Thursday 2026-04-09 11:00:00+02:00 (rheinland-pfalz@1)\n"
    elapsed = run("elapsed", "--from", "2026-04-02T17:00", "--to", "2026-04-09T11:00")
    assert elapsed.stdout == "1440 service minutes (rheinland-pfalz@1)\n"


START = ("--start", "2026-01-12T08:00")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("due",), "Missing option '--start'"),
        (("due", *START), "Missing option '--service-minutes'"),
        (("elapsed", "--from", "2026-01-12"), "Missing option '--to'"),
        (("due", "--start", "tomorrow", "--service-minutes", "1"), "'tomorrow' is not a time; write it like"),
        (("due", *START, "--service-minutes", "-1"), "cannot be negative: -1"),
        (("due", *START, "--service-minutes", "soon"), "'soon' cannot be used; write a number of minutes"),
        (("due", *START, "--service-minutes", "nan"), "'nan' cannot be used"),
        (("due", *START, "--service-minutes", "Infinity"), "'Infinity' cannot be used"),
        (("due", *START, "--service-minutes", "1e999999999"), "'1e999999999' cannot be used"),
        (("due", *START, "--service-minutes", "1e12"), "year 2101 is outside 1991 to 2100"),
        (("due", "--start", "0001-01-01T00:00+05:00", "--service-minutes", "1"), "too early or too late"),
        (("due", "--start", "9999-12-31T23:59", "--service-minutes", "1"), "year 9999 is outside"),
        (("due", *START, "--service-minutes", "1", "--pause", "2026-01-12"), "'2026-01-12' has no end; write FROM/TO"),
        (("due", *START, "--service-minutes", "1", "--pause", "a/b"), "--pause: 'a' is not a time"),
        (("due", *START, "--service-minutes", "1", "--pause", "2026-01-12/2026-01-11"), "ends before it starts"),
        (("due", *START, "--service-minutes", "1", "--calendar", "absent.toml"), "absent.toml cannot be used"),
        (("elapsed", "--from", "2026-01-12", "--to", "2026-01-11"), "is before"),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], expected: str) -> None:
    assert expected in usage_error(*arguments)


def test_local_times_that_come_twice_or_never_need_an_offset() -> None:
    twice = usage_error("due", "--start", "2026-10-25T02:30", "--service-minutes", "1")
    assert "comes twice in Europe/Berlin; write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00" in twice
    never = usage_error("elapsed", "--from", "2026-03-29T02:30", "--to", "2026-03-30")
    assert "2026-03-29T02:30:00 does not exist in Europe/Berlin; write a time with an offset" in never


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_calendars(tmp_path_factory.mktemp("calendars"))


@pytest.mark.parametrize("row", read()[1], ids=str)
def test_the_table_for_people_is_what_the_command_says(row: Row, calendars: dict[str, Path]) -> None:
    pauses = [f"--pause={pause.start.isoformat()}/{pause.end.isoformat()}" for pause in row.pauses]
    given = ("--start", row.start.isoformat(), "--service-minutes", str(row.minutes), *pauses)
    calendar = ("--calendar", str(calendars[row.calendar]))
    said = answer("due", *given, *calendar)
    assert datetime.fromisoformat(said["due"]) == row.due
    assert said["calendar"] == f"{row.calendar}@1"
    span = ("--from", row.start.isoformat(), "--to", said["due"])
    assert answer("elapsed", *span, *pauses, *calendar)["service_minutes"] == row.minutes


EXAMPLES = re.findall(r"```console\n\$ casebackbone promise (.+)\n(.+)\n```", DOCUMENT.read_text(encoding="utf-8"))


def test_the_document_has_its_examples() -> None:
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_the_examples_of_the_document_are_true(
    command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = re.findall(r"```toml\n# (\S+\.toml)\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run(*shlex.split(command))
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == output
