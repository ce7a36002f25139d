"""Articles from a file into the record, once, and again as they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from casebackbone.access import Principal, Role
from casebackbone.article import Words
from casebackbone.commands import ProveArticleWrong, RetireArticle
from casebackbone.importing.article_file import FileArticle
from casebackbone.importing.articles import ArticleImporter, ArticleSummary, article_id
from casebackbone.importing.cases import Refusal
from tests.casebackbone.store.record import NOW, Record


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    made = Record(database_url)
    yield made
    made.close()


SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))


def row(question: str, answer: str = "Ja.", *, key: str | None = None, line: int = 2, **validity: Any) -> FileArticle:
    return FileArticle(key or f"question:{question}", line, Words(question=question, answer=answer), validity)


def imported(
    record: Record, *rows: FileArticle | Refusal, publish: bool = True, days: int = 0
) -> tuple[ArticleSummary, list[Refusal]]:
    now = NOW + timedelta(days=days)
    importer = ArticleImporter(record.application, "faq", publish=publish, now=lambda: now)
    refused = list(importer.run(iter(rows)))
    return importer.summary, refused


def counts(summary: ArticleSummary) -> tuple[int, ...]:
    return summary.new, summary.revised, summary.published, summary.unchanged, summary.refused


def edit(record: Record, id_: UUID, *commands: Any) -> None:
    record.application.edit(record.order(id_, principal=SVEN, key=str(uuid4())), *commands)


def test_rows_become_published_articles(record: Record) -> None:
    summary, _ = imported(record, row("Wann?"), row("Wo?", line=3))
    assert counts(summary) == (2, 0, 2, 0, 0)
    article = record.application.article(article_id("faq", "question:Wann?"))
    assert article.offered(NOW) is not None
    assert article.latest.written_by == "import:faq"


def test_without_publish_they_are_drafts_which_a_later_import_publishes(record: Record) -> None:
    assert counts(imported(record, row("Wann?"), publish=False)[0]) == (1, 0, 0, 0, 0)
    assert record.application.article(article_id("faq", "question:Wann?")).offered(NOW) is None
    assert counts(imported(record, row("Wann?"), publish=False, days=1)[0]) == (0, 0, 0, 1, 0)
    assert counts(imported(record, row("Wann?"), days=1)[0]) == (0, 0, 1, 0, 0)


def test_again_it_does_nothing_and_what_has_changed_is_revised(record: Record) -> None:
    imported(record, row("Wann?"), row("Wo?"))
    before = record.store.last_position()
    assert counts(imported(record, row("Wann?"), row("Wo?"), days=1)[0]) == (0, 0, 0, 2, 0)
    assert record.store.last_position() == before
    assert counts(imported(record, row("Wann?", "Nein."), row("Wo?"), days=2)[0]) == (0, 1, 1, 1, 0)
    article = record.application.article(article_id("faq", "question:Wann?"))
    assert [edition.words.answer for edition in article.editions.values()] == ["Ja.", "Nein."]
    assert article.offered(NOW + timedelta(days=2)) == article.editions[2]


def test_stopped_and_run_again_nothing_is_doubled(record: Record) -> None:
    def until_it_breaks() -> Any:
        yield row("Wann?")
        raise KeyboardInterrupt

    importer = ArticleImporter(record.application, "faq", publish=True, now=lambda: NOW)
    with pytest.raises(KeyboardInterrupt):
        list(importer.run(until_it_breaks()))
    assert counts(imported(record, row("Wann?"), row("Wo?"))[0]) == (1, 0, 1, 1, 0)


def test_another_validity_is_another_edition_with_the_same_words(record: Record) -> None:
    begin, end = NOW + timedelta(days=7), NOW + timedelta(days=14)
    imported(record, row("Wann?", valid_from=begin, valid_to=None))
    article = record.application.article(article_id("faq", "question:Wann?"))
    assert [article.offered(at) is None for at in (NOW, begin)] == [True, False]
    same = row("Wann?", valid_from=begin, valid_to=None)
    assert counts(imported(record, same, days=1)[0]) == (0, 0, 0, 1, 0)
    assert counts(imported(record, row("Wann?", valid_from=begin, valid_to=end), days=1)[0]) == (0, 1, 1, 0, 0)
    article = record.application.article(article.id)
    assert [article.offered(at) is None for at in (begin, end)] == [False, True]
    assert counts(imported(record, row("Wann?"), days=2)[0]) == (0, 0, 0, 1, 0)  # a file without these columns


def test_what_was_retired_or_found_wrong_here_does_not_come_back_by_itself(record: Record) -> None:
    imported(record, row("Wann?"), row("Wo?"))
    retired, wrong = (article_id("faq", f"question:{question}") for question in ("Wann?", "Wo?"))
    edit(record, retired, RetireArticle(reason="service_ended"))
    edit(record, wrong, ProveArticleWrong(edition=1, reason="mistake"))
    summary, refused = imported(record, row("Wann?"), row("Wo?", line=3), days=1)
    assert (summary.unchanged, [(one.line, one.code) for one in refused]) == (1, [(3, "proved_wrong")])
    summary, refused = imported(record, row("Wann?", "Nein."), row("Wo?", "Nein."), days=2)
    assert (summary.revised, [one.code for one in refused]) == (1, ["article_retired"])
    assert record.application.article(wrong).offered(NOW + timedelta(days=2)) is not None


def test_a_uuid_names_the_article_itself(record: Record) -> None:
    id_ = uuid4()
    imported(record, row("Wann?", key=f"id:{id_}"))
    assert record.application.article(id_).latest.words.question == "Wann?"
    inquiry = record.receive(1)
    _, refused = imported(record, row("Wo?", key=f"id:{inquiry.aggregate.id}"))
    assert [one.code for one in refused] == ["id_taken"]


def test_refused_rows_are_counted_by_code(record: Record) -> None:
    refusals: Sequence[Refusal] = [Refusal(2, "row_cells", ""), Refusal(4, "row_cells", "")]
    summary, refused = imported(record, refusals[0], row("Wann?", line=3), refusals[1])
    assert refused == list(refusals)
    assert (summary.rows, summary.new, summary.refused_by_code) == (3, 1, {"row_cells": 2})


def test_a_validity_that_is_over_before_it_begins_is_refused(record: Record) -> None:
    over = datetime(2020, 1, 1, tzinfo=UTC)
    _, refused = imported(record, row("Wann?", valid_from=None, valid_to=over))
    assert [one.code for one in refused] == ["validity_reversed"]
