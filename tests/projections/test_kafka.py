"""The same rows through a real broker: one projector, two that share the partitions, poison in the topic, a rebuild."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from uuid import uuid4

import pytest

from events.channel import Delivery
from events.inquiry import InquiryEvent
from events.kafka import KafkaFeed, KafkaPublisher, create_topic
from projections.database import Database
from projections.freshness import freshness
from projections.quarantine import quarantined
from projections.runner import follow, rebuild
from tests.examples import Story, whole_life
from tests.projections.model import SOURCE, Log, ReadModel, told


class Topic:
    """A topic of one test, and feeds of one consumer group."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.bootstrap, self.name = bootstrap, name
        self.info = create_topic(bootstrap, name)
        self.ends: dict[int, int] = {}

    def publish(self, *events: InquiryEvent) -> None:
        publisher = KafkaPublisher(self.bootstrap, self.name)
        try:
            self.ends |= publisher.publish(events)
        finally:
            publisher.close()

    def feed(self, group: str) -> Callable[[], KafkaFeed]:
        return lambda: KafkaFeed(self.bootstrap, self.name, f"{self.name}-{group}")


@pytest.fixture
def published(kafka_bootstrap: str, topic: str) -> Topic:
    return Topic(kafka_bootstrap, topic)


def lives(number: int = 12) -> list[Story]:
    log = count(1)
    return [whole_life(name, positions=log) for name in range(number)]


def expected(database: Database, *stories: Story) -> dict[str, str]:
    with database.rebuilding("expected") as building:
        ReadModel(database, building).given(*stories)
        database.switch(building)
    return ReadModel(database).digests(all_columns=True)


def catch_up(database: Database, topic: Topic, batch: int = 100) -> None:
    assert follow(topic.feed("live"), database, stop=lambda: False, until_caught_up=True, batch=batch)


def test_from_the_broker_as_from_the_store(database: Database, published: Topic) -> None:
    stories = lives()
    published.publish(*told(*stories))
    catch_up(database, published)
    model = ReadModel(database)
    found = model.digests(all_columns=True)
    last = len(told(*stories))
    assert model.ask(freshness, published.info.source, last, published.ends).caught_up
    built = rebuild(Log(*stories).in_process, database, stop=lambda: False)
    assert built.source == SOURCE
    assert model.digests(all_columns=True) == found == expected(database, *stories)
    again = rebuild(published.feed(f"rebuild-{uuid4()}"), database, stop=lambda: False)
    assert again.source == published.info.source
    assert model.digests(all_columns=True) == found


def test_two_share_the_partitions_and_nothing_is_lost_when_one_leaves(database: Database, published: Topic) -> None:
    stories = lives()
    events = told(*stories)
    stop = threading.Event()
    errors: list[BaseException] = []

    def member() -> None:
        try:
            follow(published.feed("live"), database, stop=stop, batch=5)
        except BaseException as error:
            errors.append(error)

    leaving = threading.Thread(target=member)
    leaving.start()
    published.publish(*events[:100])
    catch_up(database, published, batch=7)
    stop.set()
    leaving.join(60)
    published.publish(*events[100:])
    catch_up(database, published)
    assert errors == []
    assert ReadModel(database).digests(all_columns=True) == expected(database, *stories)


def test_what_the_relay_repeats_changes_nothing(database: Database, published: Topic) -> None:
    events = told(*lives(3))
    published.publish(*events[:20])
    published.publish(*events[10:])
    catch_up(database, published)
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(3))


def test_garbage_in_the_topic_holds_up_one_inquiry_until_the_store_helps(database: Database, published: Topic) -> None:
    stories = lives(3)
    log = Log(*stories)
    broken = stories[1].events[1]

    class Spoilt(KafkaFeed):
        """The broker's records, one of them with a flipped bit: as a damaged disk would give it."""

        def poll(self, limit: int, timeout_seconds: float) -> list[Delivery]:
            found = super().poll(limit, timeout_seconds)
            return [
                Delivery(d.partition, d.offset, None, broken.inquiry_id, broken.version, "no JSON", "{}")
                if d.event is not None and d.event.id == broken.id
                else d
                for d in found
            ]

    def spoilt() -> Spoilt:
        return Spoilt(published.bootstrap, published.name, f"{published.name}-live")

    published.publish(*log.events)
    follow(spoilt, database, stop=lambda: False, until_caught_up=True)
    model = ReadModel(database)
    (held,) = model.ask(quarantined).rows
    assert (held.subject, held.problem) == (stories[1].id, "unreadable")

    def refetch(inquiry_id: object, after: int, up_to: int) -> list[InquiryEvent]:
        return [e for e in log.events if e.inquiry_id == inquiry_id and after < e.version <= up_to]

    assert model.open(refetch).replay(stories[1].id).released
    assert model.digests(all_columns=True) == expected(database, *stories)
