"""What a run needs: the service at the address given, else by its programs, else in a container, else it fails."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import containers
from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.processes import ProgramMissing

KAFKA, POSTGRES = "CASEBACKBONE_TEST_KAFKA", "CASEBACKBONE_TEST_POSTGRES"


_UNTIL_THE_POWER_GOES = ("fsync=off", "full_page_writes=off")
"""Tests kill processes, not machines: what was committed is there all the same, and making a database takes half the
time. What is measured (``benchmarks``) and what is killed for itself has servers of its own, as they come."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for services, gone afterwards, even if this process is killed: one that outlives it sees to that."""
    made = tempfile.mkdtemp(prefix="casebackbone-services-")
    remove = 'cat; for again in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 1; done'
    with subprocess.Popen(
        ["/bin/sh", "-c", remove, "sh", made],
        stdin=subprocess.PIPE,  # it ends with us
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath},
        start_new_session=True,
    ):
        yield Path(made)


@contextmanager
def kafka() -> Iterator[str]:
    """Address of a broker. Raises ServiceMissing, which says what to install."""
    if address := os.environ.get(KAFKA):
        yield address
        return
    with folder() as place:
        service: KafkaBroker | containers.Container
        try:
            service = KafkaBroker(_made(place / "kafka")).start()
            address = service.bootstrap
        except ProgramMissing as missing:
            service = containers.start_kafka(missing)
            address = service.address
        try:
            yield address
        finally:
            service.stop()


@contextmanager
def postgres() -> Iterator[str]:
    """Address of a server, without a database. Raises ServiceMissing, which says what to install."""
    if address := os.environ.get(POSTGRES):
        yield address
        return
    with folder() as place:
        service: PostgresServer | containers.Container
        try:
            service = PostgresServer(_made(place / "postgres"), *_UNTIL_THE_POWER_GOES).start()
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
