"""kafka-python, quiet: imported without its warnings, told not to log, its clients made so that none leaks.

It reports by exception: what it cannot do reaches the caller.
"""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from events.topic import BrokerUnreachable

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
    from kafka.partitioner.default import murmur2

__all__ = [
    "ANSWER_MS",
    "MAX_RECORD_BYTES",
    "ConfigResource",
    "ConfigResourceType",
    "ConsumerRebalanceListener",
    "KafkaAdminClient",
    "KafkaConnectionError",
    "KafkaConsumer",
    "KafkaError",
    "KafkaProducer",
    "KafkaTimeoutError",
    "LogTruncationError",
    "NoOffsetForPartitionError",
    "OffsetOutOfRangeError",
    "TopicAlreadyExistsError",
    "TopicPartition",
    "admin_client",
    "answering",
    "connecting",
    "consumer_client",
    "murmur2",
]

MAX_RECORD_BYTES = 1_048_576
ANSWER_MS = 4_000

if logging.getLogger("kafka").level == logging.NOTSET:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


@contextmanager
def answering(bootstrap: str) -> Iterator[None]:
    try:
        yield
    except (KafkaTimeoutError, KafkaConnectionError) as error:
        raise BrokerUnreachable(f"no answer from the broker at {bootstrap} within {ANSWER_MS // 1000} s") from error


@contextmanager
def connecting(bootstrap: str) -> Iterator[Callable[..., KafkaNetClient]]:
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
        with answering(bootstrap):
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
            socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_MS / 1000).close()
            return
    raise BrokerUnreachable(f"nobody listens at {bootstrap}")


@contextmanager
def admin_client(bootstrap: str) -> Iterator[KafkaAdminClient]:
    with connecting(bootstrap) as connect:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=ANSWER_MS,
            request_timeout_ms=ANSWER_MS,
            kafka_client=connect,
        )
        try:
            yield client
        finally:
            client.close()


def consumer_client(bootstrap: str, group: str | None = None) -> KafkaConsumer:
    with connecting(bootstrap) as connect:
        return KafkaConsumer(
            kafka_client=connect,
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=ANSWER_MS,
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
