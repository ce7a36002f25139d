"""A command over HTTP: gunicorn with two workers, eight clients that keep their connections, PostgreSQL.

The limit of the comparison is the same route with Flask and marshmallow that writes the same rows by plain INSERTs and
does nothing else; bare WSGI says what the server itself can do. casebackbone checks the token, looks the idempotency
key up, reckons the deadline, seals the event, writes event, text and record at once, and logs and counts the request.
The clients run on the same two cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from api.auth import issue_development_token
from api.settings import PREFIX, read_settings
from benchmarks import served
from benchmarks.client import ask_all, request
from benchmarks.measuring import Comparison, Spread, Timing, in_turn
from benchmarks.parts import Parts, Size, say
from casebackbone.store import upgrade_store
from tests.services.processes import free_port, wait_for_port

CONNECTIONS = 8
LIMIT = "Flask and marshmallow, raw INSERTs of the same rows"
OURS = "casebackbone: POST /api/v1/inquiries"
PLAIN = "Flask and marshmallow, the library's recorder"
BARE = "bare WSGI"
_ROOT = Path(__file__).parents[1]
_QUESTION = {"channel": "phone", "question": "Wann kommt der Sperrmüll in der Altstadt?", "service": "waste"}


def measure(parts: Parts, size: Size) -> Iterator[Comparison | Timing]:
    each = 300 if size.rounds < 5 else 1_000
    database = parts.database()
    with ExitStack() as stack:
        say("starting four servers")
        token, ours = stack.enter_context(casebackbone(parts, database))
        told = {served.DATABASE: database}
        limit = stack.enter_context(_gunicorn("inserting()", told))
        plain = stack.enter_context(_gunicorn("recording()", told))
        bare = stack.enter_context(_gunicorn("bare", {}))
        spreads: dict[str, list[float]] = {}

        def asking(name: str, address: str) -> Callable[[], int]:
            def ask() -> int:
                seconds = ask_all(address, [receiving(token) for _ in range(each)], CONNECTIONS)
                spreads.setdefault(name, []).extend(seconds)
                return each

            return ask

        candidates = {
            name: asking(name, address)
            for name, address in ((LIMIT, limit), (OURS, ours), (PLAIN, plain), (BARE, bare))
        }
        for warm in candidates.values():
            warm()
        spreads.clear()
        rates = in_turn(candidates, size.rounds)
    yield Comparison(title="Receiving an inquiry", things="requests", rates=rates, targets={OURS: 0.6})
    times = tuple(Spread.of(name, seconds) for name, seconds in spreads.items())
    yield Timing(title=f"The same requests, {CONNECTIONS} at a time", spreads=times)


def receiving(token: str) -> bytes:
    """A request that nobody has sent before."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    return request("POST", "/api/v1/inquiries", _QUESTION, headers)


@contextmanager
def casebackbone(parts: Parts, database: str, **more: str) -> Iterator[tuple[str, str]]:
    """A token of an agent, and the address of ``casebackbone serve`` with two workers. Its broker is not asked."""
    folder, address = parts.folder(), f"127.0.0.1:{free_port()}"
    environment = {
        PREFIX + name.upper(): value
        for name, value in {
            "database_url": database,
            "kafka_bootstrap": "127.0.0.1:9",
            "bind": address,
            "dev_tokens": "on",
            "dev_key_file": str(folder / "key.pem"),
            "run_dir": str(folder),
            **more,
        }.items()
    }
    upgrade_store(database)
    token = issue_development_token(read_settings(environment), "front_agent", None, "anna")
    command = [sys.executable, "-m", "api.cli", "serve", "--workers", "2"]
    with _running(command, environment, address):
        yield token, address


@contextmanager
def _gunicorn(application: str, environment: Mapping[str, str]) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    options = ["--workers", "2", "--worker-class", "gthread", "--threads", "16", "--bind", address, "--keep-alive", "5"]
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", *options, f"benchmarks.served:{application}"]
    with _running(command, environment, address):
        yield address


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], address: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(address, lambda: f"{command} has ended" if process.poll() is not None else None)
        yield
    finally:
        process.terminate()
        process.wait(30)
