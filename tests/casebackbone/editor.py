"""Given, when, then over one article: an editor's desk with a clock that tests set, and nothing stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone.article import Article, Words
from casebackbone.cause import Cause
from casebackbone.refusals import Refused
from casebackbone.translation import publish
from events.article import ArticleEvent

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("6a3c4f0e-0000-4000-8000-000000000367")
ANNA, BERT = "agent:anna", "agent:bert"
BULKY = Words(
    question="Wann wird der Sperrmüll abgeholt?",
    answer="Nach **Anmeldung**, innerhalb von vier Wochen.",
    keywords=("Möbel",),
    services=("99012003000000",),
    departments=("abfall",),
)


def words(question: str, answer: str = "Das steht im Ratsbeschluss.", **more: Any) -> Words:
    return Words(question=question, answer=answer, **more)


class Editor:
    """An article that Anna has drafted; each step happens an hour after the last, by Anna unless said."""

    def __init__(self, first: Words = BULKY, *, name: str = "bulky waste") -> None:
        self.now = MONDAY
        self.id = uuid5(NAMES, name)
        self.article = Article.draft(self.id, self._cause(ANNA), first)

    def _cause(self, actor: str) -> Cause:
        command_id = uuid5(NAMES, f"{actor}{self.now}")
        return Cause(
            actor=actor, command_id=command_id, correlation_id=command_id, occurred_at=self.now, recorded_at=self.now
        )

    def step(self, name: str, *arguments: Any, by: str = ANNA, **more: Any) -> Editor:
        self.now += timedelta(hours=1)
        self.article.cause = self._cause(by)
        getattr(self.article, name)(*arguments, **more)
        return self

    def reviewed(self) -> Editor:
        return self.step("review", by=BERT)

    def published(self, valid_from: datetime | None = None, valid_to: datetime | None = None) -> Editor:
        """Reviewed and published; at once unless said."""
        self.reviewed()
        return self.step("publish", valid_from or self.now + timedelta(hours=1), valid_to)

    def refuses(self, code: str, name: str, *arguments: Any, **more: Any) -> None:
        before = len(self.article.pending_events)
        with pytest.raises(Refused) as refusal:
            self.step(name, *arguments, **more)
        assert refusal.value.code == code
        assert len(self.article.pending_events) == before

    def offered(self, at: datetime | None = None) -> int | None:
        found = self.article.offered(at or self.now)
        return None if found is None else found.number


def told(*editors: Editor) -> list[ArticleEvent]:
    """What the world is told of these articles, one after the other."""
    positions, events = count(1), []
    for editor in editors:
        head = "0" * 64
        for event in editor.article.pending_events:
            object.__setattr__(event, "previous", head)
            head = f"{next(positions):064x}"
            object.__setattr__(event, "hash", head)
            events.append(publish(event, position=int(head, 16), store_epoch=NAMES))
    return events  # type: ignore[return-value]
