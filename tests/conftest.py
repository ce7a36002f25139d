"""Real parts for every test that names one. Without an address in the environment each is started for the session."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from tests.services import running
from tests.services.kafka import KafkaBroker, delete_topic
from tests.services.postgres import create_database, drop_database


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that is run in this process sets up logs for a process of its own."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root = logging.getLogger()
        root.handlers = [handler for handler in root.handlers if type(handler) is not logging.StreamHandler]
        root.setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """Address of a broker that all tests share: use topics of your own."""
    with running.kafka() as address:
        yield address


@pytest.fixture
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker of the test's own, to be paused, killed and started again."""
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka")).start()
    yield broker
    broker.kill()


@pytest.fixture
def topic(kafka_bootstrap: str) -> Iterator[str]:
    """Name of a topic that nobody has made yet; if the test makes it, it is gone afterwards."""
    name = f"test.{uuid4().hex}"
    yield name
    delete_topic(kafka_bootstrap, name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a server, without a database."""
    with running.postgres() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database that is empty, and gone afterwards."""
    name = f"test_{uuid4().hex}"
    yield create_database(postgres_server, name)
    drop_database(postgres_server, name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'casebackbone.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Every test that asks for this runs on both databases."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
