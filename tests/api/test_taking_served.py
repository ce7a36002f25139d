"""A hundred agents and a telephone system at a real server with two workers, over sockets, on each database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.auth import issue_development_token
from api.settings import read_settings
from tests.api.test_serving import Reply, Served, at_once, serving
from tests.services.postgres import create_database, drop_database

AGENTS = [f"agent-{number}" for number in range(100)]
LINES = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    if request.param == "sqlite":
        with serving(tmp_path, f"sqlite:///{tmp_path}/casebackbone.sqlite", 2) as made:
            yield staffed(made)
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    with serving(tmp_path, create_database(server, name), 2) as made:
        yield staffed(made)
    drop_database(server, name)


def staffed(served: Served) -> Served:
    """With tokens for everybody."""
    key = {"CASEBACKBONE_DEV_KEY_FILE": f"{served.casebackbone.folder}/key.pem"}
    settings = read_settings(dict(served.casebackbone.environment) | key)
    for who, role in {**dict.fromkeys(AGENTS, "front_agent"), "phone": "telephone_system"}.items():
        served.tokens[who] = issue_development_token(settings, role, None, who)
    return served


def patiently(ask: Callable[[], Reply]) -> Reply:
    """As clients do: 503, and 409 for what is being worked on, mean to come again."""
    while (reply := ask()).status == 503 or (reply.status == 409 and reply.body["code"] == "still_running"):
        time.sleep(0.1)
    return reply


def test_a_hundred_agents_get_a_hundred_inquiries(house: Served) -> None:
    waiting = sorted(house.receive().body["id"] for _ in AGENTS)

    def taking(who: str) -> Callable[[], Reply]:
        return lambda: patiently(lambda: house.ask(who, "POST", "/api/v1/worklists/next"))

    replies = at_once(*map(taking, AGENTS))
    assert Counter(reply.status for reply in replies) == {200: 100}
    assert sorted(reply.body["id"] for reply in replies) == waiting
    assert [reply.body["holder"] for reply in replies] == [f"agent:{who}" for who in AGENTS]
    assert patiently(lambda: house.ask("anna", "POST", "/api/v1/worklists/next")).status == 204
    house.casebackbone("audit", "verify")


def test_many_lines_at_once_lose_no_call(house: Served) -> None:
    """Of yesterday, which the caretaker may close in between: what comes in late is taken all the same."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0) - timedelta(days=1)

    def line(number: int) -> Callable[[], Reply]:
        def tell() -> Reply:
            for count in range(5):
                for event, seconds in (("offered", 0), ("answered", number), ("ended", number + 9)):
                    at = noon + timedelta(seconds=10 * count + seconds)
                    body = {"call": f"{number}-{count}", "event": event, "occurred_at": at.isoformat()}
                    reply = patiently(lambda body=body: house.ask("phone", "POST", "/api/v1/calls", body))  # type: ignore[misc]
                    assert reply.status == 200, reply.body
            return reply

        return tell

    last = max(int(reply.headers["Casebackbone-Position"]) for reply in at_once(*map(line, range(LINES))))
    seen = patiently(lambda: house.ask("anna", "GET", f"/api/v1/desk/days/{noon.date()}?min_position={last}"))
    calls = seen.body["calls"]
    assert (calls["offered"], calls["answered"], calls["waiting"]) == (5 * LINES, 5 * LINES, 0)
    house.casebackbone("audit", "verify")
