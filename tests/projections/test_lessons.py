"""What can be learned, counted by hand: questions without an article, editions, wrong doors, hours, tasks."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone.task import Lesson, TaskKind
from projections import lesson_articles, lesson_doors, lesson_effects, lesson_hours, lesson_tasks, lessons
from projections.digest import digests
from projections.lesson_articles import ArticleLesson, article_key
from projections.lesson_tasks import Filters
from projections.lessons import Period, paged
from tests.casebackbone.editor import Editor
from tests.casebackbone.editor import told as told_articles
from tests.casebackbone.todo import ANNA, WASTE, Todo, due
from tests.casebackbone.todo import told as told_tasks
from tests.examples import NOON, Story, deliveries, inquiry_id
from tests.projections.figuring import BERLIN, Phone
from tests.projections.model import ReadModel

BULKY, STREET = "99012003000000", "99107006012000"
EVER = Period(start=NOON - timedelta(days=400), end=NOON + timedelta(days=400))
ARTICLE = Editor().id


def learn(model: ReadModel, *stories: Any, size: int = 500, first_offset: int = 1) -> ReadModel:
    events = sorted((event for one in stories for event in one.events), key=lambda event: event.provenance.position)
    model.take(deliveries(events, 1, first_offset), size)
    return model


def ids(*names: str | int) -> set[UUID]:
    return {inquiry_id(name) for name in names}


# --- questions -------------------------------------------------------------------------------------------------------


def test_what_was_answered_without_an_article_last(model: ReadModel) -> None:
    log = count(1)
    told = {name: Story(name, positions=log).received(service=BULKY).later() for name in "abcdef"}
    told["a"].answered(first_contact=True)
    told["b"].answered(article_id=ARTICLE, article_version=1)
    told["c"].answered().later().answered(article_id=ARTICLE, article_version=1)
    told["d"].answered(article_id=ARTICLE, article_version=1).later().answered().resolved().later().reopened()
    told["e"].resolved("withdrawn")
    told["f"].answered().classified(STREET)
    learn(model, *told.values())
    found = model.ask(lessons.unanswered, EVER)
    assert {one.inquiry_id for one in found} == ids("a", "d", "f")
    assert [one.at for one in found] == sorted(one.at for one in found)
    by_id = {one.inquiry_id: one for one in found}
    assert by_id[inquiry_id("a")].first_contact
    assert by_id[inquiry_id("d")].came_back_at is not None
    assert by_id[inquiry_id("f")].service == STREET
    assert model.ask(lessons.count_unanswered, EVER) == 3
    assert {one.inquiry_id for one in model.ask(lessons.unanswered, EVER, service=STREET)} == ids("f")
    assert [one.inquiry_id for one in model.ask(lessons.unanswered, EVER, most=1)] == [found[-1].inquiry_id]
    first = Period(start=EVER.start, end=found[0].at + timedelta(seconds=1))
    assert model.ask(lessons.count_unanswered, first) == sum(one.at == found[0].at for one in found)


# --- articles --------------------------------------------------------------------------------------------------------


def test_articles_by_what_became_of_them(model: ReadModel) -> None:
    log = count(1)
    told = {name: Story(name, positions=log).received().later() for name in "abcdefg"}
    other = uuid5(ARTICLE, "other")
    told["a"].consulted(ARTICLE, 1).answered(True, article_id=ARTICLE, article_version=1).feedback("helped")
    told["b"].consulted(ARTICLE, 1).answered(article_id=other, article_version=1)
    told["c"].consulted(ARTICLE, 1).answered()
    told["d"].consulted(ARTICLE, 1)  # nobody has answered yet: read, and nothing else to say
    told["e"].answered(article_id=ARTICLE, article_version=1).resolved().later(24 * 30).reopened("contradicted")
    told["f"].answered(article_id=ARTICLE, article_version=1).resolved().later(24 * 30 + 1).reopened("wrong_answer")
    told["g"].answered(article_id=ARTICLE, article_version=1).feedback("did_not_help").later().contradicted()
    learn(model, *told.values())
    editor = Editor().published().step("rate", 1, "out_of_date").step("rate", 1, "helped").step("rate", 1, "helped")
    model.take(deliveries(told_articles(editor), 1, 10_000))
    rows = model.ask(lesson_articles.article_lessons, EVER)
    assert [row.key for row in rows] == [article_key(ARTICLE, 1), article_key(other, 1)]
    assert rows[0] == ArticleLesson(
        article_id=ARTICLE,
        edition=1,
        question=editor.article.latest.words.question,
        retired=False,
        consulted=4,
        unused=2,
        answers=4,
        at_first_contact=1,
        came_back=2,
        misled=2,
        citizens_helped=1,
        citizens_did_not_help=1,
        agents_helped=2,
        agents_out_of_date=1,
    )
    assert (rows[1].question, rows[1].answers, rows[1].trouble) == (None, 1, 0)
    assert model.ask(lessons.feedback, EVER) == (1, 1)
    for lesson, times in (("unused_article", 2), ("misleading_article", 2), ("out_of_date_article", 1)):
        assert rows[0].occurrences(lesson) == times
        assert model.ask(lesson_articles.occurrences, lesson, ARTICLE, EVER) == times
    assert model.ask(lesson_articles.article_lessons, EVER, article_id=uuid5(ARTICLE, "none")) == []
    assert paged(rows, lesson_articles.article_order, "x", None, 1).next_cursor is not None


def test_an_article_that_was_used_in_the_end_is_not_unused(model: ReadModel) -> None:
    story = Story().received().consulted(ARTICLE, 1).consulted(ARTICLE, 2).answered().later()
    story.answered(article_id=ARTICLE, article_version=2)
    learn(model, story)
    assert [row.unused for row in model.ask(lesson_articles.article_lessons, EVER)] == [0, 0]


# --- wrong doors -----------------------------------------------------------------------------------------------------


def test_wrong_doors_by_who_sent_what_to_whom(model: ReadModel) -> None:
    log = count(1)
    told = [Story(number, positions=log).received(service=BULKY).claimed() for number in range(3)]
    for story in told[:2]:  # an hour at the wrong door, half an hour until the next one
        story.forwarded("tiefbau").later().rejected().later(0.5).forwarded("abfall").later(2).accepted()
    told[2].forwarded("tiefbau").later(4).expired().later(1).forwarded("abfall").rejected("incomplete")
    by_department = Story("d", positions=log).received().forwarded("abfall").accepted()
    by_department.forwarded("tiefbau", "agent:gerd").later().rejected()
    recalled = Story("r", positions=log).received(service=BULKY).forwarded("tiefbau").later().recalled()
    learn(model, *told, by_department, recalled)
    doors = model.ask(lesson_doors.wrong_doors, EVER)
    assert [(door.service, door.sender, door.department) for door in doors] == [
        (BULKY, "desk", "tiefbau"),
        (None, "department:abfall", "tiefbau"),
    ]
    wrong = doors[0]
    assert (wrong.times, wrong.rejected, wrong.expired) == (3, 2, 1)
    assert wrong.lost_minutes == 2 * (60 + 30) + (240 + 60)
    assert (wrong.accepted_by, wrong.nowhere, wrong.accepted_most) == ({"abfall": 2}, 1, ("abfall", 2))
    assert (doors[1].times, doors[1].accepted_by, doors[1].nowhere, doors[1].accepted_most) == (1, {}, 1, None)
    assert set(model.ask(lesson_doors.behind_door, EVER, wrong.key)) == ids(0, 1, 2)
    assert model.ask(lesson_doors.behind_door, EVER, "nonsense") == ()
    assert [door.department for door in model.ask(lesson_doors.wrong_doors, EVER, service=BULKY)] == ["tiefbau"]
    assert model.ask(lesson_doors.wrong_doors, EVER, department="abfall") == []


def test_the_service_that_is_named_before_somebody_accepts_is_that_of_the_door(model: ReadModel) -> None:
    story = Story().received().forwarded("tiefbau").rejected().classified(BULKY)
    learn(model, story)
    assert [door.service for door in model.ask(lesson_doors.wrong_doors, EVER)] == [BULKY]
    before = len(story.events)
    story.forwarded("abfall").accepted().classified(STREET)
    model.take(deliveries(story.events[before:], 1, before + 1))
    (door,) = model.ask(lesson_doors.wrong_doors, EVER)
    assert (door.service, door.accepted_by) == (BULKY, {"abfall": 1})


# --- hours -----------------------------------------------------------------------------------------------------------


def test_calls_and_waiting_by_weekday_and_hour_of_the_city(model: ReadModel) -> None:
    """NOON is Monday, twelve in Germany (UTC+1); a fortnight later as well; at the end of the month it is summer."""
    log = count(1)
    first = Phone(log).offered("a", 10).answered("a", 20).offered("b", 30).answered("b", 130)
    second = Phone(log, at=NOON + timedelta(days=14), day="2026-03-16").offered("c", 60).abandoned("c", 80)
    second.offered("d", 3600)
    summer = Phone(log, at=NOON + timedelta(days=28), day="2026-03-30").offered("e", 1)
    learn(model, first, second, summer)
    hours = {(hour.weekday, hour.hour): hour for hour in model.ask(lesson_hours.busy_hours, EVER, BERLIN)}
    assert set(hours) == {(1, 12), (1, 13)}
    noon = hours[1, 12]
    assert (noon.calls, noon.answered_in_time, noon.abandoned, noon.over) == (3, 1, 1, 3)
    assert (noon.waited_seconds, noon.longest_wait_seconds, noon.mean_wait_seconds) == (
        130,
        100,
        pytest.approx(43.33, 0.01),
    )
    assert (hours[1, 13].calls, hours[1, 13].mean_wait_seconds) == (2, None)


def test_peaks_are_cut_at_the_hours(model: ReadModel) -> None:
    from tests.casebackbone.phone_desk import at
    from tests.projections.mornings import a_morning, published

    model.take(deliveries(published(a_morning()), 1))
    hours = model.ask(lesson_hours.busy_hours, Period(start=at(0), end=at(3600 * 3)), BERLIN)
    assert sum(hour.peaks_opened for hour in hours) == 1
    assert sum(hour.peak_minutes for hour in hours) == pytest.approx((75 + 120 - 12) / 60)
    narrow = model.ask(lesson_hours.busy_hours, Period(start=at(60), end=at(120)), BERLIN)
    assert sum(hour.peak_minutes for hour in narrow) == pytest.approx(1)
    assert sum(hour.peaks_opened for hour in narrow) == 0


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_tasks_by_owner_due_time_and_state(model: ReadModel) -> None:
    soon, later = Todo("soon", owner=WASTE, due=due(3)), Todo("later", due=due(30))
    done = Todo("done").step("assign", WASTE).step("finish", "not_needed")
    back = Todo("back").step("finish", "not_needed").step("reopen", WASTE, due(40), reason="not_done")
    model.take(deliveries(told_tasks(soon, later, done, back), 1), 2)
    listed = model.all_of(lesson_tasks.open_tasks, limit=1)
    assert [row.task_id for row in listed] == [soon.id, later.id, back.id]
    assert [row.owner for row in listed] == [WASTE, ANNA, WASTE]
    assert [row.task_id for row in model.ask(lesson_tasks.open_tasks, Filters(owners=(WASTE,))).rows] == [
        soon.id,
        back.id,
    ]
    late = Filters(due_before=due(4).at)
    assert [row.task_id for row in model.ask(lesson_tasks.open_tasks, late).rows] == [soon.id]
    (ended,) = model.ask(lesson_tasks.done_tasks, Filters(owners=(WASTE,))).rows
    assert (ended.task_id, ended.owner, ended.last_owner, ended.due_at) == (done.id, None, WASTE, None)
    assert ended.outcome == "not_needed"
    assert (listed[2].reopened, listed[2].outcome, listed[2].done_at) == (1, None, None)
    counted = model.ask(lesson_tasks.counts, due(4).at)
    assert (counted.open, counted.overdue, counted.done) == (3, 1, 1)
    assert listed[0].overdue(due(4).at)
    assert not listed[0].overdue(due(3).at)
    assert model.ask(lesson_tasks.of_task, inquiry_id("none")) is None


def wrong(log: Any, number: int, day: float) -> Story:
    story = Story(f"w{number}", at=NOON + timedelta(days=day), positions=log).received(service=BULKY)
    return story.forwarded("tiefbau").later().rejected()


@pytest.mark.parametrize(
    ("afterwards", "days", "code"), [(0, 6, "too_early"), (0, 8, "better"), (2, 7, "same"), (3, 7, "worse")]
)
def test_it_got_better_when_it_happens_less_often(model: ReadModel, afterwards: int, days: int, code: str) -> None:
    """Four in a fortnight before, which is two a week; done at once."""
    log = count(1)
    learn(model, *(wrong(log, number, number * 4) for number in range(4)))
    opened = NOON + timedelta(days=14, hours=1)
    todo = Todo(
        at=opened,
        kind=TaskKind.REROUTE,
        lesson=Lesson.WRONG_DOOR,
        key=lesson_doors.door_key(BULKY, "desk", "tiefbau"),
        occurrences=4,
        due=due(40),
    )
    model.take(deliveries(told_tasks(todo), 1, 100))
    task = model.ask(lesson_tasks.of_task, todo.id)
    assert model.ask(lesson_effects.effect, task, opened).code == "not_done"
    todo.step("finish", "rerouted")
    model.take(deliveries(told_tasks(todo)[1:], 1, 101))
    learn(model, *(wrong(log, 10 + number, 15 + number) for number in range(afterwards)), first_offset=1000)
    task = model.ask(lesson_tasks.of_task, todo.id)
    found = model.ask(lesson_effects.effect, task, todo.now + timedelta(days=days))
    assert (found.before.occurrences, found.before.per_week) == (4, pytest.approx(2.0))
    assert found.after is not None
    assert (found.after.occurrences, found.code) == (afterwards, code)


@pytest.mark.parametrize(("occurrences", "again", "code"), [(4, 4, "worse"), (900, 4, "worse"), (900, 1, "same")])
def test_what_was_asked_before_is_counted_in_the_time_that_it_took(
    model: ReadModel, occurrences: int, again: int, code: str
) -> None:
    """The task names two of its many inquiries, both in the last four weeks, and two from half a year before."""
    log = count(1)
    days = (-180, -170, 0, 14)
    learn(model, *(Story(day, at=NOON + timedelta(days=day), positions=log).received().answered() for day in days))
    todo = Todo(at=NOON + timedelta(days=28), inquiries=tuple(inquiry_id(day) for day in days), occurrences=occurrences)
    done = todo.step("finish", "not_needed").now
    model.take(deliveries(told_tasks(todo), 1, 100))
    task = model.ask(lesson_tasks.of_task, todo.id)
    asked_again = lesson_effects.AskedAgain(occurrences=again, compared_since=done + timedelta(days=14))
    found = model.ask(lesson_effects.effect, task, done + timedelta(days=28), asked_again)
    assert (found.before.occurrences, found.before.per_week) == (2, pytest.approx(0.5))
    assert found.after is not None
    assert (found.after.per_week, found.code) == (pytest.approx(again / 2), code)


def test_where_many_were_compared_in_less_than_a_week_they_are_not_spread_over_one(model: ReadModel) -> None:
    log = count(1)
    learn(model, *(Story(n, at=NOON + timedelta(days=n), positions=log).received().answered() for n in range(7)))
    inquiries = tuple(inquiry_id(number) for number in range(7))
    todo = Todo(at=NOON + timedelta(days=7), inquiries=inquiries, occurrences=7).step("finish", "not_needed")
    model.take(deliveries(told_tasks(todo), 1, 100))
    task = model.ask(lesson_tasks.of_task, todo.id)
    now = todo.now + timedelta(days=60)
    asked_again = lesson_effects.AskedAgain(occurrences=6, compared_since=now - timedelta(days=1))
    found = model.ask(lesson_effects.effect, task, now, asked_again)
    assert found.after is not None
    assert (found.before.per_week, found.after.per_week, found.code) == (7, 42, "worse")


# --- however it is cut -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_rows_do_not_depend_on_how_events_are_cut(model: ReadModel, size: int) -> None:
    log = count(1)
    stories = [wrong(log, 1, 0).forwarded("abfall").accepted(), wrong(log, 2, 1).classified(STREET)]
    stories += [
        Story("x", positions=log).received().consulted(ARTICLE, 1).answered(article_id=ARTICLE, article_version=1)
    ]
    stories[2].resolved().later(48).reopened().answered().feedback("helped").contradicted()
    tasks = told_tasks(Todo("a").step("assign", WASTE).step("finish", "not_needed"), Todo("b"))
    events = sorted((event for one in stories for event in one.events), key=lambda event: event.provenance.position)
    records = deliveries([*events, *tasks], 1)
    found = []
    for name, cut in (("whole", 500), ("cut", size)):
        with model.database.rebuilding(name) as building:
            ReadModel(model.database, building).take(records, cut)
            model.database.switch(building)
        found.append(digests(model.database, True)["lessons"])
    assert found[0] == found[1]
