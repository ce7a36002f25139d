from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.catalogue import VIEWS
from projections.database import Database
from tests.projections.model import ReadModel


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, VIEWS)
    database.prepare()
    yield database
    database.close()


@pytest.fixture
def model(database: Database) -> ReadModel:
    """An empty read model, ready to be told events."""
    return ReadModel(database)
