"""An article: drafted, reviewed by somebody else, published for a time, revised, proved wrong, retired."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.casebackbone.editor import ANNA, BERT, BULKY, MONDAY, Editor, words

LATER = words("Wann wird der Sperrmüll abgeholt?", "Innerhalb von zwei Wochen.")


def test_a_draft_is_offered_to_nobody() -> None:
    assert Editor().offered() is None
    assert Editor().reviewed().offered() is None


def test_nobody_reviews_their_own_words() -> None:
    editor = Editor()
    editor.refuses("needs_second_person", "review", by=ANNA)
    editor.step("review", by=BERT)
    assert editor.article.latest.reviewed_by == BERT
    editor.refuses("already_reviewed", "review", by=BERT)


def test_what_nobody_has_reviewed_is_not_published() -> None:
    Editor().refuses("not_reviewed", "publish", MONDAY)
    Editor().published().refuses("already_published", "publish", MONDAY)


def test_it_is_offered_from_its_time_until_its_end() -> None:
    begin, end = MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)
    editor = Editor().published(begin, end)
    assert [editor.offered(begin + timedelta(days=days)) for days in (-1, 0, 6, 7)] == [None, 1, 1, None]
    Editor().reviewed().refuses("validity_reversed", "publish", end, begin)


def test_a_revision_takes_over_when_its_time_has_come() -> None:
    change = MONDAY + timedelta(days=30)
    editor = Editor().published().step("revise", LATER)
    assert editor.offered(change) == 1
    editor.published(change)
    assert [editor.offered(change - timedelta(seconds=1)), editor.offered(change)] == [1, 2]
    assert editor.article.editions[1].words == BULKY
    editor.refuses("unchanged", "revise", LATER)


def test_what_is_wrong_is_not_offered_and_the_older_edition_does_not_come_back() -> None:
    editor = Editor().published().step("revise", LATER).published().step("prove_wrong", 2, reason="law_changed")
    assert editor.offered() is None
    editor.refuses("unchanged", "prove_wrong", 2, reason="law_changed")
    editor.refuses("no_such_edition", "prove_wrong", 3, reason="law_changed")
    editor.step("revise", BULKY).published()
    assert editor.offered() == 3


def test_a_draft_cannot_have_misled_anybody() -> None:
    Editor().refuses("not_published", "prove_wrong", 1, reason="mistake")


def test_what_is_retired_stays_on_record_and_is_over() -> None:
    editor = Editor().published().step("retire", reason="service_ended")
    assert editor.offered() is None
    for name, arguments in (("revise", (LATER,)), ("review", ()), ("publish", (MONDAY,))):
        editor.refuses("article_retired", name, *arguments)
    editor.refuses("article_retired", "retire", reason="service_ended")


def test_ratings_are_of_an_edition_that_there_is() -> None:
    editor = Editor().published().step("rate", 1, "helped", by=BERT)
    assert editor.article.pending_events[-1].verdict == "helped"
    editor.refuses("no_such_edition", "rate", 2, "helped")


@pytest.mark.parametrize("copied", [False, True])
def test_a_copy_changes_alone(copied: bool) -> None:
    editor = Editor().published()
    other = editor.article.copied() if copied else editor.article
    other.cause = editor.article.cause
    other.revise(LATER)
    assert len(editor.article.editions) == (1 if copied else 2)
