"""Tasks: what the city has set itself to do because of something that it has learned, whose it is and until when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select

from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.lessons import sum_of
from projections.lessons_rows import TASKS


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task. ``owner`` and ``due_at`` are None once it is done; ``last_owner`` had it last, or has it.
    ``made_article_id`` is the article that came of it."""

    task_id: UUID
    version: int
    kind: str
    lesson: str
    key: str
    owner: str | None
    last_owner: str
    due_at: datetime | None
    opened_at: datetime
    opened_by: str
    occurrences: int
    inquiries: tuple[UUID, ...]
    article_id: UUID | None
    service: str | None
    department: str | None
    done_at: datetime | None
    outcome: str | None
    made_article_id: UUID | None
    reopened: int
    changed_at: datetime

    def overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. ``due_before`` is exclusive; ``owners``: had or has it last."""

    owners: tuple[str, ...] | None = None
    lesson: str | None = None
    key: str | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    open: int
    overdue: int
    done: int


_ANY = Filters()
_OPEN = TASKS.c.outcome.is_(None)


def open_tasks(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[TaskRow]:
    """Those that are open, what is due first first. Raises BadCursor, ValueError."""
    key = [TASKS.c.due_at, TASKS.c.task_id]
    statement = select(TASKS).where(_OPEN, *_conditions(filters)).order_by(*key).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "open_tasks", moment, UUID)))
    return page(_rows(connection, statement), limit, lambda row: (row.due_at, row.task_id), "open_tasks")


def done_tasks(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[TaskRow]:
    """Those that are done, the latest first. Raises BadCursor, ValueError."""
    key = [TASKS.c.done_at, TASKS.c.task_id]
    statement = select(TASKS).where(~_OPEN, *_conditions(filters)).order_by(*(column.desc() for column in key))
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "done_tasks", moment, UUID), descending=True))
    found = _rows(connection, statement.limit(checked_limit(limit) + 1))
    return page(found, limit, lambda row: (row.done_at, row.task_id), "done_tasks")


def of_task(connection: Connection, task_id: UUID) -> TaskRow | None:
    """One task; None if there is none."""
    found = _rows(connection, select(TASKS).where(TASKS.c.task_id == task_id))
    return found[0] if found else None


def of_lessons(connection: Connection, lesson: str) -> list[TaskRow]:
    """All tasks because of a kind of lesson, the latest first: whoever shows a lesson says what was done about it."""
    key = (TASKS.c.opened_at.desc(), TASKS.c.task_id.desc())
    return _rows(connection, select(TASKS).where(TASKS.c.lesson == lesson).order_by(*key))


def counts(connection: Connection, now: datetime) -> TaskCounts:
    """How many there are, and how many are late."""
    sums = (
        func.coalesce(sum_of(_OPEN), 0).label("open"),
        func.coalesce(sum_of(TASKS.c.due_at < now), 0).label("overdue"),
        func.coalesce(sum_of(~_OPEN), 0).label("done"),
    )
    return TaskCounts(**connection.execute(select(*sums)).one()._mapping)


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.owners is not None:
        yield TASKS.c.last_owner.in_(filters.owners)
    if filters.lesson is not None:
        yield TASKS.c.lesson == filters.lesson
    if filters.key is not None:
        yield TASKS.c.key == filters.key
    if filters.due_before is not None:
        yield TASKS.c.due_at < filters.due_before


def _rows(connection: Connection, statement: Any) -> list[TaskRow]:
    return [
        TaskRow(**{**row, "inquiries": tuple(UUID(one) for one in json.loads(row["inquiries"]))})
        for row in connection.execute(statement).mappings()
    ]
