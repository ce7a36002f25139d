"""``casebackbone figures``: tables, CSV, JSON, a picture; and what it refuses."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli_figures import figures
from projections.figures_formulas import FORMULAS
from tests.api.desk import Desk

DONE: dict[str, Any] = {"answer": {"text": "Ja."}, "resolve": {"outcome": "answered"}}
PERIOD = ("--from", "2026-11-23", "--to", "2026-11-24")


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """On Monday two of three at first contact; on Tuesday one is rejected."""
    desk = Desk(sqlite_url, tmp_path)
    desk.clock.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    bodies: tuple[dict[str, Any], ...] = (DONE, DONE, {})
    for body in bodies:
        desk.received(**body)
    desk.clock.forward(days=1)
    desk.received().offered().done("tim", "rejection", {"reason": "not_responsible"})
    desk.project()
    desk.close()
    monkeypatch.setenv("CASEBACKBONE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("CASEBACKBONE_RUN_DIR", str(tmp_path))
    return desk


def run(*arguments: object) -> Result:
    return CliRunner().invoke(figures, [*map(str, arguments)], prog_name="casebackbone figures")


def lines(*arguments: object) -> dict[str, list[str]]:
    """The words of each line, by the first."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return {words[0]: words[1:] for line in result.stdout.splitlines() if (words := line.split())}


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_promise_stands_beside_each_figure(house: Desk) -> None:
    table = lines(*PERIOD)
    assert set(FORMULAS) <= set(table)
    assert table["first_contact_resolution"] == ["50.0", "%", "65", "%", "missed", "2", "4", "0"]
    assert table["forwards_rejected"] == ["100.0", "%", "1", "1", "0", "0.0", "service", "min"]
    assert table["calls_in_time"] == ["–", "75", "%", "0", "0", "0"]


def test_row_by_row(house: Desk) -> None:
    table = lines("first_contact_resolution", *PERIOD, "--by", "day")
    assert table["2026-11-23"] == ["66.6", "%", "65", "%", "kept", "2", "3", "0"]
    assert table["2026-11-24"] == ["0.0", "%", "65", "%", "missed", "0", "1", "0"]
    ages = lines("backlog_by_age", *PERIOD, "--by", "age")
    assert (ages["under_1_day"], ages["1_to_3_days"]) == (["–", "1"], ["–", "1"])


def test_a_date_as_end_is_the_whole_day(house: Desk) -> None:
    assert answer(*PERIOD)["to"] == "2026-11-25T00:00:00+01:00"
    assert answer("--from", "2026-11-23", "--to", "2026-11-24T00:00")["to"] == "2026-11-24T00:00:00+01:00"


def test_json_is_what_the_api_answers(house: Desk) -> None:
    data = answer("reply_in_time", *PERIOD, "--by", "department")
    [figure] = data["figures"]
    assert (data["time_zone"], data["by"], data["stale"]) == ("Europe/Berlin", "department", False)
    assert (figure["formula"]["code"], figure["formula"]["version"]) == ("reply_in_time", 1)
    assert figure["formula"]["target"]["share_percent"] == 100
    assert figure["items"][0].keys() - figure["total"].keys() == {"key"}


def test_csv_for_a_spreadsheet(house: Desk, tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    assert run("first_contact_resolution", *PERIOD, "--by", "day", "--csv", file).exit_code == 0
    rows = read(file)
    assert [(row["key"], row["counted"], row["met"], row["kept"]) for row in rows] == [
        ("2026-11-23", "3", "2", "true"),
        ("2026-11-24", "1", "0", "false"),
    ]
    assert run(*PERIOD, "--csv", file).exit_code == 0
    assert [row["figure"] for row in read(file)] == list(FORMULAS)


def test_a_picture_in_german(house: Desk, tmp_path: Path) -> None:
    file = tmp_path / "figures.svg"
    assert run(*PERIOD, "--plot", file).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    for said in (
        "Kennzahlen vom 23.11.2026 bis 25.11.2026, 00:00 Uhr",
        "Beim ersten Kontakt erledigt",
        "50,0 %  (2 von 4);  versprochen: 65 %",
        "100,0 %  (1 von 1)",
        "zuletzt 2 offen",
        "unter 1 Tag",
        "Tag (Europe/Berlin)",
        "23.11.",
    ):
        assert f"<!-- {said} -->" in text, said
    before = file.read_bytes()
    run(*PERIOD, "--plot", file)
    assert file.read_bytes() == before


def test_a_png(house: Desk, tmp_path: Path) -> None:
    assert run("reply_in_time", *PERIOD, "--plot", tmp_path / "figures.png").exit_code == 0
    assert (tmp_path / "figures.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fame",), "there is no such figure"),
        (("reply_in_time", "--by", "age"), "reply_in_time cannot be asked for by age"),
        (("calls_in_time", "--service", "99"), "calls_in_time cannot be asked for by service"),
        (("--from", "2026-11-24", "--to", "2026-11-23"), "--from is not before --to"),
        (("--from", "2025-01-01", "--by", "day"), "at most 400 days"),
        (("--from", "yesterday"), "--from: 'yesterday' is not a time"),
        (("--plot", "figures.doc"), "is no picture"),
    ],
)
def test_what_it_refuses(house: Desk, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_what_cannot_be_asked_for_so_is_left_out_where_it_was_not_named(house: Desk) -> None:
    table = lines(*PERIOD, "--department", "Tiefbau")
    assert "calls_in_time" not in table
    assert table["forwards_rejected"][:2] == ["100.0", "%"]


def test_a_file_that_cannot_be_written(house: Desk, tmp_path: Path) -> None:
    result = run("--csv", tmp_path / "nowhere" / "figures.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_without_matplotlib_it_says_what_to_install(house: Desk, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from api.cli import main\n"
        f"main(['figures', '--plot', r'{tmp_path}/figures.svg'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'casebackbone[plots]'" in done.stderr


def test_views_that_are_behind_say_so(house: Desk, sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path)
    desk.clock.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    desk.received()
    desk.close()
    result = run(*PERIOD)
    assert ("STALE: 1 events are not in here yet" in result.output) == answer(*PERIOD)["stale"]
