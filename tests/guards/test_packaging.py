"""What is installed is what was pinned, and only we are called what we are called."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("casebackbone", "events", "projections", "api")
LONGEST = 350


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_installs_a_package_of_that_name(package: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(package, ()))
    assert owners <= {"casebackbone"}


def test_we_are_installed() -> None:
    assert importlib.metadata.version("casebackbone")


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_dependency_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + re.sub(r"(?m)^\s*#.*\n", "", text).strip())[1:]
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"[A-Za-z0-9_.\[\],-]+==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]
    assert "://" not in text, "a lock file names no host"


def test_no_file_has_become_a_corridor() -> None:
    files = [
        path for package in (*PACKAGES, "tests", "benchmarks", "examples") for path in (ROOT / package).rglob("*.py")
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
