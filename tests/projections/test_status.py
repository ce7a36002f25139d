"""The citizen's look-up by reference."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from events.standing import State
from projections import status
from tests.examples import NOON, Story
from tests.projections.model import ReadModel


@pytest.mark.parametrize("written", [str.lower, str, lambda text: text.replace("-", " "), lambda text: f" {text}. "])
def test_however_it_is_written(model: ReadModel, written: object) -> None:
    story, other = Story("mine").received().later().noted(), Story("other").received()
    model.given(story, other)
    found = model.ask(status.by_reference, written(story.standing.reference))  # type: ignore[operator]
    assert found is not None
    assert (found.inquiry_id, found.state, found.version) == (story.id, State.OPEN, 2)
    assert (found.received_at, found.last_step_at) == (NOON, NOON + timedelta(hours=1))
    assert found.due_at == story.standing.due_at
    assert model.ask(status.inquiry_id_of, story.standing.reference) == story.id


def test_also_after_the_end(model: ReadModel) -> None:
    story = Story().received().forwarded("tiefbau").accepted().answered().resolved()
    model.given(story)
    found = model.ask(status.of_inquiry, story.id)
    assert found is not None
    assert (found.state, found.due_at, found.department) == (State.RESOLVED, None, "tiefbau")


def test_what_is_not_there(model: ReadModel) -> None:
    model.given(Story().received())
    for reference in ("", "AAAA-AAAA-AAAA", "%"):
        assert model.ask(status.by_reference, reference) is None
        assert model.ask(status.inquiry_id_of, reference) is None
    assert model.ask(status.of_inquiry, Story("other").id) is None


def test_two_with_the_same_reference_see_nothing_of_each_other(model: ReadModel) -> None:
    one = Story("one").received(reference="SAME-SAME-SAME")
    model.given(one, Story("two").received(reference="SAME-SAME-SAME"))
    assert model.ask(status.by_reference, "SAME-SAME-SAME") is None


def test_a_duplicate_stands_as_the_inquiry_that_goes_on(model: ReadModel) -> None:
    log = count(1)
    last = Story("last", positions=log).received().paused()
    middle = Story("middle", positions=log).received().merged("last")
    first = Story("first", positions=log).received().merged("middle")
    early = Story("early", positions=log).received().merged("not there yet")
    model.given(last, middle, first, early)

    def stands(story: Story) -> UUID:
        found = model.ask(status.of_inquiry, story.id)
        assert found is not None
        return model.ask(status.going_on, found).inquiry_id

    assert [stands(story) for story in (first, middle, last)] == [last.id] * 3
    assert stands(early) == early.id
