"""The commands of the compose file, as processes: an inquiry goes from the desk to the department and is resolved."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.compose import command_of, health_of
from tests.story.commands import Casebackbone, running, until


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token, who asks the server."""

    address: str
    token: str

    def get(self, path: str) -> Any:
        return self._ask(path)[0]

    def post(self, path: str, body: dict[str, Any], version: int | None = None) -> tuple[dict[str, Any], str]:
        """What the command answered, and the position from which views show it."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        answer, position = self._ask(path, json.dumps(body).encode(), headers)
        assert position is not None
        return answer, position

    def _ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, str | None]:
        request = urllib.request.Request(f"{self.address}/api/v1{path}", body, headers or {})
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response), response.headers["Casebackbone-Position"]


def test_one_inquiry_from_the_desk_to_its_end(production: Casebackbone) -> None:
    production(*command_of("migrate"))
    production(*command_of("topics"))
    address = f"127.0.0.1:{_free_port()}"
    with running(production) as start:
        *serve, everywhere = command_of("api")
        assert everywhere == "0.0.0.0:8080", "here it is bound to this machine alone, for the sake of its tokens"
        start(*serve, address, "--workers", "2")
        workers = [start(*command_of(name)) for name in ("relay", "project", "project", "caretaker")]
        until(lambda: _ready(address))
        for name in ("relay", "project", "caretaker"):
            health = health_of(name)[1:]
            until(lambda health=health: production.start(*health).wait() == 0)  # type: ignore[misc]
            assert production(*health, "--json").data["healthy"]
        _tell(production, f"http://{address}")
        assert production("audit", "reconcile", "--json").data["differences"] == []
        assert all(worker.poll() is None for worker in workers), production.logs
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert production("health", "relay", code=1).out == "no relay is running here\n"


def _tell(production: Casebackbone, address: str) -> None:
    """Received, seen at the desk; forwarded, seen in the department's inbox; accepted, answered, resolved."""
    anna, frank, eva = (
        Person(address, production("token", *options).out.strip())
        for options in (
            ("--role", "front_agent", "--subject", "anna"),
            ("--role", "department_staff", "--department", "tiefbau", "--subject", "frank"),
            ("--role", "supervisor", "--subject", "eva"),
        )
    )
    inquiry, seen = anna.post("/inquiries", {"channel": "phone", "question": "Ein Schlagloch in der Ringstraße"})
    path = f"/inquiries/{inquiry['id']}"
    assert _ids(anna.get(f"/worklists/front-desk?min_position={seen}")) == [inquiry["id"]]
    assert eva.get(f"/nobody-lost/summary?min_position={seen}")["open"] == 1

    inquiry, seen = anna.post(f"{path}/forwardings", {"to": "tiefbau"}, inquiry["version"])
    assert _ids(frank.get(f"/worklists/departments/tiefbau/inbox?min_position={seen}")) == [inquiry["id"]]
    inquiry, _ = frank.post(f"{path}/acceptance", {}, inquiry["version"])
    inquiry, seen = frank.post(f"{path}/answers", {"text": "Ist repariert."}, inquiry["version"])
    assert _ids(frank.get(f"/worklists/departments/tiefbau/work?min_position={seen}")) == [inquiry["id"]]
    inquiry, seen = frank.post(f"{path}/resolution", {"outcome": "answered"}, inquiry["version"])
    assert (inquiry["state"], inquiry["holder"]) == ("resolved", None)
    assert _ids(frank.get(f"/worklists/departments/tiefbau/work?min_position={seen}")) == []
    assert eva.get(f"/nobody-lost/summary?min_position={seen}")["open"] == 0


def _ids(listed: dict[str, Any]) -> list[str]:
    return [item["id"] for item in listed["items"]]


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=10) as response:
            return bool(json.load(response)["ready"])
    except (OSError, urllib.error.URLError):
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
