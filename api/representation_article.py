"""Articles of the Infodatenbank as clients see them: every edition as it is written and as it looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import marshmallow as ma

from api.context import local
from api.fields import Moment
from api.rendering import excerpt, marked, rendered
from casebackbone.article import Article, Edition, Words
from projections.article_search import Found
from projections.articles import ArticleRow, EditionRow, Status

_SAID = ("question", "answer", "keywords", "services", "departments", "language")
_TIMES = ("written_at", "reviewed_at", "published_at", "valid_from", "valid_to", "wrong_since")


class WordsBody(ma.Schema):
    """``answer`` is Markdown as it was written; ``answer_html`` is the same as HTML that is safe to show."""

    question = ma.fields.String(required=True)
    answer = ma.fields.String(required=True)
    answer_html = ma.fields.String(required=True)
    keywords = ma.fields.List(ma.fields.String(), required=True)
    services = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "LeiKa keys"})
    departments = ma.fields.List(ma.fields.String(), required=True)
    language = ma.fields.String(required=True)


class EditionBody(WordsBody):
    """One edition. It is offered from ``valid_from`` to before ``valid_to``, once it is published, until the next one
    is, it proves wrong, or the article is retired."""

    edition = ma.fields.Integer(required=True)
    written_by = ma.fields.String(required=True)
    reviewed_by = ma.fields.String(required=True, allow_none=True)
    valid_from = Moment(required=True, allow_none=True)
    valid_to = Moment(required=True, allow_none=True)
    wrong_since = Moment(required=True, allow_none=True)


class ArticleBody(ma.Schema):
    """An article after its event ``version``; ``status`` is that of its latest edition."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    status = ma.fields.String(required=True, metadata={"enum": [status.value for status in Status]})
    retired_at = Moment(required=True, allow_none=True)
    editions = ma.fields.List(ma.fields.Nested(EditionBody), required=True)
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class RatedEdition(EditionBody):
    """With when each step was, and how agents rated it."""

    written_at = Moment(required=True)
    reviewed_at = Moment(required=True, allow_none=True)
    published_by = ma.fields.String(required=True, allow_none=True)
    published_at = Moment(required=True, allow_none=True)
    wrong_reason = ma.fields.String(required=True, allow_none=True)
    helped = ma.fields.Integer(required=True)
    did_not_help = ma.fields.Integer(required=True)
    out_of_date = ma.fields.Integer(required=True)


class ArticleItem(ma.Schema):
    """An article and its latest edition."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    status = ma.fields.String(required=True)
    changed_at = Moment(required=True)
    retired_at = Moment(required=True, allow_none=True)
    retired_reason = ma.fields.String(required=True, allow_none=True)
    latest = ma.fields.Nested(RatedEdition, required=True)


class ArticleHit(WordsBody):
    """An edition that may be told. ``highlights``: for each field the ranges of characters that match, for keywords a
    list for each; ``question_html`` and ``excerpt_html`` have them in ``<mark>`` and nothing else."""

    article_id = ma.fields.UUID(required=True)
    edition = ma.fields.Integer(required=True)
    score = ma.fields.Float(required=True)
    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)
    highlights = ma.fields.Dict(required=True)
    question_html = ma.fields.String(required=True)
    excerpt_html = ma.fields.String(required=True)


def article_body(article: Article) -> dict[str, Any]:
    here = f"/api/v1/articles/{article.id}"
    return {
        "id": article.id,
        "version": article.version,
        "status": _status(article),
        "retired_at": local(article.retired_at),
        "editions": [_edition(edition) for edition in article.editions.values()],
        "_links": {"self": here, "editions": f"{here}/editions"},
    }


def _status(article: Article) -> Status:
    if article.retired_at is not None:
        return Status.RETIRED
    if article.latest.wrong_since is not None:
        return Status.WRONG
    if article.latest.published:
        return Status.PUBLISHED
    return Status.REVIEWED if article.latest.reviewed_by is not None else Status.DRAFTED


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition.number,
        **_words(edition.words),
        "written_by": edition.written_by,
        "reviewed_by": edition.reviewed_by,
        "valid_from": local(edition.valid_from),
        "valid_to": local(edition.valid_to),
        "wrong_since": local(edition.wrong_since),
    }


def _words(said: Words | EditionRow) -> dict[str, Any]:
    words = {name: getattr(said, name) for name in _SAID}
    lists = {name: list(value) for name, value in words.items() if isinstance(value, tuple)}
    return {**words, **lists, "answer_html": rendered(said.answer)}


def rated_edition(row: EditionRow) -> dict[str, Any]:
    body: dict[str, Any] = {name: getattr(row, name) for name in row.__dataclass_fields__ if name != "article_id"}
    times: dict[str, Any] = {name: local(body[name]) for name in _TIMES}
    return {**body, **_words(row), **times}


def article_item(row: ArticleRow) -> dict[str, Any]:
    return {
        "id": row.article_id,
        "version": row.version,
        "status": row.status,
        "changed_at": local(row.changed_at),
        "retired_at": local(row.retired_at),
        "retired_reason": row.retired_reason,
        "latest": rated_edition(row.latest),
    }


def article_hit(found: Found) -> dict[str, Any]:
    edition, where = found.edition, found.highlights
    shown, ranges = excerpt(edition.answer, where.get("answer", []))
    return {
        "article_id": edition.article_id,
        "edition": edition.edition,
        "score": round(found.score, 6),
        **_words(edition),
        "valid_from": local(_time(edition.valid_from)),
        "valid_to": local(edition.valid_to),
        "highlights": {
            "question": [list(one) for one in where.get("question", ())],
            "keywords": _by_keyword(edition.keywords, where.get("keywords", [])),
            "answer": [list(one) for one in where.get("answer", ())],
        },
        "question_html": marked(edition.question, where.get("question", [])),
        "excerpt_html": marked(shown, ranges),
    }


def _time(at: datetime | None) -> datetime:
    assert at is not None  # what is found is published
    return at


def _by_keyword(keywords: tuple[str, ...], ranges: list[tuple[int, int]]) -> list[list[list[int]]]:
    """What is searched are all keywords, one behind the other with ", " between them."""
    start, found = 0, []
    for keyword in keywords:
        inside = [one for one in ranges if start <= one[0] and one[1] <= start + len(keyword)]
        found.append([[begin - start, end - start] for begin, end in inside])
        start += len(keyword) + 2
    return found
