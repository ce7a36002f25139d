"""Did it get better? How often a lesson occurred before a task was opened because of it, and since that was done.

Occurrences are counted in at most :data:`LOOK_BACK` before the task was opened, beginning with the first of them, and
in the time since it was done; each as a rate per week, of a week at least. For a question without an article they are
the inquiries of the task before, and afterwards those that were answered without an article and are like them; the
answers that came from the article that the task has made are counted as well. Less than a week after it was done it
is too early to say, unless an answer came from that article already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select

from projections import lesson_articles
from projections.lesson_doors import of_door
from projections.lesson_tasks import TaskRow
from projections.lessons import Period, sum_of
from projections.lessons_rows import ANSWERS, DOORS

LOOK_BACK = timedelta(weeks=12)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``occurrences`` from ``since`` on, until ``until``."""

    since: datetime
    until: datetime
    occurrences: int

    @property
    def per_week(self) -> float:
        return self.occurrences / max(1.0, (self.until - self.since) / WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """``code``: ``not_done``, ``too_early``, ``better``, ``same``, ``worse``, or ``not_shown`` to those who may not
    read what was asked. ``answers`` came from the article that the task has made, since then; None if it made none.
    """

    code: str
    before: Rate
    after: Rate | None
    answers: int | None = None
    at_first_contact: int | None = None


def since_done(task: TaskRow, now: datetime) -> Period | None:
    """The time in which the effect shows; None while the task is open."""
    return None if task.done_at is None else Period(start=task.done_at, end=max(now, task.done_at))


def effect(connection: Connection, task: TaskRow, now: datetime, asked_again: int | None = None) -> Effect:
    """``asked_again``: how many inquiries were answered without an article since, and are like those of the task; None
    when nobody may know, and of no matter for other lessons."""
    before, since = _before(connection, task), since_done(task, now)
    if since is None:
        return Effect(code="not_done", before=before, after=None)
    occurrences = asked_again if task.lesson == "unanswered_question" else _occurrences(connection, task, since)
    answers, first = _from_article(connection, task.made_article_id, since)
    if occurrences is None:
        return Effect(code="not_shown", before=before, after=None, answers=answers, at_first_contact=first)
    after = Rate(since=since.start, until=since.end, occurrences=occurrences)
    code = _verdict(before, after, bool(answers))
    return Effect(code=code, before=before, after=after, answers=answers, at_first_contact=first)


def _verdict(before: Rate, after: Rate, used: bool) -> str:
    if after.until - after.since < WEEK and not used:
        return "too_early"
    if after.per_week < before.per_week:
        return "better"
    return "worse" if after.per_week > before.per_week else "same"


def _before(connection: Connection, task: TaskRow) -> Rate:
    window = Period(start=task.opened_at - LOOK_BACK, end=task.opened_at)
    if task.lesson == "unanswered_question":
        mine = select(func.min(ANSWERS.c.at)).where(ANSWERS.c.inquiry_id.in_(task.inquiries))
        first = connection.execute(mine.where(window.covers(ANSWERS.c.at))).scalar_one()
        found = task.occurrences
    elif task.lesson == "wrong_door":
        mine = select(func.min(DOORS.c.ended_at)).where(*of_door(task.key))
        first = connection.execute(mine.where(window.covers(DOORS.c.ended_at))).scalar_one()
        found = _occurrences(connection, task, window)
    else:
        first = lesson_articles.first_occurrence(connection, task.lesson, _article_of(task), window)
        found = _occurrences(connection, task, window)
    return Rate(since=first or window.start, until=window.end, occurrences=found)


def _occurrences(connection: Connection, task: TaskRow, period: Period) -> int:
    if task.lesson == "wrong_door":
        statement = select(func.count()).select_from(DOORS).where(*of_door(task.key), period.covers(DOORS.c.ended_at))
        return connection.execute(statement).scalar_one()
    return lesson_articles.occurrences(connection, task.lesson, _article_of(task), period)


def _article_of(task: TaskRow) -> UUID:
    """The article that the lesson is about, whichever of its editions taught it."""
    if task.article_id is None:
        raise ValueError(f"task {task.task_id} because of {task.lesson} names no article")
    return task.article_id


def _from_article(connection: Connection, article_id: UUID | None, period: Period) -> tuple[int | None, int | None]:
    if article_id is None:
        return None, None
    sums = select(func.count(), func.coalesce(sum_of(ANSWERS.c.first_contact), 0))
    mine = (ANSWERS.c.article_id == article_id, period.covers(ANSWERS.c.at))
    answers, first = connection.execute(sums.where(*mine)).one()
    return answers, first
