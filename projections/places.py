"""Where generations live: schemas of one PostgreSQL database, or SQLite files side by side."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import Connection, Dialect, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from projections.errors import GenerationRetired, NotPrepared, RebuildRunning
from projections.tables import GENERATION

CONTROL = "control"
"""Stands for the schema of the table of generations."""

_LOCK_PREPARE = 7_115_001
_LOCK_REBUILD = 7_115_002
BUSY_SECONDS = 60

Check = Callable[[Connection, int], None]
Choose = Callable[[Connection], int]


class Place(Protocol):
    """``control`` reads the table of generations; ``defining`` changes it, one at a time, also across processes."""

    dialect: Dialect

    def control(self) -> AbstractContextManager[Connection]: ...

    def defining(self) -> AbstractContextManager[Connection]: ...

    def create(self, connection: Connection, number: int, fill: Callable[[Connection], None]) -> None: ...

    def drop(self, connection: Connection, number: int) -> None: ...

    def reading(self, choose: Choose) -> AbstractContextManager[Connection]: ...

    def writing(self, number: int, check: Check) -> AbstractContextManager[Connection]: ...

    def rebuild_lock(self) -> AbstractContextManager[None]: ...

    def close(self) -> None: ...


class PostgresqlPlace:
    """Schema ``views`` for control, ``views_<n>`` for generations.

    Batches commit without waiting for the disk (``synchronous_commit`` off): rows and position are lost together, if
    at all, and are then applied again.
    """

    def __init__(self, url: str, pool_size: int) -> None:
        self._engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5},
        )
        self.dialect = self._engine.dialect
        event.listen(self._engine, "connect", _utc_session)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def control(self) -> Iterator[Connection]:
        with self._connect(None) as connection, connection.begin(), _missing_control():
            yield connection

    @contextmanager
    def defining(self) -> Iterator[Connection]:
        with self._connect(None) as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_PREPARE})
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS views"))
            yield connection

    def create(self, connection: Connection, number: int, fill: Callable[[Connection], None]) -> None:
        connection.execute(text(f"CREATE SCHEMA views_{number:d}"))
        before = connection.get_execution_options()["schema_translate_map"]
        fill(connection.execution_options(schema_translate_map=_schemas(number)))
        connection.execution_options(schema_translate_map=before)

    def drop(self, connection: Connection, number: int) -> None:
        connection.execute(text(f"DROP SCHEMA IF EXISTS views_{number:d} CASCADE"))

    @contextmanager
    def reading(self, choose: Choose) -> Iterator[Connection]:
        with self._connect(None) as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                with _missing_control():
                    number = choose(connection)
                yield connection.execution_options(schema_translate_map=_schemas(number))

    @contextmanager
    def writing(self, number: int, check: Check) -> Iterator[Connection]:
        with self._connect(number) as connection, connection.begin():
            connection.execute(text("SET LOCAL synchronous_commit TO off"))
            check(connection, number)
            yield connection

    @contextmanager
    def rebuild_lock(self) -> Iterator[None]:
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK_REBUILD}):
                raise RebuildRunning("another rebuild is running")
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_REBUILD})

    def _connect(self, number: int | None) -> Connection:
        return self._engine.connect().execution_options(schema_translate_map=_schemas(number))


def _schemas(number: int | None) -> dict[str | None, str | None]:
    schemas: dict[str | None, str | None] = {CONTROL: "views"}
    return schemas if number is None else {**schemas, GENERATION: f"views_{number:d}"}


def _utc_session(dbapi_connection: Any, record: Any) -> None:
    dbapi_connection.execute("SET TIME ZONE 'UTC'")
    dbapi_connection.commit()


@contextmanager
def _missing_control() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) in ("42P01", "3F000"):
            raise NotPrepared("the read model has no tables yet: run casebackbone db upgrade") from None
        raise


class SqlitePlace:
    """``<database>-views.sqlite`` for control, ``<database>-views-<n>.sqlite`` for generations, locks beside them.

    Files are opened, never made, except by :meth:`defining` and :meth:`create`. Everything is in WAL mode: readers
    do not wait for the writer, nor it for them. Writers take the lock when they begin (BEGIN IMMEDIATE), because a
    transaction that reads first and writes later would be refused, or worse, lose what another has written.
    """

    def __init__(self, url: str, pool_size: int) -> None:
        database = make_url(url).database
        if not database or database == ":memory:":
            raise ValueError("the read model needs a file: sqlite:///path")
        self._stem = Path(database).absolute()
        self._pool_size = pool_size
        self._engines: dict[int | None, Engine] = {}
        self._lock = Lock()
        self.dialect = create_engine("sqlite://").dialect

    def close(self) -> None:
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    @contextmanager
    def control(self) -> Iterator[Connection]:
        with self._connect(None, "BEGIN") as connection, connection.begin():
            yield connection

    @contextmanager
    def defining(self) -> Iterator[Connection]:
        with self._locked("views.lock", wait=True):
            self._make(None)
            with self._connect(None, "BEGIN IMMEDIATE") as connection, connection.begin():
                yield connection

    def create(self, connection: Connection, number: int, fill: Callable[[Connection], None]) -> None:
        self._remove(number)  # left over from one who died before it was written down
        self._make(number)
        with self._connect(number, "BEGIN IMMEDIATE") as inside, inside.begin():
            fill(inside)

    def drop(self, connection: Connection, number: int) -> None:
        with self._lock:
            engine = self._engines.pop(number, None)
        if engine is not None:
            engine.dispose()
        self._remove(number)

    @contextmanager
    def reading(self, choose: Choose) -> Iterator[Connection]:
        with self.control() as connection:
            number = choose(connection)
        with self._connect(number, "BEGIN") as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, number: int, check: Check) -> Iterator[Connection]:
        with self.control() as connection:
            check(connection, number)
        with self._connect(number, "BEGIN IMMEDIATE") as connection, connection.begin():
            yield connection

    @contextmanager
    def rebuild_lock(self) -> Iterator[None]:
        with self._locked("views-rebuild.lock", wait=False):
            yield

    @contextmanager
    def _locked(self, name: str, wait: bool) -> Iterator[None]:
        self._stem.parent.mkdir(parents=True, exist_ok=True)
        with Path(f"{self._stem}-{name}").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RebuildRunning("another rebuild is running") from None
            yield

    def _file(self, number: int | None) -> Path:
        return Path(f"{self._stem}-views.sqlite" if number is None else f"{self._stem}-views-{number:d}.sqlite")

    def _make(self, number: int | None) -> None:
        connection = sqlite3.connect(self._file(number), timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()

    def _remove(self, number: int) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._file(number)}{suffix}").unlink(missing_ok=True)

    def _connect(self, number: int | None, begin: str) -> Connection:
        try:
            connection = self._engine(number).connect()
        except OperationalError:
            if self._file(number).exists():
                raise
            if number is None:
                raise NotPrepared("the read model has no tables yet: run casebackbone db upgrade") from None
            raise GenerationRetired(f"generation {number} is gone") from None
        schemas: dict[str | None, str | None] = {CONTROL: None, GENERATION: None}
        return connection.execution_options(schema_translate_map=schemas, casebackbone_begin=begin)

    def _engine(self, number: int | None) -> Engine:
        with self._lock:
            if number not in self._engines:
                self._engines[number] = self._new_engine(number)
            return self._engines[number]

    def _new_engine(self, number: int | None) -> Engine:
        address = f"file:{quote(str(self._file(number)))}?mode=rw"
        synchronous = "FULL" if number is None else "NORMAL"  # a batch may be lost, with its position; a switch may not

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute(f"PRAGMA synchronous={synchronous}")
            return connection

        engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=self._pool_size)
        event.listen(engine, "begin", _begin_as_asked)
        return engine


def _begin_as_asked(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options()["casebackbone_begin"])
