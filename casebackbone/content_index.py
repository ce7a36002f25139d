"""Which terms stand in which text: follows the log of events and knows no words, only their keyed digests.

It lies beside the texts, in the record's database, so that an erasure takes it along in its own transaction. Between
the two stands a lock on the text: an indexer holds it from reading the text to committing its terms, an erasure waits
for it and then removes them; an indexer that comes later finds no text. See ``docs/adr/0010``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from casebackbone.content_words import Analyser, ContentWords
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.store import LogEntry, Store
from casebackbone.store.tables import content_index, content_terms, contents
from events.crashpoints import crash_at

PIECE = 100
"""Events that are indexed in one transaction: it holds up writers on SQLite, and erasures of the same texts."""

_NAME = "terms"


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one piece did. ``more``: there was as much as fitted. ``overtaken``: another indexer did it."""

    position: int
    texts: int = 0
    more: bool = False
    overtaken: bool = False


class ContentIndex:
    """Safe for several threads and processes: whoever finds that another one was first does nothing."""

    def __init__(self, store: Store, analyser: Analyser) -> None:
        self._store = store
        self._analyser = analyser

    @cached_property
    def words(self) -> ContentWords:
        """With the secret of this record, which never changes."""
        with self._store.engine.connect().execution_options(reading=True) as connection:
            secret = connection.execute(select(content_index.c.secret).where(_THIS)).scalar_one()
        return ContentWords(self._analyser, secret)

    def position(self) -> int:
        """Up to where in the log texts are found."""
        with self._store.engine.connect().execution_options(reading=True) as connection:
            return position_in(connection)

    def catch_up(self, limit: int = PIECE) -> Indexed:
        """The next ``limit`` events. Raises what the database raises; then nothing was done."""
        position = self.position()
        entries = self._store.events_after(position, limit)
        if not entries:
            return Indexed(position)
        words, came = self.words, _texts_of(entries)
        reached = entries[-1].position
        with self._store.engine.begin() as connection:
            moved = update(content_index).where(_THIS, content_index.c.position == position).values(position=reached)
            if connection.execute(moved).rowcount != 1:
                return Indexed(position, more=True, overtaken=True)
            found = _locked(connection, list(came))
            rows = [
                {
                    "term": digest,
                    "content_id": row.content_id,
                    "inquiry_id": row.inquiry_id,
                    "kind": row.kind,
                    "position": came[row.content_id],
                }
                for row in found
                for digest in sorted(words.of_text(row.kind, row.text))
            ]
            _insert(connection, rows)
            crash_at("content_index.in_transaction")
        crash_at("content_index.committed")
        return Indexed(reached, len(found), len(entries) == limit)

    def begin_again(self) -> None:
        """Forgets all, to be filled anew: when what makes terms of words has changed. Searches find little meanwhile
        and say so."""
        emptying = delete(content_terms)
        if self._store.engine.dialect.name == "postgresql":
            emptying = text(f"TRUNCATE {content_terms.name}")  # type: ignore[assignment]
        with self._store.engine.begin() as connection:
            connection.execute(update(content_index).where(_THIS).values(position=0))
            connection.execute(emptying)


_THIS = content_index.c.name == _NAME


def position_in(connection: Connection) -> int:
    """Up to where the index is, in a transaction that reads it."""
    found: int = connection.execute(select(content_index.c.position).where(_THIS)).scalar_one()
    return found


def _texts_of(entries: Sequence[LogEntry]) -> dict[UUID, int]:
    """The texts that came with events, and the positions of these."""
    came: dict[UUID, int] = {}
    for entry in entries:
        if isinstance(entry.event, InquiryEvent):
            for ref in getattr(entry.event, "contents", ()):
                came.setdefault(ref.content_id, entry.position)
    return came


def _locked(connection: Connection, content_ids: Sequence[UUID]) -> Sequence[Row]:
    """Those that have not been erased, and cannot be until this transaction ends. Always locked in the same order."""
    query = (
        select(contents.c.content_id, contents.c.inquiry_id, contents.c.kind, contents.c.text)
        .where(contents.c.content_id.in_(content_ids), contents.c.erased_at.is_(None))
        .order_by(contents.c.content_id)
        .with_for_update(read=True)  # on SQLite nothing: there, whoever writes is alone
    )
    return connection.execute(query).all()


def _insert(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(content_terms).on_conflict_do_nothing(), rows)
