"""Another promise tried on a store: what the command says, and that it only reads."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from casebackbone.application import Application
from casebackbone.commands import Accept, Answer, ExpireOffer, Forward, Pause, PromiseCallback, Resolve, Resume
from casebackbone.content import Text
from casebackbone.deadlines import load_promise
from casebackbone.promise_simulation import last_quarter
from casebackbone.store import open_store
from tests.casebackbone.promise_history import CARETAKER, TIM, History, utc
from tests.story.commands import ROOT, Casebackbone, embedded

PROMISE = load_promise()
POLICY = (ROOT / "casebackbone" / "policies" / "115.toml").read_text(encoding="utf-8")
JANUARY = ("--from", "2026-01-01", "--to", "2026-02-01")
ANSWER = Answer(texts=[Text("answer", "Um acht.")])


def _store(casebackbone: Casebackbone) -> History:
    casebackbone("db", "upgrade")
    return History(Application(open_store(f"sqlite:///{casebackbone.folder / 'casebackbone.sqlite'}"), PROMISE))


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Casebackbone:
    """Monday, 12 January 2026, from 10:00 in Germany: one inquiry for each row of the table below."""
    casebackbone = embedded(tmp_path_factory.mktemp("january"))
    history = _store(casebackbone)
    nine = utc("2026-01-12 09:00")
    history.receive("at once", nine, ANSWER, Resolve())
    tuesday = history.receive("on Tuesday", nine)  # after 8 + 3 hours
    history.step(tuesday, utc("2026-01-13 10:00"), ANSWER, Resolve())
    paused = history.receive("paused", nine)  # after 2 + 3 hours
    history.step(paused, utc("2026-01-12 11:00"), Pause())
    history.step(paused, utc("2026-01-14 11:00"), Resume())
    history.step(paused, utc("2026-01-14 14:00"), ANSWER, Resolve())
    accepted = history.receive("accepted", nine)  # after 3 hours
    history.step(accepted, nine, Forward(to="tiefbau"))
    history.step(accepted, utc("2026-01-12 12:00"), Accept(), by=TIM)
    expired = history.receive("expired", nine)
    history.step(expired, nine, Forward(to="tiefbau"))
    history.step(expired, utc("2026-01-12 13:00"), ExpireOffer(), by=CARETAKER)
    late = history.receive("in the last hour", utc("2026-01-30 16:00"))  # Friday, 17:00: 1 hour until the weekend
    history.step(late, utc("2026-01-30 16:00"), PromiseCallback())
    history.application.store.close()
    return casebackbone


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """Half of everything: a reply within 10 hours, acceptance within 2, a callback within 30 minutes."""
    text = POLICY.replace('"2026-01"', '"half"').replace("reply_hours = 24", "reply_hours = 10")
    text = text.replace("acceptance_hours = 4", "acceptance_hours = 2")
    text = text.replace("callback_days = 1", "callback_hours = 0.5")
    file = tmp_path / "half.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _counts(side: dict[str, Any]) -> tuple[int, int, int, int]:
    return side["kept"], side["broken"], side["open"], side["ended"]


def test_what_another_policy_would_have_made_of_it(january: Casebackbone, half: Path) -> None:
    """The inquiries as above; what is open at the end of January is not broken."""
    data = january("promise", "simulate", "--policy", half, *JANUARY, "--json").data
    assert data["in_force"] == "115@2026-01+rheinland-pfalz@1"
    assert data["tried"] == "115@half+rheinland-pfalz@1"
    assert (data["from"], data["to"]) == ("2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00")
    assert list(data["kinds"]) == ["reply", "acceptance", "callback", "waiting"]
    found = {kind: (_counts(one["stored"]), _counts(one["tried"])) for kind, one in data["kinds"].items()}
    assert found == {
        # paused, on Tuesday / accepted and expired are never answered / in the last hour is not due yet / at once
        "reply": ((2, 2, 1, 1), (1, 3, 1, 1)),
        "acceptance": ((1, 1, 0, 0), (0, 2, 0, 0)),
        "callback": ((0, 0, 1, 0), (0, 1, 0, 0)),
        "waiting": ((1, 0, 0, 0), (1, 0, 0, 0)),
    }
    assert data["kinds"]["reply"]["made"] == 6
    assert data["kinds"]["reply"]["difference"] == -25.0
    assert data["kinds"]["acceptance"]["stored"]["share_kept"] == 50.0
    assert data["kinds"]["callback"]["stored"]["share_kept"] is None
    assert data["kinds"]["callback"]["difference"] is None
    changing = {one["kind"]: one for one in data["changing"]}
    assert len(data["changing"]) == 2
    assert changing["reply"]["stored"]["due_at"] == "2026-01-14T14:00:00+01:00"
    assert changing["reply"]["tried"]["due_at"] == "2026-01-13T10:00:00+01:00"
    assert changing["reply"]["tried"]["used_minutes"] == 660
    assert changing["acceptance"]["tried"]["promised_minutes"] == 120


def test_for_people(january: Casebackbone, half: Path) -> None:
    lines = january("promise", "simulate", "--policy", half, *JANUARY).out.splitlines()
    assert lines[0] == "Promises made from 2026-01-01 00:00 to 2026-02-01 00:00, 19 events read"
    (reply,) = (" ".join(line.split()) for line in lines if line.startswith("reply"))
    assert reply == "reply 6 50.0 % (2 of 4) 25.0 % (1 of 4) -25.0 0 1 1 / 1 1 / 1"
    assert "2 change sides:" in lines
    assert any("acceptance: kept → broken, made 2026-01-12 10:00, 180 of 240 → 180 of 120 min" in one for one in lines)


def test_the_example_of_the_document_is_true(january: Casebackbone, half: Path) -> None:
    document = (ROOT / "docs" / "deadlines.md").read_text(encoding="utf-8")
    command, _, rest = document.partition("$ casebackbone promise simulate ")[2].partition("\n")
    assert command == f"--policy half.toml {' '.join(JANUARY)}"
    assert january("promise", "simulate", "--policy", half, *JANUARY).out.strip() == rest.partition("\n```")[0]


def test_another_calendar(january: Casebackbone, tmp_path: Path) -> None:
    """Open from 14 to 20: from Monday 10:00 to Tuesday 11:00 pass 6 hours."""
    file = tmp_path / "late.toml"
    file.write_text('time_zone = "Europe/Berlin"\n[intervals]\nmon-fri = ["14:00-20:00"]\n', encoding="utf-8")
    target = tmp_path / "all.csv"
    data = january("promise", "simulate", "--calendar", file, *JANUARY, "--csv", target, "--json").data
    assert data["tried"].startswith("115@2026-01+late@")
    with target.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    used = {(row["stored_used_minutes"], row["tried_used_minutes"]) for row in rows if row["kind"] == "reply"}
    assert ("660.0", "360.0") in used


def test_each_promise_is_a_row_of_the_csv(january: Casebackbone, half: Path, tmp_path: Path) -> None:
    target = tmp_path / "promises.csv"
    data = january("promise", "simulate", "--policy", half, *JANUARY, "--csv", target, "--json").data
    with target.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert Counter(row["kind"] for row in rows) == {kind: one["made"] for kind, one in data["kinds"].items()}
    for kind, one in data["kinds"].items():
        tried = Counter(row["tried_outcome"] for row in rows if row["kind"] == kind)
        assert tried == {name: count for name, count in one["tried"].items() if count and name != "share_kept"}
    changing = {(row["inquiry_id"], int(row["version"])) for row in rows if row["changes_sides"] == "true"}
    assert changing == {(one["inquiry_id"], one["version"]) for one in data["changing"]}
    (running,) = (row for row in rows if row["kind"] == "callback")
    assert (running["ended_at"], running["stored_outcome"], running["service"]) == ("", "open", "")


def test_the_last_complete_quarter_is_the_default(tmp_path: Path, half: Path) -> None:
    """Promises of that quarter, and none before or after it; all that is decided says how."""
    casebackbone = embedded(tmp_path / "quarter")
    casebackbone.folder.mkdir()
    history = _store(casebackbone)
    start, end = last_quarter(datetime.now(UTC), PROMISE.calendar.zone)
    history.live(30, start + timedelta(days=5), 70, seed=7)
    at = start + timedelta(days=30)
    answered = history.receive("answered after 15 hours", at)
    history.step(answered, PROMISE.calendar.add(at, 900), ANSWER)
    history.receive("before", start - timedelta(seconds=1))
    history.receive("after", end)
    history.application.store.close()
    data = casebackbone("promise", "simulate", "--policy", half, "--json").data
    assert (datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["to"])) == (start, end)
    reply = data["kinds"]["reply"]
    whole = casebackbone(
        *("promise", "simulate", "--policy", half, "--json", "--from", "2000-01-01", "--to", end.isoformat())
    ).data
    assert reply["made"] + 1 == whole["kinds"]["reply"]["made"] >= 32
    assert reply["newly_broken"] >= 1


def test_the_picture(january: Casebackbone, half: Path, tmp_path: Path) -> None:
    first, second, png = (tmp_path / name for name in ("first.svg", "second.SVG", "picture.png"))
    for picture in (first, second, png):
        january("promise", "simulate", "--policy", half, *JANUARY, "--plot", picture)
    assert first.read_bytes() == second.read_bytes()
    assert png.read_bytes().startswith(b"\x89PNG")
    text = first.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    for shown in ("Antwort: 6 versprochen", "50,0 % von 4", "25,0 % von 4", "erprobt: 115@half"):
        assert shown in text


def test_a_picture_of_nothing(january: Casebackbone, half: Path, tmp_path: Path) -> None:
    picture = tmp_path / "empty.svg"
    period = ("--from", "2025-01-01", "--to", "2025-02-01")
    ended = january("promise", "simulate", "--policy", half, *period, "--plot", picture)
    assert "nothing was promised in this time" in ended.out
    assert "wurde nichts versprochen" in picture.read_text(encoding="utf-8")


def test_without_matplotlib_it_says_what_to_install(january: Casebackbone, half: Path, tmp_path: Path) -> None:
    """A module of that name that cannot be found, as where the extra is not installed."""
    hidden = (
        "import sys; sys.modules['matplotlib'] = None; from api.cli import main; "
        f"main(['promise', 'simulate', '--policy', {str(half)!r}, '--plot', {str(tmp_path / 'x.svg')!r}])"
    )
    environment = os.environ | dict(january.environment)
    done = subprocess.run(
        [sys.executable, "-c", hidden], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'casebackbone[plots]'" in done.stderr
    assert not (tmp_path / "x.svg").exists()


def test_nothing_is_touched(january: Casebackbone, half: Path) -> None:
    def content() -> dict[str, str]:
        files = january.folder.glob("casebackbone.sqlite")
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = content()
    january("promise", "simulate", "--policy", half)
    assert content() == before != {}


def test_two_versions_of_one_name_are_told(january: Casebackbone, tmp_path: Path) -> None:
    file = tmp_path / "same.toml"
    file.write_text(POLICY.replace("reply_hours = 24", "reply_hours = 12"), encoding="utf-8")
    ended = january("promise", "simulate", "--policy", file, *JANUARY, "--json")
    assert "the policy that is tried is called 115@2026-01, like the one in force" in ended.err
    assert json.loads(ended.out)["kinds"]["reply"]["newly_broken"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to try; write --policy FILE"),
        (("--policy", "absent.toml"), "absent.toml cannot be used"),
        (("--policy", "{half}", "--to", "2026-02-01"), "--to needs --from"),
        (("--policy", "{half}", "--from", "2026-02-01", "--to", "2026-01-01"), "is not before --to"),
        (("--policy", "{half}", "--from", "2099-01-01"), "is not before now"),
        (("--policy", "{half}", "--from", "gestern"), "is not a time"),
        (("--policy", "{half}", "--plot", "picture.gif"), "ends with .svg or .png"),
    ],
)
def test_bad_usage(january: Casebackbone, half: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = january("promise", "simulate", *(one.format(half=half) for one in arguments), code=2)
    assert said in ended.err
    assert ended.out == ""


def test_a_file_that_cannot_be_written(january: Casebackbone, half: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "absent" / "out.csv"
    ended = january("promise", "simulate", "--policy", half, *JANUARY, "--csv", nowhere, code=1)
    assert "cannot be written" in ended.err
    assert "Traceback" not in ended.err
