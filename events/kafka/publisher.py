"""The publisher of events: in order, acknowledged, or dead."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from events.channel import Delivery, Positions
from events.cloudevents import SCHEMA_BASE, Message, to_message
from events.crashpoints import crash_at
from events.kafka.library import ANSWER_MS, MAX_RECORD_BYTES, KafkaError, KafkaProducer, connecting
from events.kafka.reader import read_topic
from events.kafka.topic import PARTITIONS, Watch, read_ends
from events.published import PublishedEvent
from events.topic import EventTooLarge, PublishFailed, TopicInfo, TopicRecreated

_RECORD_OVERHEAD = 128
_BATCH_BYTES = 900_000


class KafkaPublisher:
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
        with connecting(bootstrap) as connect:
            self._producer = KafkaProducer(
                kafka_client=connect,
                bootstrap_servers=bootstrap,
                bootstrap_timeout_ms=ANSWER_MS,
                max_block_ms=ANSWER_MS,
                enable_idempotence=True,
                acks="all",
                allow_auto_create_topics=False,
                batch_size=MAX_RECORD_BYTES,
                max_request_size=MAX_RECORD_BYTES,
                # Nothing leaves before flush(): so no partition has two batches under way.
                linger_ms=int(delivery_seconds * 400),
                request_timeout_ms=int(delivery_seconds * 500),
                delivery_timeout_ms=int(delivery_seconds * 1000),
                metrics_enabled=False,
            )

    @property
    def info(self) -> TopicInfo:
        return self._watch.info

    def publish(self, events: Sequence[PublishedEvent]) -> Positions:
        """Returns, for each partition written to, the offset after the last record, when all are acknowledged.

        Raises :class:`PublishFailed`, :class:`EventTooLarge` or :class:`TopicRecreated`.
        """
        if self._dead:
            raise PublishFailed("this publisher failed before; begin again at the stored position")
        try:
            self._watch.look()
            messages = [to_message(event, self._schema_base) for event in events]
            sizes = [_size(message) for message in messages]
            for event, size in zip(events, sizes, strict=True):
                if size > MAX_RECORD_BYTES:
                    raise EventTooLarge(event.id, size, MAX_RECORD_BYTES)
            written: dict[int, int] = {}
            for chunk in _chunks(messages, sizes):
                written |= self._send(chunk)
        except BaseException:
            self._die()
            raise
        return written

    def ends(self) -> Positions:
        """The offset after the last record of each partition."""
        return read_ends(self._bootstrap, self.info)

    def since(self, positions: Positions) -> Iterator[Delivery]:
        """What lies after these positions now; nothing is skipped where none is given."""
        return read_topic(self._bootstrap, self._topic, positions)

    def _send(self, messages: Sequence[Message]) -> dict[int, int]:
        begun = time.monotonic()
        try:
            futures = [
                self._producer.send(self._topic, key=key, value=value, headers=headers)
                for key, headers, value in messages
            ]
            if time.monotonic() - begun > self._delivery_seconds / 5:
                raise PublishFailed("this process was stopped while it filled a batch")
            self._producer.flush(timeout=self._delivery_seconds + 5)
            crash_at("relay.sent")
            records = [future.get(timeout=0) for future in futures]
        except KafkaError as error:
            raise PublishFailed(f"not acknowledged by {self._bootstrap}: {type(error).__name__}") from error
        return self._account(records)

    def _account(self, records: Sequence[Any]) -> dict[int, int]:
        written: dict[int, int] = {}
        for record in records:
            if record.offset < self._written.get(record.partition, 0):
                raise TopicRecreated(f"topic {self._topic} begins anew at partition {record.partition}")
            written[record.partition] = self._written[record.partition] = record.offset + 1
        return written

    def _die(self) -> None:
        self._dead = True
        # close() alone would first try to send what is left, which is what must not happen now.
        self._producer._sender.force_close()
        self.close()

    def close(self) -> None:
        try:
            self._producer.close(timeout=5)
        except KafkaError:
            self._producer._sender.force_close()


def _size(message: Message) -> int:
    """An upper bound of what the record takes, with its share of the batch."""
    headers = sum([len(name) + len(value) for name, value in message.headers])
    return len(message.key) + headers + 6 * len(message.headers) + len(message.value) + _RECORD_OVERHEAD


def _chunks(messages: Sequence[Message], sizes: Sequence[int]) -> Iterator[Sequence[Message]]:
    """In order, each small enough to be one batch even if all of it goes to one partition."""
    begin, total = 0, 0
    for index, size in enumerate(sizes):
        if index > begin and total + size > _BATCH_BYTES:
            yield messages[begin:index]
            begin, total = index, 0
        total += size
    if begin < len(messages):
        yield messages[begin:]
