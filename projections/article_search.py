"""Finding articles by words: what an agent types, or what the citizen said, against what the city has to say.

Only editions that are offered at the time in question are found: never a draft, nothing retired, proved wrong or not
yet valid. The ranking is the same on every database (:mod:`projections.search`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from projections.article_rows import EDITIONS, FOUND
from projections.articles import EditionRow, edition_row
from projections.search import Hit, SearchEngine, Synonyms
from projections.search.question import NO_SYNONYMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An edition, how well it fits, and where: ranges of characters in ``question``, ``keywords`` and ``answer``."""

    edition: EditionRow
    score: float
    highlights: dict[str, list[tuple[int, int]]]


class ArticleSearch:
    """One for each read model of a process; safe between threads."""

    def __init__(self) -> None:
        self._engine = SearchEngine(FOUND)

    def search(
        self,
        connection: Connection,
        text: str,
        *,
        at: datetime,
        service: str | None = None,
        department: str | None = None,
        limit: int = 10,
        instant: bool = False,
        synonyms: Synonyms = NO_SYNONYMS,
    ) -> list[Found]:
        """The best editions for ``text`` of those offered ``at``; ``instant``: the last word is still being typed."""
        labels = [f"{name}:{key}" for name, key in (("service", service), ("department", department)) if key]
        hits = self._engine.search(
            connection, text, at=at, labels=labels, limit=limit, instant=instant, synonyms=synonyms
        )
        return _found(connection, hits)


def _found(connection: Connection, hits: list[Hit]) -> list[Found]:
    wanted = EDITIONS.c.document_id.in_([hit.id for hit in hits])
    rows: dict[UUID, EditionRow] = {}
    for row in connection.execute(select(EDITIONS).where(wanted)).mappings() if hits else ():
        rows[row["document_id"]] = edition_row({name: row[name] for name in row if name != "document_id"})
    return [Found(edition=rows[hit.id], score=hit.score, highlights=hit.highlights) for hit in hits if hit.id in rows]
