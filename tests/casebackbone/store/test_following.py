"""A follower misses nothing, whoever holds a transaction open; and nobody waits for anybody."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from casebackbone.store import Store, open_store, upgrade_store
from casebackbone.store.extras import Extras
from casebackbone.store.postgres import PostgresRecorder

WRITERS = 8
EVENTS_PER_WRITER = int(os.environ.get("CASEBACKBONE_TEST_EVENTS_PER_WRITER", "500"))


def event(inquiry: UUID, version: int = 1) -> StoredEvent:
    return StoredEvent(inquiry, version, "test", b"{}")


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    upgrade_store(postgres_url)
    made = open_store(postgres_url, pool_size=WRITERS + 2)
    yield made
    made.close()


class Writer:
    """A transaction that has drawn its position, with the recorder's own statement, and is not committed."""

    def __init__(self, url: str, recorder: PostgresRecorder) -> None:
        self._connection = psycopg.connect(url)
        (self.position,) = recorder._save.run(self._connection, [event(uuid4())], Extras())

    def commit(self) -> None:
        self._connection.commit()
        self._connection.close()

    def roll_back(self) -> None:
        self._connection.rollback()
        self._connection.close()


@contextmanager
def open_writer(url: str, store: Store) -> Iterator[Writer]:
    assert isinstance(store.recorder, PostgresRecorder)
    yield Writer(url, store.recorder)


def seen(store: Store, after: int = 0) -> list[int]:
    return [stored.id for stored in store.stored_after(after, 10_000)]


def test_what_is_above_an_open_position_is_not_shown_yet(store: Store, postgres_url: str) -> None:
    store.recorder.insert_events([event(uuid4())])
    with open_writer(postgres_url, store) as slow:
        later = store.recorder.insert_events([event(uuid4())])
        assert later is not None
        assert later[0] > slow.position
        assert seen(store) == [1]
        slow.commit()
        assert seen(store) == [1, slow.position, later[0]]


def test_the_very_first_event_is_guarded_too(store: Store, postgres_url: str) -> None:
    with open_writer(postgres_url, store) as slow:
        assert slow.position == 1
        later = store.recorder.insert_events([event(uuid4())])
        assert seen(store) == []
        slow.commit()
        assert seen(store) == [1, *(later or ())]


def test_a_position_that_was_rolled_back_holds_up_nobody(store: Store, postgres_url: str) -> None:
    with open_writer(postgres_url, store) as slow:
        later = store.recorder.insert_events([event(uuid4())])
        slow.roll_back()
        assert seen(store) == list(later or ())


def test_without_the_guard_an_event_is_missed(store: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: a follower that reads what is visible goes past the open one, and never comes back."""
    monkeypatch.setattr(PostgresRecorder, "horizon", lambda self: 1 << 60)
    with open_writer(postgres_url, store) as slow:
        store.recorder.insert_events([event(uuid4())])
        read = seen(store)
        slow.commit()
        assert slow.position not in read + seen(store, after=read[-1])


def test_nobody_waits_for_an_open_transaction_nor_for_a_follower(store: Store, postgres_url: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(open_writer(postgres_url, store)) for _ in range(3)]
        with ThreadPoolExecutor(4) as threads:
            done = [threads.submit(store.recorder.insert_events, [event(uuid4())]) for _ in range(20)]
            read = [threads.submit(seen, store) for _ in range(20)]
            assert all(future.result(timeout=60) for future in done)
            assert all(future.result(timeout=60) == [] for future in read)
        for writer in slow:
            writer.commit()
        assert len(seen(store)) == 23


def test_eight_writers_and_a_follower(store: Store, postgres_url: str) -> None:
    """Some commit at once, some hold on; positions that were shown are never joined by lower ones later."""
    followed: list[int] = []
    writing = threading.Event()

    def write(number: int) -> None:
        draw = Random(number)
        for _ in range(EVENTS_PER_WRITER):
            if draw.random() < 0.1:
                with open_writer(postgres_url, store) as slow:
                    store.recorder.insert_events([event(uuid4())])
                    slow.commit() if draw.random() < 0.8 else slow.roll_back()
            else:
                store.recorder.insert_events([event(inquiry := uuid4()), event(inquiry, 2)])

    def follow() -> None:
        while not writing.is_set():
            followed.extend(_page(store, followed))

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write, range(WRITERS)))
    writing.set()
    follower.join()
    while page := _page(store, followed):
        followed.extend(page)
    with psycopg.connect(postgres_url) as connection:
        query = "SELECT notification_id FROM casebackbone_events ORDER BY notification_id"
        stored = [row[0] for row in connection.execute(query)]
    assert len(stored) > WRITERS * EVENTS_PER_WRITER
    assert followed == stored


def _page(store: Store, followed: Sequence[int]) -> list[int]:
    return [stored.id for stored in store.stored_after(followed[-1] if followed else 0, 100)]
