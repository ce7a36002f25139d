"""What lies in a queue for whoever takes the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.standing import State
from projections import taking
from projections.cursor import BadCursor
from tests.examples import NOON, Story
from tests.projections.model import ReadModel


def due(name: str, hours: int) -> Story:
    return Story(name).received(due_at=NOON + timedelta(hours=hours))


def ids(model: ReadModel, place: str = "desk:front", limit: int = 200) -> list[object]:
    return [row.inquiry_id for row in model.all_of(taking.queue, place, NOON, limit=limit)]


def test_by_due_time_and_page_by_page(model: ReadModel) -> None:
    stories = [due(f"s{hours}", hours) for hours in (5, 1, 4, 2, 3)]
    model.given(*stories)
    expected = [story.id for story in sorted(stories, key=lambda story: str(story.standing.due_at))]
    assert ids(model) == ids(model, limit=2) == expected
    (first, *_) = model.ask(taking.queue, "desk:front", NOON).rows
    assert (first.version, first.due_at) == (1, NOON + timedelta(hours=1))


def test_not_what_others_have_or_are_asked_for(model: ReadModel) -> None:
    free = due("free", 9)
    department = due("theirs", 3).forwarded("tiefbau").accepted()
    model.given(free, due("claimed", 1).claimed(), due("offered", 2).forwarded("tiefbau"), department)
    assert ids(model) == [free.id]
    assert ids(model, "department:tiefbau") == [department.id]
    assert ids(model, "desk:background") == []


def test_what_waits_for_the_citizen_is_there_when_it_is_due(model: ReadModel) -> None:
    paused = due("paused", 1).paused()
    assert paused.standing.state is State.WAITING
    assert paused.standing.due_at is not None
    model.given(paused)
    assert ids(model) == []
    rows = model.ask(taking.queue, "desk:front", paused.standing.due_at).rows
    assert [row.inquiry_id for row in rows] == [paused.id]


def test_cursors_of_other_lists(model: ReadModel) -> None:
    with pytest.raises(BadCursor):
        model.ask(taking.queue, "desk:front", NOON, after="bm8")
