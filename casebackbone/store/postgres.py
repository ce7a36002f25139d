"""Recorder on PostgreSQL: writers never wait for each other, and a follower never misses an event.

Positions come from a sequence, so a transaction that is still open may hold a lower one than what is visible already.
Each writer therefore takes a *shared advisory lock whose key is a floor*: the sequence's last value, read before it
draws a position of its own. All positions of that transaction are above its floor; the lock goes when it ends.
A follower reads the sequence's last value, then the floors in force (``pg_locks``), then rows up to the lowest of them
(:meth:`PostgresRecorder.horizon`). Nobody asks for an exclusive lock, so nobody queues. See ``docs/adr/0002``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC
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
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier, Literal

from casebackbone.store.extras import Extras, select_command
from casebackbone.store.postgres_datastore import demand_alive, is_lost_connection
from casebackbone.store.postgres_save import SaveStatement
from casebackbone.store.rows import CommandAlreadyRecorded, CommandRow, OutcomeUnknown
from casebackbone.store.tables import EVENTS

LAST_VERSION = (1 << 63) - 1
FLOOR = 1 << 62
"""Marks advisory lock keys that are floors. Every other lock of ours uses the form with two integers."""
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
        self._read_floors = (
            SQL(
                "SELECT min((classid::bigint << 32 | objid::bigint) - {floor}) AS lowest FROM pg_locks "
                "WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                "AND (classid::bigint << 32 | objid::bigint) >= {floor}"
            )
            .format(floor=FLOOR)
            .as_bytes()
        )
        self._save = SaveStatement(datastore.schema, events_table_name, self._take_floor)
        self._select_command = select_command(f"{datastore.schema}.commands", "%s")
        columns = "originator_id, originator_version, topic, state"
        history = (
            f"SELECT {columns} FROM {{table}} WHERE originator_id = %s "
            "AND originator_version > %s AND originator_version <= %s ORDER BY originator_version"
        )
        page = (
            f"SELECT {columns}, notification_id FROM {{table}} WHERE notification_id > %s AND notification_id <= %s "
            "{topics} ORDER BY notification_id LIMIT %s"
        )
        self._select_history = SQL(history).format(**names).as_bytes()
        self._select_page = SQL(page).format(**names, topics=SQL("")).as_bytes()
        self._select_page_of_topics = SQL(page).format(**names, topics=SQL("AND topic = ANY(%s)")).as_bytes()
        self._select_these = SQL(
            "SELECT state, notification_id "
            "FROM unnest(%s::uuid[], %s::bigint[]) WITH ORDINALITY AS these(id, version, n) "
            "JOIN {table} ON originator_id = id AND originator_version = version ORDER BY n"
        ).format(**names)

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

    def _insert_once(self, stored_events: Sequence[StoredEvent], extras: Extras) -> list[int]:
        with self.datastore.get_connection() as connection:
            demand_alive(connection)  # whoever fails here has sent nothing
            try:
                with connection.transaction() if extras.erase else nullcontext():
                    positions = self._save.run(connection, stored_events, extras)
                    self._save.erase(connection, extras)
                return positions
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                raise (OutcomeUnknown if is_lost_connection(error) else OperationalError)(str(error)) from error
            except psycopg.IntegrityError as error:
                recorded = error.diag.constraint_name == "commands_pkey"
                raise (CommandAlreadyRecorded if recorded else IntegrityError)(str(error)) from error

    def _found_after(self, unknown: OutcomeUnknown, stored_events: Sequence[StoredEvent]) -> list[int] | None:
        try:
            return self._once_more(lambda: self._already_stored(stored_events))
        except (InterfaceError, OperationalError):
            raise unknown from None  # the server cannot be asked either

    def _already_stored(self, stored_events: Sequence[StoredEvent]) -> list[int] | None:
        """Positions of exactly these events, of however many subjects, if it was done and the answer was lost."""
        ids, versions = zip(*((event.originator_id, event.originator_version) for event in stored_events), strict=True)
        with self.datastore.get_connection() as connection:
            found = connection.execute(self._select_these, (list(ids), list(versions)), prepare=True).fetchall()
        if [bytes(row["state"]) for row in found] == [event.state for event in stored_events]:
            return [row["notification_id"] for row in found]
        return None

    # --- read --------------------------------------------------------------------------------------------------

    def find_command(self, command_id: UUID) -> CommandRow | None:
        """The record of a command, if it has been stored."""
        return self._once_more(lambda: self._find_command(command_id))

    def _find_command(self, command_id: UUID) -> CommandRow | None:
        with self.datastore.get_connection() as connection:
            row = connection.execute(self._select_command, (command_id,), prepare=True).fetchone()
        return None if row is None else CommandRow(**{**row, "recorded_at": row["recorded_at"].astimezone(UTC)})

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
        above = 0 if start is None else start - 1 if inclusive_of_start else start
        bounds = above, horizon if stop is None else min(stop, horizon)
        return self._once_more(lambda: self._select_log(*bounds, *([list(topics)] if topics else []), limit))

    def _select_log(self, *bounds: Any) -> list[Notification]:
        """``bounds``: above and up to which position, of which topics if not of all, how many."""
        statement = self._select_page if len(bounds) == 3 else self._select_page_of_topics
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            return [Notification(*row) for row in cursor.execute(statement, bounds, prepare=True)]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        if desc or limit is not None:
            library = _untried(PostgresApplicationRecorder.select_events)
            return self._once_more(lambda: library(self, originator_id, gt=gt, lte=lte, desc=desc, limit=limit))
        bounds = originator_id, -1 if gt is None else gt, LAST_VERSION if lte is None else lte
        return self._once_more(lambda: self._select_events(*bounds))

    def _select_events(self, *bounds: Any) -> list[StoredEvent]:
        """What everybody asks for: the library puts its statement together for each call."""
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            return [StoredEvent(*row) for row in cursor.execute(self._select_history, bounds, prepare=True)]

    def max_notification_id(self) -> int | None:
        return self._once_more(lambda: _untried(PostgresApplicationRecorder.max_notification_id)(self))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Followers poll: NOTIFY inside the transaction makes commits serial, and a LISTEN can stall."""
        raise NotImplementedError("followers poll select_notifications()")


def _untried(method: Callable[..., Any]) -> Callable[..., Any]:
    """The library's method below its ``@retry``, which makes a caller wait for most of a minute."""
    return method.__wrapped__  # type: ignore[attr-defined]
