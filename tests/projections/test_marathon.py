"""The marathon index by service: doors until the first that took it, however the events come in batches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from projections import marathon
from projections.marathon import Filters, MarathonRow
from tests.examples import NOON, Story
from tests.projections.model import ReadModel
from tests.projections.plans import plans

WASTE = "99107006012000"


def around(name: str = "around") -> Story:
    """An hour at the wrong door, two in between, one until the right door took it, and then on to a third one."""
    story = Story(name).received(service=WASTE).forwarded("a").later(1).rejected().later(2).forwarded("b").later(1)
    return story.accepted().later(5).forwarded("c").accepted().answered().resolved()


def only(model: ReadModel, **filters: object) -> MarathonRow:
    (row,) = model.all_of(marathon.inquiries, Filters(**filters))  # type: ignore[arg-type]
    return row


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_the_first_acceptance_ends_the_search_whatever_the_batches(model: ReadModel, size: int) -> None:
    model.given(around(), size=size)
    row = only(model)
    assert (row.doors, row.accepted_at) == (2, NOON + timedelta(hours=4))
    assert (row.bounces, row.circles, row.lost_minutes, row.service) == (1, 0, 180, WASTE)


def test_a_search_that_has_not_ended_counts_its_doors(model: ReadModel) -> None:
    story = Story().received().forwarded("a").later(1).recalled().forwarded("a").later(4).expired().forwarded("a")
    model.given(story)
    row = only(model)
    assert (row.doors, row.accepted_at, row.bounces, row.circles, row.lost_minutes) == (3, None, 1, 1, 300)


def test_it_belongs_to_the_service_that_it_has_now(model: ReadModel) -> None:
    model.given(Story("classified").received().forwarded("a").classified(WASTE), Story("unknown").received(), size=2)
    found = model.all_of(marathon.by_service)
    assert [(row.service, row.inquiries, row.forwarded, row.mean_doors) for row in found] == [
        (None, 1, 0, None),
        (WASTE, 1, 1, 1.0),
    ]


def test_sums_and_what_is_behind_them(model: ReadModel) -> None:
    stories = [around(f"around {n}") for n in range(3)]
    stories += [Story(f"straight {n}").received(service=WASTE).forwarded("a").accepted() for n in range(5)]
    model.given(*stories)
    (row,) = model.all_of(marathon.by_service, Filters(service=WASTE))
    assert (row.inquiries, row.accepted, row.doors, row.most_doors) == (8, 8, 11, 2)
    assert (row.more_than_one_door, row.more_than_one_door_share, row.lost_minutes) == (3, 0.375, 540)
    behind = model.all_of(marathon.inquiries, Filters(service=WASTE, doors_from=2), limit=2)
    assert {found.inquiry_id for found in behind} == {story.id for story in stories[:3]}
    assert model.ask(marathon.total, Filters(received_from=NOON + timedelta(hours=1))).inquiries == 0
    assert model.ask(marathon.total, Filters(received_to=NOON + timedelta(seconds=1))).inquiries == 8


def test_of_a_period_only_that_is_read(model: ReadModel) -> None:
    with model.database.read() as connection:
        (plan,) = plans(connection, lambda: marathon.by_service(connection, Filters(received_from=NOON)))
    assert "marathon_received" in plan
