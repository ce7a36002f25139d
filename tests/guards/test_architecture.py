"""The import contracts hold, and each of them bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "views know the domain": ("projections/worklist.py", "import casebackbone.inquiry"),
    "the domain knows the views": ("casebackbone/relay.py", "import projections.worklist"),
    "the language knows the domain": ("events/labels.py", "import casebackbone.inquiry"),
    "the domain knows the door": ("casebackbone/relay.py", "import api.settings"),
    "the domain speaks HTTP": ("casebackbone/relay.py", "import flask"),
    "a second file talks to Kafka": ("api/workers.py", "import kafka"),
    "a view knows another": ("projections/worklist.py", "import projections.custody"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", linter, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for package in ("casebackbone", "events", "projections", "api"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_hold(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("broken", FORBIDDEN)
def test_each_contract_bites(copy: Path, broken: str) -> None:
    name, line = FORBIDDEN[broken]
    file = copy / name
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = lint(copy)
        assert done.returncode == 1
        assert "BROKEN" in done.stdout
    finally:
        file.write_text(before, encoding="utf-8")
