"""``casebackbone desk simulate`` names every mistake, and what to write instead."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from tests.api.simulating import CSV, HEADER, ROWS, TOML, answer, refusal, written


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return written(tmp_path, *ROWS)


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "which calls? write either --calls FILE or --day 2026-05-04"),
        (("--calls", "calls.csv", "--day", "2026-05-04"), "which calls? write either"),
        (("--day", "4.5.2026"), "--day: '4.5.2026' is not a day; write it like 2026-05-04"),
        (("--day", "2026-05-04", "--calendar", "x.toml"), "--calendar is for --calls"),
        (("--day", "2026-05-04", "--policy", "absent.toml"), "absent.toml cannot be used"),
    ],
)
def test_which_calls(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments, "--front", 3)


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
