"""What means the same: names of services and their synonyms as the directory says them, and what the city adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, func, select

from projections.directory import When, services
from projections.directory_rows import ROWS
from projections.search import Synonyms
from projections.tables import GENERATION

_PAGE = 200


class KnownSynonyms:
    """Those of the directory, and ``more`` groups beside them. One for each read model of a process; read anew when
    the directory has changed, and with each day, as what it says holds from a day on. Safe between threads."""

    def __init__(self, more: Sequence[Sequence[str]] = ()) -> None:
        self._more = more
        self._lock = Lock()
        self._known: tuple[Any, Synonyms] | None = None

    def at(self, connection: Connection, at: datetime) -> Synonyms:
        """As they are known at a time."""
        state = self._state(connection, at.date())
        with self._lock:
            if self._known is None or self._known[0] != state:
                self._known = state, Synonyms([*self._more, *_of_services(connection, at)])
            return self._known[1]

    def _state(self, connection: Connection, day: date) -> Any:
        schemas = connection.get_execution_options().get("schema_translate_map") or {}
        return schemas.get(GENERATION), connection.scalar(select(func.max(ROWS.c.version))), day


def _of_services(connection: Connection, at: datetime) -> Iterator[list[str]]:
    after = None
    while True:
        page = services(connection, When(at=at), after=after, limit=_PAGE)
        for row in page.rows:
            if row.synonyms:
                yield [row.name, *row.synonyms]
        after = page.next_cursor
        if after is None:
            return
