from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.catalogue import VIEWS
from projections.database import Database
from tests.prepared import Prepared, copied, keep
from tests.projections.model import ReadModel


def _prepare(database_url: str) -> None:
    database = Database(database_url, VIEWS)
    database.prepare()
    database.close()


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest) -> Iterator[Prepared]:
    yield from keep(_prepare, request)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, prepared: Prepared, tmp_path: Path) -> Iterator[str]:
    """A read model without a row on each database: its tables are there."""
    yield from copied(prepared, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database with nothing in it."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, VIEWS)
    yield database
    database.close()


@pytest.fixture
def model(database: Database) -> ReadModel:
    """An empty read model, ready to be told events."""
    return ReadModel(database)
