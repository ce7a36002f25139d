"""Topics of their own for tests, and hands on the broker that only tests need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from events.channel import Delivery
from events.inquiry import InquiryEvent
from events.kafka import create_topic, read_topic
from events.topic import TopicInfo

from kafka import KafkaProducer  # isort: skip  (events.kafka mutes what kafka-python warns of on import)
from kafka.admin import KafkaAdminClient  # isort: skip


def new_topic(bootstrap: str, partitions: int = 12) -> TopicInfo:
    return create_topic(bootstrap, f"test.{uuid4().hex}", partitions=partitions)


@contextmanager
def admin(bootstrap: str) -> Iterator[Any]:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def producer(bootstrap: str, **settings: Any) -> Iterator[Any]:
    made = KafkaProducer(bootstrap_servers=bootstrap, allow_auto_create_topics=False, **settings)
    try:
        yield made
    finally:
        made.close()


def recreate(bootstrap: str, topic: str, partitions: int = 12) -> TopicInfo:
    """Deletes a topic and makes it again, as an operator would by mistake."""
    with admin(bootstrap) as client:
        client.delete_topics([topic])
        while topic in client.list_topics():
            pass
    return create_topic(bootstrap, topic, partitions=partitions)


def events_in(bootstrap: str, topic: str) -> list[InquiryEvent]:
    """All readable events of the topic, by partition and in the order of each."""
    return [delivery.event for delivery in read_topic(bootstrap, topic) if delivery.event is not None]


def by_inquiry(events: Sequence[InquiryEvent]) -> dict[Any, list[int]]:
    """The versions of each inquiry in the order of the events."""
    made: dict[Any, list[int]] = {}
    for event in events:
        made.setdefault(event.inquiry_id, []).append(event.version)
    return made


def firsts(events: Sequence[InquiryEvent]) -> dict[Any, list[int]]:
    """The versions of each inquiry in the order in which each was seen for the first time."""
    return {inquiry: list(dict.fromkeys(versions)) for inquiry, versions in by_inquiry(events).items()}


def of(deliveries: Sequence[Delivery]) -> list[InquiryEvent]:
    return [delivery.event for delivery in deliveries if delivery.event is not None]
