"""The feed: one member of a consumer group, which keeps its positions beside its rows and not in Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from events.channel import Delivery, Positions
from events.kafka.library import (
    ANSWER_MS,
    ConsumerRebalanceListener,
    KafkaConsumer,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicPartition,
    answering,
    consumer_client,
)
from events.kafka.reader import to_delivery
from events.kafka.topic import PARTITIONS, Watch, topic_partitions
from events.topic import PositionLost


class Assignments(ConsumerRebalanceListener):
    """Holds new partitions still until their stored positions were asked for.

    It is called on the client's own thread, where nothing may block; the asking is done in ``poll``.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.waiting: set[TopicPartition] = set()
        self.started: set[TopicPartition] = set()

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        for partition in assigned:
            self._consumer.pause(partition)
            self._consumer.seek(partition, 0)
        self.started = set()
        self.waiting = set(assigned)

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self.started -= set(revoked)
        self.waiting -= set(revoked)


class KafkaFeed:
    """One member of the consumer group ``group``: gets its share of the partitions, in order within each.

    Positions are the caller's: asked for whenever partitions are assigned, never kept in Kafka. A partition without
    one begins at its first record. Raises :class:`TopicMissing`, :class:`TopicMismatch` and
    :class:`BrokerUnreachable` at once when it is made, :class:`PositionLost` and :class:`TopicRecreated` later.
    """

    def __init__(self, bootstrap: str, topic: str, group: str, *, partitions: int = PARTITIONS) -> None:
        self._bootstrap = bootstrap
        self._watch = Watch(bootstrap, topic, partitions)
        self._consumer = consumer_client(bootstrap, group)
        self._assignments = Assignments(self._consumer)
        self._positions_for: Callable[[Sequence[int]], Positions] | None = None

    @property
    def source(self) -> str:
        return self._watch.info.source

    def open(self, positions_for: Callable[[Sequence[int]], Positions]) -> None:
        self._positions_for = positions_for
        self._consumer.subscribe([self._watch.info.topic], listener=self._assignments)
        # Only to have the topic's metadata before joining: if they come later, the library joins a second time, and
        # forgets that join when a poll times out meanwhile (3.0.12). The member would then never get a partition.
        self.ends()

    def poll(self, limit: int, timeout_seconds: float) -> Sequence[Delivery]:
        if self._positions_for is None:
            raise RuntimeError("open the feed before polling it")
        give_up = time.monotonic() + timeout_seconds
        self._watch.look()
        while True:
            if self._assignments.waiting:
                self._start(self._assignments.waiting, self._positions_for)
            left = max(0.0, give_up - time.monotonic())
            deliveries = self._fetch(limit, left)
            if deliveries or time.monotonic() >= give_up:
                return deliveries

    def _fetch(self, limit: int, seconds: float) -> list[Delivery]:
        # In short steps: a rebalance that ends meanwhile leaves partitions that wait for their positions.
        try:
            found = self._consumer.poll(timeout_ms=min(seconds, 0.5) * 1000, max_records=limit)
        except NoOffsetForPartitionError:
            return []
        except (OffsetOutOfRangeError, LogTruncationError) as error:
            raise self._lost(error) from error
        started = self._assignments.started
        return [
            to_delivery(record) for partition, records in found.items() if partition in started for record in records
        ]

    def _lost(self, error: Exception) -> PositionLost:
        """The library tells {partition: offset}, or for a lost tail something that has an offset."""
        found: dict[Any, Any] = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        for partition, place in found.items():
            return PositionLost(partition.partition, getattr(place, "offset", place))
        return PositionLost(-1, -1)

    def _start(self, waiting: set[TopicPartition], positions_for: Callable[[Sequence[int]], Positions]) -> None:
        partitions = sorted(waiting)
        with answering(self._bootstrap):
            first = self._consumer.beginning_offsets(partitions, timeout_ms=ANSWER_MS)
            end = self._consumer.end_offsets(partitions, timeout_ms=ANSWER_MS)
        stored = positions_for([partition.partition for partition in partitions])
        for partition in partitions:
            offset = stored.get(partition.partition, first[partition])
            if not first[partition] <= offset <= end[partition]:
                raise PositionLost(partition.partition, offset, first[partition], end[partition])
            if partition not in self._assignments.waiting:
                continue
            self._consumer.seek(partition, offset)
            self._assignments.started.add(partition)
            self._consumer.resume(partition)
            self._assignments.waiting.discard(partition)

    def ends(self) -> Positions:
        with answering(self._bootstrap):
            found = self._consumer.end_offsets(topic_partitions(self._watch.info), timeout_ms=ANSWER_MS)
        return {partition.partition: offset for partition, offset in found.items()}

    def close(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=3_000)
