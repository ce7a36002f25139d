"""The server itself: gunicorn with two workers, over sockets, on each database."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from api.auth import issue_development_token
from api.settings import read_settings
from tests.api.desk import PEOPLE, key
from tests.services.postgres import create_database, drop_database
from tests.services.processes import free_port, wait_for_port
from tests.story.commands import Casebackbone, running, until

Body = dict[str, Any] | list[Any] | None


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: Any


class Served:
    """A running server, and who may ask it."""

    def __init__(self, casebackbone: Casebackbone, address: str) -> None:
        self.casebackbone, self.address = casebackbone, address
        self.host, port = address.split(":")
        self.port = int(port)
        settings = read_settings(
            casebackbone.environment | {"CASEBACKBONE_DEV_KEY_FILE": f"{casebackbone.folder}/key.pem"}
        )
        roles = {who: PEOPLE[who][0] for who in ("anna", "bert", "audrey")}
        self.tokens = {who: issue_development_token(settings, role, None, who) for who, role in roles.items()}

    def ask(self, who: str | None, method: str, path: str, body: Body = None, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        return Reply(response.status, response.headers, json.loads(raw) if raw[:1] in (b"{", b"[") else raw.decode())

    def receive(self) -> Reply:
        return self.ask("anna", "POST", "/api/v1/inquiries", {"channel": "phone", "question": "Wann?"})

    def connected(self, data: bytes) -> socket.socket:
        made = socket.create_connection((self.host, self.port), timeout=60)
        made.sendall(data)
        return made

    def workers(self) -> list[int]:
        """Process ids of the server's workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(child) for child in children.split()]

    pid = 0


@contextmanager
def serving(folder: Path, database_url: str, workers: int) -> Iterator[Served]:
    address = f"127.0.0.1:{free_port()}"
    casebackbone = Casebackbone(
        folder,
        {"CASEBACKBONE_DATABASE_URL": database_url, "CASEBACKBONE_DEV_TOKENS": "on", "CASEBACKBONE_BIND": address},
    )
    casebackbone("db", "upgrade")
    with running(casebackbone) as start:
        process = start("serve", "--workers", workers)
        wait_for_port(address, lambda: casebackbone.logs if process.poll() is not None else None)
        made = Served(casebackbone, address)
        made.pid = process.pid
        yield made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers, on each database."""
    folder = tmp_path_factory.mktemp("served")
    if request.param == "sqlite":
        with serving(folder, f"sqlite:///{folder}/casebackbone.sqlite", 2) as made:
            yield made
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    with serving(folder, create_database(server, name), 2) as made:
        yield made
    drop_database(server, name)


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker, so that nobody else helps out."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, f"sqlite:///{folder}/casebackbone.sqlite", 1) as made:
        yield made


def at_once(*calls: Callable[[], Reply]) -> list[Reply]:
    barrier = threading.Barrier(len(calls))

    def go(call: Callable[[], Reply]) -> Reply:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


def test_two_agents_answer_at_once(served: Served) -> None:
    """One is first; the other is told what the first one did."""
    for _ in range(10):
        path = f"/api/v1/inquiries/{served.receive().body['id']}/answers"

        def answer(who: str, path: str = path) -> Callable[[], Reply]:
            return lambda: served.ask(who, "POST", path, {"text": f"Von {who}."}, If_Match='"v1"')

        replies = dict(zip(("anna", "bert"), at_once(answer("anna"), answer("bert")), strict=True))
        assert sorted(reply.status for reply in replies.values()) == [200, 412]
        first = next(who for who, reply in replies.items() if reply.status == 200)
        (stale,) = (reply.body for reply in replies.values() if reply.status == 412)
        assert stale["version"] == 2
        (step,) = stale["since"]
        assert (step["version"], step["label"], step["actor"]) == (2, "beantwortet", f"agent:{first}")


def test_the_same_request_many_times_at_once_is_done_once(served: Served) -> None:
    again = key()
    body = {"channel": "phone", "question": "Wann?", "answer": {"text": "Morgen."}, "resolve": {}}

    def send() -> Reply:
        return served.ask("anna", "POST", "/api/v1/inquiries", body, Idempotency_Key=again)

    replies = at_once(*[send] * 30)
    counted = Counter(reply.status for reply in replies)
    assert set(counted) <= {201, 409}, counted
    assert counted[201] >= 1
    assert all(reply.body["code"] == "still_running" for reply in replies if reply.status == 409)
    last = send()
    assert last.headers["Idempotency-Replayed"] == "true"
    assert {reply.body["id"] for reply in replies if reply.status == 201} == {last.body["id"]}
    before = max(0, int(last.headers["Casebackbone-Position"]) - 100)
    feed = served.ask("audrey", "GET", f"/api/v1/events?after={before}&limit=200")
    assert [event["sequence"] for event in feed.body if event["subject"] == last.body["id"]] == ["1", "2", "3"]


def test_the_views_follow_by_themselves_also_when_a_worker_is_killed(served: Served) -> None:
    def seen(reply: Reply) -> Reply:
        path = f"/api/v1/worklists/front-desk?min_position={reply.headers['Casebackbone-Position']}"
        return served.ask("anna", "GET", path)

    until(lambda: seen(served.receive()).status == 200)
    for victim in served.workers():
        os.kill(victim, signal.SIGKILL)
        until(lambda victim=victim: victim not in served.workers() and len(served.workers()) == 2)  # type: ignore[misc]
        until(lambda: seen(served.receive()).status == 200)


RAW = {
    "two lengths": b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "length and chunks": b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "line feeds alone": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "a NUL": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a long line": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    "a large header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "a head without end": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 600_000,
    "a large body": b"POST /api/v1/inquiries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\n"
    b"Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{",
}


@pytest.mark.parametrize("name", RAW)
def test_requests_that_servers_could_read_differently(one_server: Served, name: str) -> None:
    raw = RAW[name].replace(b"TOKEN", one_server.tokens["anna"].encode())
    with one_server.connected(raw) as connection:
        status = int(connection.recv(4096).split(b" ", 2)[1])
    assert status == (413 if name == "a large body" else 414 if name == "a long line" else status)
    assert status in (400, 413, 414, 431)


HALF = {
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "half a second head": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nX-Slow: ",
    "half a body": b"POST /api/v1/inquiries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HALF)
def test_slow_clients_keep_nobody_waiting(one_server: Served, name: str) -> None:
    """Two hundred at once on one worker: others are served while they dawdle."""
    dawdling = [one_server.connected(HALF[name]) for _ in range(200)]
    try:
        assert one_server.ask(None, "GET", "/healthz").status == 200
        assert [one_server.receive().status for _ in range(5)] == [201] * 5
        for connection in dawdling[:20]:
            assert connection.fileno() >= 0
    finally:
        for connection in dawdling:
            connection.close()


def test_a_request_in_pieces_is_still_a_request(one_server: Served) -> None:
    token = one_server.tokens["anna"]
    body = b'{"channel": "phone", "question": "Wann?"}'
    head = (
        f"POST /api/v1/inquiries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    whole = head + body
    with one_server.connected(whole[:10]) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(10, len(whole), 97):
            connection.sendall(whole[start : start + 97])
            time.sleep(0)
        assert connection.recv(4096).startswith(b"HTTP/1.1 201 ")
        # The connection is kept: another request, in one piece, and one behind it.
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2 or not received.endswith(b"}\n"):
            more = connection.recv(4096)
            assert more, received
            received += more


def test_development_tokens_do_not_come_through_a_proxy(one_server: Served) -> None:
    assert one_server.ask("anna", "GET", "/api/v1/worklists/mine").status == 200
    for header in ("X_Forwarded_For", "X_Real_Ip", "Forwarded"):
        assert one_server.ask("anna", "GET", "/api/v1/worklists/mine", **{header: "127.0.0.1"}).status == 401


def test_workers_count_together_and_logs_are_json(served: Served) -> None:
    for _ in range(12):
        served.ask(None, "GET", "/healthz")
    until(lambda: all(isinstance(json.loads(line), dict) for line in served.casebackbone.log.read_text().splitlines()))
    text = served.ask("audrey", "GET", "/metrics").body
    (line,) = (
        line for line in text.splitlines() if line.startswith("casebackbone_http_requests_total") and "healthz" in line
    )
    assert float(line.rpartition(" ")[2]) >= 12
