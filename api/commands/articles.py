"""The Infodatenbank: articles are drafted, reviewed, published, revised, retired, and found wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.commands.order import Answer, carry_out, expected_version, order_on
from api.commands.topic import CommandBody, CommandTopic
from api.context import system
from api.errors import invalid
from api.fields import Choice, Flag, FreeText, Identifier, Line, Moment, Several
from api.representation_article import ArticleBody, article_body
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.article import Words
from casebackbone.article_words import LANGUAGE, LONGEST_ANSWER, LONGEST_KEYWORD, LONGEST_QUESTION, MOST, written
from casebackbone.commands import (
    Command,
    DraftArticle,
    ProveArticleWrong,
    PublishArticle,
    RateArticle,
    RetireArticle,
    ReviewArticle,
    ReviseArticle,
)

topic = CommandTopic("articles", __name__, description="The Infodatenbank: what the city answers")


class ArticleWords(CommandBody):
    """``answer`` is Markdown; HTML in it is shown as text. ``services`` are LeiKa keys."""

    question = Line(longest=LONGEST_QUESTION, required=True)
    answer = FreeText(longest=LONGEST_ANSWER, required=True)
    keywords = Several(Line(longest=LONGEST_KEYWORD), load_default=list)
    services = Several(Line(longest=64), load_default=list)
    departments = Several(Identifier(), load_default=list)
    language = Line(longest=35, pattern=LANGUAGE, load_default="de")


class RevisionBody(ArticleWords):
    """All of the new edition. ``again``: the same words as before, to be published for another time."""

    again = Flag(load_default=False)


class NothingToSay(CommandBody):
    """Nothing to say."""


class PublicationBody(CommandBody):
    """From when (without it: at once) until before when (without it: for good) the latest edition is offered."""

    valid_from = Moment()
    valid_to = Moment()


class RetirementBody(CommandBody):
    reason = Choice(reasons.ARTICLE_RETIRE, load_default="unspecified")


class RefutationBody(CommandBody):
    """Why what the edition says is not so."""

    reason = Choice(reasons.ARTICLE_WRONG, load_default="unspecified")


class RatingBody(CommandBody):
    """What an agent thinks of an edition after using it."""

    verdict = Choice(reasons.ARTICLE_RATING, required=True)


def _article(rule: str, permission: Permission, body: Any, **more: Any) -> Any:
    return topic.command(rule, permission, body, answer=ArticleBody, **more)


@_article("/articles", Permission.WRITE_ARTICLE, ArticleWords, status=201)
def draft_article(body: dict[str, Any]) -> Answer:
    """Draft an article. Nobody is offered it before somebody else has reviewed it, and it is published."""
    command = DraftArticle(words=_words(body))
    order = order_on(None, body)
    told, _, headers = carry_out(order, lambda: system().application.draft(order, command), article_body)
    return told, 201, {**headers, "Location": told["_links"]["self"]}


@_article("/articles/<uuid:article_id>/revision", Permission.WRITE_ARTICLE, RevisionBody)
def revise_article(body: dict[str, Any], article_id: UUID) -> Answer:
    """Write a new edition. The published one is offered until the new one is published and valid."""
    return _edit(article_id, body, ReviseArticle(words=_words(body), again=body["again"]))


@_article("/articles/<uuid:article_id>/review", Permission.REVIEW_ARTICLE, NothingToSay)
def review_article(body: dict[str, Any], article_id: UUID) -> Answer:
    """Find the latest edition right, which somebody else has written."""
    return _edit(article_id, body, ReviewArticle())


@_article("/articles/<uuid:article_id>/publication", Permission.PUBLISH_ARTICLE, PublicationBody)
def publish_article(body: dict[str, Any], article_id: UUID) -> Answer:
    """Offer the latest edition, for a time."""
    command = PublishArticle(valid_from=body.get("valid_from"), valid_to=body.get("valid_to"))
    return _edit(article_id, body, command)


@_article("/articles/<uuid:article_id>/retirement", Permission.PUBLISH_ARTICLE, RetirementBody)
def retire_article(body: dict[str, Any], article_id: UUID) -> Answer:
    """Offer it no longer. What was told from it stays on record."""
    return _edit(article_id, body, RetireArticle(reason=body["reason"]))


@_article("/articles/<uuid:article_id>/editions/<int:edition>/refutation", Permission.PUBLISH_ARTICLE, RefutationBody)
def refute_edition(body: dict[str, Any], article_id: UUID, edition: int) -> Answer:
    """Say that an edition is wrong. It is offered no longer; who was told it is listed under `told`."""
    return _edit(article_id, body, ProveArticleWrong(edition=edition, reason=body["reason"]))


@_article(
    "/articles/<uuid:article_id>/editions/<int:edition>/ratings",
    Permission.RATE_ARTICLE,
    RatingBody,
    if_match="IfMatchOptional",
)
def rate_edition(body: dict[str, Any], article_id: UUID, edition: int) -> Answer:
    """Say whether an edition helped, or is out of date."""
    return _edit(article_id, body, RateArticle(edition=edition, verdict=body["verdict"]), required=False)


def _edit(article_id: UUID, body: dict[str, Any], command: Command, *, required: bool = True) -> Answer:
    order = order_on(article_id, body, expected_version(required=required))
    return carry_out(order, lambda: system().application.edit(order, command), article_body)


def _words(body: dict[str, Any]) -> Words:
    for name in ("keywords", "services", "departments"):
        if len(body[name]) > MOST:
            raise invalid(f"/{name}", "too_many", f"Höchstens {MOST} Angaben sind möglich.")
    return written(**{name: body[name] for name in Words.__dataclass_fields__})
