"""Published events of an article of the Infodatenbank: what the city tells its citizens, edition by edition.

The words are the city's own and public by their nature, so they are in the event: nobody's personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleEvent(PublishedEvent):
    """One step of one edition of one article. An inquiry's ``article_version`` is the ``edition``."""

    identity: ClassVar[str] = "article_id"

    article_id: UUID
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWritten(ArticleEvent):
    """The words of an edition; ``answer`` is Markdown, ``services`` are LeiKa keys."""

    question: str
    answer: str
    keywords: tuple[str, ...]
    services: tuple[str, ...]
    departments: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDrafted(ArticleWritten):
    """A first edition was written; nobody is offered it yet."""

    type: ClassVar[str] = "casebackbone.article.drafted.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevised(ArticleWritten):
    """A new edition was written; the published one is offered until the new one is."""

    type: ClassVar[str] = "casebackbone.article.revised.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleReviewed(ArticleEvent):
    """Somebody else than its author finds the edition right."""

    type: ClassVar[str] = "casebackbone.article.reviewed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePublished(ArticleEvent):
    """The edition is offered from ``valid_from`` until before ``valid_to`` (None: without an end)."""

    type: ClassVar[str] = "casebackbone.article.published.v1"

    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleProvedWrong(ArticleEvent):
    """What the edition says is not so; whoever was told it should know."""

    type: ClassVar[str] = "casebackbone.article.proved_wrong.v1"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRetired(ArticleEvent):
    """Nobody is offered it any more."""

    type: ClassVar[str] = "casebackbone.article.retired.v1"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRated(ArticleEvent):
    """An agent said of an edition: ``helped``, ``did_not_help`` or ``out_of_date``."""

    type: ClassVar[str] = "casebackbone.article.rated.v1"

    verdict: str


EVENTS: tuple[type[ArticleEvent], ...] = (
    ArticleDrafted,
    ArticleRevised,
    ArticleReviewed,
    ArticlePublished,
    ArticleProvedWrong,
    ArticleRetired,
    ArticleRated,
)
