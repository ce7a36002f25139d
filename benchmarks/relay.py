"""From the store to the topic: the relay, side by side with a bare loop of the same client that only sends.

The limit is a loop over records that are there already, with the same keys, headers, values, batches, ``acks=all`` and
idempotence; the relay reads them from PostgreSQL, makes them of what is stored, and stores its position after each
page. The plain line is the library's notification log, its mapper, ``json`` and ``send``, a hundred events a page.
Starting a client is not counted. What is loaded is taken out of the garbage collector's sight for all of them, as
``casebackbone relay`` does. Left out: Kafka's own tool (not among the jars here), brokers on other machines.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any

from confluent_kafka import Producer

from api.bootstrap import System
from benchmarks.installations import on_kafka
from benchmarks.measuring import Comparison, Finding, Numbers, in_turn
from benchmarks.parts import Parts, Size, say
from casebackbone.wire import Wire
from events.channel import Message
from events.kafka import MAX_RECORD_BYTES, create_topic
from events.kafka.library import KafkaProducer

MOST = 60_000
PAGE = 2_000
SETTINGS = {"acks": "all", "enable_idempotence": True, "batch_size": MAX_RECORD_BYTES, "linger_ms": 50}
CONFLUENT = {
    "acks": "all",
    "enable.idempotence": True,
    "batch.size": MAX_RECORD_BYTES,
    "linger.ms": 50,
    "queue.buffering.max.messages": 1_000_000,
}


WANTED = {"kafka-python": 0.8, "confluent": 0.35}
"""Of the bare loop of the same client."""


def measure(parts: Parts, size: Size) -> Iterator[Finding]:
    settings = on_kafka(parts, min(size.events, MOST))
    for client in ("kafka-python", "confluent"):
        system = System(replace(settings, publisher=client))
        say(f"publishing with {client}")
        yield _compared(parts, system, client, _records(system), size.rounds)
        system.close()
    system = System(settings)
    yield _steps(system)
    system.close()


def _compared(parts: Parts, system: System, client: str, records: Sequence[Message], rounds: int) -> Comparison:
    bare, ours = f"bare loop of {client} (limit)", f"relay with {client}"
    topic = f"bare-{client}"
    create_topic(parts.kafka, topic)
    relays = [system.relay() for _ in range(rounds)]
    loop = _bare_kafka_python if client == "kafka-python" else _bare_confluent

    def relay() -> int:
        relays.pop().run(lambda: False, until_caught_up=True, republish=True)
        return len(records)

    candidates = {bare: loop(parts.kafka, topic, records), ours: relay}
    if client == "kafka-python":
        candidates["the library's log and mapper, json, send"] = _plain(system, parts.kafka, topic)
    gc.collect()
    gc.freeze()
    try:
        rates = in_turn(candidates, rounds)
    finally:
        gc.unfreeze()
    targets = {ours: WANTED[client]}
    return Comparison(title=f"Stored events to the topic, {client}", things="events", rates=rates, targets=targets)


def _records(system: System) -> list[Message]:
    """All that is stored, as the relay sends it."""
    wire = Wire(system.store.mapper, system.store.epoch)
    return [wire.write(stored) for page in _pages(system, PAGE) for stored in page]


def _pages(system: System, page: int) -> Iterator[Sequence[Any]]:
    after = 0
    while found := system.store.stored_after(after, page):
        yield found
        after = found[-1].id


def _bare_kafka_python(bootstrap: str, topic: str, records: Sequence[Message]) -> Callable[[], int]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, **SETTINGS)

    def send() -> int:
        sent = [producer.send(topic, key=key, headers=headers, value=value) for key, headers, value in records]
        producer.flush()
        return len([future.get(timeout=0) for future in sent])

    return send


def _bare_confluent(bootstrap: str, topic: str, records: Sequence[Message]) -> Callable[[], int]:
    producer = Producer({"bootstrap.servers": bootstrap, **CONFLUENT})

    def send() -> int:
        refused: list[Any] = []

        def told(error: Any, _: Any) -> None:
            if error is not None:
                refused.append(error)

        for key, headers, value in records:
            producer.produce(topic, value, key, headers=list(headers), on_delivery=told)
        if producer.flush() or refused:
            raise RuntimeError("not everything was delivered")
        return len(records)

    return send


def _plain(system: System, bootstrap: str, topic: str) -> Callable[[], int]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)

    def send() -> int:
        count = 0
        for page in _pages(system, 100):
            for stored in page:
                event = system.store.mapper.to_domain_event(stored)
                value = json.dumps(vars(event), default=_plainly).encode()
                producer.send(topic, key=str(stored.originator_id).encode(), value=value)
            producer.flush()
            count += len(page)
        return count

    return send


def _plainly(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _steps(system: System) -> Numbers:
    """Processor time of this process, with all its threads."""
    wire = Wire(system.store.mapper, system.store.epoch)
    stored = [event for page in _pages(system, PAGE) for event in page]
    records = [wire.write(event) for event in stored]
    gc.collect()
    gc.freeze()

    def sending(client: str) -> Callable[[], object]:
        publisher = System(replace(system.settings, publisher=client)).publisher()
        return lambda: [publisher.send(records[begin : begin + PAGE]) for begin in range(0, len(records), PAGE)]

    steps: dict[str, Callable[[], object]] = {
        "read from the store": lambda: [None for page in _pages(system, PAGE) for _ in page],
        "make the record of what is stored": lambda: [None for event in stored if not wire.write(event)],
        "the same by way of objects": lambda: [None for event in stored if not wire.write_by_objects(event)],
        "send and wait, kafka-python": sending("kafka-python"),
        "send and wait, confluent": sending("confluent"),
    }
    try:
        rows = tuple((name, round(_processor_seconds(step) / len(stored) * 1e6, 1)) for name, step in steps.items())
    finally:
        gc.unfreeze()
    size = sum(len(record.value) + sum(len(n) + len(v) for n, v in record.headers) for record in records)
    return Numbers(
        title="Processor time of the relay for each event",
        columns=("step", "microseconds"),
        rows=rows,
        note=f"{size / len(records):,.0f} bytes a record, headers included; broker and database not counted.",
    )


def _processor_seconds(step: Callable[[], object]) -> float:
    """The least of three: what else the machine does only ever adds."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        step()
        taken.append(time.process_time() - begun)
    return min(taken)
