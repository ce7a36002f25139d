"""What README and docs name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("api", "benchmarks", "casebackbone", "docs", "events", "examples", "projections", "requirements", "tests")
_NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`")
_LINKED = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")


def _missing(text: str, folder: Path) -> Iterator[str]:
    yield from (path for path in _NAMED.findall(text) if not (ROOT / path).exists())
    yield from (path for path in _LINKED.findall(text) if not (folder / path).exists())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_that_a_page_names_exist(page: Path) -> None:
    assert list(_missing(page.read_text(encoding="utf-8"), page.parent)) == []


def test_a_path_that_does_not_exist_is_found() -> None:
    text = "`casebackbone/nowhere.py`, `casebackbone/custody.py`, [a](docs/nowhere.md#b), [c](docs/figures.md#d), `x/y`"
    assert list(_missing(text, ROOT)) == ["casebackbone/nowhere.py", "docs/nowhere.md"]
