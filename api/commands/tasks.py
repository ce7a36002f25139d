"""A lesson becomes a task; the task gets an owner, more time, an end, or is taken up again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection

from api.commands.order import Answer, carry_out, expected_version, order_on
from api.commands.topic import CommandBody, CommandTopic
from api.context import system
from api.errors import Problem
from api.fields import Choice, Identity, Line, Moment
from api.learning import Questions, groups, period_of
from api.queries.lessons import MOST_INQUIRIES
from api.queries.lessons_schemas import PeriodMixin
from api.queries.looking import look
from api.representation_task import KINDS, LESSONS, TaskBody, task_body
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import AssignTask, Command, DeferTask, FinishTask, OpenTask, ReopenTask
from casebackbone.refusals import Stale, TaskNotFound
from casebackbone.task import Lesson, Task, TaskKind
from projections import lesson_articles, lesson_doors, lesson_tasks
from projections.lesson_articles import ARTICLE_LESSONS
from projections.lesson_tasks import Filters
from projections.lessons import Period

topic = CommandTopic("tasks", __name__, description="What is to be done because of what was learned")

_OWNER = re.compile(r"(?:agent:[A-Za-z0-9._|@+-]{1,128}|department:[^\W_](?:[\w .,&/()+'’:-]{0,98}[\w.)])?)")
_USUAL = {Lesson.UNANSWERED_QUESTION: TaskKind.WRITE, Lesson.WRONG_DOOR: TaskKind.REROUTE}


class Owner(Line):
    """Whose task it is: ``agent:<id>`` or ``department:<id>``."""

    default_error_messages = {"form": "wrong_form: Hier muss agent:<Kennung> oder department:<Kennung> stehen."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=134, pattern=_OWNER, **kwargs)


class OpenTaskBody(CommandBody, PeriodMixin):
    """Because of a lesson, by its ``key`` as the lists of lessons have it, counted in [``from``, ``to``) as they do.
    ``due_at``: without it by the service promise; ``kind``: without it the usual one for such a lesson."""

    lesson = Choice(LESSONS, required=True)
    key = Line(required=True)
    owner = Owner(required=True)
    kind = Choice(KINDS)
    due_at = Moment()


class AssignmentBody(CommandBody):
    owner = Owner(required=True)


class DeferralBody(CommandBody):
    """Another due time, and why."""

    due_at = Moment(required=True)
    reason = Choice(reasons.TASK_DEFER, required=True)


class CompletionBody(CommandBody):
    """What came of it. ``article_id``: the article that was written, revised or retired."""

    outcome = Choice(reasons.TASK_OUTCOME, required=True)
    article_id = Identity()


class TaskReopeningBody(CommandBody):
    """It did not help, or was not done. ``due_at``: without it by the service promise."""

    owner = Owner(required=True)
    reason = Choice(reasons.TASK_REOPEN, required=True)
    due_at = Moment()


@topic.command("/tasks", Permission.MANAGE_TASKS, OpenTaskBody, 201, answer=TaskBody)
def open_task(body: dict[str, Any]) -> Answer:
    """A lesson becomes a task. How often it was taught until now is counted, and stays with the task."""
    order = order_on(None, body)
    lesson = Lesson(body["lesson"])
    found: list[tuple[UUID, _Taught]] = []

    def do() -> Any:
        # A repeat needs no lesson: it finds what was done, or there was nothing to find.
        task_id, taught = found[0] if found else (order.subject, _Taught(occurrences=0))
        command = OpenTask(
            kind=TaskKind(body["kind"]) if "kind" in body else _USUAL.get(lesson, TaskKind.REVISE),
            lesson=lesson,
            key=body["key"],
            owner=body["owner"],
            due_at=body.get("due_at"),
            occurrences=taught.occurrences,
            inquiries=taught.inquiries,
            article_id=taught.article_id,
            service=taught.service,
            department=taught.department,
        )
        try:
            return system().application.open_task(replace(order, subject=task_id), command)
        except Stale:  # somebody else has opened this very task meanwhile
            raise _exists(task_id, body["owner"]) from None

    def check() -> None:
        found.append((_next_id(lesson, body["key"]), _taught(lesson, body)))

    told, _, headers = carry_out(order, do, task_body, check)
    return told, HTTPStatus.CREATED, {**headers, "Location": told["_links"]["self"]}


def _on_task(rule: str, permission: Permission, body: Any) -> Any:
    return topic.command(f"/tasks/<uuid:task_id>/{rule}", permission, body, answer=TaskBody)


@_on_task("assignment", Permission.MANAGE_TASKS, AssignmentBody)
def assign(body: dict[str, Any], task_id: UUID) -> Answer:
    """Somebody else does it, by the same time."""
    return _give(task_id, body, AssignTask(owner=body["owner"]))


@_on_task("deferral", Permission.MANAGE_TASKS, DeferralBody)
def defer(body: dict[str, Any], task_id: UUID) -> Answer:
    """It gets another due time."""
    return _give(task_id, body, DeferTask(due_at=body["due_at"], reason=body["reason"]))


@_on_task("completion", Permission.FINISH_TASK, CompletionBody)
def finish(body: dict[str, Any], task_id: UUID) -> Answer:
    """It is done. By its owner, or by a supervisor."""
    article_id = body.get("article_id")
    if article_id is not None:
        system().application.article(article_id)  # raises ArticleNotFound
    return _give(task_id, body, FinishTask(outcome=body["outcome"], article_id=article_id))


@_on_task("reopening", Permission.MANAGE_TASKS, TaskReopeningBody)
def reopen(body: dict[str, Any], task_id: UUID) -> Answer:
    """It did not help, or was not done after all."""
    command = ReopenTask(owner=body["owner"], reason=body["reason"], due_at=body.get("due_at"))
    return _give(task_id, body, command, check=lambda: _demand_no_other(system().application.task(task_id)))


def _give(task_id: UUID, body: dict[str, Any], command: Command, check: Callable[[], None] | None = None) -> Answer:
    order = order_on(task_id, body, expected_version())
    return carry_out(order, lambda: system().application.on_task(order, command), task_body, check)


# --- one open task for a lesson --------------------------------------------------------------------------------------

NAMESPACE = UUID("5f7c2b0e-3d64-5a8f-8c1b-7a90d1e6b415")
"""Never change it: that a lesson has one open task follows from it."""


def _next_id(lesson: Lesson, key: str) -> UUID:
    """The id of the next task because of a lesson: it follows from how many were done, so that of two who open one at
    the same time the store refuses the second. Raises Problem while one is open, whether or not the views show it."""
    task_id = uuid5(NAMESPACE, f"{lesson}\n{key}")
    while True:
        try:
            task = system().application.task(task_id)
        except TaskNotFound:
            return task_id
        if task.is_open:
            raise _exists(task_id, str(task.owner))
        task_id = uuid5(task_id, "next")


def _demand_no_other(task: Task) -> None:
    """Raises Problem when there is another open task because of the same lesson."""
    with look({}) as view:
        there = lesson_tasks.open_tasks(view.connection, Filters(lesson=task.lesson, key=task.key), limit=2).rows
    for other in there:
        if other.task_id != task.id:
            raise _exists(other.task_id, str(other.owner))


def _exists(task_id: UUID, owner: str) -> Problem:
    return Problem("task_exists", f"Dazu gibt es schon eine offene Aufgabe ({task_id}), fällig bei {owner}.")


# --- the lesson ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taught:
    """How often, and in or by what."""

    occurrences: int
    inquiries: tuple[UUID, ...] = ()
    article_id: UUID | None = None
    service: str | None = None
    department: str | None = None


def _taught(lesson: Lesson, body: dict[str, Any]) -> _Taught:
    """The lesson as it is now. Raises Problem when there is none, or when somebody has it as a task already."""
    period, key = period_of(body), body["key"]
    with look({}) as view:
        there = lesson_tasks.open_tasks(view.connection, Filters(lesson=lesson, key=key), limit=1).rows
        if there:
            raise _exists(there[0].task_id, str(there[0].owner))
        found = _FINDERS[lesson](view.connection, period, key, lesson)
    if found is None or not found.occurrences:
        raise Problem(
            "lesson_not_found",
            "Unter diesem Schlüssel ist in diesem Zeitraum nichts aufgefallen; bitte die Liste neu laden.",
        )
    return found


def _question(connection: Connection, period: Period, key: str, lesson: Lesson) -> _Taught | None:
    group = next((one for one in groups(connection, period, Questions()) if one.key == key), None)
    if group is None:
        return None
    services = {inquiry.service for inquiry in group.inquiries}
    return _Taught(
        occurrences=len(group.inquiries),
        inquiries=tuple(one.inquiry_id for one in group.inquiries[-MOST_INQUIRIES:]),
        service=services.pop() if len(services) == 1 else None,
    )


def _article(connection: Connection, period: Period, key: str, lesson: Lesson) -> _Taught | None:
    found = next((one for one in lesson_articles.article_lessons(connection, period) if one.key == key), None)
    return None if found is None else _Taught(occurrences=found.occurrences(lesson), article_id=found.article_id)


def _door(connection: Connection, period: Period, key: str, lesson: Lesson) -> _Taught | None:
    found = next((one for one in lesson_doors.wrong_doors(connection, period) if one.key == key), None)
    if found is None:
        return None
    return _Taught(
        occurrences=found.times,
        inquiries=lesson_doors.behind_door(connection, period, key),
        service=found.service,
        department=found.department,
    )


_FINDERS: dict[Lesson, Any] = {
    Lesson.UNANSWERED_QUESTION: _question,
    **{Lesson(lesson): _article for lesson in ARTICLE_LESSONS},
    Lesson.WRONG_DOOR: _door,
}
