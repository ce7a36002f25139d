"""Connections for everything in the record but the events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

POSTGRES_DRIVER = "postgresql+psycopg"


def open_engine(database_url: str, *, pool_size: int = 5, lock_timeout: int = 4) -> Engine:
    """An engine for ``sqlite:///file`` or ``postgresql://…``; nothing connects yet.

    ``lock_timeout`` in seconds bounds waiting for a lock and for a connection. Raises ValueError for other addresses.
    """
    url = make_url(database_url)
    if url.drivername in ("postgresql", POSTGRES_DRIVER):
        postgres = create_engine(
            url.set(drivername=POSTGRES_DRIVER),
            pool_size=pool_size,
            pool_timeout=lock_timeout,
            pool_pre_ping=True,
            connect_args={"connect_timeout": lock_timeout},
        )
        event.listen(postgres, "connect", _bounded(lock_timeout))
        return postgres
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise ValueError(f"the database must be sqlite:///FILE or postgresql://…, not {url.drivername}://")
    engine = create_engine(url, connect_args={"timeout": lock_timeout})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin_immediately)
    return engine


def _bounded(lock_timeout: int) -> Callable[[Any, object], None]:
    def bounded(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = '{int(lock_timeout)}s'").close()
        connection.commit()

    return bounded


def _durable(connection: Any, _: object) -> None:
    # The driver must not begin transactions on its own: its default loses read-modify-writes without an error.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediately(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")
