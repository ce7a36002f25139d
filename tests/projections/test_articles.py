"""The Infodatenbank's view: editions, lists, and what is found; the same on both databases, however it is cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from projections import articles
from projections.article_rows import FOUND
from projections.article_search import ArticleSearch
from projections.articles import Filters, Status
from projections.cursor import BadCursor
from projections.digest import digests
from projections.search.collection import state
from tests.casebackbone.editor import ANNA, BERT, BULKY, MONDAY, Editor, told, words
from tests.examples import deliveries
from tests.projections.model import ReadModel

LATER = words("Wann wird der Sperrmüll abgeholt?", "Innerhalb von zwei Wochen.")
PASSPORT = words("Wie lange dauert ein Reisepass?", "Vier Wochen.", departments=("buergerdienste",))


def given(model: ReadModel, *editors: Editor, size: int = 500) -> ReadModel:
    model.take(deliveries(told(*editors), 1), size)
    return model


def found(model: ReadModel, text: str, at: datetime, **options: Any) -> list[tuple[str, int]]:
    hits = model.ask(ArticleSearch().search, text, at=at, **options)
    return [(hit.edition.question, hit.edition.edition) for hit in hits]


def bulky(edition: int) -> list[tuple[str, int]]:
    return [(BULKY.question, edition)]


def test_every_edition_is_kept_with_who_wrote_reviewed_and_published_it(model: ReadModel) -> None:
    editor = (
        Editor().published().step("rate", 1, "helped", by=BERT).step("rate", 1, "out_of_date").step("revise", LATER)
    )
    given(model, editor)
    first, second = model.ask(articles.editions, editor.id)
    assert (first.question, first.answer, first.keywords, first.services) == (
        BULKY.question,
        BULKY.answer,
        BULKY.keywords,
        BULKY.services,
    )
    assert (first.written_by, first.reviewed_by, first.published_by) == (ANNA, BERT, ANNA)
    assert (first.valid_from, first.valid_to) == (MONDAY + timedelta(hours=2), None)
    assert (first.helped, first.did_not_help, first.out_of_date) == (1, 0, 1)
    assert (second.edition, second.answer, second.reviewed_by, second.valid_from) == (2, LATER.answer, None, None)


def test_lists_say_how_far_each_article_is(model: ReadModel) -> None:
    editors = {
        Status.DRAFTED: Editor(name="a"),
        Status.REVIEWED: Editor(name="b").reviewed(),
        Status.PUBLISHED: Editor(PASSPORT, name="c").published(),
        Status.WRONG: Editor(name="d").published().step("prove_wrong", 1, reason="mistake"),
        Status.RETIRED: Editor(name="e").published().step("retire", reason="service_ended"),
    }
    given(model, *editors.values())
    for status, editor in editors.items():
        (row,) = model.ask(articles.changed_last, Filters(status=status)).rows
        assert (row.article_id, row.status, row.version) == (editor.id, status, editor.article.version)
    changed = [row.changed_at for row in model.all_of(articles.changed_last, limit=2)]
    assert changed == sorted(changed, reverse=True)
    assert len(changed) == 5
    (passport,) = model.ask(articles.changed_last, Filters(department="buergerdienste")).rows
    assert passport.latest.question == PASSPORT.question
    assert model.ask(articles.changed_last, Filters(department="%")).rows == []
    with pytest.raises(BadCursor):
        model.ask(articles.changed_last, after="nonsense")
    assert model.ask(articles.of_article, Editor(name="f").id) is None


def test_only_what_is_offered_at_the_time_is_found(model: ReadModel) -> None:
    begin, change = MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)
    over = MONDAY + timedelta(days=28)
    editor = Editor().published(begin).step("revise", LATER).published(change, over)
    given(model, editor)
    asked = {days: found(model, "Sperrmüll", MONDAY + timedelta(days=days)) for days in (6, 7, 13, 14, 27, 28)}
    assert asked == {6: [], 7: bulky(1), 13: bulky(1), 14: bulky(2), 27: bulky(2), 28: []}


def test_a_draft_what_is_wrong_and_what_is_retired_is_never_found(model: ReadModel) -> None:
    given(
        model,
        Editor(name="draft"),
        Editor(name="reviewed").reviewed(),
        Editor(name="wrong").published().step("revise", LATER).published().step("prove_wrong", 2, reason="mistake"),
        Editor(name="retired").published().step("retire", reason="service_ended"),
        Editor(name="good").published(),
    )
    assert found(model, "Sperrmüll", MONDAY + timedelta(days=90)) == bulky(1)


def test_one_search_follows_what_changes(model: ReadModel) -> None:
    editor, search = Editor().published(), ArticleSearch()
    at = MONDAY + timedelta(days=90)

    def hits() -> list[int]:
        return [hit.edition.edition for hit in model.ask(search.search, "sperrmuell", at=at)]

    given(model, editor)
    assert hits() == [1]
    seen = len(told(editor))
    editor.step("revise", LATER).published()
    model.take(deliveries(told(editor)[seen:], 1, first_offset=seen + 1))
    assert hits() == [2]
    seen = len(told(editor))
    editor.step("retire", reason="service_ended")
    model.take(deliveries(told(editor)[seen:], 1, first_offset=seen + 1))
    assert hits() == []


def test_a_rating_changes_nothing_that_is_found(model: ReadModel) -> None:
    """Or the search would be made anew for each."""
    editor = Editor().published()
    given(model, editor)
    before, seen = model.ask(state, FOUND), len(told(editor))
    editor.step("rate", 1, "helped", by=BERT).step("rate", 1, "out_of_date")
    model.take(deliveries(told(editor)[seen:], 1, first_offset=seen + 1))
    assert model.ask(state, FOUND) == before
    (row,) = model.ask(articles.changed_last).rows
    assert (row.version, row.latest.helped, row.latest.out_of_date) == (editor.article.version, 1, 1)
    editor.step("revise", LATER).published()
    model.take(deliveries(told(editor)[seen + 2 :], 1, first_offset=seen + 3))
    assert found(model, "Sperrmüll", MONDAY + timedelta(days=90)) == bulky(2)


def test_filters_and_what_is_marked(model: ReadModel) -> None:
    at = MONDAY + timedelta(days=90)
    given(model, Editor().published(), Editor(PASSPORT, name="passport").published())
    assert found(model, "wann wie lange Wochen", at, department="buergerdienste") == [(PASSPORT.question, 1)]
    assert found(model, "Sperrmüll", at, service=BULKY.services[0]) == bulky(1)
    assert found(model, "Sperrmüll", at, department="buergerdienste") == []
    (hit,) = model.ask(ArticleSearch().search, "Möbel abholen", at=at, limit=1)
    begin, end = hit.highlights["keywords"][0]
    assert hit.edition.keywords[0][begin:end] == "Möbel"


@pytest.mark.parametrize("size", [1, 3, 500])
def test_the_rows_do_not_depend_on_how_events_are_cut(model: ReadModel, size: int) -> None:
    editors = (
        Editor(name="a").published().step("revise", LATER).published().step("prove_wrong", 1, reason="mistake"),
        Editor(PASSPORT, name="b").published().step("rate", 1, "helped").step("retire", reason="service_ended"),
    )
    with model.database.rebuilding("at once") as building:
        whole = given(ReadModel(model.database, building), *editors)
        model.database.switch(building)
    expected = digests(whole.database, True)["articles"]
    with model.database.rebuilding("cut") as building:
        cut = given(ReadModel(model.database, building), *editors, size=size)
        model.database.switch(building)
    assert digests(cut.database, True)["articles"] == expected
