"""The connection to PostgreSQL is cut during a save: it is done once or not at all, and the answer says which.

A save is one statement, and one transaction; one that erases texts is a transaction with a COMMIT of its own.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import timedelta
from select import select
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import make_url

from casebackbone.access import Principal, Role
from casebackbone.commands import Erase, Merge
from casebackbone.refusals import StillRunning
from casebackbone.store.postgres_save import SaveStatement, lock_of
from casebackbone.store.rows import OutcomeUnknown
from tests.casebackbone.store.record import Record, inquiry_id_of

TERMINATE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SAVE = b"inquiry."
"""The topics: nothing else that is sent has them."""


class Proxy:
    """Passes bytes between client and server. Armed, it cuts the connection that sends ``mark``, before or after it."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.armed: str | None = None
        self.mark = SAVE
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._server) as server, suppress(OSError):
            while True:
                readable, _, _ = select([client, server], [], [])
                for source in readable:
                    if not (data := source.recv(65_536)):
                        return
                    if source is client and self.armed and self.mark in data:
                        self._cut(server, data)
                        return
                    (server if source is client else client).sendall(data)

    def _cut(self, server: socket.socket, data: bytes) -> None:
        """Leaves without an answer. ``after``: the server has committed by then, it has closed its end."""
        after, self.armed = self.armed == "after", None
        self.cut += 1
        if after:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            while server.recv(65_536):
                pass


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    url = make_url(postgres_url)
    made = Proxy(str(url.host), int(url.port or 5432))
    yield made
    made.close()


@pytest.fixture
def behind(postgres_url: str, proxy: Proxy) -> Iterator[Record]:
    url = make_url(postgres_url).set(port=proxy.port)
    made = Record(url.render_as_string(hide_password=False))
    made.first_contact(0)
    yield made
    made.close()


@pytest.fixture
def direct(postgres_url: str) -> Iterator[Record]:
    made = Record(postgres_url)
    yield made
    made.close()


def event() -> StoredEvent:
    return StoredEvent(uuid4(), 1, "inquiry.test", b"{}")


def test_stored_although_the_answer_was_lost(behind: Record, proxy: Proxy) -> None:
    proxy.armed = "after"
    done = behind.first_contact(1)
    assert proxy.cut == 1
    assert (done.aggregate.version, done.position) == (3, 6)
    assert behind.sql("SELECT count(*) FROM casebackbone_events")[0][0] == 6
    assert behind.first_contact(1).repeated


def test_not_stored_and_said_so(behind: Record, proxy: Proxy) -> None:
    proxy.armed = "before"
    with pytest.raises(OutcomeUnknown):
        behind.first_contact(1)
    assert proxy.cut == 1
    assert behind.sql("SELECT count(*) FROM casebackbone_events")[0][0] == 3
    again = behind.first_contact(1)
    assert (again.repeated, again.aggregate.version) == (False, 3)


def test_several_inquiries_that_changed_in_one_save_are_all_found_again(behind: Record, proxy: Proxy) -> None:
    behind.receive(1)
    behind.receive(2)
    proxy.armed = "after"
    done = behind.application.handle(behind.order(1, version=1), Merge(into=inquiry_id_of(2)))
    assert proxy.cut == 1
    assert (done.repeated, done.aggregate.version) == (False, 2)
    assert behind.application.inquiry(inquiry_id_of(2)).duplicates == [inquiry_id_of(1)]
    assert done.position == behind.store.last_position() == 7


@pytest.mark.parametrize(("cut", "stored"), [("before", False), ("after", True)])
def test_an_erasure_that_is_cut_at_its_commit(behind: Record, proxy: Proxy, cut: str, stored: bool) -> None:
    (content_id, _) = behind.application.inquiry(inquiry_id_of(0)).contents
    officer = Principal("otto", frozenset({Role.DATA_PROTECTION_OFFICER}))
    order = behind.order(0, version=3, principal=officer, after=timedelta(minutes=1))
    erase = Erase(content_ids=[content_id], basis="request")
    proxy.armed, proxy.mark = cut, b"COMMIT"
    with suppress(OutcomeUnknown) if not stored else nullcontext():
        behind.application.handle(order, erase)
    assert proxy.cut == 1
    while behind.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 365 AND objsubid = 2"):
        pass  # the server's end of the lost connection holds the command until it notices
    again = behind.application.handle(order, erase)
    assert (again.repeated, again.aggregate.version) == (stored, 4)
    assert [row.text for row in behind.store.read_contents([content_id])] == [None]


def test_a_command_that_another_transaction_is_storing_stores_nothing(postgres_url: str, direct: Record) -> None:
    order = direct.order(1, key="receive")
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(365, %s)", (lock_of(order.cause.command_id),))
        with pytest.raises(StillRunning):
            direct.first_contact(1)
    tables = ("casebackbone_events", "contents", "commands")
    assert [direct.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables] == [0, 0, 0]
    assert direct.first_contact(1).position == 3


def test_a_dead_connection_is_known_before_anything_is_sent(direct: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    run = SaveStatement.run

    def counting(*arguments: Any) -> list[int]:
        tried.append(arguments)
        return run(*arguments)

    monkeypatch.setattr(SaveStatement, "run", counting)
    direct.store.recorder.insert_events([event()])
    direct.sql(TERMINATE)
    assert direct.store.recorder.insert_events([event()]) == [2]
    assert len(tried) == 2


def test_a_dead_connection_in_the_pool_is_replaced(behind: Record) -> None:
    behind.sql(TERMINATE)
    assert behind.first_contact(1).aggregate.version == 3
