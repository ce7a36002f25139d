"""Published events of a task: what the city sets itself to do because of something that it has learned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent(PublishedEvent):
    """One step of one task: ``owner`` has it until ``due_at``; both are None once it is done."""

    identity: ClassVar[str] = "task_id"

    task_id: UUID
    owner: str | None
    due_at: datetime | None
    due_policy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpened(TaskEvent):
    """A lesson became a task: ``write`` or ``revise`` an article, ``reroute`` a service.

    ``lesson`` is the kind of lesson and ``key`` which one; it had occurred ``occurrences`` times, in ``inquiries`` (the
    latest ones) among others.
    """

    type: ClassVar[str] = "casebackbone.task.opened.v1"

    kind: str
    lesson: str
    key: str
    inquiries: tuple[UUID, ...]
    article_id: UUID | None
    service: str | None
    department: str | None
    occurrences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned(TaskEvent):
    """Somebody else does it."""

    type: ClassVar[str] = "casebackbone.task.assigned.v1"

    previous_owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeferred(TaskEvent):
    """Its due time was changed by a person, with a reason."""

    type: ClassVar[str] = "casebackbone.task.deferred.v1"

    previous_due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone(TaskEvent):
    """It is done; ``article_id`` is the article that came of it."""

    type: ClassVar[str] = "casebackbone.task.done.v1"

    outcome: str
    article_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(TaskEvent):
    """It did not help, or was not done after all."""

    type: ClassVar[str] = "casebackbone.task.reopened.v1"

    reason: str


EVENTS: tuple[type[TaskEvent], ...] = (TaskOpened, TaskAssigned, TaskDeferred, TaskDone, TaskReopened)
