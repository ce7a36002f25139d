"""Published events through Kafka: topic, publisher, feed. The only importer of kafka-python.

The library reports by exception here and is told not to log: what it cannot do reaches the caller.
"""

from __future__ import annotations

import logging
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn
from uuid import UUID, uuid4

from events.channel import Delivery, Positions, UnreadableEvent
from events.cloudevents import SCHEMA_BASE, Message, from_message, identify, raw_text, to_message
from events.crashpoints import crash_at
from events.inquiry import InquiryEvent
from events.topic import (
    BrokerUnreachable,
    EventTooLarge,
    PositionLost,
    PublishFailed,
    TopicInfo,
    TopicMismatch,
    TopicMissing,
    TopicRecreated,
)

with warnings.catch_warnings():
    # While it is imported, kafka-python 3.0 reads its protocol by functions that Python 3.11 and 3.12 deprecate.
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
    from kafka.errors import (
        KafkaConnectionError,
        KafkaError,
        KafkaTimeoutError,
        LogTruncationError,
        NoOffsetForPartitionError,
        OffsetOutOfRangeError,
        TopicAlreadyExistsError,
    )
    from kafka.net.compat import KafkaNetClient

PARTITIONS = 12
MAX_RECORD_BYTES = 1_048_576
_RECORD_OVERHEAD = 128
_BATCH_BYTES = 900_000
_ANSWER_MS = 4_000
_CHECK_SECONDS = 5.0
_SILENCE_SECONDS = 30
_UNKNOWN_TOPIC = 3

if logging.getLogger("kafka").level == logging.NOTSET:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def _settings(replication: int) -> dict[str, str]:
    """Nothing is ever thrown away, and one lost broker of three loses no event."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "min.insync.replicas": str(max(1, replication - 1)),
        "unclean.leader.election.enable": "false",
    }


@contextmanager
def _answers(bootstrap: str) -> Iterator[None]:
    try:
        yield
    except (KafkaTimeoutError, KafkaConnectionError) as error:
        raise BrokerUnreachable(f"no answer from the broker at {bootstrap} within {_ANSWER_MS // 1000} s") from error


@contextmanager
def _connecting(bootstrap: str) -> Iterator[Callable[..., KafkaNetClient]]:
    """Gives the ``kafka_client`` for a client that is about to be made.

    kafka-python leaves thread and sockets behind when making one fails; a probe that asks every few seconds would
    pile them up while the broker is away.
    """
    _knock(bootstrap)
    made: list[KafkaNetClient] = []

    def connect(**config: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**config))
        return made[-1]

    try:
        with _answers(bootstrap):
            yield connect
    except BaseException:
        for client in made:
            client.close()
        raise


def _knock(bootstrap: str) -> None:
    """Raises :class:`BrokerUnreachable` if nobody listens at any of the addresses."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with suppress(OSError, ValueError):
            socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_MS / 1000).close()
            return
    raise BrokerUnreachable(f"nobody listens at {bootstrap}")


@contextmanager
def _admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    with _connecting(bootstrap) as connect:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=_ANSWER_MS,
            request_timeout_ms=_ANSWER_MS,
            kafka_client=connect,
        )
        try:
            yield client
        finally:
            client.close()


def create_topic(bootstrap: str, topic: str, *, partitions: int = PARTITIONS, replication: int = 1) -> TopicInfo:
    """Makes the topic, or finds it as it must be.

    Raises :class:`TopicMismatch` where it exists with another number of partitions or settings that lose events.
    """
    asked = {"num_partitions": partitions, "replication_factor": replication, "configs": _settings(replication)}
    with _admin(bootstrap) as client:
        try:
            client.create_topics({topic: asked}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            _refuse_losses(client, topic)
        except (KafkaTimeoutError, KafkaConnectionError):
            raise
        except KafkaError as error:
            raise TopicMismatch(f"the broker refused to make topic {topic}: {type(error).__name__}") from error
        return _expected(_described(client, topic), partitions)


def _refuse_losses(client: KafkaAdminClient, topic: str) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    found = client.describe_configs([resource], config_filter="all")["topic"][topic]
    for name in ("cleanup.policy", "retention.ms", "retention.bytes"):
        value, wanted = found[name]["value"], _settings(1)[name]
        if value != wanted:
            raise TopicMismatch(f"topic {topic} has {name}={value}, it must be {wanted}, or events would be lost")


def describe_topic(bootstrap: str, topic: str) -> TopicInfo:
    """Raises :class:`TopicMissing` or :class:`BrokerUnreachable` within five seconds."""
    with _admin(bootstrap) as client:
        return _described(client, topic)


def inspect_topic(bootstrap: str, topic: str, *, partitions: int = PARTITIONS) -> TopicInfo:
    """The topic as it must be; changes nothing. Raises what :func:`create_topic` raises, and :class:`TopicMissing`."""
    with _admin(bootstrap) as client:
        found = _expected(_described(client, topic), partitions)
        _refuse_losses(client, topic)
        return found


def _described(client: KafkaAdminClient, topic: str) -> TopicInfo:
    (found,) = client.describe_topics([topic])
    if found["error_code"] == _UNKNOWN_TOPIC:
        raise TopicMissing(f"topic {topic} does not exist; make it with: casebackbone topics create")
    return TopicInfo(topic, UUID(str(found["topic_id"])), len(found["partitions"]))


def _expected(found: TopicInfo, partitions: int) -> TopicInfo:
    if found.partitions != partitions:
        raise TopicMismatch(
            f"topic {found.topic} has {found.partitions} partitions, not {partitions}; their number never changes,"
            " or the events of an inquiry would lose their order"
        )
    return found


class _Watch:
    """Asks every few seconds whether the topic is still the one that it was."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, expected: UUID | None = None) -> None:
        self._bootstrap = bootstrap
        self.info = _expected(describe_topic(bootstrap, topic), partitions)
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
        _expected(found, self.info.partitions)

    def _recreated(self) -> NoReturn:
        raise TopicRecreated(f"topic {self.info.topic} was deleted and made again; publish it anew")


class KafkaPublisher:
    """Publishes in order. Any failure raises and ends it: it must not be used again, its process should end.

    Promise: within one partition, what of a call reaches the topic is a beginning of it, never one with a hole. For
    that, each partition gets at most one batch at a time, which the broker takes whole or not at all.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        *,
        partitions: int = PARTITIONS,
        topic_id: UUID | None = None,
        schema_base: str = SCHEMA_BASE,
        delivery_seconds: float = 30.0,
    ) -> None:
        self._watch = _Watch(bootstrap, topic, partitions, topic_id)
        self._topic, self._bootstrap, self._schema_base = topic, bootstrap, schema_base
        self._delivery_seconds = delivery_seconds
        self._written: dict[int, int] = {}
        self._dead = False
        with _connecting(bootstrap) as connect:
            self._producer = KafkaProducer(
                kafka_client=connect,
                bootstrap_servers=bootstrap,
                bootstrap_timeout_ms=_ANSWER_MS,
                max_block_ms=_ANSWER_MS,
                enable_idempotence=True,
                acks="all",
                allow_auto_create_topics=False,
                batch_size=MAX_RECORD_BYTES,
                max_request_size=MAX_RECORD_BYTES,
                # Nothing leaves before flush(): so no partition has two batches under way.
                linger_ms=int(delivery_seconds * 400),
                request_timeout_ms=int(delivery_seconds * 500),
                delivery_timeout_ms=int(delivery_seconds * 1000),
                metrics_enabled=False,
            )

    @property
    def info(self) -> TopicInfo:
        return self._watch.info

    def publish(self, events: Sequence[InquiryEvent]) -> Positions:
        """Returns, for each partition written to, the offset after the last record, when all are acknowledged.

        Raises :class:`PublishFailed`, :class:`EventTooLarge` or :class:`TopicRecreated`.
        """
        if self._dead:
            raise PublishFailed("this publisher failed before; begin again at the stored position")
        try:
            self._watch.look()
            messages = [to_message(event, self._schema_base) for event in events]
            sizes = [_size(message) for message in messages]
            for event, size in zip(events, sizes, strict=True):
                if size > MAX_RECORD_BYTES:
                    raise EventTooLarge(event.id, size, MAX_RECORD_BYTES)
            written: dict[int, int] = {}
            for chunk in _chunks(messages, sizes):
                written |= self._send(chunk)
        except BaseException:
            self._die()
            raise
        return written

    def ends(self) -> Positions:
        """The offset after the last record of each partition."""
        return _ends(self._bootstrap, self.info)

    def since(self, positions: Positions) -> Iterator[Delivery]:
        """What lies after these positions now; nothing is skipped where none is given."""
        return read_topic(self._bootstrap, self._topic, positions)

    def _send(self, messages: Sequence[Message]) -> dict[int, int]:
        begun = time.monotonic()
        try:
            futures = [
                self._producer.send(self._topic, key=key, value=value, headers=headers)
                for key, headers, value in messages
            ]
            if time.monotonic() - begun > self._delivery_seconds / 5:
                raise PublishFailed("this process was stopped while it filled a batch")
            self._producer.flush(timeout=self._delivery_seconds + 5)
            crash_at("relay.sent")
            records = [future.get(timeout=0) for future in futures]
        except KafkaError as error:
            raise PublishFailed(f"not acknowledged by {self._bootstrap}: {type(error).__name__}") from error
        return self._account(records)

    def _account(self, records: Sequence[Any]) -> dict[int, int]:
        written: dict[int, int] = {}
        for record in records:
            if record.offset < self._written.get(record.partition, 0):
                raise TopicRecreated(f"topic {self._topic} begins anew at partition {record.partition}")
            written[record.partition] = self._written[record.partition] = record.offset + 1
        return written

    def _die(self) -> None:
        self._dead = True
        # close() alone would first try to send what is left, which is what must not happen now.
        self._producer._sender.force_close()
        self.close()

    def close(self) -> None:
        try:
            self._producer.close(timeout=5)
        except KafkaError:
            self._producer._sender.force_close()


def _size(message: Message) -> int:
    """An upper bound of what the record takes, with its share of the batch."""
    headers = sum([len(name) + len(value) for name, value in message.headers])
    return len(message.key) + headers + 6 * len(message.headers) + len(message.value) + _RECORD_OVERHEAD


def _chunks(messages: Sequence[Message], sizes: Sequence[int]) -> Iterator[Sequence[Message]]:
    """In order, each small enough to be one batch even if all of it goes to one partition."""
    begin, total = 0, 0
    for index, size in enumerate(sizes):
        if index > begin and total + size > _BATCH_BYTES:
            yield messages[begin:index]
            begin, total = index, 0
        total += size
    if begin < len(messages):
        yield messages[begin:]


def _consumer(bootstrap: str, group: str | None = None) -> KafkaConsumer:
    with _connecting(bootstrap) as connect:
        return KafkaConsumer(
            kafka_client=connect,
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=_ANSWER_MS,
            group_id=group,
            client_id=f"casebackbone-{uuid4()}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            fetch_max_wait_ms=250,
            reconnect_backoff_max_ms=2_000,
            max_partition_fetch_bytes=4 * MAX_RECORD_BYTES,
            metrics_enabled=False,
        )


def _partitions(info: TopicInfo) -> list[TopicPartition]:
    return [TopicPartition(info.topic, number) for number in range(info.partitions)]


def _ends(bootstrap: str, info: TopicInfo) -> dict[int, int]:
    consumer = _consumer(bootstrap)
    try:
        with _answers(bootstrap):
            found = consumer.end_offsets(_partitions(info), timeout_ms=_ANSWER_MS)
        return {partition.partition: offset for partition, offset in found.items()}
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)


def _delivery(record: Any) -> Delivery:
    event, problem, raw = None, None, None
    try:
        event = from_message(record.key, record.headers, record.value)
        inquiry_id: UUID | None = event.inquiry_id
        version: int | None = event.version
    except UnreadableEvent as error:
        problem = str(error)
        raw = raw_text(record.key, record.headers, record.value)
        inquiry_id, version = identify(record.key, record.headers)
    return Delivery(record.partition, record.offset, event, inquiry_id, version, problem, raw)


class _Assignments(ConsumerRebalanceListener):
    """Holds new partitions still until their stored positions were asked for.

    It is called on the client's own thread, where nothing may block; the asking is done in ``poll``.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.waiting: set[TopicPartition] = set()
        self.started: set[TopicPartition] = set()

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        for partition in assigned:
            self._consumer.pause(partition)
            self._consumer.seek(partition, 0)
        self.started = set()
        self.waiting = set(assigned)

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self.started -= set(revoked)
        self.waiting -= set(revoked)


class KafkaFeed:
    """One member of the consumer group ``group``: gets its share of the partitions, in order within each.

    Positions are the caller's: asked for whenever partitions are assigned, never kept in Kafka. A partition without
    one begins at its first record. Raises :class:`TopicMissing`, :class:`TopicMismatch` and
    :class:`BrokerUnreachable` at once when it is made, :class:`PositionLost` and :class:`TopicRecreated` later.
    """

    def __init__(self, bootstrap: str, topic: str, group: str, *, partitions: int = PARTITIONS) -> None:
        self._bootstrap = bootstrap
        self._watch = _Watch(bootstrap, topic, partitions)
        self._consumer = _consumer(bootstrap, group)
        self._assignments = _Assignments(self._consumer)
        self._positions_for: Callable[[Sequence[int]], Positions] | None = None

    @property
    def source(self) -> str:
        return self._watch.info.source

    def open(self, positions_for: Callable[[Sequence[int]], Positions]) -> None:
        self._positions_for = positions_for
        self._consumer.subscribe([self._watch.info.topic], listener=self._assignments)
        # Only to have the topic's metadata before joining: if they come later, the library joins a second time, and
        # forgets that join when a poll times out meanwhile (3.0.12). The member would then never get a partition.
        self.ends()

    def poll(self, limit: int, timeout_seconds: float) -> Sequence[Delivery]:
        if self._positions_for is None:
            raise RuntimeError("open the feed before polling it")
        give_up = time.monotonic() + timeout_seconds
        self._watch.look()
        while True:
            if self._assignments.waiting:
                self._start(self._assignments.waiting, self._positions_for)
            left = max(0.0, give_up - time.monotonic())
            deliveries = self._fetch(limit, left)
            if deliveries or time.monotonic() >= give_up:
                return deliveries

    def _fetch(self, limit: int, seconds: float) -> list[Delivery]:
        # In short steps: a rebalance that ends meanwhile leaves partitions that wait for their positions.
        try:
            found = self._consumer.poll(timeout_ms=min(seconds, 0.5) * 1000, max_records=limit)
        except NoOffsetForPartitionError:
            return []
        except (OffsetOutOfRangeError, LogTruncationError) as error:
            raise self._lost(error) from error
        started = self._assignments.started
        return [_delivery(record) for partition, records in found.items() if partition in started for record in records]

    def _lost(self, error: Exception) -> PositionLost:
        """The library tells {partition: offset}, or for a lost tail something that has an offset."""
        found: dict[Any, Any] = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        for partition, place in found.items():
            return PositionLost(partition.partition, getattr(place, "offset", place))
        return PositionLost(-1, -1)

    def _start(self, waiting: set[TopicPartition], positions_for: Callable[[Sequence[int]], Positions]) -> None:
        partitions = sorted(waiting)
        with _answers(self._bootstrap):
            first = self._consumer.beginning_offsets(partitions, timeout_ms=_ANSWER_MS)
            end = self._consumer.end_offsets(partitions, timeout_ms=_ANSWER_MS)
        stored = positions_for([partition.partition for partition in partitions])
        for partition in partitions:
            offset = stored.get(partition.partition, first[partition])
            if not first[partition] <= offset <= end[partition]:
                raise PositionLost(partition.partition, offset, first[partition], end[partition])
            if partition not in self._assignments.waiting:
                continue
            self._consumer.seek(partition, offset)
            self._assignments.started.add(partition)
            self._consumer.resume(partition)
            self._assignments.waiting.discard(partition)

    def ends(self) -> Positions:
        with _answers(self._bootstrap):
            found = self._consumer.end_offsets(_partitions(self._watch.info), timeout_ms=_ANSWER_MS)
        return {partition.partition: offset for partition, offset in found.items()}

    def close(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=3_000)


def read_topic(bootstrap: str, topic: str, since: Positions | None = None) -> Iterator[Delivery]:
    """Everything that is in the topic now, partition by partition, in order within each; ends by itself.

    ``since``: begin at these offsets instead of the first ones.
    """
    partitions = _partitions(describe_topic(bootstrap, topic))
    consumer = _consumer(bootstrap)
    try:
        with _answers(bootstrap):
            first = consumer.beginning_offsets(partitions, timeout_ms=_ANSWER_MS)
            end = consumer.end_offsets(partitions, timeout_ms=_ANSWER_MS)
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
                yield _delivery(record)
        if found:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > _SILENCE_SECONDS:
            raise BrokerUnreachable(f"no answer from the broker at {bootstrap} for {_SILENCE_SECONDS} s")
