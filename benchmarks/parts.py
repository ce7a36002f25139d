"""What is measured on: a PostgreSQL and a Kafka of its own, started when first asked for and stopped at the end."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.services import running
from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer, create_database

SLOW_COMMIT = ("commit_delay=2000", "commit_siblings=0")
"""A disk that needs 2 ms to commit: a fast one hides what makes writers wait for each other."""
MEMORY = ("shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=30min")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. ``inquiries`` are the sizes of read models that queries are asked of."""

    rounds: int
    events: int
    inquiries: tuple[int, ...]


SHORT = Size(rounds=3, events=20_000, inquiries=(10_000,))
FULL = Size(rounds=5, events=1_000_000, inquiries=(10_000, 100_000, 1_000_000))


class Parts:
    """Real parts with the settings of production: whatever is confirmed is on the disk."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._numbers = itertools.count(1)

    @cached_property
    def _postgres(self) -> str:
        return self._server("postgres", MEMORY)

    @cached_property
    def _slow_postgres(self) -> str:
        return self._server("postgres-2ms", (*MEMORY, *SLOW_COMMIT))

    @cached_property
    def kafka(self) -> str:
        """Address of a broker: one disk, one copy, as is."""
        broker = KafkaBroker(self._fresh("kafka")).start()
        self._stack.callback(broker.kill)
        return broker.bootstrap

    def database(self, slow_commit: bool = False) -> str:
        """A fresh PostgreSQL database."""
        return create_database(self._slow_postgres if slow_commit else self._postgres, f"bench_{next(self._numbers)}")

    def file(self) -> str:
        """A fresh SQLite database, in a folder of its own."""
        return f"sqlite:///{self._fresh('sqlite') / 'casebackbone.sqlite'}"

    def folder(self) -> Path:
        """A fresh folder, gone at the end."""
        return self._fresh("folder")

    def _server(self, name: str, options: tuple[str, ...]) -> str:
        server = PostgresServer(self._fresh(name), *options).start()
        self._stack.callback(server.stop)
        return server.url

    def _fresh(self, name: str) -> Path:
        # A server that refuses to be root owns its folder, so each has one that nobody else needs.
        folder = self._folder / f"{name}-{next(self._numbers)}" / "data"
        folder.mkdir(parents=True)
        return folder


@contextmanager
def parts() -> Iterator[Parts]:
    """Everything that is started in the block ends with it."""
    with running.folder() as folder, ExitStack() as stack:
        folder.chmod(0o711)
        yield Parts(folder, stack)


def say(what: str) -> None:
    """Progress, for whoever waits."""
    sys.stderr.write(f"{what}…\n")


Measure = Callable[[Parts, Size], Iterator[object]]
