"""The record of the city's line: events, texts, command records, looks, and how far a relay has got."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, Engine, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError

from casebackbone.recorded import RecordedEvent
from casebackbone.store import migration, tables
from casebackbone.store.engine import open_engine
from casebackbone.store.mapper import ChainedEventStore, ChainedMapper, transcoder
from casebackbone.store.postgres import PostgresRecorder
from casebackbone.store.postgres_datastore import LazyDatastore
from casebackbone.store.rows import CommandRow, ContentRow, RelayAlreadyRunning, RelayFenced, RelayPosition
from casebackbone.store.sqlite import DurableDatastore, SQLiteRecorder

_RELAY_LOCK = 366
"""First of the two integers of a relay's lock on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event as it was loaded (with its ``hash``) and its position in the log."""

    event: RecordedEvent
    position: int


class Store:
    """Everything that is stored, in one database. Nothing connects before its first use; safe for several threads."""

    def __init__(self, recorder: SQLiteRecorder | PostgresRecorder, engine: Engine) -> None:
        self.recorder = recorder
        self.engine = engine
        self.mapper = ChainedMapper(transcoder())
        self.event_store = ChainedEventStore(self.mapper, recorder)
        self._checking = threading.Lock()

    @cached_property
    def epoch(self) -> UUID:
        """Identity of this store. Raises SchemaOutOfDate if the tables are not this software's."""
        with self._checking:
            migration.check(self.engine)
            with self._reading() as connection:
                return connection.execute(select(tables.store_identity.c.store_epoch)).scalar_one()

    # --- events ------------------------------------------------------------------------------------------------

    def stored_after(self, position: int, limit: int) -> Sequence[Any]:
        """Raw notifications in order of position: bytes as they are stored. Nothing appears below these later."""
        return self.recorder.select_notifications(position, limit, inclusive_of_start=False)

    def events_after(self, position: int, limit: int) -> Sequence[LogEntry]:
        """Events in order of position. Nothing appears below what was returned later."""
        return [self._loaded(stored, stored.id) for stored in self.stored_after(position, limit)]

    def events_of(self, subject: UUID, after_version: int, up_to_version: int) -> Sequence[LogEntry]:
        """Events of one subject in order of version, with ``after_version < version <= up_to_version``."""
        query = text(
            f"SELECT notification_id, originator_version, topic, state FROM {tables.EVENTS} "
            "WHERE originator_id = :subject AND originator_version > :after AND originator_version <= :up_to "
            "ORDER BY originator_version"
        )
        values = {"subject": self._own(subject), "after": after_version, "up_to": up_to_version}
        with self._reading() as connection:
            rows = connection.execute(query, values).all()
        return [
            self._loaded(StoredEvent(subject, version, topic, bytes(state)), at) for at, version, topic, state in rows
        ]

    def position_of(self, subject: UUID, version: int) -> int:
        """Where in the log one event of a subject is. Raises NoResultFound if there is none."""
        query = text(
            f"SELECT notification_id FROM {tables.EVENTS} "
            "WHERE originator_id = :subject AND originator_version = :version"
        )
        with self._reading() as connection:
            values = {"subject": self._own(subject), "version": version}
            found: int = connection.execute(query, values).scalar_one()
        return found

    def last_position(self) -> int:
        """Position of the last stored event, 0 if there is none."""
        return self.recorder.max_notification_id() or 0

    def _loaded(self, stored: StoredEvent, position: int) -> LogEntry:
        return LogEntry(self.mapper.to_domain_event(stored), position)

    def _own(self, subject: UUID) -> UUID | str:
        """As the events' table of this database has it."""
        return subject if self.engine.dialect.name == "postgresql" else subject.hex

    # --- commands, texts, looks --------------------------------------------------------------------------------

    def find_command(self, command_id: UUID) -> CommandRow | None:
        """The record of a command, if it has been stored."""
        return self.recorder.find_command(command_id)

    def read_contents(self, content_ids: Sequence[UUID]) -> list[ContentRow]:
        """Texts in the order asked for, erased ones without text. Record the look first: :meth:`record_access`."""
        query = select(tables.contents).where(tables.contents.c.content_id.in_(content_ids))
        with self._reading() as connection:
            found = {row["content_id"]: ContentRow(**row) for row in connection.execute(query).mappings()}
        return [found[content_id] for content_id in content_ids if content_id in found]

    def contents_of(self, inquiry_ids: Sequence[UUID], kind: str) -> list[tuple[UUID, UUID]]:
        """Inquiry and id of each text of a kind that is there, the oldest first. No text is read."""
        contents = tables.contents
        query = select(contents.c.inquiry_id, contents.c.content_id).where(
            contents.c.inquiry_id.in_(inquiry_ids), contents.c.kind == kind, contents.c.erased_at.is_(None)
        )
        with self._reading() as connection:
            found = connection.execute(query.order_by(contents.c.created_at, contents.c.content_id))
            return [(row.inquiry_id, row.content_id) for row in found]

    def record_accesses(
        self, looks: Mapping[UUID, Sequence[UUID]], *, at: datetime, actor: str, role: str, purpose: str
    ) -> None:
        """The same for several inquiries at once, all or none: a row for each, so that each can be asked about."""
        common = {"at": at, "actor": actor, "role": role, "purpose": purpose}
        rows = [
            {
                "access_id": uuid4(),
                "inquiry_id": inquiry_id,
                "content_ids": json.dumps([str(content_id) for content_id in content_ids]),
                **common,
            }
            for inquiry_id, content_ids in looks.items()
        ]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(tables.content_accesses), rows)

    def record_access(
        self, *, at: datetime, actor: str, role: str, inquiry_id: UUID, content_ids: Sequence[UUID], purpose: str
    ) -> None:
        """Who looked at which texts and why. Committed when this returns (promise 10)."""
        row = {
            "access_id": uuid4(),
            "at": at,
            "actor": actor,
            "role": role,
            "inquiry_id": inquiry_id,
            "content_ids": json.dumps([str(content_id) for content_id in content_ids]),
            "purpose": purpose,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(tables.content_accesses), row)

    def scrub(self) -> None:
        """Clears what erased texts have left in the database's files: run it after erasing.

        PostgreSQL keeps the old row until its table is rewritten (nobody reads texts meanwhile). A VACUUM FULL would
        leave what any open snapshot may still see; a column that is computed anew copies only what is. Its
        write-ahead log and backups live on as long as the operator keeps them. SQLite does this with every erasure.
        """
        if isinstance(self.recorder, SQLiteRecorder):
            self.recorder.clear_log()
            return
        terms = tables.content_terms.name
        with self.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {tables.contents.name} ALTER text TYPE text USING text || ''"))
            connection.execute(text(f"ALTER TABLE {terms} ALTER term TYPE bytea USING term || ''::bytea"))

    # --- relay -------------------------------------------------------------------------------------------------

    def relay_position(self, topic: str) -> RelayPosition | None:
        """How far the topic has been filled, None if never."""
        query = select(tables.relay_positions).where(tables.relay_positions.c.topic == topic)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _relay_position(row)

    def advance_relay_position(self, expected: RelayPosition | None, new: RelayPosition) -> None:
        """Compare-and-set. Raises RelayFenced if what is stored is not ``expected``."""
        row = asdict(new) | {"next_offsets": json.dumps(new.next_offsets)}
        table = tables.relay_positions
        with self.engine.begin() as connection:
            found = connection.execute(select(table).where(table.c.topic == new.topic)).mappings().one_or_none()
            if (None if found is None else _relay_position(found)) != expected:
                raise RelayFenced(f"another relay has moved the position of {new.topic}; this one ends")
            if expected is None:
                try:
                    connection.execute(insert(table), row)
                except IntegrityError:
                    raise RelayFenced(f"another relay has begun to fill {new.topic}; this one ends") from None
                return
            unchanged = table.c.position == expected.position, table.c.topic_id == expected.topic_id
            moved = connection.execute(update(table).where(table.c.topic == new.topic, *unchanged), row)
            if moved.rowcount != 1:
                raise RelayFenced(f"another relay has moved the position of {new.topic}; this one ends")

    @contextmanager
    def relay_lock(self, topic: str) -> Iterator[None]:
        """Held by one relay per topic and lost with its process. Raises RelayAlreadyRunning."""
        held = self._advisory_lock(topic) if self.engine.dialect.name == "postgresql" else self._file_lock(topic)
        with held:
            yield

    @contextmanager
    def _advisory_lock(self, topic: str) -> Iterator[None]:
        keys = {"a": _RELAY_LOCK, "b": topic}
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:a, hashtext(:b))"), keys).scalar_one():
                raise RelayAlreadyRunning(f"another relay is filling {topic}")
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:a, hashtext(:b))"), keys)

    @contextmanager
    def _file_lock(self, topic: str) -> Iterator[None]:
        with Path(f"{self.engine.url.database}.{topic}.relay-lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RelayAlreadyRunning(f"another relay is filling {topic}") from None
            yield

    # --- end ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        options: dict[str, Any] = {"reading": True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "AUTOCOMMIT"  # each query is one trip to the server, instead of three
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def close(self) -> None:
        """Gives back all connections; the store may not be used afterwards."""
        self.recorder.datastore.close()
        self.engine.dispose()


def _relay_position(row: Any) -> RelayPosition:
    offsets = {int(partition): offset for partition, offset in json.loads(row["next_offsets"]).items()}
    return RelayPosition(**{**row, "next_offsets": offsets})


def open_store(database_url: str, *, pool_size: int = 5, lock_timeout: int = 4) -> Store:
    """The store behind ``sqlite:///FILE`` or ``postgresql://…``; ``lock_timeout`` in seconds. Raises ValueError."""
    engine = open_engine(database_url, pool_size=pool_size, lock_timeout=lock_timeout)
    url = make_url(database_url)
    if engine.dialect.name == "sqlite":
        sqlite = DurableDatastore(str(url.database), lock_timeout=lock_timeout, pool_size=pool_size)
        return Store(SQLiteRecorder(sqlite), engine)
    postgres = LazyDatastore(url, pool_size=pool_size, lock_timeout=lock_timeout)
    return Store(PostgresRecorder(postgres), engine)
