"""Recorder on SQLite: one writer at a time, so the order of positions is the order of commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.sqlite import (
    SQLITE3_DEFAULT_LOCK_TIMEOUT,
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from casebackbone.store.extras import (
    COMMAND_COLUMNS,
    CONTENT_COLUMNS,
    Extras,
    erasure,
    for_sqlite,
    insert,
    select_command,
    unindexing,
    values,
)
from casebackbone.store.rows import CommandAlreadyRecorded, CommandRow
from casebackbone.store.tables import EVENTS

LAST_VERSION = (1 << 63) - 1
_INSERT_CONTENT = insert("contents", CONTENT_COLUMNS, "?")
_INSERT_COMMAND = insert("commands", COMMAND_COLUMNS, "?")
_SELECT_COMMAND = select_command("commands", "?")
_ERASE = erasure("?")
_UNINDEX = unindexing("?")


class _DurablePool(SQLiteConnectionPool):
    """The library's keeps one statement a connection: a save has five, which would be compiled each time."""

    def _create_connection(self) -> SQLiteConnection:
        wait = self.lock_timeout or SQLITE3_DEFAULT_LOCK_TIMEOUT
        try:
            made = sqlite3.connect(self.db_name, timeout=wait, isolation_level=None, check_same_thread=False, uri=True)
            # secure_delete: erased texts are overwritten, not only unlinked
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                made.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error as error:
            raise InterfaceError(str(error)) from error
        made.row_factory = sqlite3.Row
        return SQLiteConnection(sqlite_conn=made, max_age=self.max_age)


class DurableDatastore(SQLiteDatastore):
    """The library's datastore with a commit that survives a power cut."""

    def __init__(self, path: str, *, lock_timeout: int = 5, pool_size: int = 5) -> None:
        super().__init__(db_name=path, lock_timeout=lock_timeout, pool_size=pool_size)
        self.pool.close()
        self.pool = _DurablePool(db_name=path, lock_timeout=lock_timeout, pool_size=pool_size)


class SQLiteRecorder(SQLiteApplicationRecorder):
    """Events, texts and the command's record in one transaction; positions are never reused."""

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = EVENTS) -> None:
        super().__init__(datastore, events_table_name)
        columns = "originator_id, originator_version, topic, state"
        self.insert_events_statement = f"INSERT INTO {events_table_name} ({columns}) VALUES (?,?,?,?)"
        history = (
            f"SELECT {columns} FROM {events_table_name} WHERE originator_id = ? "
            "AND originator_version > ? AND originator_version <= ? ORDER BY originator_version {} LIMIT ?"
        )
        self._select_history, self._select_newest_first = history.format("ASC"), history.format("DESC")

    def construct_create_table_statements(self) -> list[str]:
        # AUTOINCREMENT: the position of a deleted tail is not given out again.
        return [
            f"CREATE TABLE IF NOT EXISTS {self.events_table_name} ("
            "notification_id INTEGER PRIMARY KEY AUTOINCREMENT, "
            "originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, "
            "topic TEXT NOT NULL, state BLOB NOT NULL, "
            "UNIQUE (originator_id, originator_version))"
        ]

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        contents: Sequence[Any] = (),
        command: Any = None,
        erase: Sequence[UUID] = (),
        **kwargs: Any,
    ) -> Sequence[int] | None:
        extras = Extras(contents, command, erase)
        if not stored_events:
            extras.demand_none()
            return None
        with self._writing() as cursor:
            positions = self._insert_events(cursor, stored_events) or []
            self._insert_extras(cursor, extras, positions[-1])
        if extras.erase:
            self.clear_log()
        return positions

    def clear_log(self) -> None:
        """Moves the write-ahead log into the file and empties it: erased texts are in its older pages.

        A reader that is at work holds this up; then it is left to the next time.
        """
        with self.datastore.get_connection(commit=True) as connection, suppress(sqlite3.OperationalError):
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _insert_extras(self, cursor: SQLiteCursor, extras: Extras, position: int) -> None:
        for row in extras.contents:
            cursor.execute(_INSERT_CONTENT, [for_sqlite(value) for value in values(row, CONTENT_COLUMNS)])
        for content_id in extras.erased():
            cursor.execute(_ERASE, [for_sqlite(extras.erased_at()), content_id.hex])
            cursor.execute(_UNINDEX, [content_id.hex])
        if extras.command is not None:
            record = dict(zip(COMMAND_COLUMNS, values(extras.command, COMMAND_COLUMNS), strict=True))
            cursor.execute(_INSERT_COMMAND, [for_sqlite(value) for value in {**record, "position": position}.values()])

    @contextmanager
    def _writing(self) -> Iterator[SQLiteCursor]:
        """BEGIN IMMEDIATE: whoever is to write waits for the lock at the start, and never loses what it read."""
        with self.datastore.get_connection(commit=True) as connection, _translated():
            cursor = connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """One statement, which needs no transaction of its own."""
        own_id = originator_id.hex if isinstance(originator_id, UUID) else originator_id
        bounds = -1 if gt is None else gt, LAST_VERSION if lte is None else lte, -1 if limit is None else limit
        with self.datastore.get_connection(commit=False) as connection, _translated():
            cursor = connection.cursor()
            cursor.execute(self._select_newest_first if desc else self._select_history, (own_id, *bounds))
            return [
                StoredEvent(self.convert_originator_id(found_id), version, topic, state)
                for found_id, version, topic, state in cursor.fetchall()
            ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        conditions, params = ["notification_id <= ?"], [self.horizon() if stop is None else stop]
        if start is not None:
            conditions.append("notification_id >= ?" if inclusive_of_start else "notification_id > ?")
            params.append(start)
        if topics:
            conditions.append(f"topic IN ({','.join('?' * len(topics))})")
        query = (
            f"SELECT * FROM {self.events_table_name} WHERE {' AND '.join(conditions)} ORDER BY notification_id LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(query, [*params, *topics, limit])
            return [
                Notification(
                    id=row["notification_id"],
                    originator_id=self.convert_originator_id(row["originator_id"]),
                    originator_version=row["originator_version"],
                    topic=row["topic"],
                    state=row["state"],
                )
                for row in cursor.fetchall()
            ]

    def find_command(self, command_id: UUID) -> CommandRow | None:
        """The record of a command, if it has been stored."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(_SELECT_COMMAND, (command_id.hex,))
            row = cursor.fetchone()
        if row is None:
            return None
        ids = {name: UUID(row[name]) for name in ("command_id", "subject")}
        return CommandRow(**{**dict(row), **ids, "recorded_at": datetime.fromisoformat(row["recorded_at"])})

    def horizon(self) -> int:
        """The position up to which nothing can appear any more: with one writer, the last one."""
        return self.max_notification_id() or 0


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the database as those of the library."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        recorded = "commands.command_id" in str(error)
        raise (CommandAlreadyRecorded if recorded else IntegrityError)(str(error)) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseError(str(error)) from error
