"""What means the same: names of services and their synonyms as the directory says them, and what the city adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, func, select

from projections.directory import When, services
from projections.directory_rows import ROWS
from projections.search import Synonyms
from projections.tables import GENERATION

_PAGE = 200
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known in [``begin``, ``end``), in which nothing that is said of services begins or ends."""

    state: Any
    begin: datetime
    end: datetime
    synonyms: Synonyms


class KnownSynonyms:
    """Those of the directory, and ``more`` groups beside them. One for each read model of a process; read anew when
    the directory has changed, and when something that it says begins or ends. Safe between threads."""

    def __init__(self, more: Sequence[Sequence[str]] = ()) -> None:
        self._more = more
        self._lock = Lock()
        self._known: _Known | None = None

    def at(self, connection: Connection, at: datetime) -> Synonyms:
        """As they are known at a time."""
        schemas = connection.get_execution_options().get("schema_translate_map") or {}
        state = schemas.get(GENERATION), connection.scalar(select(func.max(ROWS.c.version)))
        with self._lock:
            known = self._known
            if known is None or known.state != state or not known.begin <= at < known.end:
                synonyms = Synonyms([*self._more, *_of_services(connection, at)])
                known = self._known = _Known(state, *_unchanged(connection, at), synonyms)
            return known.synonyms


def _unchanged(connection: Connection, at: datetime) -> tuple[datetime, datetime]:
    """The time around ``at`` in which nothing that is said of services begins or ends."""
    said = select(ROWS.c.valid_from, ROWS.c.valid_to).where(ROWS.c.kind.in_(("service", "withdrawal")))
    turns = {turn for row in connection.execute(said) for turn in row if turn is not None}
    return max((turn for turn in turns if turn <= at), default=_EVER), min(
        (turn for turn in turns if turn > at), default=_NEVER
    )


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
