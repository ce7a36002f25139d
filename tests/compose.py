"""The compose file as tests see it: which commands it runs, with which settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[1] / "docker-compose.yml"
OURS = ("migrate", "topics", "api", "relay", "project", "caretaker")
"""Services that run our own commands."""


def services() -> dict[str, dict[str, Any]]:
    """Every service of the file, with what it inherits."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def command_of(name: str) -> list[str]:
    """What a service runs, without the program's name: ``["project", "run"]``."""
    program, *arguments = services()[name]["command"]
    assert program == "casebackbone"
    return arguments


def health_of(name: str) -> list[str]:
    """What the file asks to know whether a service is healthy."""
    kind, *command = services()[name]["healthcheck"]["test"]
    assert kind == "CMD"
    return command


def environment_of(name: str, secrets: Mapping[str, Path], given: Mapping[str, str]) -> dict[str, str]:
    """What the processes of a service find in their environment.

    ``secrets`` says where the file of each secret lies here, ``given`` is what the operator has in the environment.
    Raises KeyError for what the file demands of the operator and is not given, or for a secret the service lacks.
    """
    service = services()[name]
    found = {key: _filled(value, given) for key, value in service.get("environment", {}).items()}
    files = {f"/run/secrets/{secret}": str(secrets[secret]) for secret in service.get("secrets", ())}
    return {key: files[value] if value.startswith("/run/secrets/") else value for key, value in found.items()}


def _filled(text: str, given: Mapping[str, str]) -> str:
    """Compose's ``${NAME:-default}`` and ``${NAME:?what it is}``."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        return given.get(name) or (rest if kind == "-" else given[name])

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", value, text)
