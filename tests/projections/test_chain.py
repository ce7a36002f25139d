"""Events of all families that come again: the same is a duplicate, another is a forgery, however old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from events.channel import Delivery
from events.published import PublishedEvent
from projections.gate import Refetch
from projections.quarantine import Problem, quarantined, unattributed
from tests.casebackbone.editor import Editor
from tests.casebackbone.editor import told as told_articles
from tests.casebackbone.todo import Todo
from tests.casebackbone.todo import told as told_tasks
from tests.examples import Story, deliveries
from tests.projections.model import ReadModel
from tests.projections.mornings import a_morning, published
from tests.projections.test_directory import Talk


def _lives() -> dict[str, Sequence[PublishedEvent]]:
    """Of each family one subject with four events or more."""
    desk = published(a_morning())
    return {
        "inquiry": Story().received().claimed().answered().resolved().events,
        "article": told_articles(Editor().published().step("retire", reason="service_ended")),
        "task": told_tasks(
            Todo("one").step("assign", "agent:bert").step("assign", "agent:carl").step("finish", "not_needed")
        ),
        "directory": Talk().described("tiefbau", "Tiefbau").described("schule", "Schule").described("x", "X").events,
        "desk": [event for event in desk if event.subject == desk[0].subject],
    }


def _store_of(events: Sequence[PublishedEvent]) -> Refetch:
    return lambda subject, after, up_to: [one for one in events if after < one.version <= up_to]


FAMILIES = ["inquiry", "article", "task", "directory", "desk"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_forged_duplicate_holds_up_its_subject_until_the_store_has_spoken(model: ReadModel, family: str) -> None:
    events = _lives()[family]
    model.take(deliveries(events))
    false = replace(events[1], provenance=replace(events[1].provenance, hash="f" * 64))
    (summary,) = model.take([Delivery(0, 900, false)])
    assert (summary.duplicates, summary.quarantined) == (0, 1)
    (held,) = model.ask(quarantined).rows
    assert (held.subject, held.problem, held.version) == (false.subject, Problem.HASH_CONFLICT, 2)
    replayed = model.open(_store_of(events)).replay(false.subject)
    assert (replayed.released, replayed.set_aside) == (True, 1)
    assert [one.problem for one in model.ask(unattributed).rows] == [Problem.HASH_CONFLICT]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_old_duplicate_keeps_nobody_in_quarantine(model: ReadModel, family: str) -> None:
    """Behind a gap the records come again from the beginning; no store is at hand."""
    events = _lives()[family]
    records = deliveries(events)
    model.take([*records[:2], *records[3:]])
    again = [replace(record, offset=record.offset + 900) for record in records]
    (summary,) = model.take(again)
    assert (summary.duplicates, summary.quarantined) == (2, 0)
    replayed = model.projector.replay(events[0].subject)
    assert (replayed.released, replayed.applied) == (True, len(events) - 2)
    assert model.ask(unattributed).rows == []
