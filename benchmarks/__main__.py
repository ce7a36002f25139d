"""``python -m benchmarks``: starts its own PostgreSQL, measures for a minute or two, prints tables."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.append import appending
from benchmarks.measuring import table
from tests.services.postgres import PostgresServer, create_database

ROUNDS = 5
WRITERS = {1: 300, 4: 150, 16: 50}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="casebackbone-bench-") as parent:
        folder = Path(parent) / "postgres"
        folder.mkdir()
        server = PostgresServer(folder).start()
        try:
            for writers, each in WRITERS.items():
                sys.stderr.write(f"appending with {writers} writers…\n")
                url = create_database(server.url, f"append_{writers}")
                print(table(f"append, {writers} writers", appending(url, writers, each, ROUNDS)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
