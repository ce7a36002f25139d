from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.casebackbone.store.record import Record


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    """An empty record on each database."""
    made = Record(database_url)
    yield made
    made.close()
