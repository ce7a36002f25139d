"""The library's own tests of a recorder, on both of ours.

Left out by name is ``NonInterleavingNotificationIDsBaseCase`` on PostgreSQL: it asks for a side effect of the table
lock, that the positions of two open transactions do not interleave. Ours may; what the lock was for, that a follower
misses nothing, is shown in ``test_following.py``. On SQLite, with one writer at a time, the case holds.
"""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.tests import persistence

from casebackbone.store.opening import open_store
from casebackbone.store.postgres import PostgresRecorder
from casebackbone.store.sqlite import SQLiteRecorder


def readers_end(before: set[threading.Thread]) -> None:
    """The library's case leaves its readers to themselves, and a connection that is closed in use ends the process."""
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(timeout=10)


class SQLite:
    @pytest.fixture(autouse=True)
    def _database(self, sqlite_url: str) -> None:
        self.url = sqlite_url

    @staticmethod
    def new_originator_id() -> object:
        return uuid4()

    def create_recorder(self) -> SQLiteRecorder:
        store = open_store(self.url)
        self.addCleanup(store.close)  # type: ignore[attr-defined]
        self.addCleanup(readers_end, set(threading.enumerate()))  # type: ignore[attr-defined]
        assert isinstance(store.recorder, SQLiteRecorder)
        store.recorder.create_table()
        return store.recorder


class PostgreSQL:
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> None:
        self.url = postgres_url

    @staticmethod
    def new_originator_id() -> object:
        return uuid4()

    def create_recorder(self) -> PostgresRecorder:
        store = open_store(self.url, pool_size=10)
        self.addCleanup(store.close)  # type: ignore[attr-defined]
        self.addCleanup(readers_end, set(threading.enumerate()))  # type: ignore[attr-defined]
        assert isinstance(store.recorder, PostgresRecorder)
        store.recorder.create_table()
        return store.recorder


class TestSQLiteApplicationRecorder(SQLite, persistence.ApplicationRecorderTestCase[SQLiteRecorder]):
    pass


class TestSQLiteNonInterleavingNotificationIDs(SQLite, persistence.NonInterleavingNotificationIDsBaseCase):
    pass


class TestPostgresApplicationRecorder(PostgreSQL, persistence.ApplicationRecorderTestCase[PostgresRecorder]):
    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = False


def test_the_function_that_loses_events_is_refused() -> None:
    datastore = PostgresDatastore("x", "127.0.0.1", 1, "x", "x", enable_db_functions=True)
    with pytest.raises(Exception, match="Please unset it"):
        PostgresRecorder(datastore)
    datastore.close()
