"""What the city can learn: what all lessons have in common, and the questions that were answered without an article.

Each lesson has a ``key``, by which a task names it, and says how often it occurred in a period of business time
[``start``, ``end``). What a question was about is not known here: that is found by whoever may read the texts
(:mod:`projections.likeness`). Articles are in :mod:`projections.lesson_articles`, wrong doors in
:mod:`projections.lesson_doors`, peaks in :mod:`projections.lesson_hours`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from projections.cursor import Page, checked_limit, decode, page
from projections.lessons_rows import ANSWERS

MOST_QUESTIONS = 2000
BETWEEN = "|"
"""Between the parts of a key; no id has it."""

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """[``start``, ``end``) of business time."""

    start: datetime
    end: datetime

    def covers(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(column >= self.start, column < self.end)


def sum_of(which: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows are so."""
    return func.sum(case((which, 1), else_=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """An inquiry whose last answer came from no article. ``came_back_at``: reopened or contradicted after it."""

    inquiry_id: UUID
    at: datetime
    first_contact: bool
    service: str | None
    came_back_at: datetime | None


_WITHOUT = and_(ANSWERS.c.latest, ANSWERS.c.article_id.is_(None))


def unanswered(
    connection: Connection, period: Period, *, service: str | None = None, most: int = MOST_QUESTIONS
) -> list[Unanswered]:
    """Answered without an article in the period; the latest ``most`` of them, in the order of their answers."""
    statement = select(*(ANSWERS.c[name] for name in Unanswered.__dataclass_fields__))
    statement = statement.where(_WITHOUT, period.covers(ANSWERS.c.at))
    if service is not None:
        statement = statement.where(ANSWERS.c.service == service)
    statement = statement.order_by(ANSWERS.c.at.desc(), ANSWERS.c.inquiry_id.desc()).limit(most)
    return [Unanswered(**row._mapping) for row in connection.execute(statement)][::-1]


def feedback(connection: Connection, period: Period) -> tuple[int, int]:
    """How many citizens said of answers in the period that they helped, and that they did not."""
    sums = [func.coalesce(sum_of(ANSWERS.c.verdict == verdict), 0) for verdict in ("helped", "did_not_help")]
    found = connection.execute(select(*sums).where(period.covers(ANSWERS.c.at))).one()
    return found[0], found[1]


def count_unanswered(connection: Connection, period: Period) -> int:
    statement = select(func.count()).select_from(ANSWERS).where(_WITHOUT, period.covers(ANSWERS.c.at))
    return connection.execute(statement).scalar_one()


def paged(
    found: Sequence[RowT], key_of: Callable[[RowT], tuple[Any, ...]], kind: str, after: str | None, limit: int
) -> Page[RowT]:
    """A page of rows that are in the order of their keys. Raises BadCursor, ValueError."""
    checked_limit(limit)
    if after is not None and found:
        types = [int if isinstance(part, int) else str for part in key_of(found[0])]
        last = decode(after, kind, *types)
        found = [row for row in found if key_of(row) > last]
    elif after is not None:
        return Page([])
    return page(found[: limit + 1], limit, key_of, kind)
