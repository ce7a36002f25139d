"""Given, when, then over one task: whoever sees to it, with a clock that tests set, and nothing stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone.cause import Cause
from casebackbone.deadlines import Due
from casebackbone.refusals import Refused
from casebackbone.task import Lesson, Task, TaskKind
from casebackbone.translation import publish
from events.task import TaskEvent

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("6a3c4f0e-0000-4000-8000-000000000445")
SVEN, ANNA, WASTE = "agent:sven", "agent:anna", "department:abfall"


def due(days: float) -> Due:
    return Due(MONDAY + timedelta(days=days), "115@test")


class Todo:
    """A task that Sven has opened on Monday for Anna; each step happens an hour after the last."""

    def __init__(self, name: str = "bulky waste", at: datetime = MONDAY, **more: Any) -> None:
        self.now = at
        self.id = uuid5(NAMES, name)
        known: dict[str, Any] = {
            "kind": TaskKind.WRITE,
            "lesson": Lesson.UNANSWERED_QUESTION,
            "key": "one",
            "owner": ANNA,
            "due": due(14),
            "occurrences": 5,
        }
        self.task = Task.open(self.id, self._cause(), **known | more)

    def _cause(self) -> Cause:
        command_id = uuid5(NAMES, f"{self.id}{self.now}")
        return Cause(
            actor=SVEN, command_id=command_id, correlation_id=command_id, occurred_at=self.now, recorded_at=self.now
        )

    def later(self, **by: float) -> Todo:
        self.now += timedelta(**by)
        return self

    def step(self, name: str, *arguments: Any, **more: Any) -> Todo:
        self.later(hours=1)
        self.task.cause = self._cause()
        getattr(self.task, name)(*arguments, **more)
        return self

    def refuses(self, code: str, name: str, *arguments: Any, **more: Any) -> None:
        before = len(self.task.pending_events)
        with pytest.raises(Refused) as refusal:
            self.step(name, *arguments, **more)
        assert refusal.value.code == code
        assert len(self.task.pending_events) == before


def told(*todos: Todo) -> list[TaskEvent]:
    """What the world is told of these tasks, one after the other."""
    positions, events = count(1_000_000), []
    for todo in todos:
        head = "0" * 64
        for event in todo.task.pending_events:
            object.__setattr__(event, "previous", head)
            head = f"{next(positions):064x}"
            object.__setattr__(event, "hash", head)
            events.append(publish(event, position=int(head, 16), store_epoch=NAMES))
    return events  # type: ignore[return-value]
