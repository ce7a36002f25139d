"""A command that is stored: an event, a text and the command's record, all in one transaction.

The limit are raw INSERTs of the same three rows, prepared, in one transaction and one trip to the server. The plain
library stores the event alone, under its lock on the table. What casebackbone does beside the rows is in its rate: the
claim of the command, and the floor that keeps followers from missing an event. It sends all of that as one statement,
which costs less than three; the same rows as one raw statement are shown as well. A disk that needs 2 ms to commit is
PostgreSQL's `commit_delay`. The whole command is `Application.receive`: looking for a repeat, directory, due time,
digests and hashes are in it, and no HTTP. The log is read in pages of 1,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from sqlalchemy import make_url

from benchmarks import raw
from benchmarks.measuring import Comparison, Rate, in_turn, spread
from benchmarks.parts import SHORT, Parts, Size, say
from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import Receive
from casebackbone.content import Text, commit
from casebackbone.deadlines import load_promise
from casebackbone.reference import new_reference
from casebackbone.store import Store, open_store, upgrade_store
from casebackbone.store.rows import CommandRow, ContentRow
from events.standing import Channel

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUESTION = Text("question", "Wann kommt der Sperrmüll?" * 4)
STATE = b"x" * 700
"""About what a stored event takes."""
ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
PROMISE = load_promise()

LINES = ((16, 60, True, 0.9), (4, 80, False, 0.55), (1, 200, False, 0.75), (16, 60, False, 0))
"""How many writers, how many commands each writes in a round, whether the disk is slow, the least ratio wanted."""
LIMIT = "raw INSERTs of the same rows (limit)"
OURS = "casebackbone: event, text, command record"
WHOLE = "the whole command, Application.receive"
PLAIN = "the library's recorder, the event alone"

Rows = tuple[StoredEvent, ContentRow, CommandRow]


def rows() -> Rows:
    """What receiving one inquiry stores."""
    inquiry, command = uuid4(), uuid4()
    content, _ = commit(QUESTION, inquiry, uuid4(), NOW)
    record = CommandRow(
        command_id=command,
        principal=ANNA.actor,
        request_digest="0" * 64,
        subject=inquiry,
        version=1,
        position=0,
        recorded_at=NOW,
    )
    return StoredEvent(inquiry, 1, "inquiry.received", STATE), content, record


def measure(parts: Parts, size: Size) -> Iterator[Comparison]:
    more = 4 if size.rounds > SHORT.rounds else 1
    for writers, each, slow, target in LINES:
        disk = "a disk that needs 2 ms to commit" if slow else "a fast disk"
        say(f"appending with {writers} writers on {disk}")
        rates = on_postgres(parts.database(slow_commit=slow), writers, each * more, size.rounds)
        title = f"PostgreSQL, {writers} writer{'s' * (writers > 1)}, {disk}"
        yield Comparison(title=title, things="commands", rates=rates, targets={OURS: target} if target else {})
    say("appending to SQLite")
    rates = on_sqlite(parts.file(), 200 * more, size.rounds)
    yield Comparison(title="SQLite, one writer, synchronous=FULL", things="commands", rates=rates, targets={OURS: 0.75})
    say("reading the log")
    rates = reading(parts.database(), min(size.events, 60_000), size.rounds)
    yield Comparison(title="Notification log, PostgreSQL", things="events", rates=rates)


def on_postgres(url: str, writers: int, each: int, rounds: int) -> tuple[Rate, ...]:
    """Commands a second with ``writers`` at once, ``each`` of them ``each`` commands a round."""
    with ExitStack() as stack:
        store = _opened(url, stack, writers)
        library = library_recorder(url, writers)
        stack.callback(library.datastore.close)
        connections = [stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(writers)]
        work: dict[str, Callable[[int], object]] = {
            LIMIT: lambda writer: raw.insert(connections[writer], *rows()),
            OURS: lambda _: _store(store, rows()),
            "raw, the same rows in one statement": lambda writer: raw.insert_as_one(connections[writer], *rows()),
            PLAIN: lambda _: library.insert_events([rows()[0]]),
            WHOLE: _receiving(store),
        }
        return _measured(work, writers, each, rounds)


def on_sqlite(url: str, each: int, rounds: int) -> tuple[Rate, ...]:
    """The same with one writer, in a file."""
    with ExitStack() as stack:
        store = _opened(url, stack, 1)
        connection = stack.enter_context(raw.sqlite(str(store.engine.url.database)))
        plain = SQLiteDatastore(f"{store.engine.url.database}.library")
        stack.callback(plain.close)
        library = SQLiteApplicationRecorder(plain)
        library.create_table()
        work: dict[str, Callable[[int], object]] = {
            LIMIT: lambda _: raw.insert_in_file(connection, *rows()),
            OURS: lambda _: _store(store, rows()),
            PLAIN: lambda _: library.insert_events([rows()[0]]),
            WHOLE: _receiving(store),
        }
        return _measured(work, 1, each, rounds)


def reading(url: str, events: int, rounds: int) -> tuple[Rate, ...]:
    """Events a second, from the first to the last in pages."""
    with ExitStack() as stack:
        store = _opened(url, stack, 1)
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        Application(store, PROMISE).receive(*_command())
        (event,) = store.stored_after(0, 1)
        while store.last_position() < events:
            store.recorder.insert_events([StoredEvent(uuid4(), 1, event.topic, event.state) for _ in range(1_000)])
        library = PostgresApplicationRecorder.select_notifications
        pages: dict[str, Callable[[int], Sequence[Any]]] = {
            "raw SELECT (limit)": lambda after: raw.page(connection, after),
            "the library": lambda after: library(store.recorder, after, 1_000, inclusive_of_start=False),
            "casebackbone, as stored": lambda after: store.stored_after(after, 1_000),
            "casebackbone, decoded": lambda after: store.events_after(after, 1_000),
        }
        return in_turn({name: _walk(page) for name, page in pages.items()}, rounds)


def _walk(page: Callable[[int], Sequence[Any]]) -> Callable[[], int]:
    """Without gaps in this log, what is read so far is the position."""

    def walk() -> int:
        read = 0
        while found := page(read):
            read += len(found)
        return read

    return walk


def _measured(work: dict[str, Callable[[int], object]], writers: int, each: int, rounds: int) -> tuple[Rate, ...]:
    def times(one: Callable[[int], object]) -> Callable[[], int]:
        def writer(number: int) -> int:
            for _ in range(each):
                one(number)
            return each

        return lambda: spread(writer, writers)

    candidates = {name: times(one) for name, one in work.items()}
    for warm in candidates.values():
        warm()
    return in_turn(candidates, rounds)


def _opened(url: str, stack: ExitStack, writers: int) -> Store:
    upgrade_store(url)
    store = open_store(url, pool_size=writers)
    stack.callback(store.close)
    return store


def library_recorder(url: str, writers: int) -> PostgresApplicationRecorder:
    """The plain library's, with a table of its own in the same database."""
    at = make_url(url)
    place = str(at.database), str(at.host), int(at.port or 5432), str(at.username), ""
    datastore = PostgresDatastore(*place, pool_size=writers, max_overflow=writers)
    library = PostgresApplicationRecorder(datastore, events_table_name="library_events")
    library.create_table()
    return library


def _store(store: Store, stored: Rows) -> None:
    event, content, record = stored
    store.recorder.insert_events([event], contents=[content], command=record)


def _receiving(store: Store) -> Callable[[int], object]:
    application = Application(store, PROMISE)
    return lambda _: application.receive(*_command())


def _command() -> tuple[Order, Receive]:
    command = uuid4()
    cause = Cause(actor=ANNA.actor, command_id=command, correlation_id=command, occurred_at=NOW, recorded_at=NOW)
    order = Order(principal=ANNA, cause=cause, subject=uuid4(), request_digest="0" * 64)
    return order, Receive(channel=Channel.PHONE, reference=new_reference(), texts=[QUESTION])
