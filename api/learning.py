"""What is learned, put together: views say what happened, the content store what was asked, the directory who is
responsible. Texts are read for those who may, once a request, after it was recorded that they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from api.context import now, principal, system
from api.errors import invalid, unavailable
from casebackbone.access import Permission
from casebackbone.questions import read_questions
from projections import lesson_effects, lesson_tasks, lessons
from projections.article_search import Found
from projections.lesson_effects import AskedAgain, Effect
from projections.lesson_tasks import TaskRow
from projections.lessons import Period, Unanswered
from projections.likeness import Alike, Asked, Reader, alike, like_these

USUAL = timedelta(days=90)


def period_of(query: dict[str, Any]) -> Period:
    """What is asked for; without it the last 90 days. Raises Problem when it ends before it begins."""
    end = query.get("end") or now() + timedelta(seconds=1)  # what happens at this moment is among it
    start = query.get("start") or end - USUAL
    if start >= end:
        raise invalid("/to", "period_reversed", "„to“ muss nach „from“ liegen.")
    return Period(start=start, end=end)


class Questions:
    """The questions of inquiries, each read at most once a request."""

    def __init__(self) -> None:
        self._texts: dict[UUID, str] = {}
        self._looked: set[UUID] = set()
        self.reader = Reader()

    def texts(self, inquiry_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Those that are still there. Raises Problem when the look cannot be recorded."""
        new = [inquiry_id for inquiry_id in inquiry_ids if inquiry_id not in self._looked]
        try:
            self._texts |= read_questions(system().application, principal(), new, at=now())
        except (PersistenceError, SQLAlchemyError) as unwritten:
            structlog.get_logger("api").error("access_not_recorded", error=type(unwritten).__name__)
            raise unavailable(
                "access_not_recorded", "Die Einsicht konnte nicht vermerkt werden; ohne Vermerk wird nichts gezeigt."
            ) from None
        self._looked.update(new)
        return {inquiry_id: self._texts[inquiry_id] for inquiry_id in inquiry_ids if inquiry_id in self._texts}

    def asked(self, inquiry_ids: Sequence[UUID]) -> list[Asked]:
        return [Asked(inquiry_id, text) for inquiry_id, text in self.texts(inquiry_ids).items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that are alike and were answered without an article. Its key is its first inquiry."""

    alike: Alike
    inquiries: tuple[Unanswered, ...]

    @property
    def key(self) -> str:
        return str(self.inquiries[0].inquiry_id)

    @property
    def order(self) -> tuple[int, str]:
        return -len(self.inquiries), self.key


def groups(connection: Connection, period: Period, questions: Questions, *, service: str | None = None) -> list[Group]:
    """Of the latest :data:`projections.lessons.MOST_QUESTIONS`; what was asked most often first."""
    found = {one.inquiry_id: one for one in lessons.unanswered(connection, period, service=service)}
    made = [
        Group(alike=group, inquiries=tuple(found[member.inquiry_id] for member in group.members))
        for group in alike(questions.asked(list(found)), reader=questions.reader)
    ]
    return sorted(made, key=lambda group: group.order)


def nearest_article(connection: Connection, group: Group) -> Found | None:
    """What the Infodatenbank has that is nearest to what was asked; the editor sees whether it is an answer."""
    words = " ".join(group.alike.words) if len(group.alike.words) > 1 else group.alike.members[0].text
    at = now()
    synonyms = system().synonyms.at(connection, at)
    hits = system().article_search.search(connection, words, at=at, limit=1, synonyms=synonyms)
    return hits[0] if hits else None


class Tasks:
    """What is being done, or was, about lessons of one kind."""

    def __init__(self, connection: Connection, lesson: str) -> None:
        self._tasks = lesson_tasks.of_lessons(connection, lesson)

    def because_of(self, key: str) -> TaskRow | None:
        """The latest one because of exactly this lesson."""
        return next((task for task in self._tasks if task.key == key), None)

    def about_article(self, article_id: UUID) -> TaskRow | None:
        """The latest one because of any edition of an article."""
        return next((task for task in self._tasks if task.article_id == article_id), None)

    def about(self, group: Group) -> TaskRow | None:
        """The latest one because of any of these questions: groups grow, and lose their oldest."""
        mine = {one.inquiry_id for one in group.inquiries}
        return next((task for task in self._tasks if mine & set(task.inquiries)), None)


def effect_of(connection: Connection, task: TaskRow, questions: Questions) -> Effect:
    """Whether it got better. What was asked is compared for those who may read it."""
    asked_again, since = None, lesson_effects.since_done(task, now())
    if task.lesson == "unanswered_question" and since is not None and principal().may(Permission.READ_QUESTIONS):
        these = list(questions.texts(task.inquiries).values())
        most = lessons.MOST_QUESTIONS
        later = lessons.unanswered(connection, since, most=most)
        others = questions.asked([one.inquiry_id for one in later if one.inquiry_id not in task.inquiries])
        if these:
            compared_since = later[0].at if len(later) == most else None
            asked_again = AskedAgain(
                occurrences=len(like_these(these, others, reader=questions.reader)), compared_since=compared_since
            )
    return lesson_effects.effect(connection, task, now(), asked_again)
