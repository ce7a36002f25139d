"""Published events through Kafka: topic, publishers, feed. The only package that talks to its clients."""

from __future__ import annotations

from events.kafka.feed import KafkaFeed
from events.kafka.library import MAX_RECORD_BYTES
from events.kafka.publisher import KafkaPublisher
from events.kafka.publishing import OrderedPublisher
from events.kafka.reader import read_topic
from events.kafka.topic import PARTITIONS, create_topic, describe_topic, inspect_topic

__all__ = [
    "MAX_RECORD_BYTES",
    "PARTITIONS",
    "KafkaFeed",
    "KafkaPublisher",
    "OrderedPublisher",
    "create_topic",
    "describe_topic",
    "inspect_topic",
    "publisher_of",
    "read_topic",
]


def publisher_of(client: str) -> type[OrderedPublisher]:
    """The publisher with ``kafka-python`` or ``confluent``. Raises :class:`events.topic.ClientMissing`."""
    if client == "kafka-python":
        return KafkaPublisher
    from events.kafka.confluent_publisher import ConfluentPublisher

    return ConfluentPublisher
