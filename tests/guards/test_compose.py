"""The compose file: no engine is at hand here, so its structure is checked, and its commands are run in a story."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from api.cli import main
from api.settings import Settings, read_settings
from tests.compose import FILE, OURS, command_of, environment_of, services

SERVICES = services()
ONCE = ("migrate", "topics")
_TRANSACTIONS = ("REPLICATION_FACTOR", "MIN_ISR")


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


def test_every_secret_is_a_file_of_the_operator() -> None:
    named = yaml.safe_load(FILE.read_text(encoding="utf-8"))["secrets"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(named)
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in named.items())
    ignored = (FILE.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    shipped = (FILE.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "secrets/" in ignored
    assert shipped[0] == "*", "an image holds what is listed, and no secret is"
    assert not [line for line in shipped if "secret" in line]


def test_one_broker_alone_keeps_what_consumers_and_transactions_store() -> None:
    """The broker's defaults want three of it: without these nobody gets a consumer group or a transaction."""
    environment = SERVICES["kafka"]["environment"]
    for name in ("OFFSETS_TOPIC_REPLICATION_FACTOR", *(f"TRANSACTION_STATE_LOG_{it}" for it in _TRANSACTIONS)):
        assert environment[f"KAFKA_{name}"] == "1", name


@pytest.mark.parametrize("name", ["postgres", "kafka"])
def test_who_holds_data_has_time_to_close_it(name: str) -> None:
    assert SERVICES[name]["stop_grace_period"] == "1m"


def test_topics_are_never_made_by_accident() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert SERVICES["kafka"]["image"].startswith("apache/kafka:4.1.")


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_is_read(name: str) -> None:
    known = {f"CASEBACKBONE_{field.name.upper()}" for field in fields(Settings)}
    given = {name.removesuffix("_FILE") if name not in known else name for name in SERVICES[name]["environment"]}
    assert given <= known


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_accepted(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://casebackbone:x@postgres/casebackbone\n", encoding="utf-8")
    operator = {
        "CASEBACKBONE_OIDC_ISSUER": "https://login.example.org/realms/stadt",
        "CASEBACKBONE_OIDC_JWKS_URL": "https://login.example.org/realms/stadt/keys",
        "CASEBACKBONE_PUBLIC_URL": "https://anliegen.example.org",
    }
    settings = read_settings(environment_of(name, {"database_url": secret}, operator))
    assert settings.database_url == "postgresql://casebackbone:x@postgres/casebackbone"
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.oidc_audience == "casebackbone"
    assert not settings.dev_tokens
    assert settings.serving("0.0.0.0:8080").bind == "0.0.0.0:8080"


def test_an_operator_who_forgets_the_identity_provider_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="CASEBACKBONE_OIDC_ISSUER"):
        environment_of("api", {"database_url": tmp_path}, {})


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
