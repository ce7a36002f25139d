"""What the caretaker has to look at: in order, in pieces, and nothing that is quiet for now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from projections.nobody_lost import Clock
from projections.nobody_lost_due import DueInquiry, due_escalations, due_silences, expired_offers, in_hands_of
from tests.examples import NOON, Story
from tests.projections.model import ReadModel
from tests.projections.plans import plans

HOUR = timedelta(hours=1)


def clock(hours: float, silent_after: float = 10_000) -> Clock:
    return Clock(NOON + hours * HOUR, NOON + (hours - silent_after) * HOUR)


def ids(rows: list[DueInquiry]) -> list[Any]:
    return [row.inquiry_id for row in rows]


def test_what_is_overdue_or_was_not_called_in_order_of_time(model: ReadModel) -> None:
    overdue = Story("overdue").received()
    missed = Story("missed").received().callback_promised(50 * HOUR)
    missed.due_changed(NOON + 99 * HOUR)
    waiting = Story("waiting").received().paused(timedelta(days=2.5))
    model.given(overdue, missed, waiting, Story("done").received().answered().resolved())
    assert ids(model.ask(due_escalations, clock(47.9))) == []
    assert ids(model.ask(due_escalations, clock(48))) == [overdue.id]
    assert ids(model.ask(due_escalations, clock(500))) == [overdue.id, missed.id, waiting.id]


def test_who_was_told_is_not_told_again_before_the_time(model: ReadModel) -> None:
    story = Story().received().later(48).escalated()
    model.given(story)
    assert ids(model.ask(due_escalations, clock(51.9))) == []
    assert [row.at for row in model.ask(due_escalations, clock(52))] == [NOON + 52 * HOUR]
    seen = Story("seen").received().later(48).escalated().later().acknowledged()
    model.given(seen)
    assert ids(model.ask(due_escalations, clock(72.9))) == [story.id]
    assert ids(model.ask(due_escalations, clock(73))) == [story.id, seen.id]


def test_a_due_time_that_nobody_was_told_of_is_news(model: ReadModel) -> None:
    story = Story().received().later(48).escalated().due_changed(NOON + 50 * HOUR)
    model.given(story)
    assert [row.at for row in model.ask(due_escalations, clock(50))] == [NOON + 50 * HOUR]


def test_a_persons_word_is_a_cause_by_itself(model: ReadModel) -> None:
    log = count(1)
    complaint = Story("complaint", positions=log).received().escalated(reason="complaint")
    overdue = Story("overdue", positions=log).received().escalated(reason="overdue")
    model.given(complaint, overdue)
    assert ids(model.ask(due_escalations, clock(5))) == [complaint.id]
    seen = Story("seen").received().escalated(reason="complaint").acknowledged()
    model.given(seen)
    assert seen.id not in ids(model.ask(due_escalations, clock(30)))


def test_silence_is_found_by_the_last_step(model: ReadModel) -> None:
    log = count(1)
    silent = Story("silent", positions=log).received().later(1).noted()
    waiting = Story("waiting", positions=log).received().paused()
    told = Story("told", positions=log).received().later(30).escalated(reason="silent")
    since = Story("step since", positions=log).received().later(30).escalated(reason="silent").later(0.5).noted()
    model.given(silent, waiting, told, since)
    assert ids(model.ask(due_silences, clock(32, silent_after=30))) == [silent.id]
    assert ids(model.ask(due_silences, clock(31, silent_after=30))) == [silent.id], "at that very time"
    assert ids(model.ask(due_silences, clock(32, silent_after=1))) == [silent.id, since.id]
    assert ids(model.ask(due_silences, clock(34, silent_after=30))) == [told.id, silent.id], "told at 30, again at 34"
    assert ids(model.ask(due_silences, clock(48, silent_after=1))) == [], "overdue comes first"


def test_what_lies_with_people_and_departments_that_are_gone(model: ReadModel) -> None:
    log = count(1)
    held = Story("held", positions=log).received().claimed("agent:anna")
    asked = Story("asked", positions=log).received().forwarded("tiefbau")
    theirs = Story("theirs", positions=log).received().forwarded("tiefbau").accepted().claimed("agent:gerd")
    other = Story("other", positions=log).received().claimed("agent:bert")
    model.given(held, asked, theirs, other)
    assert set(ids(model.ask(in_hands_of, ["agent:anna"], []))) == {held.id}
    assert set(ids(model.ask(in_hands_of, ["agent:anna"], ["tiefbau"]))) == {held.id, asked.id, theirs.id}
    assert ids(model.ask(in_hands_of, [], [])) == []


@pytest.mark.parametrize("limit", [1, 2, 7])
@pytest.mark.parametrize("which", ["offers", "escalations", "silences", "hands"])
def test_pieces_lose_and_repeat_nothing_among_equal_times(model: ReadModel, which: str, limit: int) -> None:
    log = count(1)
    stories = [Story(n, at=NOON + (n // 3) * HOUR, positions=log).received().forwarded("t") for n in range(7)]
    model.given(*stories)
    queries: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
        "offers": (expired_offers, (NOON + 99 * HOUR,)),
        "escalations": (due_escalations, (clock(99),)),
        "silences": (due_silences, (clock(20, silent_after=10),)),
        "hands": (in_hands_of, ([], ["t"])),
    }
    query, arguments = queries[which]
    found: list[DueInquiry] = []
    while piece := model.ask(query, *arguments, after=found[-1] if found else None, limit=limit):
        found += piece
    assert sorted(ids(found)) == sorted(story.id for story in stories)
    assert [(row.at, row.inquiry_id) for row in found] == sorted((row.at, row.inquiry_id) for row in found)


@pytest.mark.parametrize("query", [expired_offers, due_escalations, due_silences])
def test_the_lists_are_read_in_order_from_an_index(model: ReadModel, query: Callable[..., Any]) -> None:
    """However much is open that is not due, the first piece is there at once."""
    after = DueInquiry(UUID(int=1), NOON, "desk:front", None, None, None)
    when = NOON if query is expired_offers else clock(20, silent_after=10)
    with model.database.read() as connection:
        for plan in plans(connection, lambda: query(connection, when, after=after, limit=5)):
            assert "INDEX" in plan.upper(), plan
            assert "B-TREE" not in plan, plan
            assert "Sort" not in plan.replace("Incremental Sort", ""), plan
