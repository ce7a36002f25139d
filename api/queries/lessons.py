"""What the city can learn: what is asked and has no article, which articles do not do, wrong doors, busy hours."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response

from api.context import local, now, system
from api.csv_answer import CSV, as_asked
from api.learning import Group, Questions, Tasks, effect_of, groups, nearest_article, period_of
from api.lesson_bodies import article_item, door_item, hour_item, learned, nearest_item
from api.queries import lessons_schemas as schemas
from api.queries.looking import LINK, Answer, View, look
from api.representation_task import LESSONS, task_item
from api.topic import Topic
from casebackbone.access import Permission
from projections import lesson_articles, lesson_doors, lesson_hours, lesson_tasks, lessons
from projections.lesson_articles import ARTICLE_LESSONS, ArticleLesson
from projections.lesson_doors import WrongDoor
from projections.lesson_tasks import Filters, TaskRow
from projections.lessons import Period, paged

topic = Topic("lessons", __name__, description="What the city can learn")

MOST_INQUIRIES = 200
"""So many of a group are named; a task keeps them, to see whether the question is asked again."""

_PLACES = {"unanswered_question": "questions", "wrong_door": "doors"}


@topic.route("/lessons", permission=Permission.READ_LESSONS)
@topic.arguments(schemas.OverviewQuery, location="query")
@topic.response(200, schemas.Overview)
def overview(query: dict[str, Any]) -> dict[str, Any]:
    """How often each kind of lesson was taught, and which tasks are late."""
    period = period_of(query)
    with look(query) as view:
        doors = lesson_doors.wrong_doors(view.connection, period)
        articles = lesson_articles.article_lessons(view.connection, period)
        hours = lesson_hours.busy_hours(view.connection, period, system().settings.timezone)
        counted = [
            ("unanswered_question", lessons.count_unanswered(view.connection, period), None),
            *(_taught(articles, lesson) for lesson in ARTICLE_LESSONS),
            ("wrong_door", sum(door.times for door in doors), len(doors)),
        ]
        helped, did_not_help = lessons.feedback(view.connection, period)
        late = lesson_tasks.open_tasks(view.connection, Filters(due_before=now()), limit=200)
        tasks = lesson_tasks.counts(view.connection, now())
        return view.answer(
            start=local(period.start),
            end=local(period.end),
            items=[_count(*one) for one in counted],
            feedback={"helped": helped, "did_not_help": did_not_help},
            peaks=sum(hour.peaks_opened for hour in hours),
            tasks={"open": tasks.open, "overdue": tasks.overdue, "done": tasks.done},
            overdue=[task_item(task) for task in late.rows],
        )


def _taught(articles: list[ArticleLesson], lesson: str) -> tuple[str, int, int]:
    times = [one.occurrences(lesson) for one in articles]
    return lesson, sum(times), sum(count > 0 for count in times)


def _count(lesson: str, occurrences: int, different: int | None) -> dict[str, Any]:
    place = _PLACES.get(lesson, f"articles?lesson={lesson}")
    href = f"/api/v1/lessons/{place}"
    return {
        "lesson": lesson,
        "label": LESSONS[lesson],
        "occurrences": occurrences,
        "lessons": different,
        "href": href,
    }


# --- questions -------------------------------------------------------------------------------------------------------


@topic.route("/lessons/questions", permission=Permission.READ_QUESTIONS)
@topic.arguments(schemas.QuestionsQuery, location="query")
@topic.response(200, schemas.QuestionGroups, headers=LINK)
@topic.doc(**CSV)
def questions(query: dict[str, Any]) -> Answer | Response:
    """Questions that are alike and were answered without an article. That you looked is recorded first."""
    period, read = period_of(query), Questions()
    with look(query) as view:
        found = groups(view.connection, period, read, service=query.get("service"))
        enough = [group for group in found if len(group.inquiries) >= query["least"]]
        page = paged(enough, lambda group: group.order, "question_groups", query.get("cursor"), query["limit"])
        shown = _Shown(view, read, query["texts"] == "true")
        numbers = {
            "compared": sum(len(group.inquiries) for group in found),
            "without_article": lessons.count_unanswered(view.connection, period),
        }
        return as_asked(query, view.page(page, shown.question, **numbers), schemas.QuestionItem)


class _Shown:
    """Lessons with what is being done about them."""

    def __init__(self, view: View, read: Questions, texts: bool = False) -> None:
        self._view, self._read, self._texts = view, read, texts
        self._tasks: dict[str, Tasks] = {}

    def _because_of(self, lesson: str) -> Tasks:
        if lesson not in self._tasks:
            self._tasks[lesson] = Tasks(self._view.connection, lesson)
        return self._tasks[lesson]

    def _learned(self, key: str, task: TaskRow | None) -> dict[str, Any]:
        effect = None if task is None else effect_of(self._view.connection, task, self._read)
        return learned(key, task, effect)

    def question(self, group: Group) -> dict[str, Any]:
        one = group.inquiries
        return {
            **self._learned(group.key, self._because_of("unanswered_question").about(group)),
            "times": len(one),
            "words": group.alike.words,
            "services": dict(sorted(Counter(inquiry.service for inquiry in one if inquiry.service).items())),
            "at_first_contact": sum(inquiry.first_contact for inquiry in one),
            "came_back": sum(inquiry.came_back_at is not None for inquiry in one),
            "first_at": local(one[0].at),
            "last_at": local(one[-1].at),
            "inquiries": [inquiry.inquiry_id for inquiry in one[-MOST_INQUIRIES:]],
            "nearest_article": nearest_item(nearest_article(self._view.connection, group)),
            "texts": [member.text for member in group.alike.members] if self._texts else None,
        }

    def article(self, lesson: ArticleLesson) -> dict[str, Any]:
        taught = [
            {
                **self._learned(lesson.key, self._because_of(code).about_article(lesson.article_id)),
                "lesson": code,
                "occurrences": lesson.occurrences(code),
            }
            for code in ARTICLE_LESSONS
            if lesson.occurrences(code)
        ]
        return article_item(lesson, taught)

    def door(self, period: Period) -> Any:
        directory = system().application.directory()

        def shown(door: WrongDoor) -> dict[str, Any]:
            inquiries = lesson_doors.behind_door(self._view.connection, period, door.key)
            done = self._learned(door.key, self._because_of("wrong_door").because_of(door.key))
            return door_item(door, directory, inquiries, done)

        return shown


# --- articles, doors, hours ------------------------------------------------------------------------------------------


@topic.route("/lessons/articles", permission=Permission.READ_LESSONS)
@topic.arguments(schemas.ArticlesQuery, location="query")
@topic.response(200, schemas.ArticleLessons, headers=LINK)
@topic.doc(**CSV)
def articles(query: dict[str, Any]) -> Answer | Response:
    """Editions by what became of them: read and not used, used and followed by a reopening, said to be out of date."""
    lesson = query.get("lesson")
    with look(query) as view:
        found = lesson_articles.article_lessons(view.connection, period_of(query))
        taught = [one for one in found if lesson is None or one.occurrences(lesson)]
        page = paged(taught, lesson_articles.article_order, "article_lessons", query.get("cursor"), query["limit"])
        return as_asked(query, view.page(page, _Shown(view, Questions()).article), schemas.EditionLessons)


@topic.route("/lessons/doors", permission=Permission.READ_LESSONS)
@topic.arguments(schemas.DoorsQuery, location="query")
@topic.response(200, schemas.WrongDoors, headers=LINK)
@topic.doc(**CSV)
def doors(query: dict[str, Any]) -> Answer | Response:
    """Who sends what to whom for nothing, what that costs, and what the directory should say."""
    period = period_of(query)
    with look(query) as view:
        narrowed = {name: query.get(name) for name in ("service", "department")}
        found = lesson_doors.wrong_doors(view.connection, period, **narrowed)
        page = paged(found, lesson_doors.door_order, "wrong_doors", query.get("cursor"), query["limit"])
        return as_asked(query, view.page(page, _Shown(view, Questions()).door(period)), schemas.WrongDoorItem)


@topic.route("/lessons/hours", permission=Permission.READ_LESSONS)
@topic.arguments(schemas.HoursQuery, location="query")
@topic.response(200, schemas.BusyHours)
@topic.doc(**CSV)
def hours(query: dict[str, Any]) -> Answer | Response:
    """Calls, waiting times and peaks by weekday and hour of the city's time."""
    zone = system().settings.timezone
    with look(query) as view:
        found = [hour_item(hour) for hour in lesson_hours.busy_hours(view.connection, period_of(query), zone)]
        return as_asked(query, (view.answer(time_zone=zone.key, items=found), 200, {}), schemas.BusyHourItem)
