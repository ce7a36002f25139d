"""Tasks as clients see them: after a command, and in lists."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma

from api.context import local, now
from api.fields import Moment
from casebackbone import reasons
from casebackbone.task import Lesson, Task, TaskKind
from projections.lesson_tasks import TaskRow

KINDS = {
    TaskKind.WRITE.value: "Artikel schreiben",
    TaskKind.REVISE.value: "Artikel überarbeiten",
    TaskKind.REROUTE.value: "Zuständigkeit ändern",
}
LESSONS = {
    Lesson.UNANSWERED_QUESTION.value: "Frage ohne Artikel",
    Lesson.UNUSED_ARTICLE.value: "Artikel gelesen, aber nicht benutzt",
    Lesson.MISLEADING_ARTICLE.value: "Artikel benutzt, Anliegen kam zurück",
    Lesson.OUT_OF_DATE_ARTICLE.value: "Artikel nicht mehr aktuell",
    Lesson.WRONG_DOOR.value: "falsche Tür",
}
"""German, by code."""


class TaskBody(ma.Schema):
    """A task after its event ``version``. While it is open, ``owner`` and ``due_at`` are set."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    lesson = ma.fields.String(required=True, metadata={"enum": list(LESSONS)})
    key = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"enum": ["open", "done"]})
    owner = ma.fields.String(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    due_policy = ma.fields.String(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True, metadata={"enum": [*reasons.TASK_OUTCOME, None]})
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class TaskItem(ma.Schema):
    """A task. ``occurrences`` of its lesson there had been when it was opened; ``label`` is German."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    lesson = ma.fields.String(required=True, metadata={"enum": list(LESSONS)})
    label = ma.fields.String(required=True)
    key = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"enum": ["open", "done"]})
    owner = ma.fields.String(required=True, allow_none=True)
    last_owner = ma.fields.String(required=True)
    due_at = Moment(required=True, allow_none=True)
    overdue = ma.fields.Boolean(required=True)
    opened_at = Moment(required=True)
    opened_by = ma.fields.String(required=True)
    occurrences = ma.fields.Integer(required=True)
    inquiries = ma.fields.List(ma.fields.UUID(), required=True)
    article_id = ma.fields.UUID(required=True, allow_none=True)
    service = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    done_at = Moment(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True)
    made_article_id = ma.fields.UUID(required=True, allow_none=True)
    reopened = ma.fields.Integer(required=True)
    changed_at = Moment(required=True)
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


def _links(task_id: object) -> dict[str, str]:
    here = f"/api/v1/tasks/{task_id}"
    return {"self": here, "effect": f"{here}/effect"}


def task_body(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "version": task.version,
        "kind": task.kind,
        "lesson": task.lesson,
        "key": task.key,
        "state": "open" if task.is_open else "done",
        "owner": task.owner,
        "due_at": local(task.due_at),
        "due_policy": task.due_policy,
        "outcome": task.outcome,
        "_links": _links(task.id),
    }


def task_item(row: TaskRow) -> dict[str, Any]:
    told = asdict(row)
    told["id"] = told.pop("task_id")
    return {
        **told,
        **{name: local(getattr(row, name)) for name in ("due_at", "opened_at", "done_at", "changed_at")},
        "label": f"{KINDS[row.kind]} ({LESSONS[row.lesson]})",
        "state": "open" if row.outcome is None else "done",
        "overdue": row.overdue(now()),
        "_links": _links(row.task_id),
    }
