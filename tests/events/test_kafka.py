"""Feed and reader on a real broker."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from events.catalogue import EVENTS
from events.channel import Delivery, Positions, UnreadableEvent
from events.cloudevents import from_raw, to_message
from events.kafka import KafkaFeed, KafkaPublisher, read_topic
from events.published import PublishedEvent
from events.standing import Standing
from events.topic import PositionLost, TopicInfo
from tests.events.samples import history, sample
from tests.events.topics import admin, by_inquiry, events_in, new_topic, of, producer

from kafka import TopicPartition  # isort: skip


@pytest.fixture
def place(kafka_bootstrap: str) -> TopicInfo:
    return new_topic(kafka_bootstrap)


@pytest.fixture
def publish(kafka_bootstrap: str, place: TopicInfo) -> Iterator[Callable[[Sequence[PublishedEvent]], Positions]]:
    publisher = KafkaPublisher(kafka_bootstrap, place.topic)
    yield publisher.publish
    publisher.close()


@pytest.fixture
def join(kafka_bootstrap: str, place: TopicInfo) -> Iterator[Callable[..., KafkaFeed]]:
    """Another member of the group."""
    members: list[KafkaFeed] = []
    group = uuid4().hex

    def made(positions: Positions | None = None) -> KafkaFeed:
        members.append(KafkaFeed(kafka_bootstrap, place.topic, group))
        members[-1].open(lambda partitions: positions or {})
        return members[-1]

    yield made
    for member in members:
        member.close()


def take(feed: KafkaFeed, number: int, limit: int = 500) -> list[Delivery]:
    got: list[Delivery] = []
    for _ in range(25):
        got += feed.poll(limit, 0.2)
        if len(got) >= number:
            return got
    raise AssertionError(f"{len(got)} of {number} came")


def test_a_feed_gets_everything_from_the_first_record(publish, join, place) -> None:
    log = history(20, 10)
    publish(log)
    feed = join()
    got = take(feed, len(log), limit=37)
    assert sorted(of(got), key=lambda event: event.provenance.position) == log
    assert set(map(tuple, by_inquiry(of(got)).values())) == {tuple(range(1, 11))}
    assert feed.source == place.source
    assert feed.poll(10, 0) == []


def test_a_feed_that_is_polled_for_moments_only_gets_its_partitions_all_the_same(join) -> None:
    """kafka-python forgets a join that new metadata led to, when the poll ends before it is answered."""
    feed = join()
    for _ in range(1_000):
        feed.poll(1, 0.005)
        if len(feed._assignments.started) == 12:
            return
    raise AssertionError(f"{len(feed._assignments.started)} of 12 partitions")


def test_a_feed_asks_for_positions_and_begins_there(kafka_bootstrap, publish, join, place) -> None:
    publish(history(40, 5))
    positions = {delivery.partition: delivery.offset + 1 for delivery in read_topic(kafka_bootstrap, place.topic)}
    assert len(positions) == 12
    later = history(20, 1, prefix="later")
    publish(later)
    feed = join(positions)
    assert set(of(take(feed, len(later)))) == set(later)
    assert feed.poll(500, 0) == []


def test_nothing_is_kept_in_kafka(publish, join) -> None:
    log = history(3, 3)
    publish(log)
    first = join()
    take(first, len(log))
    first.close()
    assert len(of(take(join(), len(log)))) == len(log)


def test_two_members_share_and_neither_gets_what_is_not_its_own(kafka_bootstrap, publish, join, place) -> None:
    publish(history(30, 2))
    first = join()
    take(first, 60)
    second = join()
    while len(first._assignments.started) != 6 or len(second._assignments.started) != 6:
        first.poll(500, 0.1)
        second.poll(500, 0.1)
    assert not first._assignments.started & second._assignments.started
    publish(history(30, 2, prefix="shared"))
    got: list[list[Delivery]] = [[], []]
    while sum(map(len, got)) < 60 or {version for part in got for version in by_inquiry(of(part))} == set():
        for member, part in zip((first, second), got, strict=True):
            owned = {partition.partition for partition in member._assignments.started}
            new = [d for d in member.poll(500, 0.1) if d.event and "shared" in shared_ids(d)]
            assert {delivery.partition for delivery in new} <= owned
            part += new
    partitions = [{delivery.partition for delivery in part} for part in got]
    assert not partitions[0] & partitions[1]
    assert all(partitions)


SHARED = {event.subject for event in history(30, 1, prefix="shared")}


def shared_ids(delivery: Delivery) -> str:
    return "shared" if delivery.subject in SHARED else ""


def test_partitions_of_a_member_that_left_are_begun_again_at_the_stored_positions(publish, join) -> None:
    log = history(30, 2)
    publish(log)
    first, second = join(), join()
    while len(first._assignments.started) != 6 or len(second._assignments.started) != 6:
        first.poll(1, 0.1)
        second.poll(1, 0.1)
    first.close()
    assert len({event.id for event in of(take(second, 2 * len(log) // 2))}) > 0
    seen: set[str] = set()
    while len(seen) < len(log) and len(second._assignments.started) < 12:
        seen |= {event.id for event in of(second.poll(500, 0.1))}
    assert len(second._assignments.started) == 12


def test_a_record_that_cannot_be_read_is_handed_over_as_it_came(kafka_bootstrap, place, publish, join) -> None:
    good = sample(EVENTS[0])
    publish([good])
    key, headers, _value = to_message(replace(good, version=2))
    with producer(kafka_bootstrap) as raw:
        partition = raw.send(place.topic, key=key, headers=headers, value=b"{").get(5).partition
        raw.send(place.topic, key=b"\xff", value=b"\x00", partition=partition).get(5)
        raw.send(place.topic, key=key, headers=headers, value=None, partition=partition).get(5)
    publish([replace(good, version=3)])
    got = take(join(), 5)
    assert [delivery.offset for delivery in got] == [0, 1, 2, 3, 4]
    assert [delivery.event is None for delivery in got] == [False, True, True, True, False]
    assert [(delivery.subject, delivery.version) for delivery in got[1:4]] == [
        (good.subject, 2),
        (None, None),
        (good.subject, 2),
    ]
    for delivery in got[1:4]:
        assert delivery.problem
        assert delivery.raw is not None
        with pytest.raises(UnreadableEvent):
            from_raw(delivery.raw)
    assert got == list(read_topic(kafka_bootstrap, place.topic))


def test_what_a_transaction_took_back_is_not_read(kafka_bootstrap, place, publish, join) -> None:
    good = sample(EVENTS[0])
    publish([good])
    key, headers, value = to_message(replace(good, version=2))
    with producer(kafka_bootstrap, transactional_id=place.topic) as raw:
        raw.init_transactions()
        raw.begin_transaction()
        raw.send(place.topic, key=key, headers=headers, value=value)
        raw.flush()
        raw.abort_transaction()
    assert events_in(kafka_bootstrap, place.topic) == [good]
    publish([replace(good, version=3)])
    assert [event.version for event in of(take(join(), 2))] == [1, 3]
    assert [event.version for event in events_in(kafka_bootstrap, place.topic)] == [1, 3]


def test_a_stored_position_beyond_the_end_means_that_the_tail_was_lost(publish, join) -> None:
    (written,) = publish([sample(EVENTS[0])]).items()
    feed = join({written[0]: written[1] + 1})
    with pytest.raises(PositionLost) as lost:
        take(feed, 1)
    assert (lost.value.partition, lost.value.stored, lost.value.first, lost.value.end) == (written[0], 2, 0, 1)


def test_a_stored_position_before_the_beginning_means_that_something_was_thrown_away(
    kafka_bootstrap, place, publish, join
) -> None:
    (written,) = publish([sample(EVENTS[0], version=version) for version in range(1, 6)]).items()
    with admin(kafka_bootstrap) as client:
        client.delete_records({TopicPartition(place.topic, written[0]): 3})
    begun_before = join({written[0]: 1})
    with pytest.raises(PositionLost) as lost:
        take(begun_before, 1)
    assert (lost.value.stored, lost.value.first, lost.value.end) == (1, 3, 5)
    begun_before.close()
    assert [event.version for event in of(take(join(), 2))] == [4, 5]


def test_records_thrown_away_under_a_running_feed_are_noticed(kafka_bootstrap, place, publish, join) -> None:
    (written,) = publish([sample(EVENTS[0])]).items()
    feed = join()
    take(feed, 1)
    partition = TopicPartition(place.topic, written[0])
    feed._consumer.pause(partition)
    publish([sample(EVENTS[0], version=version) for version in range(2, 9)])
    with admin(kafka_bootstrap) as client:
        client.delete_records({partition: 6})
    feed._consumer.resume(partition)
    with pytest.raises(PositionLost) as lost:
        take(feed, 1)
    assert lost.value.partition == written[0]


def test_a_feed_must_be_opened(kafka_bootstrap, place) -> None:
    feed = KafkaFeed(kafka_bootstrap, place.topic, "unopened")
    try:
        with pytest.raises(RuntimeError, match="open"):
            feed.poll(1, 0)
    finally:
        feed.close()


def test_reading_the_topic_ends_where_it_ended_when_it_began(kafka_bootstrap, place, publish) -> None:
    publish(history(1, 3))
    reading = read_topic(kafka_bootstrap, place.topic)
    first = next(reading)
    publish([replace(event, version=event.version + 3) for event in history(1, 3)])
    assert [first.version, *(delivery.version for delivery in reading)] == [1, 2, 3]
    assert isinstance(first.event and first.event.standing, Standing)
