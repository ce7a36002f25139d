"""Connections of the recorder to PostgreSQL: made at first use, and bounded in how long anything may wait."""

from __future__ import annotations

from collections.abc import Callable
from select import POLLIN, poll
from typing import Any

import psycopg
import psycopg_pool
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.sql import SQL
from sqlalchemy import URL

IDLE_IN_TRANSACTION = 10.0
"""Seconds after which the server ends a writer that stands still in its transaction: its floor holds up followers."""


class LazyDatastore(PostgresDatastore):
    """The library's datastore without its look at the database at construction: workers fork before first use."""

    def __init__(self, url: URL, *, pool_size: int, lock_timeout: int) -> None:
        """``lock_timeout`` in seconds bounds waiting for a lock, and for a connection. Options in the URL are kept."""
        super().__init__(
            dbname=url.database or "",
            host=url.host or "",
            port=url.port or 5432,
            user=url.username or "",
            password=url.password or "",
            pool_size=1,
            max_overflow=pool_size * 2,
            lock_timeout=lock_timeout,
            connect_timeout=lock_timeout,
            idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION,
        )
        assert isinstance(self.pool.kwargs, dict)
        self.pool.kwargs |= {"connect_timeout": lock_timeout, **url.translate_connect_args(), **url.query}
        self.pool.kwargs.pop("username", None)
        self.pool.kwargs.pop("database", None)

    def register_type_adapters(self) -> None:
        """Our statements need no composite type."""

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        configure, lock_timeout = (
            super().after_connect_func(),
            SQL("SET lock_timeout = '{}s'").format(self.lock_timeout),
        )

        def after_connect(connection: Connection[Any]) -> None:
            configure(connection)
            connection.execute(lock_timeout)

        return after_connect


def demand_alive(connection: Connection[Any]) -> None:
    """Raises psycopg.OperationalError if the server has closed this connection. Asks it only if something has come in
    on it, which is its last word or, seldom, a notice; that nothing has is known without a trip."""
    incoming = poll()
    incoming.register(connection, POLLIN)
    if incoming.poll(0):
        connection.execute("")


def is_lost_connection(error: BaseException) -> bool:
    """Whether the server has gone from under a connection, so that a new one may do.

    Not so for a pool that has no connection to give, a lock that was waited for, or a disk that is full.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    if isinstance(cause, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests | psycopg_pool.PoolClosed):
        return False
    # 57P01, 57P02: the server was shut down or crashed; 25P03: it ended a transaction that stood still.
    return cause.sqlstate is None or cause.sqlstate in ("57P01", "57P02", "25P03")
