"""Recorder on PostgreSQL: writers never wait for each other, and a follower never misses an event.

Positions come from a sequence, so a transaction that is still open may hold a lower one than what is visible already.
Each writer therefore takes a *shared advisory lock whose key is a floor*: the sequence's last value, read before it
draws a position of its own. All positions of that transaction are above its floor; the lock goes when it ends.
A follower reads the sequence's last value, then the floors in force (``pg_locks``), then rows up to the lowest of them
(:meth:`PostgresRecorder.horizon`). Nobody asks for an exclusive lock, so nobody queues. See ``docs/adr/0002``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier

from casebackbone.store.extras import COMMAND_COLUMNS, CONTENT_COLUMNS, Extras, erasure, insert, values
from casebackbone.store.rows import CommandAlreadyRecorded, CommandInProgress, OutcomeUnknown
from casebackbone.store.tables import EVENTS

FLOOR = 1 << 62
"""Marks advisory lock keys that are floors. Every other lock of ours uses the form with two integers."""
COMMANDS = 365
"""First of the two integers of a command's lock."""
_ATTEMPTS = 2


class PostgresRecorder(PostgresApplicationRecorder):
    """Events, texts and the command's record in one transaction."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = EVENTS) -> None:
        if datastore.enable_db_functions:
            raise ProgrammingError(
                "POSTGRES_ENABLE_DB_FUNCTIONS lets a follower miss events (23 of 6,000 were measured). Please unset it."
            )
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements.remove(self.sql_create_pg_function_insert_events)
        names = {
            "table": Identifier(datastore.schema, events_table_name),
            "sequence": Identifier(datastore.schema, f"{events_table_name}_notification_id_seq"),
        }
        last = "CASE WHEN is_called THEN last_value ELSE 0 END"
        self._take_floor = SQL(f"SELECT pg_advisory_xact_lock_shared({{floor}} + {last}) FROM {{sequence}}").format(
            floor=FLOOR, **names
        )
        self._read_last = SQL(f"SELECT {last} AS last FROM {{sequence}}").format(**names)
        self._read_floors = SQL(
            "SELECT min((classid::bigint << 32 | objid::bigint) - {floor}) AS lowest FROM pg_locks "
            "WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (classid::bigint << 32 | objid::bigint) >= {floor}"
        ).format(floor=FLOOR)
        self._insert_event = SQL(
            "INSERT INTO {table} (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s) "
            "RETURNING notification_id"
        ).format(**names)
        position = f"currval('{datastore.schema}.{events_table_name}_notification_id_seq')"
        schema = datastore.schema
        self._insert_content = insert(f"{schema}.contents", CONTENT_COLUMNS, "%s")
        self._insert_command = insert(f"{schema}.commands", COMMAND_COLUMNS, "%s", position=position)
        self._erase = erasure("%s").replace("contents", f"{schema}.contents", 1)

    # --- write -------------------------------------------------------------------------------------------------

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
            return None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._insert_once(stored_events, extras)
            except OutcomeUnknown:
                if (found := self._already_stored(stored_events)) is not None:
                    return found
                raise
            except (InterfaceError, OperationalError):
                # Lost before COMMIT was sent: nothing is stored. After a restart of the server every connection in
                # the pool is dead: throw these away and try once more.
                if attempt == _ATTEMPTS:
                    raise
                self.datastore.pool.check()
        raise AssertionError("unreachable")

    def _insert_once(self, stored_events: Sequence[StoredEvent], extras: Extras) -> list[int]:
        with self.datastore.get_connection() as connection:
            committing = False
            try:
                with connection.transaction():
                    if extras.command is not None:
                        self._claim(connection, extras.command.command_id)
                    positions = self._insert_rows(connection, stored_events, extras)
                    committing = True
                return positions
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                raise (OutcomeUnknown if committing else OperationalError)(str(error)) from error
            except psycopg.IntegrityError as error:
                recorded = error.diag.constraint_name == "commands_pkey"
                raise (CommandAlreadyRecorded if recorded else IntegrityError)(str(error)) from error

    def _claim(self, connection: Connection[DictRow], command_id: UUID) -> None:
        key = int.from_bytes(hashlib.sha256(command_id.bytes).digest()[:4], signed=True)
        row = connection.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s) AS free", (COMMANDS, key), prepare=True
        ).fetchone()
        if row is None or not row["free"]:
            raise CommandInProgress(f"command {command_id} is being stored by another transaction")

    def _insert_rows(
        self, connection: Connection[DictRow], stored_events: Sequence[StoredEvent], extras: Extras
    ) -> list[int]:
        """All statements in one round trip. The floor is taken before the first position is drawn."""
        with connection.pipeline(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(self._take_floor, prepare=True)
            inserted = [
                connection.execute(
                    self._insert_event,
                    (event.originator_id, event.originator_version, event.topic, event.state),
                    prepare=True,
                )
                for event in stored_events
            ]
            for content in extras.contents:
                cursor.execute(self._insert_content, values(content, CONTENT_COLUMNS), prepare=True)
            for content_id in extras.erase:
                cursor.execute(self._erase, (extras.erased_at(), content_id), prepare=True)
            if extras.command is not None:
                record = [getattr(extras.command, column) for column in COMMAND_COLUMNS if column != "position"]
                cursor.execute(self._insert_command, record, prepare=True)
            return [one.fetchone()["notification_id"] for one in inserted]  # type: ignore[index]

    def _already_stored(self, stored_events: Sequence[StoredEvent]) -> list[int] | None:
        """Positions of exactly these events, if a commit went through of which the answer was lost."""
        first = stored_events[0]
        query = SQL(
            "SELECT originator_version, state, notification_id FROM {table} "
            "WHERE originator_id = %s AND originator_version = ANY(%s) ORDER BY originator_version"
        ).format(table=Identifier(self.datastore.schema, self.events_table_name))
        versions = [event.originator_version for event in stored_events]
        with self.datastore.get_connection() as connection:
            found = connection.execute(query, (first.originator_id, versions)).fetchall()
        if [bytes(row["state"]) for row in found] == [event.state for event in stored_events]:
            return [row["notification_id"] for row in found]
        return None

    # --- read --------------------------------------------------------------------------------------------------

    def horizon(self) -> int:
        """The position up to which nothing can appear any more. Never blocks and never waits.

        The order of the two reads is what makes it true: whoever locks after the second read draws above the first.
        PostgreSQL makes a commit visible before it lets go of its locks, so rows read later include all below.
        """
        with self.datastore.get_connection() as connection:
            last = connection.execute(self._read_last, prepare=True).fetchone()
            floors = connection.execute(self._read_floors, prepare=True).fetchone()
        assert last is not None
        assert floors is not None
        return min(last["last"], last["last"] if floors["lowest"] is None else floors["lowest"])

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        horizon = self.horizon()
        stop = horizon if stop is None else min(stop, horizon)
        return super().select_notifications(start, limit, stop, topics, inclusive_of_start=inclusive_of_start)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Followers poll: NOTIFY inside the transaction makes commits serial, and a LISTEN can stall."""
        raise NotImplementedError("followers poll select_notifications()")
