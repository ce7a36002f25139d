"""Recorder on PostgreSQL: writers never wait for each other, and a follower never misses an event.

Positions come from a sequence, so a transaction that is still open may hold a lower one than what is visible already.
Each writer therefore takes a *shared advisory lock whose key is a floor*: the sequence's last value, read before it
draws a position of its own. All positions of that transaction are above its floor; the lock goes when it ends.
A follower reads the sequence's last value, then the floors in force (``pg_locks``), then rows up to the lowest of them
(:meth:`PostgresRecorder.horizon`). Nobody asks for an exclusive lock, so nobody queues. See ``docs/adr/0002``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
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
from psycopg.sql import SQL, Identifier, Literal

from casebackbone.store.extras import COMMAND_COLUMNS, CONTENT_COLUMNS, Extras, erasure, insert, unindexing, values
from casebackbone.store.postgres_datastore import is_lost_connection
from casebackbone.store.rows import CommandAlreadyRecorded, CommandInProgress, OutcomeUnknown
from casebackbone.store.tables import EVENTS

FLOOR = 1 << 62
"""Marks advisory lock keys that are floors. Every other lock of ours uses the form with two integers."""
COMMANDS = 365
"""First of the two integers of a command's lock."""
T = TypeVar("T")


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
            "sequence": Identifier(f"{events_table_name}_notification_id_seq"),
        }
        # Not "SELECT last_value FROM sequence": every 32nd nextval() shows a value 31 too high for an instant, while it
        # writes its log record. A floor that is too high loses an event. This function reads under the page's lock.
        sequence = Literal(f"{Identifier(datastore.schema).as_string()}.{names['sequence'].as_string()}")
        last = SQL("coalesce(pg_sequence_last_value({sequence}::regclass), 0)").format(sequence=sequence)
        self._take_floor = SQL("SELECT pg_advisory_xact_lock_shared({floor} + {last})").format(floor=FLOOR, last=last)
        self._read_last = SQL("SELECT {last} AS last").format(last=last)
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
        self._unindex = unindexing("%s").replace("content_terms", f"{schema}.content_terms", 1)

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
            extras.demand_none()
            return None
        try:
            return self._once_more(lambda: self._insert_once(stored_events, extras))
        except OutcomeUnknown as unknown:
            if (found := self._found_after(unknown, stored_events)) is not None:
                return found
            raise

    def _once_more(self, work: Callable[[], T]) -> T:
        """``work``, and again if its connection turns out to be dead before anything was committed.

        After a restart of the server every connection in the pool is: these are thrown away first. Nothing else is
        tried again here: a server that is away is told to the caller at once (the library would try ten times).
        """
        try:
            return work()
        except (InterfaceError, OperationalError) as error:
            if isinstance(error, OutcomeUnknown) or not is_lost_connection(error):
                raise
            self.datastore.pool.check()
        return work()

    def _found_after(self, unknown: OutcomeUnknown, stored_events: Sequence[StoredEvent]) -> list[int] | None:
        try:
            return self._once_more(lambda: self._already_stored(stored_events))
        except (InterfaceError, OperationalError):
            raise unknown from None  # the server cannot be asked either

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
            for content_id in extras.erased():
                cursor.execute(self._erase, (extras.erased_at(), content_id), prepare=True)
                cursor.execute(self._unindex, (content_id,), prepare=True)
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
        return self._once_more(self._read_horizon)

    def _read_horizon(self) -> int:
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
        return self._once_more(
            lambda: _untried(PostgresApplicationRecorder.select_notifications)(
                self, start, limit, stop, topics, inclusive_of_start=inclusive_of_start
            )
        )

    def select_events(self, originator_id: UUID | str, **bounds: Any) -> Sequence[StoredEvent]:
        return self._once_more(
            lambda: _untried(PostgresApplicationRecorder.select_events)(self, originator_id, **bounds)
        )

    def max_notification_id(self) -> int | None:
        return self._once_more(lambda: _untried(PostgresApplicationRecorder.max_notification_id)(self))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Followers poll: NOTIFY inside the transaction makes commits serial, and a LISTEN can stall."""
        raise NotImplementedError("followers poll select_notifications()")


def _untried(method: Callable[..., Any]) -> Callable[..., Any]:
    """The library's method below its ``@retry``, which makes a caller wait for most of a minute."""
    return method.__wrapped__  # type: ignore[attr-defined]
