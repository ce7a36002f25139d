"""Publishers on a real broker, with each client that there is."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from events.catalogue import EVENTS
from events.channel import Delivery, Message
from events.cloudevents import to_message
from events.kafka import MAX_RECORD_BYTES, OrderedPublisher, publisher_of, read_topic
from events.kafka.publishing import Placed, partition_of, pieces
from events.kafka.topic import read_ends
from events.topic import ClientMissing, EventTooLarge, PublishFailed, TopicInfo
from tests.events.samples import content, history, sample
from tests.events.topics import admin, by_inquiry, events_in, new_topic, of, producer

from kafka.admin import ConfigResource, ConfigResourceType  # isort: skip


@pytest.fixture
def place(kafka_bootstrap: str) -> TopicInfo:
    return new_topic(kafka_bootstrap)


@pytest.fixture(params=["kafka-python", "confluent"])
def publisher(request: pytest.FixtureRequest, kafka_bootstrap: str, place: TopicInfo) -> Iterator[OrderedPublisher]:
    """With each client that there is."""
    made = publisher_of(request.param)(kafka_bootstrap, place.topic)
    yield made
    made.close()


def test_what_is_published_comes_back_in_order_of_each_inquiry(kafka_bootstrap, place, publisher) -> None:
    log = history(40, 23)
    written: dict[int, int] = {}
    for begin in range(0, len(log), 300):
        written |= publisher.publish(log[begin : begin + 300])
    got = list(read_topic(kafka_bootstrap, place.topic))
    assert sorted(of(got), key=lambda event: event.provenance.position) == log
    assert set(map(tuple, by_inquiry(of(got)).values())) == {tuple(range(1, 24))}
    assert len({(delivery.subject, delivery.partition) for delivery in got}) == 40
    assert len({delivery.partition for delivery in got}) > 1
    assert written == {partition: count(got, partition) for partition in written}
    assert all((delivery.subject, delivery.version) == identity(delivery) for delivery in got)


def count(got: Sequence[Delivery], partition: int) -> int:
    return sum(delivery.partition == partition for delivery in got)


def identity(delivery: Delivery) -> tuple[object, object]:
    assert delivery.event is not None
    return delivery.event.subject, delivery.event.version


def test_ends_are_known_of_all_partitions(kafka_bootstrap, place, publisher) -> None:
    assert publisher.ends() == dict.fromkeys(range(12), 0)
    written = publisher.publish(history(5, 5))
    assert publisher.ends() == {**dict.fromkeys(range(12), 0), **written} == read_ends(kafka_bootstrap, place)
    assert publisher.publish([]) == {}
    assert list(publisher.since(written)) == []
    after = history(1, 1, prefix="later")
    publisher.publish(after)
    assert of(list(publisher.since(written))) == after


def test_an_event_too_large_for_a_record_is_named_and_nothing_goes_out(kafka_bootstrap, place, publisher) -> None:
    small = history(3, 1)
    many = tuple(content(f"text {number}") for number in range(9_000))
    large = replace(sample(EVENTS[0], inquiry="large"), contents=many)
    assert len(to_message(large).value) > MAX_RECORD_BYTES
    with pytest.raises(EventTooLarge, match=large.id):
        publisher.publish([*small, large])
    with pytest.raises(PublishFailed):
        publisher.publish(small)
    assert events_in(kafka_bootstrap, place.topic) == []


def test_the_largest_event_that_fits_goes_through(kafka_bootstrap, place, publisher) -> None:
    many = tuple(content(f"text {number}") for number in range(6_500))
    large = replace(sample(EVENTS[0]), contents=many)
    publisher.publish([*history(2, 2), large])
    assert large in events_in(kafka_bootstrap, place.topic)


def test_more_than_one_batch_at_once_stays_in_order(kafka_bootstrap, place, publisher) -> None:
    some = tuple(content(f"text {number}") for number in range(2_000))
    log = [replace(sample(EVENTS[0], version=version, position=version), contents=some) for version in range(1, 12)]
    assert sum(len(to_message(event).value) for event in log) > 3 * MAX_RECORD_BYTES
    publisher.publish(log)
    assert events_in(kafka_bootstrap, place.topic) == log


def test_what_the_broker_refuses_fails_the_publisher(kafka_bootstrap, place, publisher) -> None:
    """It answers, and says no: only the record's future tells."""
    resource = ConfigResource(ConfigResourceType.TOPIC, place.topic)
    with admin(kafka_bootstrap) as client:
        smaller = {"max.message.bytes": "1000"}
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, place.topic, configs=smaller)])
        found = {}
        while found.get("value") != "1000":
            described = client.describe_configs([resource], config_filter="all")
            found = described["topic"][place.topic]["max.message.bytes"]
    with pytest.raises(PublishFailed, match="not acknowledged"):
        publisher.publish([sample(EVENTS[0])])
    assert events_in(kafka_bootstrap, place.topic) == []


def test_what_of_a_piece_goes_to_one_partition_is_small_enough_to_be_one_batch() -> None:
    """Two batches of a partition under way could leave a hole between them when the first one fails."""
    same = [(0, size) for size in (1, 400_000, 400_000, 99_999, 1, 900_000, 1_000_000, 5)]
    assert cut(same) == [[0, 1, 2, 3], [4], [5], [6], [7]]
    apart = [(number % 2, 450_000) for number in range(6)]
    assert cut(apart) == [[0, 1, 2, 3], [4, 5]]
    many = [(number, 900_000) for number in range(12)]
    assert cut(many) == [list(range(10)), [10, 11]]
    assert cut([]) == []


def cut(placed: Sequence[tuple[int, int]]) -> list[list[int]]:
    records = [
        Placed(Message(str(number).encode(), [], b""), partition, size)
        for number, (partition, size) in enumerate(placed)
    ]
    return [[int(record.message.key) for record in piece] for piece in pieces(records)]


def test_the_partition_is_the_one_that_kafkas_own_clients_choose(kafka_bootstrap, place) -> None:
    """A department's program may look for its inquiry there, and another publisher must not move it."""
    keys = [str(event.subject).encode() for event in history(30, 1)]
    with producer(kafka_bootstrap) as raw:
        chosen = [raw.send(place.topic, key=key, value=b"").get(5).partition for key in keys]
    assert [partition_of(key, 12) for key in keys] == chosen
    assert len(set(chosen)) > 6


def test_a_client_that_is_not_installed_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    monkeypatch.delitem(sys.modules, "events.kafka.confluent_publisher", raising=False)
    with pytest.raises(ClientMissing, match=r"casebackbone\[confluent\].*CASEBACKBONE_PUBLISHER=kafka-python"):
        publisher_of("confluent")
