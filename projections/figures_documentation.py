"""The formulas in ``docs/figures.md``; written between its marks by
``python -m projections.figures_documentation``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from projections.figures_formulas import AGES, FORMULAS, Formula

FILE = Path(__file__).parents[1] / "docs" / "figures.md"
BEGIN, END = "<!-- formulas: generated -->", "<!-- /formulas -->"


def document(before: str) -> str:
    """``before`` with the formulas of this version. Raises ValueError when it has not both marks."""
    head, _, rest = before.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"{FILE.name} needs the lines {BEGIN} and {END}")
    lines = [BEGIN, *(line for formula in FORMULAS.values() for line in _described(formula)), *_ages(), END]
    return head + "\n".join(lines) + tail


def _described(formula: Formula) -> Iterator[str]:
    yield f"### `{formula.code}`, version {formula.version}: {formula.label}"
    yield formula.definition_en
    yield ""
    yield f"> {formula.definition}"
    yield ""
    yield f"- By {', '.join(formula.dimensions)}. Source: {formula.source}."
    if formula.met:
        overdue = ", or none yet and overdue" if formula.overdue_is_missed else ""
        yield f"- Met: {_codes(formula.met)}. Missed: {_codes(formula.missed)}{overdue}."
    if formula.unit:
        yield f"- Value in {formula.unit.replace('_', ' ')}."
    yield ""


def _codes(outcomes: frozenset[str]) -> str:
    return ", ".join(f"`{outcome}`" for outcome in sorted(outcomes))


def _ages() -> Iterator[str]:
    yield "Classes of age: " + ", ".join(f"`{code}` ({label})" for code, _, label in AGES) + "."
    yield ""


if __name__ == "__main__":
    FILE.write_text(document(FILE.read_text(encoding="utf-8")), encoding="utf-8")
