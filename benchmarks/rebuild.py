"""Making all views anew as ``casebackbone project rebuild`` does: from a topic into PostgreSQL, from a store into
SQLite. Events are read, checked and applied batch by batch, each batch with its positions in one transaction.

The limit is the database alone: the very rows that the rebuild has made, ready in memory, put into empty tables with
the same indexes. The plain way is one event a transaction. Each rebuild has a process of its own; its time is that from
opening the feed to the switch, without starting Python; in a short run joining the consumer group and preparing
statements weigh. Events are those of inquiries only, as a city has them.

What the limit leaves out is most of the work: of some 170 µs that an event takes, reading the record takes kafka-python
25 and making an event of it 40, deciding what it changes in all views 45; the limit has 15 for all of its rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from api.bootstrap import System
from api.settings import Settings
from benchmarks.installations import embedded, on_kafka
from benchmarks.measuring import Comparison, Finding, Numbers, Rate
from benchmarks.parts import Parts, Size, say
from benchmarks.processes import Run, rebuilt
from benchmarks.rows_of_views import ReadyRows
from projections.projector import Projector

OURS, PLAIN = "rebuild of all views", "one event a transaction"
TARGET = 0.4
MOST = 200_000
"""Events: so many are stored, published and rebuilt several times in about ten minutes."""
_PLAIN_EVENTS = 300


def measure(parts: Parts, size: Size) -> Iterator[Finding]:
    many = min(size.events, MOST)
    some = many // 5
    made: list[tuple[str, Settings, Run]] = []
    for name, settings, by in (
        ("PostgreSQL, from Kafka", on_kafka(parts, many), "COPY"),
        ("SQLite, from the store", embedded(parts, some), "executemany"),
    ):
        comparison, last = _compare(f"{name}, {last_events(settings):,} events", settings, by, min(size.rounds, 3))
        made.append((name, settings, last))
        yield comparison
    made.insert(0, ("PostgreSQL, from Kafka", on_kafka(parts, some), rebuilt(on_kafka(parts, some))))
    yield Numbers(
        title="One rebuild, at more than one size",
        columns=("", "events", "events a second", "our processor, µs an event", "MB at 10 %", "50 %", "100 %"),
        rows=tuple((name, *_numbers(one)) for name, _, one in made),
        note="Memory is what is resident of the process that rebuilds. What was read is not kept: it has to be flat.",
    )


def _numbers(one: Run) -> tuple[float, ...]:
    cost = one.processor_seconds / one.records * 1e6
    return one.records, one.records / one.seconds, cost, *(one.megabytes_at(part) for part in (0.1, 0.5, 1))


def last_events(settings: Settings) -> int:
    system = System(settings)
    try:
        return system.head()
    finally:
        system.close()


def _compare(title: str, settings: Settings, by: str, rounds: int) -> tuple[Comparison, Run]:
    say(f"rebuilding: {title}")
    ours, copied = [rebuilt(settings)], []
    system = System(settings)
    ready = ReadyRows(system.views)
    for _ in range(rounds):
        copied.append(ours[0].records / ready.copied())
        ours.append(rebuilt(settings))
    plain = _plainly(system)
    system.close()
    rates = (
        Rate(f"{by} of the same rows (limit)", tuple(copied)),
        Rate(OURS, tuple(one.records / one.seconds for one in ours[1:])),
        Rate(PLAIN, (plain,)),
    )
    return Comparison(title=title, things="events", rates=rates, targets={OURS: TARGET}), ours[-1]


def _plainly(system: System) -> float:
    """One event a transaction into empty tables, the first events only."""
    feed = system.open_rebuild_feed()
    with system.views.rebuilding("benchmark") as building:
        projector = Projector(system.views, building)
        feed.open(projector.positions_for(feed.source))
        records: list[Any] = []
        while len(records) < _PLAIN_EVENTS:
            records += feed.poll(_PLAIN_EVENTS, 5.0)
        feed.close()
        started = time.perf_counter()
        for record in records:
            projector.apply([record], feed.source)
        return len(records) / (time.perf_counter() - started)
