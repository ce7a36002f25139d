"""An article of the Infodatenbank (aggregate): a question that people ask, and the answer that the city gives.

Drafted, reviewed by somebody else, published for a time, revised as a new edition, retired; every edition is kept, so
that it can be said years later what a citizen was told. An answer names the article and the edition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import article_events as happened
from casebackbone.article_words import Words
from casebackbone.cause import Cause
from casebackbone.recorded import Recorded
from casebackbone.refusals import Conflict, Forbidden

__all__ = ["Article", "Edition", "Words"]

IMPORTER = "import:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of an article. It is offered from ``valid_from`` until before ``valid_to``, once published."""

    number: int
    words: Words
    written_by: str
    reviewed_by: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    wrong_since: datetime | None = None

    @property
    def published(self) -> bool:
        return self.valid_from is not None

    def valid(self, at: datetime) -> bool:
        if self.valid_from is None:
            return False
        ends = (end for end in (self.valid_to, self.wrong_since) if end is not None)
        return self.valid_from <= at and all(at < end for end in ends)


class Article(Recorded):
    """Times are UTC. Every command raises :class:`casebackbone.refusals.Refused` and then has changed nothing."""

    TOPIC: ClassVar[str] = "article"

    editions: dict[int, Edition]
    retired_at: datetime | None

    def __init__(self) -> None:
        self.editions = {}
        self.retired_at = None

    # --- writing ---------------------------------------------------------------------------------------------------

    @classmethod
    def draft(cls, article_id: UUID, cause: Cause, words: Words) -> Self:
        """A first edition, which nobody is offered yet."""
        return cls._begin(happened.ArticleDrafted, article_id, cause, edition=1, **_fields(words))

    def revise(self, words: Words, *, again: bool = False) -> None:
        """A new edition. The published one is offered until the new one is. ``again``: the same words are to be
        published once more, for another time."""
        self._not_retired()
        if words == self.latest.words and not (again and self.latest.published):
            raise Conflict("unchanged", "Diese Fassung gibt es schon, Wort für Wort.")
        self._record(happened.ArticleRevised, edition=self.latest.number + 1, **_fields(words))

    def review(self) -> None:
        """Somebody else has read the latest edition and finds it right."""
        self._not_retired()
        latest = self.latest
        if latest.reviewed_by is not None:
            raise Conflict("already_reviewed", f"Fassung {latest.number} ist schon geprüft.")
        if latest.written_by == self.cause.actor and not self.cause.actor.startswith(IMPORTER):
            raise Forbidden("needs_second_person", "Prüfen muss jemand anderes als die Verfasserin oder der Verfasser.")
        self._record(happened.ArticleReviewed, edition=latest.number)

    def publish(self, valid_from: datetime, valid_to: datetime | None = None) -> None:
        """The latest edition is offered from ``valid_from`` on. Until then the one before it is."""
        self._not_retired()
        latest = self.latest
        if latest.reviewed_by is None:
            raise Conflict("not_reviewed", f"Fassung {latest.number} ist noch nicht geprüft.")
        if latest.published:
            raise Conflict("already_published", f"Fassung {latest.number} ist schon veröffentlicht.")
        if valid_to is not None and valid_to <= valid_from:
            raise Conflict("validity_reversed", "Die Gültigkeit endet vor ihrem Beginn.")
        self._record(happened.ArticlePublished, edition=latest.number, valid_from=valid_from, valid_to=valid_to)

    def prove_wrong(self, edition: int, *, reason: str) -> None:
        """What this edition says is not so. It is offered no longer, and whoever was told it can be found."""
        self.demand_known(edition)
        if self._edition(edition).wrong_since is not None:
            raise Conflict("unchanged", f"Fassung {edition} ist schon als falsch gekennzeichnet.")
        self._record(happened.ArticleProvedWrong, edition=edition, reason=reason)

    def retire(self, *, reason: str) -> None:
        """Nobody is offered it any more; what was told from it stays on record."""
        self._not_retired()
        self._record(happened.ArticleRetired, edition=self.latest.number, reason=reason)

    def rate(self, edition: int, verdict: str) -> None:
        """An agent says whether the edition helped."""
        self._edition(edition)
        self._record(happened.ArticleRated, edition=edition, verdict=verdict)

    # --- what others ask -------------------------------------------------------------------------------------------

    @property
    def latest(self) -> Edition:
        return self.editions[len(self.editions)]

    def offered(self, at: datetime) -> Edition | None:
        """The edition that agents are offered at a time: the last one that has begun to be valid, unless it is over, or
        wrong. An older one does not come back: whoever wrote the newer one knew better."""
        if self.retired_at is not None and at >= self.retired_at:
            return None
        begun = [one for one in self.editions.values() if one.valid_from is not None and one.valid_from <= at]
        last = max(begun, key=lambda one: one.number, default=None)
        return last if last is not None and last.valid(at) else None

    def demand_known(self, edition: int) -> None:
        """Raises Conflict unless this edition was ever published."""
        if not self._edition(edition).published:
            raise Conflict("not_published", f"Fassung {edition} wurde nie veröffentlicht.")

    def demand_wrong(self, edition: int) -> None:
        """Raises Conflict unless this edition has proved wrong."""
        if self._edition(edition).wrong_since is None:
            detail = f"Fassung {edition} ist nicht als falsch gekennzeichnet; bitte das zuerst tun."
            raise Conflict("not_proved_wrong", detail)

    def demand_published(self, edition: int, at: datetime) -> None:
        """Raises Conflict unless a citizen may be told this edition at that time."""
        offered = self.offered(at)
        if offered is None or offered.number != edition:
            now = "keine mehr" if offered is None else f"Fassung {offered.number}"
            raise Conflict("edition_not_offered", f"Fassung {edition} dieses Artikels gilt nicht (es gilt {now}).")

    # --- from events -----------------------------------------------------------------------------------------------

    def write(self, event: happened.ArticleWritten) -> None:
        words = Words(
            question=event.question,
            answer=event.answer,
            keywords=tuple(event.keywords),
            services=tuple(event.services),
            departments=tuple(event.departments),
            language=event.language,
        )
        self.editions[event.edition] = Edition(number=event.edition, words=words, written_by=event.actor)

    def change(self, edition: int, **changes: Any) -> None:
        self.editions[edition] = replace(self.editions[edition], **changes)

    # --- guards ----------------------------------------------------------------------------------------------------

    def _edition(self, number: int) -> Edition:
        if number not in self.editions:
            raise Conflict("no_such_edition", f"Diesen Artikel gibt es nicht in Fassung {number}.")
        return self.editions[number]

    def _not_retired(self) -> None:
        if self.retired_at is not None:
            raise Conflict("article_retired", "Dieser Artikel ist zurückgezogen.")


def _fields(words: Words) -> dict[str, Any]:
    return {
        "question": words.question,
        "answer": words.answer,
        "keywords": list(words.keywords),
        "services": list(words.services),
        "departments": list(words.departments),
        "language": words.language,
    }


register_topic(Article.TOPIC, Article)
