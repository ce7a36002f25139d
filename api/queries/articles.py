"""The Infodatenbank is asked: lists for those who write, one article, and the search while somebody is on the phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import Connection

from api.context import local, now, system
from api.errors import Problem
from api.fields import Choice, Identifier, Line, Moment, Request, Whole
from api.queries.inquiries import PURPOSES, read_texts, visible
from api.queries.looking import LINK, Answer, Fresh, List, LookQuery, PageQuery, look
from api.representation import etag
from api.representation_article import (
    ArticleBody,
    ArticleHit,
    ArticleItem,
    RatedEdition,
    article_body,
    article_hit,
    article_item,
    rated_edition,
)
from api.topic import Topic
from casebackbone.access import Permission
from projections import articles
from projections.article_search import Found
from projections.articles import Filters, Status

topic = Topic("article-views", __name__, description="The Infodatenbank: what the city answers")

CLOSER = 1.5
"""What an article counts more that is about the inquiry's own service."""

_ETAG = {"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}}


class ArticlesQuery(PageQuery):
    """Filters of the list; each by the latest edition."""

    status = Choice([status.value for status in Status])
    service = Line(longest=64)
    department = Identifier()


class VersionQuery(Request):
    """Without it: now."""

    version = Whole(1, 999_999_999)


class SearchQuery(LookQuery):
    """``q``: any words. ``instant``: the last word is still being typed. ``at``: what was offered at that time."""

    q = Line(longest=1000, required=True)
    service = Line(longest=64)
    department = Identifier()
    at = Moment()
    limit = Whole(1, 50, load_default=10)
    instant = Choice(["true", "false"], load_default="false")


class InquiryArticlesQuery(LookQuery):
    """Why the citizen's words are looked at: it is recorded before anything is searched. ``service``: articles about
    the inquiry's own service come earlier (``closer``), are the only ones (``only``), or are as others (``any``)."""

    purpose = Choice(PURPOSES, required=True)
    service = Choice(["closer", "only", "any"], load_default="closer")
    limit = Whole(1, 50, load_default=10)


class Articles(List):
    items = ma.fields.List(ma.fields.Nested(ArticleItem), required=True)


class ArticleEditions(Fresh):
    id = ma.fields.UUID(required=True)
    items = ma.fields.List(ma.fields.Nested(RatedEdition), required=True)


class ArticleHits(Fresh):
    """The best first. All of them may be told at ``at``."""

    at = Moment(required=True)
    items = ma.fields.List(ma.fields.Nested(ArticleHit), required=True)


@topic.route("/articles", permission=Permission.READ_ARTICLES)
@topic.arguments(ArticlesQuery, location="query")
@topic.response(200, Articles, headers=LINK)
def list_articles(query: dict[str, Any]) -> Answer:
    """Articles by their latest editions, what was changed last first."""
    status = Status(query["status"]) if "status" in query else None
    filters = Filters(status=status, service=query.get("service"), department=query.get("department"))
    with look(query) as view:
        found = articles.changed_last(view.connection, filters, after=query.get("cursor"), limit=query["limit"])
        return view.page(found, article_item)


@topic.route("/articles/<uuid:article_id>", permission=Permission.READ_ARTICLES)
@topic.arguments(VersionQuery, location="query")
@topic.response(200, ArticleBody, headers=_ETAG)
def article(query: dict[str, Any], article_id: UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One article with all its editions, as it is or was after an event."""
    found = system().application.article(article_id, version=query.get("version"))
    return article_body(found), 200, {"ETag": etag(found.version)}


@topic.route("/articles/<uuid:article_id>/editions", permission=Permission.READ_ARTICLES)
@topic.arguments(LookQuery, location="query")
@topic.response(200, ArticleEditions)
def editions(query: dict[str, Any], article_id: UUID) -> dict[str, Any]:
    """All editions, the first one first: who wrote, reviewed and published each when, and how agents rated it."""
    with look(query) as view:
        rows = articles.editions(view.connection, article_id)
        if not rows:
            raise Problem("article_not_found", f"Kein Artikel mit der Kennung {article_id}.")
        return view.answer(id=article_id, items=[rated_edition(row) for row in rows])


@topic.route("/articles/search", permission=Permission.READ_ARTICLES)
@topic.arguments(SearchQuery, location="query")
@topic.response(200, ArticleHits)
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Find what may be told, by any words, at every keystroke. Nothing is recorded."""
    at = query.get("at") or now()
    options = {name: query.get(name) for name in ("service", "department")}
    with look(query) as view:
        found = _found(view.connection, query["q"], at, query["limit"], instant=query["instant"] == "true", **options)
        return view.answer(at=local(at), items=[article_hit(one) for one in found])


@topic.route("/inquiries/<uuid:inquiry_id>/articles", permission=Permission.READ_CONTENT)
@topic.arguments(InquiryArticlesQuery, location="query")
@topic.response(200, ArticleHits)
def articles_for(query: dict[str, Any], inquiry_id: UUID) -> dict[str, Any]:
    """What the city has to say to the citizen's own words. That you looked at these is recorded first."""
    inquiry = visible(inquiry_id)
    questions = [ref.content_id for ref in inquiry.contents.values() if ref.kind == "question"]
    words = " ".join(row.text or "" for row in read_texts(inquiry, questions, query["purpose"]))
    service, limit = inquiry.standing.service, query["limit"]
    with look(query) as view:
        if query["service"] == "only":
            found = _found(view.connection, words, now(), limit, service=service) if service else []
        else:
            found = _found(view.connection, words, now(), 2 * limit)
            if query["service"] == "closer" and service is not None:
                found = _closer(found, service)
        return view.answer(at=local(now()), items=[article_hit(one) for one in found[:limit]])


def _found(
    connection: Connection,
    words: str,
    at: datetime,
    limit: int,
    *,
    service: str | None = None,
    department: str | None = None,
    instant: bool = False,
) -> list[Found]:
    return system().article_search.search(
        connection,
        words,
        at=at,
        service=service,
        department=department,
        limit=limit,
        instant=instant,
        synonyms=system().synonyms.at(connection, at),
    )


def _closer(found: list[Found], service: str) -> list[Found]:
    """What is about the service counts more; of equals the order stays."""
    weighed = [replace(one, score=one.score * CLOSER) if service in one.edition.services else one for one in found]
    return sorted(weighed, key=lambda one: -one.score)
