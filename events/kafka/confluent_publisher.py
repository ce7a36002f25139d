"""The publisher with confluent-kafka (librdkafka) instead of kafka-python: an extra that takes half of its time.

Only for publishing, which is what kafka-python is slow at; everything else stays with the one client.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from events.crashpoints import crash_at
from events.kafka.library import MAX_RECORD_BYTES
from events.kafka.publishing import OrderedPublisher, Placed
from events.topic import ClientMissing, PublishFailed

try:
    from confluent_kafka import KafkaException, Producer
except ImportError:
    raise ClientMissing(
        "confluent-kafka is not installed; install it with: pip install 'casebackbone[confluent]',"
        " or set CASEBACKBONE_PUBLISHER=kafka-python"
    ) from None

_SILENT = logging.Logger("confluent_kafka", logging.CRITICAL + 1)
"""It reports by what it says of each record."""
_FAILED = (KafkaException, BufferError, SystemError)
"""The last is what a KafkaException comes to when the client is told of a fatal error while it tells of records."""
_LOOK_SECONDS = 0.5
"""Of waiting, after which signals are looked at."""


class ConfluentPublisher(OrderedPublisher):
    """With confluent-kafka. The client gives nothing up by itself, so nothing can overtake what it has given up: when
    the time for a delivery is over, the client ends with all that it has."""

    def __init__(self, bootstrap: str, topic: str, **options: Any) -> None:
        """Options are those of :class:`OrderedPublisher`."""
        super().__init__(bootstrap, topic, **options)
        self._refused: list[str] = []
        self._delivered: list[tuple[int, int]] = []
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "acks": "all",
                "enable.idempotence": True,
                "enable.gapless.guarantee": True,
                "allow.auto.create.topics": False,
                "message.max.bytes": MAX_RECORD_BYTES,
                "batch.size": MAX_RECORD_BYTES,
                "batch.num.messages": 1_000_000,
                "queue.buffering.max.messages": 1_000_000,
                # Nothing leaves before flush(): so no partition has two batches under way.
                "linger.ms": int(self._delivery_seconds * 400),
                "message.timeout.ms": 0,
                "socket.timeout.ms": max(1_000, int(self._delivery_seconds * 500)),
            },
            logger=_SILENT,
        )

    def _acknowledged(self, piece: Sequence[Placed]) -> list[tuple[int, int]]:
        begun = time.monotonic()
        produce, topic, told = self._producer.produce, self._topic, self._told
        self._delivered = []
        try:
            for (key, headers, value), partition, _ in piece:
                produce(topic, value, key, partition, on_delivery=told, headers=list(headers))
            self._refuse_delay(begun)
            self._wait()
        except _FAILED as error:
            raise PublishFailed(f"not acknowledged by {self._bootstrap}: {type(error).__name__}") from error
        crash_at("relay.sent")
        if self._refused or len(self._delivered) != len(piece):
            reason = self._refused[0] if self._refused else f"no answer within {self._delivery_seconds:g} s"
            raise PublishFailed(f"not acknowledged by {self._bootstrap}: {reason}")
        return self._delivered

    def _wait(self) -> None:
        until = time.monotonic() + self._delivery_seconds
        while self._producer.flush(_LOOK_SECONDS) and not self._refused and time.monotonic() < until:
            pass

    def _told(self, error: Any, message: Any) -> None:
        if error is None:
            self._delivered.append((message.partition(), message.offset()))
        else:
            self._refused.append(error.name())

    def _abandon(self) -> None:
        self._producer.purge()
        self.close()

    def close(self) -> None:
        with suppress(*_FAILED):
            self._producer.flush(_LOOK_SECONDS)
