"""``casebackbone desk simulate`` for tests: a small day, and what the command answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.cli_desk import desk

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
