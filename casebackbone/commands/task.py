"""What the city sets itself to do because of something that it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casebackbone import access
from casebackbone.access import Permission, Principal
from casebackbone.commands.command import Command, Scene
from casebackbone.deadlines import Due
from casebackbone.refusals import Conflict, Forbidden, TaskNotFound
from casebackbone.task import Lesson, Task, TaskKind

NEEDS_ARTICLE = ("article_written", "article_revised", "article_retired")
"""Outcomes of which an article came: without its id nobody could see whether it helped."""


def demand_owner(owner: str, scene: Scene) -> None:
    """Raises Conflict unless ``agent:<id>`` or ``department:<id>`` can have a task now."""
    now = scene.cause.occurred_at
    if owner.startswith("department:"):
        scene.directory.demand_department(owner.removeprefix("department:"), now)
    else:
        scene.directory.demand_person(owner, now)


def is_mine(principal: Principal, owner: str | None) -> bool:
    """Whether a task of this owner is this person's, or their department's."""
    mine = {principal.actor} | ({f"department:{principal.department}"} if principal.of_department else set())
    return owner in mine


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask(Command):
    """Because of a lesson; ``due_at`` None: by the service promise."""

    permission = Permission.MANAGE_TASKS
    kind: TaskKind
    lesson: Lesson
    key: str
    owner: str
    occurrences: int
    due_at: datetime | None = None
    inquiries: Sequence[UUID] = ()
    article_id: UUID | None = None
    service: str | None = None
    department: str | None = None

    def begin(self, task_id: UUID, scene: Scene) -> Task:
        demand_owner(self.owner, scene)
        return Task.open(
            task_id,
            scene.cause,
            kind=self.kind,
            lesson=self.lesson,
            key=self.key,
            owner=self.owner,
            due=_due(self.due_at, scene),
            occurrences=self.occurrences,
            inquiries=self.inquiries,
            article_id=self.article_id,
            service=self.service,
            department=self.department,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTask(Command):
    permission = Permission.MANAGE_TASKS
    owner: str

    def act(self, task: Task, scene: Scene) -> None:
        demand_owner(self.owner, scene)
        task.assign(self.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferTask(Command):
    permission = Permission.MANAGE_TASKS
    due_at: datetime
    reason: str

    def act(self, task: Task, scene: Scene) -> None:
        if self.due_at <= scene.cause.occurred_at:
            raise Conflict("window_over", "Diese Frist ist schon vorbei; bitte eine spätere nennen.")
        task.defer(Due(self.due_at, scene.principal.actor), reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTask(Command):
    """By its owner, or by whoever may see to all tasks."""

    permission = Permission.FINISH_TASK
    outcome: str
    article_id: UUID | None = None

    def demand(self, principal: Principal, aggregate: Task) -> None:
        access.demand(principal, self.permission)
        if principal.may(Permission.MANAGE_TASKS) or is_mine(principal, aggregate.owner):
            return
        if principal.of_department:
            raise TaskNotFound(aggregate.id)
        if aggregate.is_open:
            raise Forbidden(
                "not_your_task", f"Die Aufgabe liegt bei {aggregate.owner}; nur von dort wird sie erledigt."
            )

    def act(self, task: Task, scene: Scene) -> None:
        if self.outcome in NEEDS_ARTICLE and self.article_id is None:
            raise Conflict("article_needed", "Bitte den Artikel (article_id) nennen, der dabei herausgekommen ist.")
        task.finish(self.outcome, article_id=self.article_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTask(Command):
    permission = Permission.MANAGE_TASKS
    owner: str
    reason: str
    due_at: datetime | None = None

    def act(self, task: Task, scene: Scene) -> None:
        demand_owner(self.owner, scene)
        task.reopen(self.owner, _due(self.due_at, scene), reason=self.reason)


def _due(due_at: datetime | None, scene: Scene) -> Due:
    """A person's word, or by the service promise."""
    if due_at is None:
        return scene.promise.task(scene.cause.occurred_at)
    if due_at <= scene.cause.occurred_at:
        raise Conflict("window_over", "Diese Frist ist schon vorbei; bitte eine spätere nennen.")
    return Due(due_at, scene.principal.actor)
