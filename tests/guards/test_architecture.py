"""The import contracts hold, and each of them bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["id"] for contract in SETTINGS["contracts"]}
FORBIDDEN = {
    "views know the domain": ("rooms", "projections/worklist.py", "import casebackbone.inquiry"),
    "the domain knows the views": ("rooms", "casebackbone/relay.py", "import projections.worklist"),
    "the language knows the domain": ("rooms", "events/labels.py", "import casebackbone.inquiry"),
    "the domain knows the door": ("rooms", "casebackbone/relay.py", "import api.settings"),
    "the domain speaks HTTP": ("flask-only-in-api", "casebackbone/relay.py", "import flask"),
    "the views read tokens": ("flask-only-in-api", "projections/worklist.py", "import jwt"),
    "a second file talks to Kafka": ("kafka-only-in-one-file", "api/workers.py", "import kafka"),
    "the language talks to Kafka": ("kafka-only-in-one-file", "events/cloudevents.py", "import kafka"),
    "the door talks to Kafka's other client": ("kafka-only-in-one-file", "api/workers.py", "import confluent_kafka"),
    "a view knows another": ("views-apart", "projections/worklist_rows.py", "import projections.custody"),
}


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", linter, "--no-cache", *options]
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
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_every_contract_is_tried() -> None:
    assert {contract for contract, _, _ in FORBIDDEN.values()} == CONTRACTS


@pytest.mark.parametrize("broken", FORBIDDEN)
def test_each_contract_bites(copy: Path, broken: str) -> None:
    contract, name, line = FORBIDDEN[broken]
    file = copy / name
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = lint(copy, "--contract", contract)
        assert done.returncode == 1, done.stdout
        assert "1 broken" in done.stdout, done.stdout
    finally:
        file.write_text(before, encoding="utf-8")
