"""A broker that stops answering, dies and comes back."""

import gc
from collections.abc import Iterator

import pytest

from events.inquiry import InquiryEvent
from events.kafka import KafkaFeed, KafkaPublisher, create_topic, describe_topic, publisher_of, read_topic
from events.topic import BrokerUnreachable, PublishFailed, TopicInfo
from tests.events.samples import history
from tests.events.topics import admin, by_inquiry, events_in, of
from tests.services.kafka import KafkaBroker

# kafka-python leaves the socket of a refused connection to the garbage collector, which says so.
CLIENTS = pytest.mark.parametrize("client", ["kafka-python", "confluent"])
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    made = KafkaBroker(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.kill()
    gc.collect()


@pytest.fixture
def place(broker: KafkaBroker) -> TopicInfo:
    return create_topic(broker.bootstrap, "test.outage")


@CLIENTS
def test_a_paused_broker_fails_the_publisher_for_good_and_a_new_one_goes_on(
    broker: KafkaBroker, place: TopicInfo, client: str
) -> None:
    log = history(10, 6)
    publisher = publisher_of(client)(broker.bootstrap, place.topic, delivery_seconds=2)
    publisher.publish(log[:20])
    broker.pause()
    with pytest.raises(PublishFailed):
        publisher.publish(log[20:40])
    broker.resume()
    with pytest.raises(PublishFailed, match="before"):
        publisher.publish(log[20:40])
    successor = publisher_of(client)(broker.bootstrap, place.topic)
    successor.publish(log[20:40])
    successor.publish(log[40:])
    successor.close()
    seen = by_inquiry(events_in(broker.bootstrap, place.topic))
    assert len(seen) == 10
    for versions in seen.values():
        assert list(dict.fromkeys(versions)) == [1, 2, 3, 4, 5, 6]


@CLIENTS
def test_a_killed_broker_is_told_at_once_where_it_is_asked(broker: KafkaBroker, place: TopicInfo, client: str) -> None:
    publisher = publisher_of(client)(broker.bootstrap, place.topic, delivery_seconds=2)
    publisher.publish(history(2, 2))
    broker.kill()
    with pytest.raises(PublishFailed):
        publisher.publish(history(2, 2))
    for ask in (
        lambda: describe_topic(broker.bootstrap, place.topic),
        lambda: publisher_of(client)(broker.bootstrap, place.topic),
        lambda: KafkaFeed(broker.bootstrap, place.topic, "group"),
        lambda: list(read_topic(broker.bootstrap, place.topic)),
    ):
        with pytest.raises(BrokerUnreachable, match="nobody listens"):
            ask()


def test_a_broker_that_accepts_and_says_nothing_is_unreachable(broker: KafkaBroker, place: TopicInfo) -> None:
    broker.pause()
    with pytest.raises(BrokerUnreachable, match="no answer"):
        describe_topic(broker.bootstrap, place.topic)


def test_a_feed_outlives_its_broker_and_goes_on(broker: KafkaBroker, place: TopicInfo) -> None:
    publisher = KafkaPublisher(broker.bootstrap, place.topic)
    publisher.publish(history(3, 2))
    publisher.close()
    feed = KafkaFeed(broker.bootstrap, place.topic, "group")
    positions: dict[int, int] = {}
    feed.open(lambda partitions: positions)
    assert take(feed, 6, positions) == set(history(3, 2))
    broker.kill()
    assert feed.poll(100, 1.0) == []
    broker.start()
    later = history(3, 2, prefix="later")
    again = KafkaPublisher(broker.bootstrap, place.topic)
    again.publish(later)
    again.close()
    assert take(feed, 6, positions) == set(later)
    feed.close()


def take(feed: KafkaFeed, number: int, positions: dict[int, int]) -> set[InquiryEvent]:
    """As a projector does: applies, and keeps the position with it."""
    got: list[InquiryEvent] = []
    while len(got) < number:
        deliveries = feed.poll(100, 0.5)
        positions |= {delivery.partition: delivery.offset + 1 for delivery in deliveries}
        got += of(deliveries)
    assert len(got) == number
    return set(got)


@CLIENTS
def test_a_topic_deleted_under_the_publisher_fails_it(broker: KafkaBroker, place: TopicInfo, client: str) -> None:
    publisher = publisher_of(client)(broker.bootstrap, place.topic, delivery_seconds=2)
    publisher.publish(history(2, 2))
    with admin(broker.bootstrap) as client:
        client.delete_topics([place.topic])
        while place.topic in client.list_topics():
            pass
    with pytest.raises(PublishFailed):
        publisher.publish(history(2, 2))
