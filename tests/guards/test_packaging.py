"""What is installed is what was pinned, and only we are called what we are called."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("casebackbone", "events", "projections", "api")
LONGEST = 350
LOCKS = ("base.txt", "dev.txt", "build.txt")
LICENCE = "7718466afa7e13afafe2acc2edd2f73ac7fa41ee5a2982df3934dd1fc702940c"


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_installs_a_package_of_that_name(package: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(package, ()))
    assert owners <= {"casebackbone"}


def test_we_are_installed() -> None:
    assert importlib.metadata.version("casebackbone")


def test_a_wheel_holds_our_packages_and_the_licence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (licence,) = (name for name in names if name.endswith("licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)


def test_the_licence_is_the_true_text() -> None:
    """Of the European Union Public Licence 1.2, by its words alone: line breaks, quotes and dashes may be set anew."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    words = " ".join(re.findall(r"\w+", text)).casefold()
    assert sha256(words.encode()).hexdigest() == LICENCE


def pinned(name: str) -> dict[str, str]:
    """Each requirement of a lock file with its version."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;]+)", text))


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + re.sub(r"(?m)^\s*#.*\n", "", text).strip())[1:]
    assert len(pinned(name)) > 3
    packages = [re.split(r"[=\[]", entry)[0] for entry in entries]
    assert set(packages) == set(pinned(name))
    for entry, package in zip(entries, packages, strict=True):  # twice only where the version of Python decides
        assert packages.count(package) == 1 or "python_full_version" in entry.splitlines()[0], entry[:60]
    for entry in entries:
        assert re.match(r"[A-Za-z0-9_.\[\],-]+==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]
    assert "://" not in text, "a lock file names no host"
    assert not re.search(r"(?m)(^|\s)(--index|--extra-index|--find-links|-f |file:|/home/|/root/|/tmp/)", text)


def asked_for(name: str) -> list[str]:
    """What the project asks for and a lock file has to answer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]

    def group(name: str) -> list[str]:
        return [
            requirement
            for entry in groups[name]
            for requirement in ([entry] if isinstance(entry, str) else group(entry["include-group"]))
        ]

    dependencies = project["project"]["dependencies"]
    return {"base.txt": dependencies, "dev.txt": dependencies + group("dev"), "build.txt": group("build")}[name]


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_answers_what_is_asked_for(name: str) -> None:
    """Who adds a dependency and forgets ``make lock`` is told here."""
    versions = {canonicalize_name(package): version for package, version in pinned(name).items()}
    for text in asked_for(name):
        requirement = Requirement(text)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), text


def test_what_is_tested_is_what_is_shipped() -> None:
    tested = pinned("dev.txt")
    assert {name: tested.get(name) for name in pinned("base.txt")} == pinned("base.txt")


def test_no_file_has_become_a_corridor() -> None:
    files = [
        path for package in (*PACKAGES, "tests", "benchmarks", "examples") for path in (ROOT / package).rglob("*.py")
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
