"""Who was told what: the same rows on both databases, however the events are cut."""

from __future__ import annotations

from itertools import count
from uuid import UUID, uuid5

import pytest

from projections import article_told
from projections.digest import digests
from tests.examples import ARTICLE, NAMES, Story
from tests.projections.model import ReadModel

OTHER = uuid5(NAMES, "another article")


def told(story: Story, edition: int = 1, article: UUID = ARTICLE) -> Story:
    return story.answered(article_id=article, article_version=edition)


def rows(model: ReadModel, edition: int = 1) -> dict[UUID, article_told.ToldRow]:
    return {row.inquiry_id: row for row in model.ask(article_told.told, ARTICLE, edition).rows}


def test_an_inquiry_is_listed_under_each_edition_that_it_was_told(model: ReadModel) -> None:
    log = count(1)
    one = told(Story("one", positions=log).received())
    both = told(told(Story("both", positions=log).received()).later(), edition=2)
    model.given(one, both, told(Story("other", positions=log).received(), article=OTHER))
    first, second = rows(model), rows(model, 2)
    assert (set(first), set(second)) == ({one.id, both.id}, {both.id})
    assert first[one.id].answered_again_at is None
    assert first[both.id].answered_again_at == second[both.id].answered_at
    assert (first[one.id].channel, first[one.id].reference) == ("phone", one.standing.reference)


def test_being_told_it_again_is_no_other_answer(model: ReadModel) -> None:
    story = told(told(Story("twice").received()).later())
    model.given(story)
    (row,) = rows(model).values()
    assert (row.answered_at, row.answered_again_at) == (story.now, None)


def test_a_recall_is_kept_in_mind_until_the_citizen_has_been_reached(model: ReadModel) -> None:
    log = count(1)
    asked = told(Story("asked", positions=log).received()).contacted().answer_recalled()
    missed = told(Story("missed", positions=log).received()).answer_recalled().contacted(reached=False)
    reached = told(Story("reached", positions=log).received()).answer_recalled().contacted()
    anew = told(Story("anew", positions=log).received()).answer_recalled().answered()
    model.given(asked, missed, reached, anew, told(Story("left", positions=log).received()))
    found = rows(model)
    open_ = {story.id for story in (asked, missed)}
    assert {id_ for id_, row in found.items() if row.recalled_at and not row.put_right_at} == open_
    counted = model.ask(article_told.counted, ARTICLE, 1)
    assert (counted.told, counted.recalled, counted.put_right) == (5, 4, 2)
    (left,) = model.ask(article_told.to_recall, ARTICLE, 1, limit=10)
    assert found[left.inquiry_id].recalled_at is None


def test_page_by_page(model: ReadModel) -> None:
    log = count(1)
    model.given(*(told(Story(f"story {number}", positions=log).received()) for number in range(5)))
    whole = model.ask(article_told.told, ARTICLE, 1).rows
    first = model.ask(article_told.told, ARTICLE, 1, limit=2)
    second = model.ask(article_told.told, ARTICLE, 1, limit=9, after=first.next_cursor)
    assert [*first.rows, *second.rows] == whole
    assert len(whole) == 5


@pytest.mark.parametrize("size", [1, 3])
def test_the_rows_do_not_depend_on_how_events_are_cut(model: ReadModel, size: int) -> None:
    def story() -> Story:
        begun = told(told(Story("cut").received().later()).later().answer_recalled(), edition=2)
        return told(begun.contacted().later().answer_recalled(edition=2).contacted())

    with model.database.rebuilding("at once") as building:
        whole = ReadModel(model.database, building).given(story())
        model.database.switch(building)
    expected = digests(whole.database, True)["article_told"]
    with model.database.rebuilding("cut") as building:
        cut = ReadModel(model.database, building).given(story(), size=size)
        model.database.switch(building)
    assert digests(cut.database, True)["article_told"] == expected
