from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bootstrap import upgrade_databases
from api.settings import Settings
from tests.api.desk import Desk
from tests.prepared import Prepared, copied, keep


def _upgrade(database_url: str) -> None:
    upgrade_databases(Settings(database_url=database_url))


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest) -> Iterator[Prepared]:
    yield from keep(_upgrade, request)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, prepared: Prepared, tmp_path: Path) -> Iterator[str]:
    """An empty installation on each database: its tables are there."""
    yield from copied(prepared, request, tmp_path)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty installation on each database."""
    made = Desk(database_url, tmp_path)
    yield made
    made.close()
