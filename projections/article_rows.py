"""The Infodatenbank as rows: every edition of every article, and what of it can be found by searching.

An edition is offered from its ``valid_from`` until the next one's, its own end, its withdrawal or its proof as wrong,
whichever comes first. What an article's rows say follows from that article's events alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, select

from events import article as happened
from events.article import ArticleEvent
from projections.search import Collection, Document, Field, index, remove
from projections.tables import CODE, ID, TABLES, UtcTime, upsert
from projections.view import Batch, View

ARTICLES = Table(
    "articles",
    TABLES,
    Column("article_id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("found_version", Integer, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("retired_at", UtcTime),
    Column("retired_reason", CODE),
    Column("changed_at", UtcTime, nullable=False),
)
"""``found_version``: of the last event that changed what can be found; a rating does not."""
Index("articles_changed", ARTICLES.c.changed_at, ARTICLES.c.article_id)
EDITIONS = Table(
    "article_editions",
    TABLES,
    Column("article_id", ID, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("document_id", ID, nullable=False, unique=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("services", Text, nullable=False),
    Column("departments", Text, nullable=False),
    Column("language", CODE, nullable=False),
    Column("written_by", CODE, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("reviewed_by", CODE),
    Column("reviewed_at", UtcTime),
    Column("published_by", CODE),
    Column("published_at", UtcTime),
    Column("valid_from", UtcTime),
    Column("valid_to", UtcTime),
    Column("wrong_since", UtcTime),
    Column("wrong_reason", CODE),
    Column("helped", Integer, nullable=False),
    Column("did_not_help", Integer, nullable=False),
    Column("out_of_date", Integer, nullable=False),
)
FOUND = Collection(
    "article_search",
    [Field("question", evenness=0.3), Field("keywords", evenness=0.3), Field("answer", weight=0.4)],
)
"""What can be found: one document an edition that has been published."""

LISTS = ("keywords", "services", "departments")
_STEPS = ("reviewed_by", "reviewed_at", "published_by", "published_at", "valid_from", "valid_to")
_NOTHING_YET: dict[str, Any] = {
    **dict.fromkeys((*_STEPS, "wrong_since", "wrong_reason")),
    "helped": 0,
    "did_not_help": 0,
    "out_of_date": 0,
}

_Row = dict[str, Any]


def document_id(article_id: UUID, edition: int) -> UUID:
    """The id of an edition in the search."""
    return uuid5(article_id, str(edition))


def _apply(connection: Connection, batch: Batch) -> None:
    known = _Known(connection, batch.histories)
    for article_id, history in batch.histories.items():
        for event in history:
            known.take(article_id, event)
    upsert(connection, ARTICLES, list(known.articles.values()))
    upsert(connection, EDITIONS, [row for rows in known.editions.values() for row in rows.values()])
    for article_id, history in batch.histories.items():
        if all(isinstance(event, happened.ArticleRated) for event in history):
            continue
        _show(connection, known.articles[article_id], list(known.editions[article_id].values()))


class _Known:
    """The rows of some articles, as they are stored and as events change them."""

    def __init__(self, connection: Connection, histories: Mapping[UUID, Sequence[ArticleEvent]]) -> None:
        later = [article_id for article_id, history in histories.items() if history[0].version > 1]
        self.articles: dict[UUID, _Row] = {
            row.article_id: dict(row._mapping) for row in _stored(connection, ARTICLES, later)
        }
        self.editions: dict[UUID, dict[int, _Row]] = {article_id: {} for article_id in histories}
        for row in _stored(connection, EDITIONS, later):
            self.editions[row.article_id][row.edition] = dict(row._mapping)

    def take(self, article_id: UUID, event: ArticleEvent) -> None:
        at, actor = event.provenance.occurred_at, event.provenance.actor
        article = self.articles.setdefault(
            article_id, {"article_id": article_id, "latest": 1, "retired_at": None, "retired_reason": None}
        )
        article |= {"version": event.version, "changed_at": at}
        if not isinstance(event, happened.ArticleRated):
            article["found_version"] = event.version
        editions = self.editions[article_id]
        if isinstance(event, happened.ArticleWritten):
            article["latest"] = event.edition
            editions[event.edition] = _written(event, at, actor)
        elif isinstance(event, happened.ArticleReviewed):
            editions[event.edition] |= {"reviewed_by": actor, "reviewed_at": at}
        elif isinstance(event, happened.ArticlePublished):
            published = {"published_by": actor, "published_at": at}
            editions[event.edition] |= published | {"valid_from": event.valid_from, "valid_to": event.valid_to}
        elif isinstance(event, happened.ArticleProvedWrong):
            editions[event.edition] |= {"wrong_since": at, "wrong_reason": event.reason}
        elif isinstance(event, happened.ArticleRetired):
            article |= {"retired_at": at, "retired_reason": event.reason}
        elif isinstance(event, happened.ArticleRated):
            editions[event.edition][event.verdict] += 1


def _stored(connection: Connection, table: Table, article_ids: Sequence[UUID]) -> Iterable[Any]:
    return connection.execute(select(table).where(table.c.article_id.in_(article_ids))) if article_ids else ()


def _written(event: happened.ArticleWritten, at: datetime, actor: str) -> _Row:
    lists = {name: json.dumps(list(getattr(event, name)), ensure_ascii=False) for name in LISTS}
    return {
        "article_id": event.article_id,
        "edition": event.edition,
        "document_id": document_id(event.article_id, event.edition),
        "question": event.question,
        "answer": event.answer,
        "language": event.language,
        "written_by": actor,
        "written_at": at,
        **lists,
        **_NOTHING_YET,
    }


# --- what can be found ---------------------------------------------------------------------------------------------


def _show(connection: Connection, article: _Row, editions: Sequence[_Row]) -> None:
    """Every published edition for the time in which it is offered; what never is, is taken out."""
    offered = offered_times(article["retired_at"], editions)
    published = [row for row in editions if row["valid_from"] is not None]
    shown, hidden = [], {}
    for row in published:
        begin, end = offered[row["edition"]]
        if end is not None and end <= begin:
            hidden[row["document_id"]] = article["found_version"]
        else:
            shown.append(_document(article, row, begin, end))
    index(connection, FOUND, shown)
    remove(connection, FOUND, hidden)


def offered_times(
    retired_at: datetime | None, editions: Sequence[Mapping[str, Any]]
) -> dict[int, tuple[datetime, datetime | None]]:
    """The time in which each published edition of an article is offered, by its number; none if it ends first."""
    published = {row["edition"]: row for row in editions if row["valid_from"] is not None}
    times = {}
    for number, row in published.items():
        ends = [other["valid_from"] for later, other in published.items() if later > number]
        ends += [end for end in (row["valid_to"], row["wrong_since"], retired_at) if end is not None]
        times[number] = row["valid_from"], min(ends, default=None)
    return times


def _document(article: _Row, row: _Row, begin: datetime, end: datetime | None) -> Document:
    labels = [f"service:{service}" for service in json.loads(row["services"])]
    labels += [f"department:{department}" for department in json.loads(row["departments"])]
    return Document(
        id=row["document_id"],
        version=article["found_version"],
        fields={
            "question": row["question"],
            "keywords": ", ".join(json.loads(row["keywords"])),
            "answer": row["answer"],
        },
        labels=frozenset(labels),
        valid_from=begin,
        valid_to=end,
    )


INFODATENBANK = View(
    name="articles",
    version=2,
    tables=(ARTICLES, EDITIONS, FOUND.table),
    apply=_apply,
    handles=frozenset(happened.EVENTS),
    families=(ArticleEvent,),
)
