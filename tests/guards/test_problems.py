"""Every refusal has a problem type with a title, and its detail is German for the agent who reads it."""

from __future__ import annotations

import ast
from pathlib import Path

from api.problems import BY_STATUS, PROBLEMS
from casebackbone import refusals

ROOT = Path(__file__).parents[2]
REFUSALS = {
    name for name, kind in vars(refusals).items() if isinstance(kind, type) and issubclass(kind, refusals.Refused)
}


def codes() -> dict[str, str]:
    """Every code that a refusal or a problem is raised with, and where. Imports have a report of their own."""
    found: dict[str, str] = {}
    for room in ("api", "casebackbone"):
        for file in set((ROOT / room).rglob("*.py")) - set((ROOT / "casebackbone" / "importing").iterdir()):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    if called in {*REFUSALS, "Problem", "unavailable"} or (
                        called == "__init__" and "refusals" in file.name
                    ):
                        found[str(node.args[0].value)] = file.name
    return found


def test_every_code_is_a_problem_type() -> None:
    found = codes()
    assert len(found) > 40
    assert set(found) - set(PROBLEMS) == set()


def test_no_problem_type_is_there_for_nothing() -> None:
    # "internal_error" and those of statuses come from the framework.
    assert set(PROBLEMS) - set(codes()) - set(BY_STATUS.values()) == set()


def test_statuses_are_errors_and_titles_german() -> None:
    for code, kind in PROBLEMS.items():
        assert 400 <= kind.status <= 503, code
        assert kind.title[0].isupper(), code
        assert code.isidentifier(), code
        assert code.islower(), code
