"""The topic: made as it must be, found as it is, watched while it is used."""

from __future__ import annotations

import time
from typing import NoReturn
from uuid import UUID

from events.kafka.library import (
    ANSWER_MS,
    MAX_RECORD_BYTES,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
    TopicPartition,
    admin_client,
    answering,
    consumer_client,
)
from events.topic import BrokerUnreachable, TopicInfo, TopicMismatch, TopicMissing, TopicRecreated

PARTITIONS = 12
_CHECK_SECONDS = 5.0
_UNKNOWN_TOPIC = 3


def topic_settings(replication: int) -> dict[str, str]:
    """Nothing is ever thrown away, and one lost broker of three loses no event."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "min.insync.replicas": str(max(1, replication - 1)),
        "unclean.leader.election.enable": "false",
    }


def create_topic(bootstrap: str, topic: str, *, partitions: int = PARTITIONS, replication: int = 1) -> TopicInfo:
    """Makes the topic, or finds it as it must be.

    Raises :class:`TopicMismatch` where it exists with another number of partitions or settings that lose events.
    """
    asked = {"num_partitions": partitions, "replication_factor": replication, "configs": topic_settings(replication)}
    with admin_client(bootstrap) as client:
        try:
            client.create_topics({topic: asked}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            _refuse_losses(client, topic)
        except (KafkaTimeoutError, KafkaConnectionError):
            raise
        except KafkaError as error:
            raise TopicMismatch(f"the broker refused to make topic {topic}: {type(error).__name__}") from error
        return expect(described(client, topic), partitions)


def _refuse_losses(client: KafkaAdminClient, topic: str) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    found = client.describe_configs([resource], config_filter="all")["topic"][topic]
    for name in ("cleanup.policy", "retention.ms", "retention.bytes"):
        value, wanted = found[name]["value"], topic_settings(1)[name]
        if value != wanted:
            raise TopicMismatch(f"topic {topic} has {name}={value}, it must be {wanted}, or events would be lost")


def describe_topic(bootstrap: str, topic: str) -> TopicInfo:
    """Raises :class:`TopicMissing` or :class:`BrokerUnreachable` within five seconds."""
    with admin_client(bootstrap) as client:
        return described(client, topic)


def inspect_topic(bootstrap: str, topic: str, *, partitions: int = PARTITIONS) -> TopicInfo:
    """The topic as it must be; changes nothing. Raises what :func:`create_topic` raises, and :class:`TopicMissing`."""
    with admin_client(bootstrap) as client:
        found = expect(described(client, topic), partitions)
        _refuse_losses(client, topic)
        return found


def described(client: KafkaAdminClient, topic: str) -> TopicInfo:
    (found,) = client.describe_topics([topic])
    if found["error_code"] == _UNKNOWN_TOPIC:
        raise TopicMissing(f"topic {topic} does not exist; make it with: casebackbone topics create")
    if not found["topic_id"]:
        raise TopicMismatch(f"the broker does not describe topic {topic} (Kafka error {found['error_code']})")
    return TopicInfo(topic, UUID(str(found["topic_id"])), len(found["partitions"]))


def expect(found: TopicInfo, partitions: int) -> TopicInfo:
    if found.partitions != partitions:
        raise TopicMismatch(
            f"topic {found.topic} has {found.partitions} partitions, not {partitions}; their number never changes,"
            " or the events of an inquiry would lose their order"
        )
    return found


class Watch:
    """Asks every few seconds whether the topic is still the one that it was."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, expected: UUID | None = None) -> None:
        self._bootstrap = bootstrap
        self.info = expect(describe_topic(bootstrap, topic), partitions)
        if expected is not None and self.info.topic_id != expected:
            self._recreated()
        self._next = time.monotonic() + _CHECK_SECONDS

    def look(self) -> None:
        """An absent broker is not a finding: whoever reads or writes notices that by itself."""
        if time.monotonic() < self._next:
            return
        try:
            found = describe_topic(self._bootstrap, self.info.topic)
        except BrokerUnreachable:
            return
        finally:
            self._next = time.monotonic() + _CHECK_SECONDS
        if found.topic_id != self.info.topic_id:
            self._recreated()
        expect(found, self.info.partitions)

    def _recreated(self) -> NoReturn:
        raise TopicRecreated(f"topic {self.info.topic} was deleted and made again; publish it anew")


def topic_partitions(info: TopicInfo) -> list[TopicPartition]:
    return [TopicPartition(info.topic, number) for number in range(info.partitions)]


def read_ends(bootstrap: str, info: TopicInfo) -> dict[int, int]:
    consumer = consumer_client(bootstrap)
    try:
        with answering(bootstrap):
            found = consumer.end_offsets(topic_partitions(info), timeout_ms=ANSWER_MS)
        return {partition.partition: offset for partition, offset in found.items()}
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)
