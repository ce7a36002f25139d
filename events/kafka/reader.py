"""Reading records: one into a delivery, and a whole topic to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from events.channel import Delivery, Positions, UnreadableEvent
from events.cloudevents import from_message, identify, raw_text
from events.kafka.library import ANSWER_MS, KafkaConsumer, TopicPartition, answering, consumer_client
from events.kafka.topic import describe_topic, topic_partitions
from events.topic import BrokerUnreachable

_SILENCE_SECONDS = 30


def to_delivery(record: Any) -> Delivery:
    event, problem, raw = None, None, None
    try:
        event = from_message(record.key, record.headers, record.value)
        subject: UUID | None = event.subject
        version: int | None = event.version
    except UnreadableEvent as error:
        problem = str(error)
        raw = raw_text(record.key, record.headers, record.value)
        subject, version = identify(record.key, record.headers)
    return Delivery(record.partition, record.offset, event, subject, version, problem, raw)


def read_topic(bootstrap: str, topic: str, since: Positions | None = None) -> Iterator[Delivery]:
    """Everything that is in the topic now, partition by partition, in order within each; ends by itself.

    ``since``: begin at these offsets instead of the first ones.
    """
    partitions = topic_partitions(describe_topic(bootstrap, topic))
    consumer = consumer_client(bootstrap)
    try:
        with answering(bootstrap):
            first = consumer.beginning_offsets(partitions, timeout_ms=ANSWER_MS)
            end = consumer.end_offsets(partitions, timeout_ms=ANSWER_MS)
        for partition in partitions:
            begin = max(first[partition], (since or {}).get(partition.partition, 0))
            if begin < end[partition]:
                yield from _read_partition(bootstrap, consumer, partition, begin, end[partition])
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)


def _read_partition(
    bootstrap: str, consumer: KafkaConsumer, partition: TopicPartition, begin: int, end: int
) -> Iterator[Delivery]:
    consumer.assign([partition])
    consumer.seek(partition, begin)
    silent_since = time.monotonic()
    while consumer.position(partition) < end:
        found = consumer.poll(timeout_ms=500, max_records=2_000)
        for record in found.get(partition, ()):
            if record.offset < end:
                yield to_delivery(record)
        if found:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > _SILENCE_SECONDS:
            raise BrokerUnreachable(f"no answer from the broker at {bootstrap} for {_SILENCE_SECONDS} s")
