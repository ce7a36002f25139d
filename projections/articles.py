"""Articles of the Infodatenbank: lists for those who write them, one article with all its editions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, select

from projections.article_rows import ARTICLES, EDITIONS, LISTS, offered_times
from projections.cursor import Page, beyond, checked_limit, decode, moment, page


class Status(StrEnum):
    """How far the latest edition of an article is."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    WRONG = "wrong"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """One edition. ``valid_from`` and ``valid_to`` as it was published; ratings of agents are counted."""

    article_id: UUID
    edition: int
    question: str
    answer: str
    keywords: tuple[str, ...]
    services: tuple[str, ...]
    departments: tuple[str, ...]
    language: str
    written_by: str
    written_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    wrong_since: datetime | None
    wrong_reason: str | None
    helped: int
    did_not_help: int
    out_of_date: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article and its latest edition."""

    article_id: UUID
    version: int
    status: Status
    changed_at: datetime
    retired_at: datetime | None
    retired_reason: str | None
    latest: EditionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any."""

    status: Status | None = None
    service: str | None = None
    department: str | None = None


_ANY = Filters()
_LATEST = and_(EDITIONS.c.article_id == ARTICLES.c.article_id, EDITIONS.c.edition == ARTICLES.c.latest)
_EDITION = [column for column in EDITIONS.c if column.name != "document_id"]


def changed_last(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[ArticleRow]:
    """Articles by their latest editions, what was changed last first. Raises BadCursor, ValueError."""
    key = [ARTICLES.c.changed_at, ARTICLES.c.article_id]
    statement = select(ARTICLES, *(column.label(f"e_{column.name}") for column in _EDITION)).where(
        _LATEST, *_conditions(filters)
    )
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "articles", moment, UUID), descending=True))
    rows = connection.execute(
        statement.order_by(*(column.desc() for column in key)).limit(checked_limit(limit) + 1)
    ).mappings()
    return page([_article(row) for row in rows], limit, lambda row: (row.changed_at, row.article_id), "articles")


def of_article(connection: Connection, article_id: UUID) -> ArticleRow | None:
    """One article; None if there is none."""
    statement = select(ARTICLES, *(column.label(f"e_{column.name}") for column in _EDITION))
    row = connection.execute(statement.where(_LATEST, ARTICLES.c.article_id == article_id)).mappings().one_or_none()
    return None if row is None else _article(row)


def editions(connection: Connection, article_id: UUID) -> list[EditionRow]:
    """All editions of an article, the first one first."""
    statement = select(*_EDITION).where(EDITIONS.c.article_id == article_id).order_by(EDITIONS.c.edition)
    return [edition_row(row) for row in connection.execute(statement).mappings()]


def published(connection: Connection) -> Iterator[tuple[UUID, list[tuple[EditionRow, datetime, datetime | None]]]]:
    """Every article that was ever published, by id: its published editions, each with the time in which it is
    offered (from, until before)."""
    statement = (
        select(ARTICLES.c.retired_at, *_EDITION)
        .join(ARTICLES, ARTICLES.c.article_id == EDITIONS.c.article_id)
        .where(EDITIONS.c.valid_from.is_not(None))
        .order_by(EDITIONS.c.article_id, EDITIONS.c.edition)
        .execution_options(yield_per=500)
    )
    for article_id, group in groupby(connection.execute(statement).mappings(), lambda row: row["article_id"]):
        rows = [dict(row) for row in group]
        times = offered_times(rows[0]["retired_at"], rows)
        made = [edition_row({column.name: row[column.name] for column in _EDITION}) for row in rows]
        yield article_id, [(edition, *times[edition.edition]) for edition in made]


def questions_offered(connection: Connection, at: datetime) -> set[str]:
    """What is asked in all editions that are offered at a time."""
    return {
        edition.question
        for _, editions in published(connection)
        for edition, begin, end in editions
        if begin <= at and (end is None or at < end)
    }


def edition_row(row: Any) -> EditionRow:
    return EditionRow(**{**row, **{name: tuple(json.loads(row[name])) for name in LISTS}})


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.status is not None:
        yield _STATUS[filters.status]
    for name, value in (("services", filters.service), ("departments", filters.department)):
        if value is not None:
            yield EDITIONS.c[name].contains(json.dumps(value, ensure_ascii=False), autoescape=True)


_THERE = ARTICLES.c.retired_at.is_(None)
_STATUS: dict[Status, ColumnElement[bool]] = {
    Status.RETIRED: ~_THERE,
    Status.WRONG: and_(_THERE, EDITIONS.c.wrong_since.is_not(None)),
    Status.PUBLISHED: and_(_THERE, EDITIONS.c.wrong_since.is_(None), EDITIONS.c.valid_from.is_not(None)),
    Status.REVIEWED: and_(_THERE, EDITIONS.c.valid_from.is_(None), EDITIONS.c.reviewed_by.is_not(None)),
    Status.DRAFTED: and_(_THERE, EDITIONS.c.valid_from.is_(None), EDITIONS.c.reviewed_by.is_(None)),
}


def _article(row: Any) -> ArticleRow:
    latest = edition_row({column.name: row[f"e_{column.name}"] for column in _EDITION})
    return ArticleRow(
        article_id=row["article_id"],
        version=row["version"],
        status=_status(row["retired_at"], latest),
        changed_at=row["changed_at"],
        retired_at=row["retired_at"],
        retired_reason=row["retired_reason"],
        latest=latest,
    )


def _status(retired_at: datetime | None, latest: EditionRow) -> Status:
    if retired_at is not None:
        return Status.RETIRED
    if latest.wrong_since is not None:
        return Status.WRONG
    if latest.valid_from is not None:
        return Status.PUBLISHED
    return Status.REVIEWED if latest.reviewed_by is not None else Status.DRAFTED
