"""Real parts for every test that names one. Without an address in the environment each is started for the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer, create_database, drop_database


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a broker that all tests share: use topics of your own."""
    if address := os.environ.get("CASEBACKBONE_TEST_KAFKA"):
        yield address
        return
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka")).start()
    yield broker.bootstrap
    broker.stop()


@pytest.fixture
def topic() -> str:
    """Name of a topic that nobody has made yet."""
    return f"test.{uuid4().hex}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a server, without a database."""
    if address := os.environ.get("CASEBACKBONE_TEST_POSTGRES"):
        yield address
        return
    with TemporaryDirectory(prefix="casebackbone-") as parent:
        folder = Path(parent) / "postgres"
        folder.mkdir()
        server = PostgresServer(folder).start()
        yield server.url
        server.stop()


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
