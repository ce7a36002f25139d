"""Published events into the rows of all views, as ``casebackbone project run`` does: in batches, exactly once, each
batch with its positions in one transaction.

The limit is kafka-python reading the same records and looking at none of them. One event goes to every view, so what
counts is events times views. Beside it the plain way, one event a transaction, and each view alone. The first batch is
not counted, so that joining a consumer group is not. Events are those of inquiries only, as a city has them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from api.bootstrap import System
from api.settings import Settings
from benchmarks.installations import embedded, on_kafka
from benchmarks.measuring import Comparison, Finding, Numbers, Rate
from benchmarks.parts import Parts, Size, say
from benchmarks.processes import Run, projected
from events.kafka.library import ANSWER_MS, consumer_client
from events.kafka.topic import describe_topic, topic_partitions
from projections.catalogue import VIEWS

ALL = tuple(view.name for view in VIEWS)
OURS, PLAIN = "all views, events × views", "all views, one event a transaction, events × views"
TARGET = 0.3
MOST = 100_000
_PLAIN_EVENTS = 300
_PAGE = 5_000


def measure(parts: Parts, size: Size) -> Iterator[Finding]:
    events, rounds = min(size.events, MOST), min(size.rounds, 3)
    kafka, lite = on_kafka(parts, events), embedded(parts, events // 5)
    say("projecting from Kafka into PostgreSQL")
    comparison, run = _all_views(
        f"PostgreSQL, from Kafka, {events:,} events",
        lambda: _bytes_only(kafka),
        lambda: replace(kafka, views_database_url=parts.database()),
        rounds,
    )
    yield comparison
    yield _memory("Memory of a projector, from Kafka into PostgreSQL", run)
    say("projecting from the store into SQLite")
    yield _all_views(
        f"SQLite, from the store, {events // 5:,} events",
        lambda: _log_only(lite),
        lambda: replace(lite, views_database_url=parts.file()),
        rounds,
    )[0]
    say("projecting each view alone")
    yield _alone(kafka, lambda: replace(kafka, views_database_url=parts.database()), rounds)


def _all_views(
    title: str, limit: Callable[[], float], fresh: Callable[[], Settings], rounds: int
) -> tuple[Comparison, Run]:
    least, runs, plain = [], [], []
    for _ in range(rounds):
        least.append(limit())
        runs.append(projected(fresh(), ALL))
        plain.append(projected(fresh(), ALL, batch=1, most=_PLAIN_EVENTS).rate * len(ALL))
    rates = (
        Rate("records only, nothing made of them (limit)", tuple(least)),
        Rate(OURS, tuple(run.rate * len(ALL) for run in runs)),
        Rate("all views, events", tuple(run.rate for run in runs)),
        Rate(PLAIN, tuple(plain)),
    )
    return Comparison(title=title, things="records", rates=rates, targets={OURS: TARGET}), runs[-1]


def _alone(settings: Settings, fresh: Callable[[], Settings], rounds: int) -> Comparison:
    limit = tuple(_bytes_only(settings) for _ in range(rounds))
    each = tuple(Rate(name, (projected(fresh(), (name,)).rate,)) for name in ALL)
    note = "Views of the directory, the desk and articles get no rows from these events: that is what passing by costs."
    return Comparison(
        title="Each view alone, PostgreSQL, from Kafka",
        things="events",
        rates=(Rate("records only, nothing made of them (limit)", limit), *each),
        note=note,
    )


def _memory(title: str, run: Run) -> Numbers:
    row = (run.records, *(run.megabytes_at(part) for part in (0.1, 0.5, 1)))
    return Numbers(title=title, columns=("events", "MB at 10 %", "MB at 50 %", "MB at 100 %"), rows=(row,))


def _bytes_only(settings: Settings) -> float:
    """Records a second from all partitions, after the first page."""
    bootstrap = str(settings.kafka_bootstrap)
    partitions = topic_partitions(describe_topic(bootstrap, settings.topic))
    consumer = consumer_client(bootstrap)
    try:
        ends = consumer.end_offsets(partitions, timeout_ms=ANSWER_MS)
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        left, counted, began = sum(ends.values()), 0, 0.0
        while left > 0:
            read = sum(len(records) for records in consumer.poll(timeout_ms=500, max_records=_PAGE).values())
            left -= read
            if began:
                counted += read
            elif read:
                began = time.perf_counter()
        return counted / (time.perf_counter() - began)
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)


def _log_only(settings: Settings) -> float:
    """Rows of the store's log a second, as bytes."""
    system = System(settings)
    began, position = time.perf_counter(), 0
    while rows := system.store.stored_after(position, _PAGE):
        position = rows[-1].id
    taken = time.perf_counter() - began
    system.close()
    return position / taken
