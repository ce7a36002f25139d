"""The picture of ``casebackbone desk simulate``."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.api.simulating import ROWS, run, written


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return written(tmp_path, *ROWS)


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
    assert "95 % der Angenommenen warteten höchstens 6:25 min -->" in text
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
