"""Domain events of an article of the Infodatenbank, as they are stored. Each edition is kept, whatever follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent

if TYPE_CHECKING:
    from casebackbone.article import Article


class ArticleEvent(RecordedEvent):
    TOPIC: ClassVar[str] = "article.event"
    edition: int


class ArticleWritten(ArticleEvent):
    """The words of one edition, and what it is about."""

    TOPIC: ClassVar[str] = "article.written"
    question: str
    answer: str
    keywords: list[str]
    services: list[str]
    departments: list[str]
    language: str

    def apply(self, aggregate: Article) -> None:
        super().apply(aggregate)
        aggregate.write(self)


class ArticleDrafted(ArticleWritten, CanInitAggregate):
    TOPIC = "article.drafted"
    originator_topic: str


class ArticleRevised(ArticleWritten):
    TOPIC = "article.revised"


class ArticleReviewed(ArticleEvent):
    TOPIC = "article.reviewed"

    def apply(self, aggregate: Article) -> None:
        super().apply(aggregate)
        aggregate.change(self.edition, reviewed_by=self.actor)


class ArticlePublished(ArticleEvent):
    TOPIC = "article.published"
    valid_from: datetime
    valid_to: datetime | None

    def apply(self, aggregate: Article) -> None:
        super().apply(aggregate)
        aggregate.change(self.edition, valid_from=self.valid_from, valid_to=self.valid_to)


class ArticleProvedWrong(ArticleEvent):
    """From now on the edition is not offered; whoever was told it can be called back."""

    TOPIC = "article.proved_wrong"
    reason: str

    def apply(self, aggregate: Article) -> None:
        super().apply(aggregate)
        aggregate.change(self.edition, wrong_since=self.occurred_at)


class ArticleRetired(ArticleEvent):
    TOPIC = "article.retired"
    reason: str

    def apply(self, aggregate: Article) -> None:
        super().apply(aggregate)
        aggregate.retired_at = self.occurred_at


class ArticleRated(ArticleEvent):
    """What an agent thinks of an edition after using it."""

    TOPIC = "article.rated"
    verdict: str


STORED: dict[str, type[ArticleEvent]] = {
    event.TOPIC: event
    for event in (
        ArticleDrafted,
        ArticleRevised,
        ArticleReviewed,
        ArticlePublished,
        ArticleProvedWrong,
        ArticleRetired,
        ArticleRated,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
