"""Given events, then rows: what tests of views say to a read model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from events.channel import Delivery, Positions
from events.cloudevents import raw_text, to_message
from events.inprocess import InProcessFeed
from events.inquiry import InquiryEvent
from projections.database import Database, Generation
from projections.digest import digests
from projections.gate import Refetch
from projections.projector import Projector, Summary
from tests.examples import Story, deliveries

SOURCE = "store:test"
T = TypeVar("T")


def told(*stories: Story) -> list[InquiryEvent]:
    """The events of several stories, in order of their positions in the log."""
    return sorted((event for story in stories for event in story.events), key=lambda event: event.provenance.position)


def batches(records: Sequence[Delivery], size: int) -> Iterable[Sequence[Delivery]]:
    return (records[start : start + size] for start in range(0, len(records), size))


def store_of(*stories: Story) -> Refetch:
    """A store that has everything that was told."""

    def refetch(inquiry_id: Any, after: int, up_to: int) -> Sequence[InquiryEvent]:
        events = [event for story in stories for event in story.events if event.inquiry_id == inquiry_id]
        return [event for event in events if after < event.version <= up_to]

    return refetch


class ReadModel:
    """A read model and one projector, which has opened the partitions of :data:`SOURCE`."""

    def __init__(self, database: Database, generation: Generation | None = None) -> None:
        self.database = database
        self.generation = generation or database.live()
        self.projector = self.open()

    def open(self, refetch: Refetch | None = None, partitions: Sequence[int] = (0, 1, 2)) -> Projector:
        """Another projector, as after a restart; it is the one used from now on."""
        self.projector = Projector(self.database, self.generation, refetch)
        self.projector.positions_for(SOURCE)(partitions)
        return self.projector

    def given(self, *stories: Story, size: int = 500, partitions: int = 1) -> ReadModel:
        """These stories happened from the beginning of the feed."""
        self.take(deliveries(told(*stories), partitions), size)
        return self

    def take(self, records: Sequence[Delivery], size: int = 500) -> list[Summary]:
        return [self.projector.apply(batch, SOURCE) for batch in batches(records, size)]

    def ask(self, query: Callable[..., T], *arguments: Any, **options: Any) -> T:
        """The answer of one query of a view."""
        with self.database.read() as connection:
            return query(connection, *arguments, **options)

    def all_of(self, query: Callable[..., Any], *arguments: Any, limit: int = 200, **options: Any) -> list[Any]:
        """All rows, page by page."""
        rows: list[Any] = []
        cursor = None
        while True:
            page = self.ask(query, *arguments, after=cursor, limit=limit, **options)
            rows += page.rows
            cursor = page.next_cursor
            if cursor is None:
                return rows

    def digests(self, all_columns: bool = False) -> dict[str, str]:
        return digests(self.database, all_columns)


class Log:
    """A store's log that grows, and feeds from it in several partitions as a consumer group would get them.

    ``in_process`` is the real feed of one partition; :class:`PartitionFeed` splits the same log.
    """

    def __init__(self, *stories: Story) -> None:
        self.events: list[InquiryEvent] = []
        self.add(*told(*stories))

    def add(self, *events: InquiryEvent) -> None:
        self.events += events

    def in_process(self) -> InProcessFeed:
        def read(after: int, limit: int) -> list[InquiryEvent]:
            return [event for event in list(self.events) if event.provenance.position > after][:limit]

        def end() -> int:
            return self.events[-1].provenance.position if self.events else 0

        return InProcessFeed(read, end, SOURCE)

    def partition(self, *mine: int, of: int = 3) -> PartitionFeed:
        return PartitionFeed(self, mine, of)


class PartitionFeed:
    """Some partitions of a log: what one member of a group gets."""

    source = "kafka:test"

    def __init__(self, log: Log, mine: Sequence[int], partitions: int) -> None:
        self._log, self._mine, self._partitions = log, mine, partitions
        self._next: dict[int, int] = {}

    def _records(self) -> list[Delivery]:
        return deliveries(list(self._log.events), self._partitions, first_offset=0)

    def open(self, positions_for: Callable[[Sequence[int]], Positions]) -> None:
        stored = positions_for(self._mine)
        self._next = {partition: stored.get(partition, 0) for partition in self._mine}

    def poll(self, limit: int, timeout_seconds: float) -> Sequence[Delivery]:
        found = [r for r in self._records() if r.partition in self._next and r.offset >= self._next[r.partition]]
        for record in found[:limit]:
            self._next[record.partition] = record.offset + 1
        return found[:limit]

    def ends(self) -> Positions:
        ends = dict.fromkeys(range(self._partitions), 0)
        return ends | {record.partition: record.offset + 1 for record in self._records()}

    def close(self) -> None:
        self._next = {}


def unreadable(event: InquiryEvent, offset: int, **changes: Any) -> Delivery:
    message = to_message(event)
    known: dict[str, Any] = {
        "partition": 0,
        "offset": offset,
        "event": None,
        "subject": event.subject,
        "version": event.version,
        "problem": "value is not JSON in UTF-8",
        "raw": raw_text(message.key, message.headers, b"\xff" + message.value),
    }
    return Delivery(**known | changes)
