"""Articles from a file into the Infodatenbank: one order, one transaction for each row that says something new.

Ids follow from the import's name and the row's key, so that the same file can be imported again after a stop without
doubling, and a later one revises the articles that it says otherwise. An id that is itself an article's (a UUID, as
in an export) names that article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.article import Article
from casebackbone.cause import Cause
from casebackbone.commands import Command, DraftArticle, PublishArticle, ReviewArticle, ReviseArticle
from casebackbone.importing.article_file import FileArticle
from casebackbone.importing.cases import Refusal
from casebackbone.refusals import ArticleNotFound, KeyReused, Refused, Stale

NAMESPACE = UUID("6f1d2f0a-5b0e-5d1c-9f0e-3a3c4f6b7a12")
"""Never change it: every imported article's id follows from it."""

_ATTEMPTS = 5


@dataclass(slots=True)
class ArticleSummary:
    """What an import did; ``published`` counts editions, new and revised articles are drafts without ``--publish``."""

    rows: int = 0
    new: int = 0
    revised: int = 0
    published: int = 0
    unchanged: int = 0
    refused: int = 0
    refused_by_code: dict[str, int] = field(default_factory=dict)


def article_id(import_name: str, key: str) -> UUID:
    """The id of the article that a row becomes."""
    if key.startswith("id:"):
        try:
            return UUID(key.removeprefix("id:"))
        except ValueError:
            pass
    return uuid5(uuid5(NAMESPACE, import_name), key)


class ArticleImporter:
    """Tells articles to the application, one after the other; ``now`` is asked once for each."""

    def __init__(self, application: Application, name: str, *, publish: bool, now: Callable[[], datetime]) -> None:
        self.summary = ArticleSummary()
        self._application = application
        self._name = name
        self._publish = publish
        self._now = now
        self._principal = Principal(name, frozenset({Role.IMPORTER}))

    def run(self, articles: Iterable[FileArticle | Refusal]) -> Iterator[Refusal]:
        """Yields the rows that are refused; all others are in the record when it ends. May be stopped at any time."""
        for one in articles:
            self.summary.rows += 1
            refusal = one if isinstance(one, Refusal) else self._take(one)
            if refusal is not None:
                self.summary.refused += 1
                codes = self.summary.refused_by_code
                codes[refusal.code] = codes.get(refusal.code, 0) + 1
                yield refusal

    def _take(self, said: FileArticle) -> Refusal | None:
        try:
            for _ in range(_ATTEMPTS):
                try:
                    self._tell(said)
                    return None
                except (KeyReused, Stale):  # somebody else has just written it: look at it again
                    continue
        except Refused as refused:
            return Refusal(said.line, refused.code, _SAID.get(refused.code, "the article cannot be written like this"))
        return Refusal(said.line, "written_by_others", "others write the article at this moment; import it again")

    def _tell(self, said: FileArticle) -> None:
        id_ = article_id(self._name, said.key)
        try:
            article = self._application.article(id_)
        except ArticleNotFound:
            if self._application.store.events_of(id_, 0, 1):
                raise Refused("id_taken", "") from None
            publication = self._publication(said)
            draft, *then = DraftArticle(words=said.words), *publication
            self._application.draft(self._order(id_, 0, said), draft, *then)
            self.summary.new += 1
            self.summary.published += bool(publication)
            return
        commands = self._changes(article, said)
        if not commands:
            self.summary.unchanged += 1
            return
        self._application.edit(self._order(id_, article.version, said), *commands)
        self.summary.revised += any(isinstance(command, ReviseArticle) for command in commands)
        self.summary.published += any(isinstance(command, PublishArticle) for command in commands)

    def _changes(self, article: Article, said: FileArticle) -> list[Command]:
        """What is to be done to an article that there is."""
        latest = article.latest
        if said.words != latest.words:
            return [ReviseArticle(words=said.words), *self._publication(said)]
        if not self._publish or article.retired_at is not None:
            return []
        if not latest.published:
            review, publish = self._publication(said)
            return [publish] if latest.reviewed_by else [review, publish]
        if latest.wrong_since is not None:
            raise Refused("proved_wrong", "")
        moved = any(
            at != getattr(latest, name) for name, at in said.validity.items() if at is not None or name == "valid_to"
        )
        return [ReviseArticle(words=said.words, again=True), *self._publication(said)] if moved else []

    def _publication(self, said: FileArticle) -> list[Command]:
        if not self._publish:
            return []
        valid_from, valid_to = said.validity.get("valid_from"), said.validity.get("valid_to")
        return [ReviewArticle(), PublishArticle(valid_from=valid_from, valid_to=valid_to)]

    def _order(self, id_: UUID, version: int, said: FileArticle) -> Order:
        now = self._now()
        digest = _digest([asdict(said.words), {name: str(at) for name, at in said.validity.items()}, self._publish])
        command_id = uuid5(id_, f"{self._name}:{version}:{digest}")
        return Order(
            principal=self._principal,
            cause=Cause(
                actor=self._principal.actor,
                command_id=command_id,
                correlation_id=command_id,
                occurred_at=now,
                recorded_at=now,
            ),
            subject=id_,
            request_digest=digest,
            expected_version=version or None,
        )


def _digest(value: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


_SAID = {
    "article_retired": "the article was retired here, and the row says something else than it did; give it a new id",
    "before_the_last_event": "the article was changed at a later time than now; check this machine's clock",
    "id_taken": "the id is that of something else in this installation, which is no article; give it a new id",
    "proved_wrong": "the article's latest edition was proved wrong, and the row still says the same; correct it",
    "validity_reversed": "the article would end before it begins: its end is over already; name when it begins",
}
