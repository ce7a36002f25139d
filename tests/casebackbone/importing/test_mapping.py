"""The mapping is read strictly: each mistake is told, with the others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from casebackbone.importing.mapping import load_mapping
from casebackbone.strict_toml import InvalidFile

EXAMPLES = Path(__file__).parents[3] / "examples"

SMALLEST = """
name = "old-cases"
kind = "case"
[time]
zone = "Europe/Berlin"
[key]
column = "id"
[received]
column = "opened"
"""


def _problems(folder: Path, content: str) -> str:
    (folder / "mapping.toml").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidFile) as invalid:
        load_mapping(folder / "mapping.toml")
    return "\n".join(invalid.value.problems)


def test_the_smallest_mapping(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(SMALLEST, encoding="utf-8")
    mapping = load_mapping(tmp_path / "mapping.toml")
    assert (mapping.name, mapping.by_step, mapping.columns) == ("old-cases", False, ("id", "opened"))
    assert (mapping.missing_due, mapping.channel.code("")) == (None, "import")


def test_the_examples_can_be_used() -> None:
    city, permits = (load_mapping(EXAMPLES / name) for name in ("city-requests.toml", "permit-receipts.toml"))
    assert city.missing_due == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert city.channel.code("Citizens Connect App") == "web"
    assert (permits.by_step, permits.step_time, permits.sorted_by_case) == (True, "time:timestamp", True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "old-cases"', 'name = "a b"', "name: 'a b'"),
        ('name = "old-cases"', "", "name: missing"),
        ('kind = "case"', 'kind = "row"', "kind: 'row'"),
        ('kind = "case"', 'kind = "step"', "step.time"),
        ('kind = "case"', 'kind = "case"\nlanguage = 7', "language"),
        ('zone = "Europe/Berlin"', 'zone = "Mars/Olympus"', "time.zone"),
        ('zone = "Europe/Berlin"', "", "time.zone: missing"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nambiguous = "guess"', "time.ambiguous"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nformats = []', "time.formats"),
        ('kind = "case"', 'kind = "case"\nfile = 7', "file: is a table"),
        ('[key]\ncolumn = "id"', "[key]\ncolumn = 7", "key.column: must be"),
        ('[key]\ncolumn = "id"', '[key]\ncolum = "id"', "did you mean column?"),
        ("[received]", '[due]\nmissing = "soon"\n[received]', "due.missing"),
        ("[received]", '[closed]\ncolumn = "c"\noutcome = "gone"\n[received]', "closed.outcome"),
        ("[received]", '[closed]\ntext = "c"\n[received]', "closed.column: missing"),
        ("[received]", '[file]\ndelimiter = "||"\n[received]', "file.delimiter"),
        ("[received]", '[file]\nencoding = "klingon"\n[received]', "file.encoding"),
        ("[received]", '[channel]\ndefault = "pigeon"\n[received]', "channel: 'default'"),
        ("[received]", '[department]\ncolumn = "d"\n[department.values]\n"A" = "a b"\n[received]', "department: 'A'"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in _problems(tmp_path, SMALLEST.replace(old, new))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    content = SMALLEST.replace("case", "row").replace("Europe/Berlin", "Nowhere").replace("old-", "old ")
    told = _problems(tmp_path, content)
    assert all(key in told for key in ("name:", "kind:", "time.zone:"))
