"""``casebackbone desk simulate`` from outside: what it says, what it writes, what it refuses."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli_desk import desk
from api.desk_report import COLUMNS

DOCUMENT = Path(__file__).parents[2] / "docs/desk.md"
HEADER = "call_id,offered_at,answered_at,abandoned_at,ended_at\n"
# A talks for a minute; B waits 50 s; C gives up after 25 s; D finds somebody free
ROWS = (
    "A,2026-05-04T10:00:00,2026-05-04T10:00:00,,2026-05-04T10:01:00",
    "B,2026-05-04T10:00:10,2026-05-04T10:01:00,,2026-05-04T10:02:00",
    "C,2026-05-04T10:00:20,,2026-05-04T10:00:45,",
    "D,2026-05-04T08:02:05Z,2026-05-04T10:02:05+02:00,,2026-05-04T10:02:35",
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(desk, ["simulate", *map(str, arguments)], prog_name="casebackbone desk")


def written(tmp_path: Path, *rows: str, header: str = HEADER, name: str = "calls.csv") -> Path:
    file = tmp_path / name
    file.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr


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


TOML = """
[[staff]]
from = "08:00"
to = 10:01:00
front = 1
[[staff]]
from = "10:02"
to = "24:00"
front = 2
background = 4
"""
CSV = "from;to;front;background\n08:00;10:01;1;\n10:02;24:00;2;4\n"


@pytest.mark.parametrize(("name", "text"), [("shifts.toml", TOML), ("shifts.csv", CSV)])
def test_shifts_from_a_file(calls: Path, tmp_path: Path, name: str, text: str) -> None:
    """Nobody is there from 10:01 to 10:02: B, who would be next, is answered then, and no later."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    got = answer("--calls", calls, "--staff", tmp_path / name)["results"][1]
    assert (got["name"], got["answered"], got["abandoned"], got["longest_wait_seconds"]) == ("shifts", 3, 1, 110)
    assert got["front_utilisation"] == 150 / (60 + 2 * 28 * 60)
    assert got["background_utilisation"] == 0


def test_who_is_left_waiting_is_said(calls: Path, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("from,to,front\n10:00,10:01,1\n", encoding="utf-8")
    got = answer("--calls", calls, "--staff", tmp_path / "short.csv")["results"][1]
    assert (got["offered"], got["answered"], got["abandoned"], got["left_waiting"]) == (4, 1, 1, 2)


def test_a_call_without_an_end_is_said(tmp_path: Path) -> None:
    calls = written(tmp_path, *ROWS, "E,2026-05-04T10:10:00,,,")
    assert answer("--calls", calls, "--front", 1)["results"][0]["left_waiting"] == 1
    said = run("--calls", calls, "--front", 1).stdout
    assert "- 1 of the calls in the file were neither answered nor abandoned: they stay until answered" in said


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


GOOD = ROWS[0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A,yesterday,,,"], "line 2: offered_at: 'yesterday' is not a time; write it like"),
        (["A,,,,"], "line 2: offered_at is empty; write when the call came in"),
        ([",2026-05-04T10:00:00,,,"], "line 2: call_id is empty; write the telephone system's id"),
        ([GOOD, GOOD], "line 3: call_id 'A' is in line 2 as well; give each call one line"),
        (["A,2026-05-04T10:00:00,,"], "line 2: the row has 4 cells, the header has 5"),
        (["A,2026-05-04T10:00:10,2026-05-04T10:00:00,,"], "line 2: answered_at is before offered_at; write a time"),
        (["A,2026-05-04T10:00:10,,2026-05-04T10:00:00,"], "line 2: abandoned_at is before offered_at; write a time"),
        (
            ["A,2026-05-04T10:00:00,2026-05-04T10:00:10,2026-05-04T10:00:10,"],
            "line 2: both answered_at and abandoned_at; a call is either: leave the wrong one empty",
        ),
        (
            ["A,2026-05-04T10:00:00,2026-05-04T10:00:10,,2026-05-04T10:00:05"],
            "line 2: ended_at is before answered_at; write a time at or after it, or leave it empty",
        ),
        (["A,2026-05-04T10:00:00,,,2026-05-04T10:00:05"], "line 2: ended_at without answered_at; write answered_at"),
        (["A,2026-10-25T02:30:00,,,"], "line 2: offered_at: 2026-10-25T02:30:00 comes twice in Europe/Berlin; write"),
        ([GOOD, "B,2026-05-05T10:00:00,,,"], "calls were offered from 2026-05-04 to 2026-05-05 in Europe/Berlin"),
        ([], "there are no calls; give a day with at least one"),
        (['A,"2026-05-04T10:00:00,,,'], "line 2: the row is not CSV"),
    ],
)
def test_bad_rows_are_named_with_what_to_write(tmp_path: Path, rows: list[str], said: str) -> None:
    file = written(tmp_path, *rows)
    message = refusal("--calls", file, "--front", 3)
    assert f"{file} cannot be used:" in message
    assert said in message


def test_all_bad_rows_at_once_and_no_endless_list(tmp_path: Path) -> None:
    message = refusal("--calls", written(tmp_path, GOOD, "B,x,y,,", ",z,,,", *["C,,,,"] * 30), "--front", 3)
    for line, text in (
        (3, "offered_at: 'x'"),
        (3, "answered_at: 'y'"),
        (4, "call_id is empty"),
        (4, "offered_at: 'z'"),
    ):
        assert f"line {line}: {text}" in message
    assert message.count("\n  line") == 20
    assert message.rstrip().endswith("… and 14 more")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER.replace(",ended_at", ""), "has no column ended_at; it has call_id, offered_at"),
        (HEADER.replace("\n", ",abandoned\n"), "column abandoned: unknown; did you mean abandoned_at?"),
        (HEADER.replace("\n", ",ended_at\n"), "has the column ended_at more than once"),
        ("", "has no column call_id"),
    ],
)
def test_bad_columns(tmp_path: Path, header: str, said: str) -> None:
    rows = [ROWS[0] + "," * (header.count(",") - 4)]
    assert said in refusal("--calls", written(tmp_path, *rows, header=header), "--front", 3)


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(HEADER.encode() + ROWS[0].replace("A,", "Ä,").encode("latin-1"))
    said = refusal("--calls", tmp_path / "calls.csv", "--front", 3)
    assert "line 2: the row is not UTF-8 text; save the file as UTF-8" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nobody is at the desk; write --front 3, several times to compare, or --staff FILE"),
        (("--background", 4), "--background needs --front"),
        (("--front", -1), "-1 is not in the range"),
        (("--front", "three"), "'three' is not a valid integer"),
        (("--front", 1, "--patience", -1), "-1 is not in the range"),
        (
            ("--front", 1, "--plot", "day.pdf"),
            "--plot: 'day.pdf' is no picture; write a name that ends",
        ),
        (("--front", 1, "--policy", "absent.toml"), "absent.toml cannot be used"),
        (("--front", 1, "--calendar", "absent.toml"), "absent.toml cannot be used"),
        (("--staff", "absent.toml"), "absent.toml cannot be used:\n  it cannot be read: No such file"),
        (("--staff", "absent.csv"), "absent.csv cannot be read: No such file"),
        (tuple(chain(*[("--front", n) for n in range(13)])), "13 are too many to compare; write at most 12"),
    ],
)
def test_bad_usage(calls: Path, arguments: tuple[object, ...], said: str) -> None:
    assert said in refusal("--calls", calls, *arguments)


def test_an_absent_file_of_calls() -> None:
    assert "absent.csv cannot be read: No such file or directory" in refusal("--calls", "absent.csv", "--front", 1)


def test_talk_times_that_nobody_knows(tmp_path: Path) -> None:
    file = written(tmp_path, "A,2026-05-04T10:00:00,2026-05-04T10:00:00,,")
    assert "say how long one lasts: --talk SECONDS" in refusal("--calls", file, "--front", 1)
    assert answer("--calls", file, "--front", 1, "--talk", 60)["results"][1]["front_utilisation"] == 60 / 1800


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nobody is there; write at least from"),
        ("[staff]\nfrom = '08:00'", "staff: write [[staff]] above each from, to, front and background"),
        ("[[people]]\nfront = 3", "people: unknown; write one of staff"),
        ("[[staff]]\nto = '10:00'\nfront = 1", 'staff 1: from: missing; write a time of day such as "08:00"'),
        (
            "[[staff]]\nfrom = '8 Uhr'\nto = '10:00'\nfront = 1",
            "staff 1: from: '8 Uhr' cannot be used; write",
        ),
        ("[[staff]]\nfrom = '10:00'\nto = '10:00'\nfront = 1", "staff 1: it ends before it starts or at once; write"),
        ("[[staff]]\nfrom = '08:00'\nto = '10:00'", "staff 1: front: missing; write a whole number up to 1000"),
        ("[[staff]]\nfrom = '08:00'\nto = '10:00'\nfront = true", "staff 1: front: 'True' cannot be used"),
        (
            "[[staff]]\nfrom = '08:00'\nto = '10:00'\nfront = 1\nfronts = 1",
            "staff 1: fronts: unknown; did you mean",
        ),
        (
            "[[staff]]\nfrom = '09:59'\nto = '11:00'\nfront = 1\n[[staff]]\nfrom = '08:00'\nto = '10:00'\nfront = 1",
            "staff 2 and staff 1 overlap; write one for each time, with all who are there then",
        ),
        ("staff = ", "it is not TOML in UTF-8"),
    ],
)
def test_bad_staff(calls: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "staff.toml").write_text(text, encoding="utf-8")
    assert said in refusal("--calls", calls, "--staff", tmp_path / "staff.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from,to\n", "has no column front"),
        ("from,to,front\n08:00,10:00,x\n", "line 2: front: 'x' cannot be used; write a whole number"),
        ("from,to,front\n08:00,10:00\n", "line 2: the row has 2 cells, the header has 3"),
        (f"from,to,front\n08:00,10:00,{'9' * 5000}\n", "line 2: front: '99999"),
        ("from,to,front,hinten\n08:00,10:00,1,1\n", "column hinten: unknown; write one of from, to, front, background"),
        ("from,to,front\n08:00,10:00,1\n09:00,11:00,1\n", "line 2 and line 3 overlap"),
    ],
)
def test_bad_staff_in_csv(calls: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "staff.csv").write_text(text, encoding="utf-8")
    assert said in refusal("--calls", calls, "--staff", tmp_path / "staff.csv")


def test_two_files_of_one_name(calls: Path, tmp_path: Path) -> None:
    for name in ("staff.toml", "staff.csv"):
        (tmp_path / name).write_text(TOML if name.endswith("toml") else CSV, encoding="utf-8")
    said = refusal("--calls", calls, "--staff", tmp_path / "staff.toml", "--staff", tmp_path / "staff.csv")
    assert "two files of --staff have one name" in said


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


def drawn(calls: Path, file: Path, *more: object) -> bytes:
    result = run("--calls", calls, "--front", 1, "--front", 3, "--background", 2, "--plot", file, *more)
    assert result.exit_code == 0, result.output
    return file.read_bytes()


def test_a_picture_in_german(calls: Path, tmp_path: Path) -> None:
    """SVG keeps each text beside its outlines; shapes are counted by their colours."""
    text = drawn(calls, tmp_path / "day.svg").decode()
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    for label in (
        "Anrufe am 04.05.2026: was mit anderer Besetzung gewesen wäre",
        "Innerhalb von 30 Sekunden angenommen",
        "Versprechen: 75 %",
        "wie es war",
        "1 vorne, 2 im Hintergrund",
        "3 vorne, 2 im Hintergrund",
        "50,0 %  (2 von 4)",
        "75,0 %  (3 von 4)",
        "100,0 %  (4 von 4)",
        "aufgelegt: 1",
        "im Gespräch, Hintergrund",
        "Plätze vorne",
        "Andrang",
        "Uhrzeit (Europe/Berlin)",
    ):
        assert f"<!-- {label} -->" in text, label


def test_the_same_day_gives_the_same_picture(calls: Path, tmp_path: Path) -> None:
    assert drawn(calls, tmp_path / "a.svg") == drawn(calls, tmp_path / "b.svg")
    assert drawn(calls, tmp_path / "a.svg") != drawn(calls, tmp_path / "b.svg", "--step-in", 60)


def test_a_picture_of_dots(calls: Path, tmp_path: Path) -> None:
    assert drawn(calls, tmp_path / "day.PNG").startswith(b"\x89PNG\r\n")


def test_a_long_queue_is_cut_and_said(tmp_path: Path) -> None:
    """40 wait for an hour in the record; in the picture at most twice as many as were ever on the phone."""
    calls = written(tmp_path, *(f"{n},2026-05-04T10:00:{n},,2026-05-04T11:00:{n}," for n in range(10, 50)))
    options = ("--talk", 60, "--front", 5, "--plot", tmp_path / "day.svg")
    assert run("--calls", calls, *options).exit_code == 0
    text = (tmp_path / "day.svg").read_text(encoding="utf-8")
    assert re.findall(r"<!-- (bis zu \d+ warten) -->", text) == ["bis zu 40 warten", "bis zu 35 warten"]
    assert run("--calls", calls, *options, "--front", 40).exit_code == 0
    assert "bis zu" not in (tmp_path / "day.svg").read_text(encoding="utf-8")


def test_without_matplotlib_it_says_what_to_install(calls: Path, tmp_path: Path) -> None:
    """In a process of its own, where the library cannot be found; everything else works there as before."""
    program = "import sys; sys.modules['matplotlib'] = None; from api.cli import main; main()"
    command = [sys.executable, "-c", program, "desk", "simulate", "--calls", str(calls), "--front", "1"]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (plain.returncode, plain.stderr) == (0, "")
    drawing = subprocess.run(
        [*command, "--plot", str(tmp_path / "day.svg")], capture_output=True, text=True, check=False
    )
    assert drawing.returncode == 1
    assert drawing.stdout == ""
    assert "--plot needs matplotlib; install it with: pip install 'casebackbone[plots]'" in drawing.stderr


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
