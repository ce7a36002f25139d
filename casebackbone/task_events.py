"""Domain events of a task that the city has set itself because of something learned, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent

if TYPE_CHECKING:
    from casebackbone.task import Task


class TaskEvent(RecordedEvent):
    """Each says who has it and until when; after the end nobody and never."""

    TOPIC: ClassVar[str] = "task.event"
    owner: str | None
    due_at: datetime | None
    due_policy: str | None

    def apply(self, aggregate: Task) -> None:
        super().apply(aggregate)
        aggregate.owner, aggregate.due_at, aggregate.due_policy = self.owner, self.due_at, self.due_policy


class TaskOpened(TaskEvent, CanInitAggregate):
    TOPIC = "task.opened"
    originator_topic: str
    kind: str
    lesson: str
    key: str
    inquiries: list[UUID]
    article_id: UUID | None
    service: str | None
    department: str | None
    occurrences: int

    def apply(self, aggregate: Task) -> None:
        super().apply(aggregate)
        aggregate.kind, aggregate.lesson, aggregate.key = self.kind, self.lesson, self.key


class TaskAssigned(TaskEvent):
    TOPIC = "task.assigned"
    previous_owner: str


class TaskDeferred(TaskEvent):
    TOPIC = "task.deferred"
    previous_due_at: datetime
    reason: str


class TaskDone(TaskEvent):
    TOPIC = "task.done"
    outcome: str
    article_id: UUID | None

    def apply(self, aggregate: Task) -> None:
        super().apply(aggregate)
        aggregate.outcome = self.outcome


class TaskReopened(TaskEvent):
    TOPIC = "task.reopened"
    reason: str

    def apply(self, aggregate: Task) -> None:
        super().apply(aggregate)
        aggregate.outcome = None


STORED: dict[str, type[TaskEvent]] = {
    event.TOPIC: event for event in (TaskOpened, TaskAssigned, TaskDeferred, TaskDone, TaskReopened)
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
