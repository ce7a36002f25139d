"""What growing costs. One, two and four processes ``casebackbone project run`` of one group share the twelve partitions
of a topic and write to one PostgreSQL, all on this machine: how their number moves what they do together, between a
fifth and nine tenths of the way, when all of them are at work.

And a calculation: what one event costs was measured here; what a day of a city, a state, a country and a hundred of
those needs follows from it by multiplication. A core is one of this machine's; the work of PostgreSQL and Kafka is not
in it, nor is taking the commands.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, text

from api.bootstrap import System
from api.settings import Settings
from benchmarks.append import rows
from benchmarks.installations import on_kafka
from benchmarks.measuring import Comparison, Finding, Numbers, Rate
from benchmarks.parts import Parts, Size, say
from benchmarks.processes import projected
from benchmarks.projection import ALL
from casebackbone.store import Store
from casebackbone.store.tables import EVENTS
from events.kafka import create_topic
from events.kafka.library import TopicPartition, consumer_client
from projections.database import Database
from projections.state import APPLIED, POSITIONS

PROCESSES = (1, 2, 4)
MOST = 200_000
LOADS = {"a city": 1_000, "a state's 115": 10_000, "a country": 100_000, "a hundred countries": 10_000_000}
"""Inquiries a day."""
WORKING_HOURS = 10
_SAVES = 1_000
_ALIVE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of one event: seconds of a core, and bytes on the disk."""

    events_an_inquiry: float
    projecting: float
    relaying: float
    store: float
    topic: float
    views: float


def measure(parts: Parts, size: Size) -> Iterator[Finding]:
    events = min(size.events, MOST)
    settings = on_kafka(parts, events)
    rates = []
    for processes in PROCESSES:
        say(f"projecting with {processes} processes")
        fresh = _fresh(settings, parts)
        rates.append(Rate(f"{processes} processes" if processes > 1 else "1 process", (_together(fresh, processes),)))
    yield Comparison(
        title=f"Projectors of one group, {events:,} events, 12 partitions, {os.cpu_count()} cores",
        things="events",
        rates=tuple(rates),
        note="PostgreSQL and Kafka share these cores with the projectors.",
    )
    yield _calculated(_costs(settings, parts, events))


def _fresh(settings: Settings, parts: Parts) -> Settings:
    fresh = replace(settings, views_database_url=parts.database())
    system = System(fresh)
    system.views.prepare()
    system.close()
    return fresh


# --- several projectors ----------------------------------------------------------------------------------------------


def _together(settings: Settings, processes: int) -> float:
    """Events a second of all of them, from a fifth of the way to nine tenths."""
    system = System(settings)
    end = system.head()
    running = [_start(settings) for _ in range(processes)]
    try:
        began = _when(system, end * 0.2)
        ended = _when(system, end * 0.9)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
        system.close()
    return (ended[1] - began[1]) / (ended[0] - began[0])


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    named = ("database_url", "views_database_url", "kafka_bootstrap", "topic", "topic_partitions", "run_dir")
    own = {f"CASEBACKBONE_{name.upper()}": str(getattr(settings, name)) for name in named}
    others = {name: value for name, value in os.environ.items() if not name.startswith("CASEBACKBONE_")}
    command = [sys.executable, "-m", "api.cli", "project", "run"]
    return subprocess.Popen(command, env=others | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _when(system: System, records: float) -> tuple[float, int]:
    """When so many records were in the views, and how many it were then."""
    give_up = time.monotonic() + _ALIVE_SECONDS
    while time.monotonic() < give_up:
        with system.views.read() as connection:
            there = connection.scalar(select(func.sum(POSITIONS.c.next_offset))) or 0
        if there >= records:
            return time.perf_counter(), int(there)
        time.sleep(0.05)
    raise RuntimeError("the projectors do not get on")


# --- what one event costs --------------------------------------------------------------------------------------------


def _costs(settings: Settings, parts: Parts, events: int) -> Costs:
    say("measuring what an event costs")
    fresh = _fresh(settings, parts)
    run = projected(fresh, ALL)
    system = System(fresh)
    with system.views.read() as connection:
        subjects = connection.scalar(select(func.count()).select_from(APPLIED)) or 1
    event, rest = _stored_bytes(system.store, events, parts)
    found = Costs(
        events_an_inquiry=events / subjects,
        projecting=run.processor_seconds / run.records,
        relaying=_relaying(system, events),
        store=event + rest,
        topic=_topic_bytes(settings),
        views=_view_bytes(system.views) / events,
    )
    system.close()
    return found


def _relaying(system: System, events: int) -> float:
    """Seconds of this process an event: once more into another topic."""
    again = System(replace(system.settings, topic=f"{system.settings.topic}-again"))
    create_topic(str(again.settings.kafka_bootstrap), again.settings.topic)
    before = time.process_time()
    again.relay().run(lambda: False, until_caught_up=True)
    spent = time.process_time() - before
    again.close()
    return spent / events


def _stored_bytes(store: Store, events: int, parts: Parts) -> tuple[float, float]:
    """Of an event in the log; and of its text and the record of its command, with all their indexes."""
    beside = System(Settings(database_url=parts.database()))
    beside.upgrade()
    for _ in range(_SAVES):
        event, content, record = rows()
        beside.store.recorder.insert_events([event], contents=[content], command=record)
    rest = sum(_table_bytes(beside.store, table) for table in ("contents", "commands")) / _SAVES
    beside.close()
    return _table_bytes(store, EVENTS) / events, rest


def _table_bytes(store: Store, table: str) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table}) or 0)


def _view_bytes(views: Database) -> int:
    """Of all tables of the live generation, with their indexes."""
    query = text(
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
        "WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r'"
    )
    with views.read() as connection:
        return int(connection.scalar(query, {"schema": f"views_{views.live().number}"}) or 0)


def _topic_bytes(settings: Settings) -> float:
    """Of one record in the log of one broker: key, headers and value as they are sent, without compression."""
    consumer = consumer_client(str(settings.kafka_bootstrap))
    partition = TopicPartition(settings.topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    records: list[Any] = []
    while not records:
        records = consumer.poll(timeout_ms=1_000, max_records=1_000).get(partition, [])
    consumer.close(autocommit=False, timeout_ms=1_000)
    return sum(map(_record_bytes, records)) / len(records)


def _record_bytes(record: Any) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + len(record.value) + headers


# --- the calculation -------------------------------------------------------------------------------------------------


def _calculated(costs: Costs) -> Numbers:
    return Numbers(
        title="What a day needs",
        columns=(
            "",
            "inquiries",
            "events",
            "projecting, s of a core",
            "relay, s of a core",
            "projecting, % of a core",
            "relay, % of a core",
            "store, MB",
            "topic, MB",
            "views, MB",
        ),
        rows=tuple((name, *_day(inquiries, costs)) for name, inquiries in LOADS.items()),
        note=_note(costs),
    )


def _day(inquiries: int, costs: Costs) -> Iterator[float]:
    events = inquiries * costs.events_an_inquiry
    yield from (inquiries, events)
    for each in (costs.projecting, costs.relaying):
        yield events * each
    for each in (costs.projecting, costs.relaying):
        yield events * each / (WORKING_HOURS * 3600) * 100
    for size in (costs.store, costs.topic, costs.views):
        yield events * size / 1e6


def _note(costs: Costs) -> str:
    return (
        f"Measured: {costs.events_an_inquiry:.1f} events an inquiry. To project one into all views takes "
        f"{costs.projecting * 1e6:.0f} µs of a core, to publish it {costs.relaying * 1e6:.0f} µs. It takes "
        f"{costs.store:.0f} bytes in the store (with a text, the command's record and indexes), {costs.topic:.0f} in "
        f"each copy of the topic, {costs.views:.0f} in the views. Per cent: if all comes in {WORKING_HOURS} hours."
    )
