"""Published events through Kafka: topic, publisher, feed. The only package that talks to kafka-python."""

from events.kafka.feed import KafkaFeed
from events.kafka.library import MAX_RECORD_BYTES
from events.kafka.publisher import KafkaPublisher
from events.kafka.reader import read_topic
from events.kafka.topic import PARTITIONS, create_topic, describe_topic, inspect_topic

__all__ = [
    "MAX_RECORD_BYTES",
    "PARTITIONS",
    "KafkaFeed",
    "KafkaPublisher",
    "create_topic",
    "describe_topic",
    "inspect_topic",
    "read_topic",
]
