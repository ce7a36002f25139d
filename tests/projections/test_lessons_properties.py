"""Whatever happens: lessons equal a slow count of the events, which knows neither the view's tables nor its rules."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.published import PublishedEvent
from projections import lesson_articles, lesson_doors, lessons
from projections.database import Database
from projections.lessons import Period
from tests.examples import NAMES, NOON, Story, deliveries
from tests.projections.figures_by_hand import histories, named, when
from tests.projections.model import ReadModel

ARTICLES = [uuid5(NAMES, f"article {number}") for number in range(2)]
HOURS = (0, 0.5, 3, 24 * 29, 24 * 31)


@st.composite
def worlds(draw: st.DrawFn) -> list[PublishedEvent]:
    log = count(1)
    events: list[PublishedEvent] = []
    for number in range(draw(st.integers(1, 5))):
        story = Story(number, positions=log).received(service=draw(st.sampled_from([None, "1"])))
        for _ in range(draw(st.integers(0, 10))):
            story.later(draw(st.sampled_from(HOURS)))
            _take(story, draw)
        events += story.events
    return sorted(events, key=lambda event: event.provenance.position)


def _take(story: Story, draw: st.DrawFn) -> None:
    standing = story.standing
    answered = any(named(event, "answered") for event in story.events)
    if not standing.state.is_open:
        steps = ["reopened"] + ["feedback"] * answered
    elif standing.offered_to is not None:
        steps = ["accepted", "rejected", "expired", "recalled", "classified", "rerouted"]
    else:
        steps = ["answered", "consulted", "forwarded", "contradicted", "classified", "resolved", "noted"]
    step = draw(st.sampled_from(steps))
    article = draw(st.sampled_from([*ARTICLES, None]))
    if step == "answered":
        story.answered(draw(st.booleans()), article_id=article, article_version=article and draw(st.integers(1, 2)))
    elif step == "consulted":
        story.consulted(article or ARTICLES[0], draw(st.integers(1, 2)))
    elif step == "feedback":
        if not any(named(event, "feedback_given") for event in story.events):
            story.feedback(draw(st.sampled_from(["helped", "did_not_help"])))
    elif step == "rejected":
        story.rejected(draw(st.sampled_from(["not_responsible", "incomplete", "unspecified"])))
    elif step == "forwarded":
        story.forwarded(draw(st.sampled_from(["a", "b", "c"])))
    elif step == "classified":
        story.classified(draw(st.sampled_from(["1", "2"])))
    elif step == "rerouted":
        story.rerouted(f"department:{standing.offered_to}")
    else:
        getattr(story, step)()


# --- the slow count --------------------------------------------------------------------------------------------------


def slow_unanswered(world: list[PublishedEvent]) -> set[tuple[UUID, datetime, Any]]:
    found = set()
    for history in histories(world):
        answers = [event for event in history if named(event, "answered")]
        if answers and answers[-1].article_id is None:
            found.add((answers[-1].inquiry_id, when(answers[-1]), history[-1].standing.service))
    return found


def slow_articles(world: list[PublishedEvent]) -> dict[tuple[UUID, int], list[int]]:
    """Consulted, unused, answers, at first contact, came back, misled."""
    found: dict[tuple[UUID, int], list[int]] = defaultdict(lambda: [0] * 6)
    for history in histories(world):
        looked = {}
        for place, event in enumerate(history):
            if named(event, "article_consulted"):
                looked.setdefault((event.article_id, event.article_version), place)
        for (article, edition), place in looked.items():
            later = [event for event in history[place:] if named(event, "answered")]
            found[article, edition][0] += 1
            found[article, edition][1] += bool(later) and all(event.article_id != article for event in later)
        for place, answer in enumerate(history):
            if named(answer, "answered") and answer.article_id is not None:
                _slow_use(found[answer.article_id, answer.article_version], answer, history[place + 1 :])
    return dict(found)


def _slow_use(counts: list[int], answer: Any, rest: list[Any]) -> None:
    until = next((n for n, event in enumerate(rest) if named(event, "answered")), len(rest))
    mine = rest[:until]
    back = next((event for event in mine if named(event, "reopened", "contradicted")), None)
    soon = back is not None and when(back) - when(answer) <= timedelta(days=30)
    bad = any(named(event, "feedback_given") and event.verdict == "did_not_help" for event in mine)
    for place, yes in enumerate((True, answer.first_contact, soon, soon or bad), start=2):
        counts[place] += yes


def slow_doors(world: list[PublishedEvent]) -> dict[tuple[Any, ...], list[Any]]:
    """Times, lost minutes, who took it how often, by service, sender and department."""
    found: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0, defaultdict(int)])
    for history in histories(world):
        for place, forward in enumerate(history):
            rest = history[place + 1 :]
            end = next((event for event in rest if event.standing.offered_to is None), None)
            if not named(forward, "forwarded") or end is None or not _is_wrong(end):
                continue
            taken = next((event for event in rest if named(event, "forward_accepted")), None)
            again = next((event for event in rest if named(event, "forwarded")), None)
            department = history[place].standing.department
            sender = f"department:{department}" if department else "desk"
            service = (taken or history[-1]).standing.service
            door = found[service, sender, forward.to]
            door[0] += 1
            door[1] += end.offered_minutes + (again.standing.lost_minutes - end.standing.lost_minutes if again else 0)
            if taken:
                door[2][taken.department] += 1
    return dict(found)


def _is_wrong(end: Any) -> bool:
    return named(end, "forward_expired") or (named(end, "forward_rejected") and end.reason != "incomplete")


# --- equal -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds(), size=st.integers(1, 40))
def test_lessons_equal_a_slow_count(
    database_url: str, database: Database, world: list[PublishedEvent], size: int
) -> None:
    with database.rebuilding("test") as building:
        ReadModel(database, building).take(deliveries(world, 1), size)
        database.switch(building)
    model, ever = ReadModel(database), Period(start=NOON - timedelta(days=1), end=NOON + timedelta(days=999))
    unanswered = model.ask(lessons.unanswered, ever)
    assert {(one.inquiry_id, one.at, one.service) for one in unanswered} == slow_unanswered(world)
    assert model.ask(lessons.count_unanswered, ever) == len(slow_unanswered(world))
    articles = {
        (row.article_id, row.edition): [
            *(row.consulted, row.unused, row.answers, row.at_first_contact, row.came_back, row.misled)
        ]
        for row in model.ask(lesson_articles.article_lessons, ever)
    }
    assert articles == slow_articles(world)
    doors = {
        (door.service, door.sender, door.department): [door.times, door.lost_minutes, door.accepted_by]
        for door in model.ask(lesson_doors.wrong_doors, ever)
    }
    assert doors == slow_doors(world)
