"""What a run needs: the service at the address given, else by its programs, else in a container, else it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import containers
from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.processes import ProgramMissing

KAFKA, POSTGRES = "CASEBACKBONE_TEST_KAFKA", "CASEBACKBONE_TEST_POSTGRES"


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """Address of a broker. Raises ServiceMissing, which says what to install."""
    if address := os.environ.get(KAFKA):
        yield address
        return
    service: KafkaBroker | containers.Container
    try:
        service = KafkaBroker(_made(folder)).start()
        address = service.bootstrap
    except ProgramMissing as missing:
        service = containers.start_kafka(missing)
        address = service.address
    try:
        yield address
    finally:
        service.stop()


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Address of a server, without a database. Raises ServiceMissing, which says what to install."""
    if address := os.environ.get(POSTGRES):
        yield address
        return
    service: PostgresServer | containers.Container
    try:
        service = PostgresServer(_made(folder)).start()
        address = service.url
    except ProgramMissing as missing:
        service = containers.start_postgres(missing)
        address = service.address
    try:
        yield address
    finally:
        service.stop()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
