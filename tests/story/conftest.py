from __future__ import annotations

from pathlib import Path

import pytest

from tests.story.commands import Casebackbone


@pytest.fixture
def production(tmp_path: Path, postgres_url: str, kafka_bootstrap: str, topic: str) -> Casebackbone:
    """On PostgreSQL and Kafka, with nothing in them yet."""
    return Casebackbone(
        tmp_path,
        {
            "CASEBACKBONE_DATABASE_URL": postgres_url,
            "CASEBACKBONE_KAFKA_BOOTSTRAP": kafka_bootstrap,
            "CASEBACKBONE_TOPIC": topic,
            "CASEBACKBONE_DEV_TOKENS": "on",
        },
    )
