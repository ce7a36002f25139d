"""A task (aggregate): what the city sets itself to do because of something that it has learned.

An article to be written or revised, a responsibility to be put right. Like an inquiry, an open task has an owner and a
due time after every event; unlike one, it is about how the city works, not about a citizen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import task_events as happened
from casebackbone.cause import Cause
from casebackbone.recorded import Recorded
from casebackbone.refusals import Conflict

if TYPE_CHECKING:
    from casebackbone.deadlines import Due


class TaskKind(StrEnum):
    WRITE = "write"
    REVISE = "revise"
    REROUTE = "reroute"


class Lesson(StrEnum):
    """What it was that was learned; the view of lessons finds them."""

    UNANSWERED_QUESTION = "unanswered_question"
    UNUSED_ARTICLE = "unused_article"
    MISLEADING_ARTICLE = "misleading_article"
    OUT_OF_DATE_ARTICLE = "out_of_date_article"
    WRONG_DOOR = "wrong_door"


class Task(Recorded):
    """Times are UTC. Every command raises :class:`casebackbone.refusals.Refused` and then has changed nothing."""

    TOPIC: ClassVar[str] = "task"

    kind: str
    lesson: str
    key: str
    owner: str | None
    due_at: datetime | None
    due_policy: str | None
    outcome: str | None

    def __init__(self) -> None:
        self.outcome = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    @classmethod
    def open(
        cls,
        task_id: UUID,
        cause: Cause,
        *,
        kind: TaskKind,
        lesson: Lesson,
        key: str,
        owner: str,
        due: Due,
        occurrences: int,
        inquiries: Sequence[UUID] = (),
        article_id: UUID | None = None,
        service: str | None = None,
        department: str | None = None,
    ) -> Self:
        """Because of a lesson, which ``key`` names among its kind and which had occurred so often until now."""
        return cls._begin(
            happened.TaskOpened,
            task_id,
            cause,
            kind=kind.value,
            lesson=lesson.value,
            key=key,
            owner=owner,
            due_at=due.at,
            due_policy=due.policy,
            inquiries=list(inquiries),
            article_id=article_id,
            service=service,
            department=department,
            occurrences=occurrences,
        )

    def assign(self, owner: str) -> None:
        """Somebody else (``agent:<id>`` or ``department:<id>``) does it; by the same time."""
        self._open()
        if owner == self.owner:
            raise Conflict("unchanged", "Diese Aufgabe liegt schon dort.")
        self._happens(happened.TaskAssigned, owner=owner, previous_owner=str(self.owner))

    def defer(self, due: Due, *, reason: str) -> None:
        """Another due time, said by a person."""
        self._open()
        if due.at == self.due_at:
            raise Conflict("unchanged", "Diese Frist gilt schon.")
        self._happens(
            happened.TaskDeferred, due_at=due.at, due_policy=due.policy, previous_due_at=self.due_at, reason=reason
        )

    def finish(self, outcome: str, *, article_id: UUID | None = None) -> None:
        """Done; whether it helped shows in what happens from now on."""
        self._open()
        self._happens(
            happened.TaskDone, owner=None, due_at=None, due_policy=None, outcome=outcome, article_id=article_id
        )

    def reopen(self, owner: str, due: Due, *, reason: str) -> None:
        """It did not help, or was not done after all."""
        if self.is_open:
            raise Conflict("task_open", "Diese Aufgabe ist noch nicht erledigt.")
        self._happens(happened.TaskReopened, owner=owner, due_at=due.at, due_policy=due.policy, reason=reason)

    def _open(self) -> None:
        if not self.is_open:
            raise Conflict("task_done", "Diese Aufgabe ist erledigt.")

    def _happens(self, event_class: type[happened.TaskEvent], **fields: object) -> None:
        standing = {"owner": self.owner, "due_at": self.due_at, "due_policy": self.due_policy}
        self._record(event_class, **{**standing, **fields})


register_topic(Task.TOPIC, Task)
