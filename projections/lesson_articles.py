"""Articles that did not do: read and not used, used and followed by a reopening, out of date; by edition."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, and_, func, or_, select

from projections.article_rows import ARTICLES, EDITIONS
from projections.lessons import BETWEEN, Period, sum_of
from projections.lessons_rows import ANSWERS, CONSULTED, RATINGS

COMES_BACK_DAYS = 30
"""A reopening or contradiction this soon after an answer speaks against what it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLesson:
    """One edition and what became of it.

    ``consulted``: inquiries for which somebody looked at it; ``unused``: those of them that were answered afterwards,
    never from this article. ``answers`` came from it, ``at_first_contact`` and ``came_back`` (reopened or contradicted
    within :data:`COMES_BACK_DAYS` days) of them; ``misled``: those that came back, or of which the citizen says that
    they did not help. ``citizens_…`` is their feedback; ``agents_…`` are the agents' ratings.
    """

    article_id: UUID
    edition: int
    question: str | None
    retired: bool
    consulted: int = 0
    unused: int = 0
    answers: int = 0
    at_first_contact: int = 0
    came_back: int = 0
    misled: int = 0
    citizens_helped: int = 0
    citizens_did_not_help: int = 0
    agents_helped: int = 0
    agents_did_not_help: int = 0
    agents_out_of_date: int = 0

    @property
    def key(self) -> str:
        return article_key(self.article_id, self.edition)

    def occurrences(self, lesson: str) -> int:
        """How often it taught this lesson."""
        return int(getattr(self, ARTICLE_LESSONS[lesson]))

    @property
    def trouble(self) -> int:
        return sum(self.occurrences(lesson) for lesson in ARTICLE_LESSONS)


ARTICLE_LESSONS = {
    "unused_article": "unused",
    "misleading_article": "misled",
    "out_of_date_article": "agents_out_of_date",
}
"""The lessons that an edition can teach, and what counts how often it did."""


def article_key(article_id: UUID, edition: int) -> str:
    return f"{article_id}{BETWEEN}{edition}"


CAME_BACK = ANSWERS.c.came_back_days <= COMES_BACK_DAYS
MISLED = or_(CAME_BACK, ANSWERS.c.verdict == "did_not_help")


def article_lessons(connection: Connection, period: Period, *, article_id: UUID | None = None) -> list[ArticleLesson]:
    """Every edition that was read, used, judged or rated; what gives most trouble first."""
    found: dict[tuple[UUID, int], dict[str, Any]] = defaultdict(dict)
    for statement, table in (
        (_consultations(period), CONSULTED),
        (_uses(period), ANSWERS),
        (_ratings(period), RATINGS),
    ):
        mine = statement if article_id is None else statement.where(table.c.article_id == article_id)
        for row in connection.execute(mine).mappings():
            found[row["article_id"], row["edition"]] |= row
    if not found:
        return []
    known = {(row.article_id, row.edition): row for row in connection.execute(_editions(article_id))}
    lessons = []
    for key, counted in found.items():
        edition = known.get(key)
        question, retired = (edition.question, edition.retired_at is not None) if edition else (None, False)
        lessons.append(ArticleLesson(question=question, retired=retired, **counted))
    return sorted(lessons, key=article_order)


def article_order(lesson: ArticleLesson) -> tuple[int, str, int]:
    return -lesson.trouble, str(lesson.article_id), lesson.edition


def occurrences(connection: Connection, lesson: str, article_id: UUID, period: Period) -> int:
    """How often a lesson was taught by any edition of an article."""
    return sum(one.occurrences(lesson) for one in article_lessons(connection, period, article_id=article_id))


UNUSED = and_(CONSULTED.c.answered_at.is_not(None), ~CONSULTED.c.used)


def _consultations(period: Period) -> Any:
    counted = (func.count().label("consulted"), sum_of(UNUSED).label("unused"))
    return _by_edition(CONSULTED, *counted).where(period.covers(CONSULTED.c.at))


def _uses(period: Period) -> Any:
    counted = (
        func.count().label("answers"),
        sum_of(ANSWERS.c.first_contact).label("at_first_contact"),
        sum_of(CAME_BACK).label("came_back"),
        sum_of(MISLED).label("misled"),
        sum_of(ANSWERS.c.verdict == "helped").label("citizens_helped"),
        sum_of(ANSWERS.c.verdict == "did_not_help").label("citizens_did_not_help"),
    )
    return _by_edition(ANSWERS, *counted).where(ANSWERS.c.article_id.is_not(None), period.covers(ANSWERS.c.at))


def _ratings(period: Period) -> Any:
    counted = [sum_of(RATINGS.c.verdict == verdict).label(f"agents_{verdict}") for verdict in _VERDICTS]
    return _by_edition(RATINGS, *counted).where(period.covers(RATINGS.c.at))


_VERDICTS = ("helped", "did_not_help", "out_of_date")


def _by_edition(table: Table, *counted: Any) -> Any:
    key = (table.c.article_id, table.c.edition)
    return select(*key, *counted).group_by(*key)


def _editions(article_id: UUID | None) -> Any:
    statement = select(EDITIONS.c.article_id, EDITIONS.c.edition, EDITIONS.c.question, ARTICLES.c.retired_at)
    statement = statement.join(ARTICLES, ARTICLES.c.article_id == EDITIONS.c.article_id)
    return statement if article_id is None else statement.where(EDITIONS.c.article_id == article_id)


def first_occurrence(connection: Connection, lesson: str, article_id: UUID, period: Period) -> datetime | None:
    """When it was first taught in the period."""
    table, which = _TAUGHT[lesson]
    statement = select(func.min(table.c.at)).where(table.c.article_id == article_id, which, period.covers(table.c.at))
    return connection.execute(statement).scalar_one()


_TAUGHT: dict[str, tuple[Table, Any]] = {
    "unused_article": (CONSULTED, UNUSED),
    "misleading_article": (ANSWERS, MISLED),
    "out_of_date_article": (RATINGS, RATINGS.c.verdict == "out_of_date"),
}
