"""Loading an inquiry to do something with it, again and again; every load asks the store.

The limit is the raw SELECT of all its rows, prepared, undecoded. The plain library reads, decodes and folds all of them
with its own projector. Casebackbone does so for what it has not seen before; what it has it keeps, and asks for the
last event that it knows and for all later ones: for one row, most of the time, which also proves that what it knows is
still so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Repository
from eventsourcing.postgres import PostgresApplicationRecorder

from benchmarks.append import ANNA, NOW, PROMISE
from benchmarks.measuring import Comparison, Rate, in_turn
from benchmarks.parts import Parts, Size, say
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import Claim, Command, Note, Receive, Release
from casebackbone.content import Text
from casebackbone.kept import Kept
from casebackbone.reference import new_reference
from casebackbone.store import Store, open_store, upgrade_store
from events.standing import Channel

LENGTHS = {20: 300, 200: 40}
"""How many events, and how often they are loaded in a round."""
KEPT = "casebackbone, an inquiry that it has seen"
_ROWS = (
    "SELECT originator_id, originator_version, topic, state FROM casebackbone_events "
    "WHERE originator_id = {} ORDER BY originator_version"
)


def measure(parts: Parts, size: Size) -> Iterator[Comparison]:
    for name, url in (("PostgreSQL", parts.database()), ("SQLite", parts.file())):
        with ExitStack() as stack:
            upgrade_store(url)
            store = open_store(url)
            stack.callback(store.close)
            raw = _raw(url, store, stack)
            for events, times in LENGTHS.items():
                say(f"loading an inquiry of {events} events from {name}")
                rates = loading(store, raw, events, times, size.rounds)
                targets = {KEPT: 0.35} if events == 20 else {}
                yield Comparison(title=f"{name}, {events} events", things="inquiries", rates=rates, targets=targets)


def loading(store: Store, raw: Callable[[UUID], object], events: int, times: int, rounds: int) -> tuple[Rate, ...]:
    """Inquiries a second."""
    application = Application(store, PROMISE)
    inquiry_id = _history(application, events)
    library: Repository[UUID] = Repository(store.event_store)

    def repeated(load: Callable[[UUID], object]) -> Callable[[], int]:
        def work() -> int:
            for _ in range(times):
                load(inquiry_id)
            return times

        return work

    candidates = {
        "raw SELECT of its rows (limit)": repeated(raw),
        KEPT: repeated(application.inquiry),
        "casebackbone, for the first time": repeated(lambda found: Kept(store).now(found)),
        "the library's repository": repeated(lambda found: library.get(found)),
    }
    for warm in candidates.values():
        warm()
    return in_turn(candidates, rounds)


def _raw(url: str, store: Store, stack: ExitStack) -> Callable[[UUID], object]:
    if isinstance(store.recorder, PostgresApplicationRecorder):
        postgres = stack.enter_context(psycopg.connect(url, autocommit=True))
        return lambda found: postgres.execute(_ROWS.format("%s"), (found,), prepare=True).fetchall()
    file = stack.enter_context(closing(sqlite3.connect(str(store.engine.url.database))))
    return lambda found: file.execute(_ROWS.format("?"), (found.hex,)).fetchall()


def _history(application: Application, events: int) -> UUID:
    """An inquiry that is taken, noted upon, and laid back, over and over."""
    subject = uuid4()
    note = Note(texts=[Text("note", "Noch einmal angerufen, niemand erreicht.")])
    steps: tuple[Command, ...] = (Claim(), note, Release(reason="shift_end"), note)

    def order(version: int) -> dict[str, Any]:
        command, now = uuid4(), NOW + timedelta(minutes=version)
        cause = Cause(actor=ANNA.actor, command_id=command, correlation_id=command, occurred_at=now, recorded_at=now)
        return {"principal": ANNA, "cause": cause, "subject": subject, "request_digest": "0" * 64}

    receive = Receive(channel=Channel.PHONE, reference=new_reference(), texts=[Text("question", "Wann kommt er?")])
    application.receive(Order(**order(0)), receive)
    for version in range(1, events):
        application.handle(Order(**order(version), expected_version=version), steps[(version - 1) % 4])
    return subject
