"""The compose file as tests see it: which commands it runs, with which settings."""

from __future__ import annotations

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
