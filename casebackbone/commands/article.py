"""The Infodatenbank: writing, reviewing, publishing and withdrawing articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casebackbone.access import Permission
from casebackbone.article import Article, Words
from casebackbone.commands.command import Command, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftArticle(Command):
    """Begins an article; what follows in the same order may review and publish it (imports)."""

    permission = Permission.WRITE_ARTICLE
    words: Words

    def begin(self, article_id: UUID, scene: Scene) -> Article:
        return Article.draft(article_id, scene.cause, self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseArticle(Command):
    """``again``: the same words as before, to be published for another time."""

    permission = Permission.WRITE_ARTICLE
    words: Words
    again: bool = False

    def act(self, article: Article, scene: Scene) -> None:
        article.revise(self.words, again=self.again)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewArticle(Command):
    permission = Permission.REVIEW_ARTICLE

    def act(self, article: Article, scene: Scene) -> None:
        article.review()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishArticle(Command):
    """Without ``valid_from`` at once."""

    permission = Permission.PUBLISH_ARTICLE
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def act(self, article: Article, scene: Scene) -> None:
        article.publish(self.valid_from or scene.cause.occurred_at, self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveArticleWrong(Command):
    permission = Permission.PUBLISH_ARTICLE
    edition: int
    reason: str

    def act(self, article: Article, scene: Scene) -> None:
        article.prove_wrong(self.edition, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireArticle(Command):
    permission = Permission.PUBLISH_ARTICLE
    reason: str

    def act(self, article: Article, scene: Scene) -> None:
        article.retire(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateArticle(Command):
    permission = Permission.RATE_ARTICLE
    edition: int
    verdict: str

    def act(self, article: Article, scene: Scene) -> None:
        article.rate(self.edition, self.verdict)
