"""The audit trail: every event, who, when, why; nothing that a person said."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from projections import audit_trail
from projections.audit_trail import Filters
from projections.cursor import BadCursor
from tests.examples import ANNA, BERT, NOON, Story, whole_life
from tests.projections.model import ReadModel, told

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_the_history_of_an_inquiry_is_all_of_its_events_in_order(model: ReadModel, limit: int) -> None:
    life, other = whole_life(), whole_life("other")
    model.given(life, other)
    rows = model.all_of(audit_trail.of_inquiry, life.id, limit=limit)
    assert [(row.version, row.type, row.hash, row.position) for row in rows] == [
        (event.version, event.type, event.provenance.hash, event.provenance.position) for event in life.events
    ]


def test_a_row_says_who_when_why_and_because_of_what(model: ReadModel) -> None:
    story = Story().received().later().forwarded("tiefbau", BERT).later().rejected("incomplete", "gruenflaechen")
    model.given(story)
    _, forwarded, rejected = model.all_of(audit_trail.of_inquiry, story.id)
    assert (forwarded.actor, forwarded.reason, forwarded.department) == (BERT, "responsible", "tiefbau")
    assert forwarded.codes == {"to": "tiefbau", "reason": "responsible", "circular": False}
    assert (rejected.reason, rejected.department, rejected.holder) == ("incomplete", "tiefbau", "desk:front")
    assert rejected.codes == {
        "department": "tiefbau",
        "reason": "incomplete",
        "suggestion": "gruenflaechen",
        "offered_minutes": 60,
    }
    provenance = story.events[1].provenance
    assert (forwarded.command_id, forwarded.correlation_id) == (provenance.command_id, provenance.correlation_id)
    assert (forwarded.causation_id, forwarded.occurred_at) == (provenance.causation_id, NOON + HOUR)
    assert forwarded.recorded_at == provenance.recorded_at


def test_codes_of_every_type_and_no_content(model: ReadModel) -> None:
    life = whole_life()
    model.given(life)
    codes: dict[str, dict[str, Any]] = {}
    for row in model.all_of(audit_trail.of_inquiry, life.id):
        codes.setdefault(row.type.split(".")[2], {}).update(row.codes)
    assert codes["answered"] == {"first_contact": False}
    assert codes["rerouted"] == {"reason": "left", "moved_from": "agent:gerd"}
    assert (codes["duplicate_added"], codes["contradicted"]) == (codes["duplicate_removed"], {})
    assert codes["resolved"] == {"outcome": "answered"}
    assert codes["content_erased"] == {"basis": "request"}
    assert UUID(codes["merged"]["merged_into"]) == UUID(codes["unmerged"]["merged_from"])
    assert codes["paused"] == {"reason": "waiting_for_citizen", "remaining_minutes": 600}
    assert set(codes["due_changed"]) == {"previous_due_at", "reason"}
    assert "contents" not in str(codes)


def talk() -> list[Story]:
    log = count(1)
    first = Story("first", positions=log).received().later().claimed(ANNA).later().answered()
    second = Story("second", positions=log).received().claimed(BERT).later(2).forwarded("tiefbau", BERT).accepted()
    return [first, second]


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_the_newest_first(model: ReadModel, limit: int) -> None:
    stories = talk()
    model.given(*stories)
    rows = model.all_of(audit_trail.search, limit=limit)
    keys = [(row.occurred_at, row.inquiry_id, row.version) for row in rows]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) == len(told(*stories))


def test_filters(model: ReadModel) -> None:
    first, second = talk()
    model.given(first, second)

    def found(**filters: Any) -> set[tuple[UUID, int]]:
        return {(row.inquiry_id, row.version) for row in model.all_of(audit_trail.search, Filters(**filters))}

    assert found(actor=BERT) == {(second.id, 2), (second.id, 3)}
    assert found(department="tiefbau") == {(second.id, 3), (second.id, 4)}
    assert found(type="casebackbone.inquiry.claimed.v1") == {(first.id, 2), (second.id, 2)}
    assert found(occurred_from=NOON + HOUR, occurred_to=NOON + 2 * HOUR) == {(first.id, 2)}
    assert found(actor=BERT, occurred_from=NOON + HOUR) == {(second.id, 3)}


def test_foreign_cursors_are_refused(model: ReadModel) -> None:
    story = Story().received().noted()
    model.given(story)
    cursor = model.ask(audit_trail.search, limit=1).next_cursor
    with pytest.raises(BadCursor):
        model.ask(audit_trail.of_inquiry, story.id, after=cursor)
