"""The search of one process: it keeps the index of a collection in memory and follows what the database says."""

from __future__ import annotations

from collections.abc import Collection as Sized
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from projections.german import places_of
from projections.search import collection as stored
from projections.search.collection import Collection
from projections.search.inverted import InvertedIndex
from projections.search.question import NO_SYNONYMS, Synonyms, groups
from projections.search.ranking import matching, rank
from projections.tables import GENERATION

SHOWN = 0.4
"""From this weight on a term is marked as what was meant."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document that was found. ``highlights``: for each field the ranges of its text that match, in order."""

    id: UUID
    score: float
    fields: dict[str, str]
    highlights: dict[str, list[Range]]


class SearchEngine:
    """Searches ``collection``. One for each database of a process; safe between threads, which wait for each other."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._lock = Lock()
        self._place: Any = None
        self._forget()

    def _forget(self) -> None:
        self._index = InvertedIndex(self._collection.fields)
        self._versions: dict[UUID, int] = {}
        self._state: stored.State = (0, 0)

    def search(
        self,
        connection: Connection,
        text: str,
        *,
        at: datetime | None,
        labels: Sized[str] = (),
        limit: int = 10,
        instant: bool = False,
        synonyms: Synonyms = NO_SYNONYMS,
    ) -> list[Hit]:
        """The best documents for ``text``, as the transaction of ``connection`` sees the collection.

        ``at``: only what is valid then (None: whatever the time). ``labels``: only what has all of them. ``instant``:
        the last word is still being typed. Takes any text.
        """
        with self._lock:
            self._follow(connection)
            words = groups(text, self._index, synonyms, instant)
            without = self._index.invalid(at) if at is not None else ()
            ranked = rank(self._index, words, self._index.labelled(sorted(labels)), without, limit)
        shown = matching(words, SHOWN)
        texts = stored.texts(connection, self._collection, [hit.id for hit in ranked]) if ranked else {}
        return [
            Hit(
                id=hit.id,
                score=hit.score,
                fields=texts[hit.id],
                highlights={name: places_of(shown, written) for name, written in texts[hit.id].items()},
            )
            for hit in ranked
            if hit.id in texts
        ]

    def _follow(self, connection: Connection) -> None:
        """Take over what has changed since, all of it when the generation is another."""
        schemas = connection.get_execution_options().get("schema_translate_map") or {}
        place = (connection.engine.pool, schemas.get(GENERATION))
        if place != self._place:
            self._forget()
            self._place = place
        now = stored.state(connection, self._collection)
        if now == self._state:
            return
        begins = not self._versions
        for document_id, version, document in stored.changed(connection, self._collection, self._versions):
            if document is None:
                self._index.drop(document_id)
            else:
                self._index.add(document)
            self._versions[document_id] = version
        if begins:
            self._index.warm_up()
        self._state = now
