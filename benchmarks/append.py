"""Appending an event with all that a command stores, against raw INSERTs of the same rows and the plain library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from sqlalchemy import make_url

from benchmarks.measuring import Comparison, Rate, in_turn, spread
from benchmarks.parts import Parts, Size, say
from casebackbone.content import Text, commit
from casebackbone.store import open_store, upgrade_store
from casebackbone.store.rows import CommandRow, ContentRow

STATE = b"x" * 700
"""About what a stored event takes."""
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def rows() -> tuple[StoredEvent, ContentRow, CommandRow]:
    """What receiving one inquiry stores."""
    inquiry, command = uuid4(), uuid4()
    content, _ = commit(Text("question", "Wann kommt der Sperrmüll?" * 4), inquiry, uuid4(), NOW)
    record = CommandRow(
        command_id=command,
        principal="agent:anna",
        request_digest="0" * 64,
        subject=inquiry,
        version=1,
        position=0,
        recorded_at=NOW,
    )
    return StoredEvent(inquiry, 1, "inquiry.received", STATE), content, record


WRITERS = {1: 300, 4: 150, 16: 50}


def measure(parts: Parts, size: Size) -> Iterator[Comparison]:
    for writers, each in WRITERS.items():
        say(f"appending with {writers} writers")
        rates = appending(parts.database(), writers, each, size.rounds)
        yield Comparison(title=f"{writers} writers, PostgreSQL", things="commands", rates=rates)


def appending(url: str, writers: int, each: int, rounds: int) -> tuple[Rate, ...]:
    """Events a second with ``writers`` at once, ``each`` of them ``each`` events a round."""
    upgrade_store(url)
    store = open_store(url, pool_size=writers)
    library = library_recorder(url, writers)
    connections = [psycopg.connect(url, autocommit=True) for _ in range(writers)]

    def raw(worker: int) -> int:
        for _ in range(each):
            insert_raw(connections[worker], *rows())
        return each

    def ours(_: int) -> int:
        for _ in range(each):
            event, content, record = rows()
            store.recorder.insert_events([event], contents=[content], command=record)
        return each

    def plain(_: int) -> int:
        for _ in range(each):
            library.insert_events([rows()[0]])
        return each

    candidates: dict[str, Callable[[], int]] = {
        "raw INSERTs of the same rows (limit)": lambda: spread(raw, writers),
        "casebackbone: event, text, command record": lambda: spread(ours, writers),
        "the library's recorder, the event alone": lambda: spread(plain, writers),
    }
    for warm in candidates.values():
        warm()
    try:
        return in_turn(candidates, rounds)
    finally:
        for connection in connections:
            connection.close()
        library.datastore.close()
        store.close()


def library_recorder(url: str, writers: int) -> PostgresApplicationRecorder:
    """The plain library on the same database, with a table of its own."""
    parts = make_url(url)
    where = (str(parts.database), str(parts.host), int(parts.port or 5432), str(parts.username), "")
    datastore = PostgresDatastore(*where, pool_size=writers, max_overflow=writers)
    recorder = PostgresApplicationRecorder(datastore, events_table_name="library_events")
    recorder.create_table()
    return recorder


def insert_raw(connection: Any, event: StoredEvent, content: ContentRow, record: CommandRow) -> None:
    with connection.pipeline(), connection.transaction():
        connection.execute(
            "INSERT INTO casebackbone_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)",
            (event.originator_id, event.originator_version, event.topic, event.state),
            prepare=True,
        )
        connection.execute(
            "INSERT INTO contents VALUES (%s, %s, %s, %s, %s, %s, %s, NULL)",
            (
                content.content_id,
                content.inquiry_id,
                content.kind,
                content.text,
                content.salt,
                content.digest,
                content.created_at,
            ),
            prepare=True,
        )
        connection.execute(
            "INSERT INTO commands VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                record.command_id,
                record.principal,
                record.request_digest,
                record.subject,
                record.version,
                1,
                record.recorded_at,
            ),
            prepare=True,
        )
