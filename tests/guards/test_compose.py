"""The compose file: no engine is at hand here, so its structure is checked, and its commands are run in a story."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import click
import pytest
import yaml

from api.cli import main
from api.settings import Settings
from tests.compose import FILE, OURS, command_of, services

SERVICES = services()
ONCE = ("migrate", "topics")


def test_every_process_of_the_design_is_there() -> None:
    assert set(SERVICES) == {"postgres", "kafka", *OURS}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(ONCE)))
def test_what_runs_for_long_says_whether_it_is_well_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["api", "relay", "project", "caretaker"])
def test_nobody_starts_before_the_tables_and_the_topic_are_there(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {once: {"condition": "service_completed_successfully"} for once in ONCE}


def test_projectors_can_be_added() -> None:
    assert not {"container_name", "ports"} & set(SERVICES["project"])


def test_data_lives_in_named_volumes() -> None:
    named = set(yaml.safe_load(FILE.read_text(encoding="utf-8"))["volumes"])
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == named == {"postgres-data", "kafka-data"}


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", name)
            assert not secret or name.endswith("_FILE"), name
            assert not re.search(r"://[^/\s]+:[^/\s]+@", str(value)), name


def test_topics_are_never_made_by_accident() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert SERVICES["kafka"]["image"].startswith("apache/kafka:4.1.")


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_is_read(name: str) -> None:
    known = {f"CASEBACKBONE_{field.name.upper()}" for field in fields(Settings)}
    given = {name.removesuffix("_FILE") if name not in known else name for name in SERVICES[name]["environment"]}
    assert given <= known


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    command: Any = main
    for word in command_of(name):
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, word
        command = found
    assert not isinstance(command, click.Group)
