"""``casebackbone demo``: the whole system with a made-up day in it, on this machine, in one folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from api.cli_output import Failure, emit, json_option, say
from api.settings import PREFIX, Settings, read_settings
from casebackbone.access import Role

START_SECONDS = 60.0
TOKENS: tuple[tuple[str, Role, str | None], ...] = (
    ("anna", Role.FRONT_AGENT, None),
    ("doris", Role.BACKGROUND_AGENT, None),
    ("frank", Role.DEPARTMENT_STAFF, "tiefbau"),
    ("eva", Role.SUPERVISOR, None),
    ("pruefung", Role.AUDITOR, None),
    ("datenschutz", Role.DATA_PROTECTION_OFFICER, None),
    ("betrieb", Role.ADMINISTRATOR, None),
    ("tiefbau-system", Role.DEPARTMENT_SYSTEM, "tiefbau"),
    ("telefonanlage", Role.TELEPHONE_SYSTEM, None),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """Where it runs, and the settings of its processes."""

    address: str
    environment: dict[str, str]
    settings: Settings


@click.command()
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var/demo"))
@click.option("--once", is_flag=True, help="Start, ask once, and end.")
@json_option
def demo(folder: Path, once: bool, as_json: bool) -> None:
    """Start everything on a free port of this machine, with SQLite, no broker and made-up inquiries."""
    made = _prepared(folder)
    with _server(made):
        tokens = {subject: _token(made.settings, subject, role, department) for subject, role, department in TOKENS}
        _wait(made, tokens["eva"])
        open_inquiries = _get(made, "/api/v1/nobody-lost/summary", tokens["eva"])
        data = {"address": made.address, "tokens": tokens, "nobody_lost": open_inquiries}
        emit(data, as_json, lambda: _text(made, tokens))
        sys.stdout.flush()
        if not once:
            say("Ctrl-C ends it.")
            _until_told()


def _prepared(folder: Path) -> Demo:
    from api.bootstrap import System
    from api.demo_data import tell

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{_free_port()}"
    own = {
        "DATABASE_URL": f"sqlite:///{folder / 'casebackbone.sqlite'}",
        "DEV_TOKENS": "on",
        "DEV_KEY_FILE": str(folder / "dev-key.pem"),
        "RUN_DIR": str(folder / "run"),
        "BIND": address,
        "WORKERS": "2",
        "LOG_LEVEL": "WARNING",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}{name}": value for name, value in own.items()}
    settings = read_settings(environment)
    system = System(settings)
    try:
        system.upgrade()
        if system.head() == 0:
            say(f"{tell(system.application, system.clock())} made-up inquiries are stored in {folder}")
    finally:
        system.close()
    return Demo(f"http://{address}", environment, settings)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _server(made: Demo) -> Iterator[None]:
    """``serve`` as a process of its own, which ends when this one does."""
    command = [sys.executable, "-m", "api.cli", "serve"]
    root = Path(__file__).parents[1]
    environment = made.environment | {"PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(made: Demo, token: str) -> None:
    """Until the views have everything that is stored."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            _get(made, "/readyz", None)
            if _get(made, "/api/v1/nobody-lost/summary", token)["open"]:
                return
        except (OSError, urllib.error.URLError, KeyError):
            pass  # not there yet
        time.sleep(0.2)
    raise Failure("the server did not start within a minute; what it said is above")


def _get(made: Demo, path: str, token: str | None) -> Any:
    request = urllib.request.Request(made.address + path)
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def _token(settings: Settings, subject: str, role: Role, department: str | None) -> str:
    from api.auth import issue_development_token

    return issue_development_token(settings, role.value, department, subject)


def _until_told() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("")


def _text(made: Demo, tokens: dict[str, str]) -> str:
    lines = [f"casebackbone runs at {made.address}", "", f"API and documentation: {made.address}/docs", "", "Tokens:"]
    for subject, role, department in TOKENS:
        name = f"{role.value} ({department})" if department else role.value
        lines += [f"  # {subject}, {name}", f"  export {_variable(subject)}={tokens[subject]}"]
    lines += [
        "",
        "Look:",
        f'  curl -H "Authorization: Bearer $ANNA" {made.address}/api/v1/worklists/front-desk',
        f'  curl -H "Authorization: Bearer $ANNA" "{made.address}/api/v1/articles/search?q=sperrmuell+sofa"',
        f'  curl -H "Authorization: Bearer $FRANK" {made.address}/api/v1/worklists/departments/tiefbau/work',
        f'  curl -H "Authorization: Bearer $EVA" {made.address}/api/v1/nobody-lost',
        f'  curl -H "Authorization: Bearer $PRUEFUNG" {made.address}/api/v1/audit/accounting',
    ]
    return "\n".join(lines)


def _variable(subject: str) -> str:
    return subject.upper().replace("-", "_")
