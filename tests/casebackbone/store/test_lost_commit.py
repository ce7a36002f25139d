"""The connection to PostgreSQL is cut at COMMIT: it is done once or not at all, and the answer says which."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from select import select

import pytest
from sqlalchemy import make_url

from casebackbone.store.rows import OutcomeUnknown
from tests.casebackbone.store.record import Record


class Proxy:
    """Passes bytes between client and server. Armed, it cuts the connection that sends COMMIT, before or after it."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.armed: str | None = None
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
                    if source is client and self.armed and b"COMMIT" in data:
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
    # The server's end of the lost connection holds the command until it notices: "still running" is honest till then.
    while behind.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 365 AND objsubid = 2"):
        pass
    again = behind.first_contact(1)
    assert (again.repeated, again.aggregate.version) == (False, 3)


def test_a_dead_connection_in_the_pool_is_replaced(behind: Record) -> None:
    behind.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert behind.first_contact(1).aggregate.version == 3
