from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.database import Database
from tests.projections.search.examples import VIEW, Services, documents


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url, [VIEW])
    database.prepare()
    yield database
    database.close()


@pytest.fixture
def empty(database: Database) -> Services:
    """No service yet."""
    return Services(database)


@pytest.fixture
def services(empty: Services) -> Services:
    """All services of the city."""
    empty.index(*documents())
    return empty
