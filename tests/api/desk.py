"""The API as a caller sees it: who asks, what they send, what comes back. In this process, without a socket."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from api import workers
from api.app import create_app
from api.auth import issue_development_token
from api.bootstrap import System
from api.context import EXTENSION
from api.settings import Settings
from casebackbone.access import Role

PEOPLE = {
    "anna": ("front_agent", None),
    "bert": ("front_agent", None),
    "hanna": ("background_agent", None),
    "tim": ("department_staff", "Tiefbau"),
    "gina": ("department_staff", "Grünflächen"),
    "sven": ("supervisor", None),
    "audrey": ("auditor", None),
    "dora": ("data_protection_officer", None),
    "adam": ("administrator", None),
    "tiefbau-system": ("department_system", "Tiefbau"),
    "telefonanlage": ("telephone_system", None),
}
"""The desk's people: subject, role, department."""


@dataclass
class Clock:
    """Stands still until it is told to go on: Tuesday, 24 November 2026, ten in the morning in Germany."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Desk:
    """One installation. ``anna.post(...)`` is :meth:`ask`, with a token and, if given, ``If-Match``."""

    def __init__(self, database_url: str, folder: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.settings = Settings(
            database_url=database_url,
            dev_tokens=True,
            dev_key_file=folder / "dev.pem",
            run_dir=folder,
            min_position_wait_seconds=settings.pop("min_position_wait_seconds", 0.2),
            **settings,
        )
        self.system = System(self.settings, clock=self.clock)
        self.system.upgrade()
        self.app = _borrowed(self.system)
        self.tokens: dict[str, str] = {}

    def token(self, who: str) -> str:
        if who not in self.tokens:
            role, department = PEOPLE[who]
            self.tokens[who] = issue_development_token(self.settings, role, department, who)
        return self.tokens[who]

    def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        json: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        sent = dict(headers or {})
        if who is not None:
            sent["Authorization"] = f"Bearer {self.token(who)}"
        if version is not None:
            sent["If-Match"] = f'"v{version}"'
        if key is not None:
            sent["Idempotency-Key"] = key
        if not path.startswith("/api") and not path.startswith(_ROOT):
            path = f"/api/v1{path}"
        if json is not None:
            more["json"] = json
        return self.app.test_client().open(path, method=method, headers=sent, buffered=True, **more)

    def get(self, who: str | None, path: str, **more: Any) -> TestResponse:
        return self.ask(who, "GET", path, **more)

    def post(self, who: str | None, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.ask(who, "POST", path, json, **more)

    def received(self, who: str = "anna", **more: Any) -> Case:
        """An inquiry that came in just now."""
        body = {"channel": "phone", "question": "Wann wird der Sperrmüll geholt?", **more}
        response = self.post(who, "/inquiries", body)
        assert response.status_code == 201, response.text
        return Case(self, response.json)

    def project(self) -> None:
        """The views take in everything that is stored."""
        workers.run_projector(self.system, threading.Event(), until_caught_up=True)

    def events(self) -> int:
        """How many events are stored."""
        return len(self.system.store.events_after(0, 100_000))

    def close(self) -> None:
        _free_apps.setdefault(_kind(self.settings), []).append(self.app)
        self.system.close()


_free_apps: dict[tuple[Any, ...], list[Flask]] = {}
"""Applications that nobody uses now. Making one takes longer than most tests, and what is an installation's own is all
in its system."""


def _kind(settings: Settings) -> tuple[Any, ...]:
    """The settings that :func:`create_app` looks at."""
    return settings.public_url, settings.body_limit, settings.trusted_proxies


def _borrowed(system: System) -> Flask:
    free = _free_apps.get(_kind(system.settings))
    if not free:
        return create_app(system)
    app = free.pop()
    app.extensions[EXTENSION] = system
    return app


_ROOT = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/schemas", "/problems")


@dataclass
class Case:
    """One inquiry, at the version that its handlers know."""

    desk: Desk
    body: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def path(self) -> str:
        return f"/inquiries/{self.id}"

    @property
    def version(self) -> int:
        return int(self.body["version"])

    def do(self, who: str, noun: str, json: Any = None, **more: Any) -> TestResponse:
        """A command, based on the version that is known."""
        more.setdefault("version", self.version)
        return self.desk.post(who, f"{self.path}/{noun}", json, **more)

    def done(self, who: str, noun: str, json: Any = None, **more: Any) -> Case:
        """The same, where it must succeed."""
        response = self.do(who, noun, json, **more)
        assert response.status_code == 200, response.text
        self.body = response.json
        return self

    def offered(self) -> Case:
        return self.done("anna", "forwardings", {"to": "Tiefbau"})

    def accepted(self) -> Case:
        return self.offered().done("tim", "acceptance")

    def answered(self) -> Case:
        return self.done("anna", "answers", {"text": "Am Dienstag."})

    def resolved(self) -> Case:
        return self.answered().done("anna", "resolution")


def key() -> str:
    return uuid4().hex


Prepare = Callable[[Desk], Case]
ROLES = {Role(role): who for who, (role, _) in reversed(PEOPLE.items())}
"""One person for each role."""
