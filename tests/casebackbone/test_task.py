"""A task: it has an owner and a due time while it is open, and neither afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from casebackbone.access import Principal, Role
from casebackbone.commands import FinishTask
from casebackbone.deadlines import load_policy, load_promise
from casebackbone.policy_file import TASK_DAYS
from casebackbone.refusals import Refused
from casebackbone.strict_toml import InvalidFile
from tests.casebackbone.todo import ANNA, MONDAY, SVEN, WASTE, Todo, due


def stands(todo: Todo) -> tuple[object, object, object]:
    return todo.task.owner, todo.task.due_at, todo.task.outcome


def test_it_is_somebodys_until_a_time() -> None:
    todo = Todo()
    assert stands(todo) == (ANNA, due(14).at, None)
    assert stands(todo.step("assign", WASTE)) == (WASTE, due(14).at, None)
    assert stands(todo.step("defer", due(20), reason="more_work")) == (WASTE, due(20).at, None)
    assert stands(todo.step("finish", "article_written", article_id=todo.id)) == (None, None, "article_written")
    assert stands(todo.step("reopen", ANNA, due(40), reason="did_not_help")) == (ANNA, due(40).at, None)


def test_what_would_change_nothing_is_refused() -> None:
    todo = Todo()
    todo.refuses("unchanged", "assign", ANNA)
    todo.refuses("unchanged", "defer", due(14), reason="more_work")
    todo.refuses("task_open", "reopen", ANNA, due(20), reason="not_done")


@pytest.mark.parametrize(
    ("name", "arguments", "more"),
    [
        ("assign", (WASTE,), {}),
        ("defer", (due(20),), {"reason": "more_work"}),
        ("finish", ("not_needed",), {}),
    ],
)
def test_what_is_done_is_done(name: str, arguments: tuple[object, ...], more: dict[str, str]) -> None:
    Todo().step("finish", "not_needed").refuses("task_done", name, *arguments, **more)


def person(subject: str, role: Role, department: str | None = None) -> Principal:
    return Principal(subject, frozenset({role}), department)


@pytest.mark.parametrize(
    ("who", "owner", "code"),
    [
        (person("anna", Role.FRONT_AGENT), ANNA, None),
        (person("sven", Role.SUPERVISOR), ANNA, None),
        (person("gerd", Role.DEPARTMENT_STAFF, "abfall"), WASTE, None),
        (person("bert", Role.FRONT_AGENT), ANNA, "not_your_task"),
        (person("tim", Role.DEPARTMENT_STAFF, "tiefbau"), WASTE, "task_not_found"),
        (person("audrey", Role.AUDITOR), ANNA, "role_not_allowed"),
    ],
)
def test_its_owner_finishes_it_or_a_supervisor(who: Principal, owner: str, code: str | None) -> None:
    task, command = Todo(owner=owner).task, FinishTask(outcome="not_needed")
    if code is None:
        command.demand(who, task)
        return
    with pytest.raises(Refused) as refusal:
        command.demand(who, task)
    assert refusal.value.code == code


def test_it_is_due_by_the_service_promise(tmp_path: Path) -> None:
    promise = load_promise()
    due_at = promise.task(MONDAY).at
    assert promise.policy.task_minutes == TASK_DAYS * 600
    assert promise.calendar.elapsed_time(MONDAY, due_at).total_seconds() == TASK_DAYS * 36_000
    text = (Path(__file__).parents[2] / "casebackbone" / "policies" / "115.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text("task_days = 3\n" + text)
    assert load_policy(own).task_minutes == 3 * 60 * 10
    own.write_text("task_days = 0\n" + text)
    with pytest.raises(InvalidFile, match="task_days"):
        load_policy(own)
    assert SVEN not in (Todo().task.owner, WASTE)
