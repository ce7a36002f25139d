"""Did it get better? How often a lesson occurred before a task was opened because of it, and since that was done.

Occurrences are counted in at most :data:`LOOK_BACK` before the task was opened, beginning with the first of them, and
in the time since it was done; each as a rate per week, of a week at least. For a question without an article they are
the inquiries that the task names before, and afterwards those that were answered without an article and are like them;
where these are too many to compare, the latest, in the time that they took. The answers that came from the article that
the task has made are counted as well. Less than a week after it was done it is too early to say, unless an answer came
from that article already.
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
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``occurrences`` from ``since`` on, until ``until``. ``cut``: there were more, before ``since``, that nobody has
    counted; a week that has so many is not thought to be longer than it was."""

    since: datetime
    until: datetime
    occurrences: int
    cut: bool = False

    @property
    def per_week(self) -> float:
        least = _SHORTEST if self.cut else WEEK
        return self.occurrences / (max(least, self.until - self.since) / WEEK)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """How many inquiries were answered without an article since a task was done, and are like those of it.
    ``compared_since``: when the first of those that were compared was answered, if there were more before."""

    occurrences: int
    compared_since: datetime | None = None


def effect(connection: Connection, task: TaskRow, now: datetime, asked_again: AskedAgain | None = None) -> Effect:
    """``asked_again``: None when nobody may know, and of no matter for other lessons."""
    before, since = _before(connection, task), since_done(task, now)
    if since is None:
        return Effect(code="not_done", before=before, after=None)
    answers, first = _from_article(connection, task.made_article_id, since)
    if task.lesson != "unanswered_question":
        after = Rate(since=since.start, until=since.end, occurrences=_occurrences(connection, task, since))
    elif asked_again is not None:
        compared = asked_again.compared_since
        after = Rate(
            since=compared or since.start,
            until=since.end,
            occurrences=asked_again.occurrences,
            cut=compared is not None,
        )
    else:
        return Effect(code="not_shown", before=before, after=None, answers=answers, at_first_contact=first)
    early = since.end - since.start < WEEK and not answers
    code = "too_early" if early else _verdict(before, after)
    return Effect(code=code, before=before, after=after, answers=answers, at_first_contact=first)


def _verdict(before: Rate, after: Rate) -> str:
    if after.per_week < before.per_week:
        return "better"
    return "worse" if after.per_week > before.per_week else "same"


def _before(connection: Connection, task: TaskRow) -> Rate:
    window = Period(start=task.opened_at - LOOK_BACK, end=task.opened_at)
    if task.lesson == "unanswered_question":
        return _asked_before(connection, task, window)
    if task.lesson == "wrong_door":
        mine = select(func.min(DOORS.c.ended_at)).where(*of_door(task.key))
        first = connection.execute(mine.where(window.covers(DOORS.c.ended_at))).scalar_one()
        found = _occurrences(connection, task, window)
    else:
        first = lesson_articles.first_occurrence(connection, task.lesson, _article_of(task), window)
        found = _occurrences(connection, task, window)
    return Rate(since=first or window.start, until=window.end, occurrences=found)


def _asked_before(connection: Connection, task: TaskRow, window: Period) -> Rate:
    """Of the inquiries that the task names: these are the latest, and not all where there were many."""
    latest = select(func.max(ANSWERS.c.at).label("at")).where(ANSWERS.c.inquiry_id.in_(task.inquiries))
    each = latest.where(ANSWERS.c.at < window.end).group_by(ANSWERS.c.inquiry_id).subquery()
    counted = select(func.count(), func.min(each.c.at)).where(window.covers(each.c.at))
    found, first = connection.execute(counted).one()
    cut = len(task.inquiries) < task.occurrences
    return Rate(since=first or window.start, until=window.end, occurrences=found, cut=cut)


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
