"""What a view is to the projector: tables, a function that applies events to them, and what it listens to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, select

from events.inquiry import InquiryEvent
from events.published import PublishedEvent
from projections.tables import stable_columns

Families = tuple[type[PublishedEvent], ...]


class UnhandledEvent(Exception):
    """A view says neither that it handles this type of event nor that it ignores it."""


class Batch:
    """Events to apply together: each subject's in order of version, without gaps, each for the first time."""

    def __init__(self, events: Iterable[PublishedEvent]) -> None:
        self.events: Sequence[Any] = list(events)
        self._histories: dict[UUID, list[Any]] | None = None
        self._of: dict[Families, Batch] = {}

    @property
    def histories(self) -> Mapping[UUID, Sequence[Any]]:
        """The same events by subject."""
        if self._histories is None:
            self._histories = {}
            for event in self.events:
                self._histories.setdefault(event.subject, []).append(event)
        return self._histories

    def of(self, families: Families) -> Batch:
        """What of it belongs to these families. Views of the same families share it."""
        if families not in self._of:
            self._of[families] = Batch(event for event in self.events if isinstance(event, families))
        return self._of[families]

    @property
    def latest(self) -> Iterator[Any]:
        """The last event of each subject."""
        return (history[-1] for history in self.histories.values())


KnownHashes = Callable[[Connection, Sequence[tuple[UUID, int]]], Mapping[tuple[UUID, int], str]]


@dataclass(frozen=True, eq=False)
class View:
    """One read model. ``version`` goes up when the same events must give other rows; then a rebuild is asked for.

    ``apply`` gets the connection of the batch's transaction and only events of types in ``handles``. Of its
    ``families`` it handles or ignores every type; other families are none of its business. What it writes
    for one subject depends on that subject's events alone, however they are cut into batches. A view that keeps the
    hash of every event may offer ``known_hashes``: the projector uses it to tell an old duplicate from a forgery.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    apply: Callable[[Connection, Batch], None]
    handles: frozenset[type[PublishedEvent]]
    ignores: frozenset[type[PublishedEvent]] = frozenset()
    known_hashes: KnownHashes | None = None
    families: Families = (InquiryEvent,)

    def take(self, connection: Connection, batch: Batch) -> None:
        """Apply ``batch``, less what this view ignores. Raises UnhandledEvent for a type that it does not know."""
        mine = batch.of(self.families)
        if self.ignores:
            mine = Batch(event for event in mine.events if type(event) not in self.ignores)
        types = {type(event) for event in mine.events}
        if unknown := types - self.handles:
            raise UnhandledEvent(f"{self.name}: {', '.join(sorted(kind.__name__ for kind in unknown))}")
        if mine.events:
            self.apply(connection, mine)

    def digest_rows(self, connection: Connection, all_columns: bool = False) -> Iterator[tuple[Table, Row[Any]]]:
        """Every row in order of its primary key, streamed; without volatile columns unless ``all_columns``."""
        for table in self.tables:
            columns = stable_columns(table, all_columns)
            statement = select(*columns).order_by(*table.primary_key).execution_options(yield_per=2000)
            for row in connection.execute(statement):
                yield table, row
