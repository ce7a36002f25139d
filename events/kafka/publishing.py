"""Publishing in order: what every publisher promises, whichever client of Kafka it sends with."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from events.channel import Delivery, Message, Positions
from events.cloudevents import SCHEMA_BASE, to_message
from events.kafka.library import MAX_RECORD_BYTES, murmur2
from events.kafka.reader import read_topic
from events.kafka.topic import PARTITIONS, Watch, read_ends
from events.published import PublishedEvent
from events.topic import EventTooLarge, PublishFailed, TopicInfo, TopicRecreated

_RECORD_OVERHEAD = 128
_BATCH_BYTES = 900_000
_PIECE_BYTES = 9_000_000
"""What is handed to the client at once: no more of it waits in memory, and longer pieces are not faster."""


class Placed(NamedTuple):
    """A record, and where it goes."""

    message: Message
    partition: int
    size: int


class OrderedPublisher(ABC):
    """Publishes in order. Any failure raises and ends it: it must not be used again, its process should end.

    Promise: within one partition, what of a call reaches the topic is a beginning of it, never one with a hole. For
    that, each partition gets at most one batch at a time, which the broker takes whole or not at all.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        *,
        partitions: int = PARTITIONS,
        topic_id: UUID | None = None,
        schema_base: str = SCHEMA_BASE,
        delivery_seconds: float = 30.0,
    ) -> None:
        self._watch = Watch(bootstrap, topic, partitions, topic_id)
        self._topic, self._bootstrap, self._schema_base = topic, bootstrap, schema_base
        self._delivery_seconds = delivery_seconds
        self._written: dict[int, int] = {}
        self._dead = False

    @property
    def info(self) -> TopicInfo:
        return self._watch.info

    def publish(self, events: Sequence[PublishedEvent]) -> Positions:
        """:meth:`send` with the records of these events."""
        return self.send([to_message(event, self._schema_base) for event in events])

    def send(self, messages: Sequence[Message]) -> Positions:
        """Returns, for each partition written to, the offset after the last record, when all are acknowledged.

        Raises :class:`PublishFailed`, :class:`EventTooLarge` or :class:`TopicRecreated`.
        """
        if self._dead:
            raise PublishFailed("this publisher failed before; begin again at the stored position")
        try:
            self._watch.look()
            placed = [self._place(message) for message in messages]
            written: dict[int, int] = {}
            for piece in pieces(placed):
                written |= self._account(self._acknowledged(piece))
        except BaseException:
            self._dead = True
            self._abandon()
            raise
        return written

    def ends(self) -> Positions:
        """The offset after the last record of each partition."""
        return read_ends(self._bootstrap, self.info)

    def since(self, positions: Positions) -> Iterator[Delivery]:
        """What lies after these positions now; nothing is skipped where none is given."""
        return read_topic(self._bootstrap, self._topic, positions)

    @abstractmethod
    def _acknowledged(self, piece: Sequence[Placed]) -> Iterable[tuple[int, int]]:
        """Sends it, one batch for each partition, and returns partition and offset of each record. Raises otherwise."""

    @abstractmethod
    def _abandon(self) -> None:
        """Ends the client, which must not send what it still has."""

    @abstractmethod
    def close(self) -> None:
        """Ends the client."""

    def _refuse_delay(self, begun: float) -> None:
        """A client sends what has waited too long: then a second batch might follow the first one."""
        if time.monotonic() - begun > self._delivery_seconds / 5:
            raise PublishFailed("this process was stopped while it filled a batch")

    def _place(self, message: Message) -> Placed:
        size = _size(message)
        if size > MAX_RECORD_BYTES:
            raise EventTooLarge(dict(message.headers)["ce_id"].decode(), size, MAX_RECORD_BYTES)
        return Placed(message, partition_of(message.key, self.info.partitions), size)

    def _account(self, records: Iterable[tuple[int, int]]) -> dict[int, int]:
        written: dict[int, int] = {}
        for partition, offset in records:
            if offset < self._written.get(partition, 0):
                raise TopicRecreated(f"topic {self._topic} begins anew at partition {partition}")
            written[partition] = self._written[partition] = offset + 1
        return written


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """As Kafka's own clients choose it; remembered, as an inquiry's events come one after the other."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def _size(message: Message) -> int:
    """An upper bound of what the record takes, with its share of the batch."""
    headers = sum(map(len, chain.from_iterable(message.headers)))
    return len(message.key) + headers + 6 * len(message.headers) + len(message.value) + _RECORD_OVERHEAD


def pieces(placed: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
    """In order, each small enough that what of it goes to one partition is one batch."""
    begin, total, filled = 0, 0, dict[int, int]()
    for index, (_, partition, size) in enumerate(placed):
        full = filled.get(partition, 0) + size > _BATCH_BYTES or total + size > _PIECE_BYTES
        if index > begin and full:
            yield placed[begin:index]
            begin, total, filled = index, 0, {}
        total += size
        filled[partition] = filled.get(partition, 0) + size
    if begin < len(placed):
        yield placed[begin:]
