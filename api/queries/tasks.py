"""Tasks: what is to be done because of what was learned, what is late, and whether it helped."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from sqlalchemy import Connection

from api.context import now, principal
from api.csv_answer import CSV, FORMATS, as_asked
from api.fields import Choice, Line, Moment
from api.learning import Questions, effect_of
from api.lesson_bodies import effect_item
from api.queries.lessons_schemas import TaskEffect
from api.queries.looking import LINK, Answer, Fresh, List, LookQuery, PageQuery, look
from api.representation import etag
from api.representation_task import LESSONS, TaskItem, task_item
from api.topic import Topic
from casebackbone.access import Permission
from casebackbone.refusals import TaskNotFound
from projections import lesson_tasks
from projections.lesson_tasks import Filters, TaskRow

topic = Topic("task-views", __name__, description="What is to be done because of what was learned")


class TasksQuery(PageQuery):
    """``state=open`` (what is due first first) or ``done`` (the latest first). ``owner``: ``agent:<id>``,
    ``department:<id>``, or ``me``; of what is done: whose it was. ``overdue=true``: only what is late."""

    state = Choice(["open", "done"], load_default="open")
    owner = Line(longest=134)
    lesson = Choice(LESSONS)
    key = Line()
    due_before = Moment()
    overdue = Choice(["true", "false"], load_default="false")
    format = Choice(FORMATS, load_default="json")


class Tasks(List):
    items = ma.fields.List(ma.fields.Nested(TaskItem), required=True)


class OneTask(Fresh, TaskItem):
    """A task, as far as the views are."""


@topic.route("/tasks", permission=Permission.READ_TASKS)
@topic.arguments(TasksQuery, location="query")
@topic.response(200, Tasks, headers=LINK)
@topic.doc(**CSV)
def tasks(query: dict[str, Any]) -> Answer | Response:
    """Tasks by owner, due time and state. Departments see their own."""
    listed = lesson_tasks.done_tasks if query["state"] == "done" else lesson_tasks.open_tasks
    due_before = query.get("due_before")
    if query["overdue"] == "true":
        due_before = min(due_before or now(), now())
    filters = Filters(
        owners=_owners(query.get("owner")), lesson=query.get("lesson"), key=query.get("key"), due_before=due_before
    )
    with look(query) as view:
        page = listed(view.connection, filters, after=query.get("cursor"), limit=query["limit"])
        return as_asked(query, view.page(page, task_item), TaskItem)


@topic.route("/tasks/<uuid:task_id>", permission=Permission.READ_TASKS)
@topic.arguments(LookQuery, location="query")
@topic.response(200, OneTask, headers={"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}})
def task(query: dict[str, Any], task_id: UUID) -> Answer:
    """One task."""
    with look(query) as view:
        row = _visible(view.connection, task_id)
        return view.answer(**task_item(row)), 200, {"ETag": etag(row.version)}


@topic.route("/tasks/<uuid:task_id>/effect", permission=Permission.READ_TASKS)
@topic.arguments(LookQuery, location="query")
@topic.response(200, TaskEffect)
def effect(query: dict[str, Any], task_id: UUID) -> dict[str, Any]:
    """Did it get better? How often its lesson was taught before it was opened, and since it was done."""
    with look(query) as view:
        row = _visible(view.connection, task_id)
        found = effect_of(view.connection, row, Questions())
        return view.answer(task=task_item(row), effect=effect_item(row, found))


def _visible(connection: Connection, task_id: UUID) -> TaskRow:
    row = lesson_tasks.of_task(connection, task_id)
    if row is None or (principal().of_department and row.last_owner not in _mine()):
        raise TaskNotFound(task_id)
    return row


def _mine() -> tuple[str, ...]:
    me = principal()
    return (me.actor, f"department:{me.department}") if me.of_department else (me.actor,)


def _owners(asked: str | None) -> tuple[str, ...] | None:
    """Whose tasks are listed; None: everybody's. Departments see their own."""
    mine = _mine()
    if asked is None:
        return mine if principal().of_department else None
    wanted = mine if asked == "me" else (asked,)
    return tuple(owner for owner in wanted if owner in mine) if principal().of_department else wanted
