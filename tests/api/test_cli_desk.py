"""``casebackbone desk simulate`` from outside: what it says and what it writes."""

from __future__ import annotations

import csv
import re
import shlex
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli_desk import desk
from api.desk_report import COLUMNS
from tests.api.simulating import CSV, HEADER, ROWS, TOML, answer, run, written

DOCUMENT = Path(__file__).parents[2] / "docs/desk.md"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return written(tmp_path, *ROWS)


def test_for_programs(calls: Path) -> None:
    got = answer("--calls", calls, "--front", 1, "--front", 3, "--background", 4)
    assert (got["date"], got["time_zone"], got["calls"], got["policy"]) == (
        "2026-05-04",
        "Europe/Berlin",
        4,
        "115@2026-01",
    )
    assert got["promise"] == {"percent": 75, "within_seconds": 30}
    assert got["peak_rule"]["opens_with_waiting"] == 3
    assert got["assumed"] == {
        "patience": None,
        "talk": 50.0,
        "wrap_up": 0,
        "step_in": 0,
        "calls_with_assumed_talk": 1,
    }
    real, one, three = got["results"]
    assert (real["name"], one["name"], three["name"]) == (
        "as it was",
        "1 front, 4 background",
        "3 front, 4 background",
    )
    assert (real["answered_in_time"], real["share_percent"], real["promise_kept"]) == (2, 50.0, False)
    assert (real["abandoned"], real["front_utilisation"], real["answered_by_background"]) == (1, None, None)
    assert real["wait_seconds"] == {"p50": 0.0, "p90": 50.0, "p95": 50.0}
    assert real["peaks"] == [
        {
            "opened_at": "2026-05-04T10:00:40.000001+02:00",
            "closed_at": "2026-05-04T10:06:00+02:00",
            "reason": "waited_too_long",
            "waiting": 2,
            "longest_wait_seconds": 31,
        }
    ]
    assert (one["answered_in_time"], one["answered_by_background"], one["promise_kept"]) == (3, 2, True)
    assert (three["answered_in_time"], three["peaks"], three["front_utilisation"]) == (4, [], 200 / 5400)
    assert [(part["start"], part["offered"]) for part in three["half_hours"]] == [("2026-05-04T10:00:00+02:00", 4)]


def test_for_people(calls: Path) -> None:
    result = run("--calls", calls, "--front", 2, "--patience", 60)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Monday 2026-05-04, 4 calls (Europe/Berlin)"
    assert [re.split(r"  +", line)[:5] for line in lines if line.startswith(("as it was", "2 front"))] == [
        ["as it was", "2 of 4", "50.0 %", "broken", "1"],
        ["2 front", "3 of 4", "75.0 %", "kept", "1"],
    ]
    assert "- as it was: 10:00–10:06" in lines
    assert "- without a talk time: 1 of 4 calls; when answered, 50 s, the mean of the day (--talk)" in lines
    assert "- who was answered gives up after 60 s, or the real wait if longer (--patience)" in lines


def test_the_assumptions_are_those_that_were_asked_for(calls: Path) -> None:
    options = ("--patience", 7, "--talk", 11, "--wrap-up", 13, "--step-in", 17)
    got = answer("--calls", calls, "--front", 1, *options)
    assert {key: got["assumed"][key] for key in ("patience", "talk", "wrap_up", "step_in")} == {
        "patience": 7,
        "talk": 11,
        "wrap_up": 13,
        "step_in": 17,
    }
    # A is wrapped up at 10:01:13; B really waited 50 s and so gives up at 10:01:00; C at 10:00:45
    assert (got["results"][1]["abandoned"], got["results"][1]["answered"]) == (2, 2)


def test_each_pair_of_numbers_once(calls: Path) -> None:
    got = answer("--calls", calls, *chain(*[("--front", n) for n in (2, 3, 2)]), "--background", 1, "--background", 0)
    assert [result["name"] for result in got["results"][1:]] == [
        "2 front, 1 background",
        "2 front",
        "3 front, 1 background",
        "3 front",
    ]


@pytest.mark.parametrize(("name", "text"), [("shifts.toml", TOML), ("shifts.csv", CSV)])
def test_shifts_from_a_file(calls: Path, tmp_path: Path, name: str, text: str) -> None:
    """Nobody is there from 10:01 to 10:02: B, who would be next, is answered then, and no later."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    got = answer("--calls", calls, "--staff", tmp_path / name)["results"][1]
    assert (got["name"], got["answered"], got["abandoned"], got["longest_wait_seconds"]) == ("shifts", 3, 1, 110)
    assert got["front_utilisation"] == 150 / (60 + 2 * 28 * 60)
    assert got["background_utilisation"] == 0


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_shifts_are_by_the_clock_on_the_wall(tmp_path: Path, day: str, hours: int) -> None:
    """From midnight to midnight one is there, also on the days on which the clocks change: busy in each half hour."""
    rows = [f"{n},{day}T{time},{day}T{time},,{day}T{time}" for n, time in enumerate(("00:10:00", "23:50:00"))]
    (tmp_path / "staff.csv").write_text("from,to,front\n00:00,24:00,1\n", encoding="utf-8")
    got = answer("--calls", written(tmp_path, *rows), "--staff", tmp_path / "staff.csv")["results"][1]
    assert [part["front_utilisation"] for part in got["half_hours"]] == [0.0] * 2 * hours


def test_who_is_left_waiting_is_said(calls: Path, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("from,to,front\n10:00,10:01,1\n", encoding="utf-8")
    got = answer("--calls", calls, "--staff", tmp_path / "short.csv")["results"][1]
    assert (got["offered"], got["answered"], got["abandoned"], got["left_waiting"]) == (4, 1, 1, 2)


def test_a_call_without_an_end_is_said(tmp_path: Path) -> None:
    calls = written(tmp_path, *ROWS, "E,2026-05-04T10:10:00,,,")
    assert answer("--calls", calls, "--front", 1)["results"][0]["left_waiting"] == 1
    said = run("--calls", calls, "--front", 1).stdout
    assert "- 1 of the calls were neither answered nor abandoned: they stay until answered" in said


def test_semicolons_a_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    header = "\ufeff" + HEADER.replace(",", ";")
    calls = written(tmp_path, *(row.replace(",", ";") for row in ROWS), "", header=header)
    assert answer("--calls", calls, "--front", 1)["calls"] == 4


def test_a_policy_and_a_calendar_of_ones_own(calls: Path, tmp_path: Path) -> None:
    default = Path(__file__).parents[2] / "casebackbone/policies/115.toml"
    text = default.read_text(encoding="utf-8").replace("within_seconds = 30", "within_seconds = 50")
    (tmp_path / "policy.toml").write_text(text.replace('"2026-01"', '"slow"'), encoding="utf-8")
    (tmp_path / "utc.toml").write_text("name='utc'\ntime_zone='UTC'\n[intervals]\nmon = ['08:00-18:00']\n")
    got = answer(
        "--calls",
        written(tmp_path, *ROWS[:3]),
        "--front",
        1,
        "--policy",
        tmp_path / "policy.toml",
        "--calendar",
        tmp_path / "utc.toml",
    )
    assert (got["policy"], got["time_zone"], got["results"][0]["answered_in_time"]) == ("115@slow", "UTC", 2)
    assert got["results"][0]["peaks"] == []
    assert got["results"][0]["half_hours"][0]["start"] == "2026-05-04T10:00:00+00:00"


def test_half_hours_for_a_spreadsheet(tmp_path: Path) -> None:
    late = "E,2026-05-04T11:10:00,2026-05-04T11:10:00,,2026-05-04T11:40:00"
    out = tmp_path / "half-hours.csv"
    assert run("--calls", written(tmp_path, *ROWS, late), "--front", 1, "--csv", out).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert [row[0] for row in rows] == ["as it was"] * 3 + ["1 front"] * 3
    by = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["from"], row["offered"], row["answered_in_time"], row["share_percent"]) for row in by[3:]] == [
        ("2026-05-04T10:00:00+02:00", "4", "2", "50.0"),
        ("2026-05-04T10:30:00+02:00", "0", "0", ""),
        ("2026-05-04T11:00:00+02:00", "1", "1", "100.0"),
    ]
    assert (by[0]["front_utilisation"], by[5]["front_utilisation"]) == ("", "0.6667")


def test_what_cannot_be_written_is_a_failure(calls: Path, tmp_path: Path) -> None:
    for option, name in (("--csv", "out.csv"), ("--plot", "out.svg")):
        result = run("--calls", calls, "--front", 1, option, tmp_path / "absent" / name)
        assert result.exit_code == 1
        assert "cannot be written: No such file or directory" in result.stderr


EXAMPLES = re.findall(
    r"```console\n\$ casebackbone desk (simulate [^\n]+)\n(.*?)```",
    DOCUMENT.read_text(encoding="utf-8"),
    flags=re.DOTALL,
)


def test_the_document_has_its_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_the_examples_of_the_document_are_true(
    command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, content in re.findall(r"```(?:toml|csv)\n# (\S+)\n(.*?)```", text, flags=re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(desk, shlex.split(command))
    assert result.exit_code == 0, result.output
    assert not output or result.stdout == output
    for written_file in re.findall(r"--(?:plot|csv) (\S+)", command):
        assert (tmp_path / written_file).stat().st_size > 0
