"""The topic: made as it must be, found as it is, and refused when it would lose or reorder events."""

import socket

import pytest

from events.kafka import KafkaFeed, KafkaPublisher, create_topic, describe_topic, inspect_topic, read_topic
from events.kafka.topic import topic_settings
from events.topic import BrokerUnreachable, TopicMismatch, TopicMissing, TopicRecreated
from tests.events.samples import history
from tests.events.topics import admin, new_topic, recreate

from kafka.admin import ConfigResource, ConfigResourceType  # isort: skip


def test_it_is_made_so_that_nothing_is_thrown_away(kafka_bootstrap: str) -> None:
    made = new_topic(kafka_bootstrap)
    assert made.partitions == 12
    with admin(kafka_bootstrap) as client:
        resource = ConfigResource(ConfigResourceType.TOPIC, made.topic)
        found = client.describe_configs([resource], config_filter="all")["topic"][made.topic]
    assert {name: found[name]["value"] for name in topic_settings(1)} == topic_settings(1)
    assert found["message.timestamp.type"]["value"] == "CreateTime"
    assert found["max.message.bytes"]["value"] == str(1024 * 1024)


def test_making_it_again_finds_it(kafka_bootstrap: str) -> None:
    made = new_topic(kafka_bootstrap)
    assert create_topic(kafka_bootstrap, made.topic) == made
    assert describe_topic(kafka_bootstrap, made.topic) == made
    assert inspect_topic(kafka_bootstrap, made.topic) == made
    assert made.source == f"kafka:{made.topic}:{made.topic_id}"


def test_another_number_of_partitions_is_refused_everywhere(kafka_bootstrap: str) -> None:
    made = new_topic(kafka_bootstrap, partitions=3)
    with pytest.raises(TopicMismatch, match="3 partitions, not 12"):
        create_topic(kafka_bootstrap, made.topic)
    with pytest.raises(TopicMismatch):
        inspect_topic(kafka_bootstrap, made.topic)
    with pytest.raises(TopicMismatch):
        KafkaPublisher(kafka_bootstrap, made.topic)
    with pytest.raises(TopicMismatch):
        KafkaFeed(kafka_bootstrap, made.topic, "group")


def test_partitions_added_later_are_noticed_by_whoever_runs(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_topic(kafka_bootstrap)
    publisher = KafkaPublisher(kafka_bootstrap, made.topic)
    feed = KafkaFeed(kafka_bootstrap, made.topic, made.topic)
    try:
        feed.open(lambda partitions: {})
        with admin(kafka_bootstrap) as client:
            client.create_partitions({made.topic: 13})
        monkeypatch.setattr(publisher._watch, "_next", 0.0)
        monkeypatch.setattr(feed._watch, "_next", 0.0)
        with pytest.raises(TopicMismatch):
            publisher.publish(history(1, 1))
        with pytest.raises(TopicMismatch):
            feed.poll(10, 0)
    finally:
        publisher.close()
        feed.close()


@pytest.mark.parametrize("setting", [{"retention.ms": "1000"}, {"cleanup.policy": "compact"}, {"retention.bytes": "9"}])
def test_settings_that_lose_events_are_refused(kafka_bootstrap: str, setting: dict[str, str]) -> None:
    made = new_topic(kafka_bootstrap)
    ((name, value),) = setting.items()
    with admin(kafka_bootstrap) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, made.topic, configs=setting)])
        resource = ConfigResource(ConfigResourceType.TOPIC, made.topic)
        while client.describe_configs([resource], config_filter="all")["topic"][made.topic][name]["value"] != value:
            pass
    with pytest.raises(TopicMismatch, match=name):
        create_topic(kafka_bootstrap, made.topic)
    with pytest.raises(TopicMismatch, match=name):
        inspect_topic(kafka_bootstrap, made.topic)


def test_what_the_broker_cannot_make_is_told(kafka_bootstrap: str) -> None:
    with pytest.raises(TopicMismatch, match="refused"):
        create_topic(kafka_bootstrap, "test.replicated", replication=3)


def test_a_missing_topic_is_told_and_not_made(kafka_bootstrap: str) -> None:
    for attempt in (
        lambda: describe_topic(kafka_bootstrap, "test.missing"),
        lambda: inspect_topic(kafka_bootstrap, "test.missing"),
        lambda: KafkaPublisher(kafka_bootstrap, "test.missing"),
        lambda: KafkaFeed(kafka_bootstrap, "test.missing", "group"),
        lambda: list(read_topic(kafka_bootstrap, "test.missing")),
    ):
        with pytest.raises(TopicMissing, match=r"topics create"):
            attempt()
    with admin(kafka_bootstrap) as client:
        assert "test.missing" not in client.list_topics()


def test_a_topic_made_again_is_another_one(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_topic(kafka_bootstrap)
    publisher = KafkaPublisher(kafka_bootstrap, first.topic, topic_id=first.topic_id)
    feed = KafkaFeed(kafka_bootstrap, first.topic, first.topic)
    try:
        feed.open(lambda partitions: {})
        publisher.publish(history(2, 2))
        second = recreate(kafka_bootstrap, first.topic)
        assert second.topic_id != first.topic_id
        assert second.source != first.source
        monkeypatch.setattr(publisher._watch, "_next", 0.0)
        monkeypatch.setattr(feed._watch, "_next", 0.0)
        with pytest.raises(TopicRecreated):
            publisher.publish(history(2, 2))
        with pytest.raises(TopicRecreated):
            feed.poll(10, 0)
        with pytest.raises(TopicRecreated):
            KafkaPublisher(kafka_bootstrap, first.topic, topic_id=first.topic_id)
    finally:
        publisher.close()
        feed.close()


def test_without_a_broker_it_says_so() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(BrokerUnreachable, match=nobody):
            describe_topic(nobody, "test.missing")
