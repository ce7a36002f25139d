"""How the record is opened: tables made once by whoever comes first, nothing connected before it is needed."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from sqlalchemy import insert, make_url
from sqlalchemy.event import listen

from casebackbone.content import Text, commit
from casebackbone.store import Store, open_store, tables, upgrade_store
from casebackbone.store.mapper import sealed
from casebackbone.store.postgres import PostgresRecorder
from casebackbone.store.postgres_datastore import IDLE_IN_TRANSACTION
from casebackbone.store.rows import CommandRow, SchemaOutOfDate
from tests.casebackbone.store.record import NOW, Record

UPGRADE = "import sys; from casebackbone.store import upgrade_store; print(upgrade_store(sys.argv[1]))"


@pytest.fixture
def empty(postgres_url: str) -> Iterator[Store]:
    upgrade_store(postgres_url)
    store = open_store(postgres_url, lock_timeout=1)
    yield store
    store.close()


def event() -> StoredEvent:
    return StoredEvent(uuid4(), 1, "test", b"{}")


def test_several_processes_that_upgrade_at_once_make_the_tables_once(database_url: str) -> None:
    command = [sys.executable, "-c", UPGRADE, database_url]
    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in racing]
    assert {(code, out) for (out, _), code in ended} == {(0, "0003\n")}, ended
    store = open_store(database_url)
    with store.engine.begin() as connection:
        assert len(connection.execute(tables.store_identity.select()).all()) == 1
    store.close()


def test_the_migrations_make_what_the_statements_expect(record: Record) -> None:
    with record.store.engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda _o, name, kind, _r, _c: name != tables.EVENTS}
        )
        assert compare_metadata(context, tables.metadata) == []


def test_a_database_that_was_not_prepared_says_what_to_do(database_url: str) -> None:
    store = open_store(database_url)
    with pytest.raises(SchemaOutOfDate, match="casebackbone db upgrade"):
        _ = store.epoch
    store.close()


def test_opening_a_file_makes_none(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'record.sqlite'}").close()
    assert list(tmp_path.iterdir()) == []


def test_opening_a_server_does_not_call_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        open_store(f"postgresql://u@127.0.0.1:{server.getsockname()[1]}/x").close()
        with pytest.raises(TimeoutError):
            server.accept()


def test_both_pools_know_the_options_of_the_url(postgres_url: str) -> None:
    upgrade_store(postgres_url)
    store = open_store(make_url(postgres_url).update_query_dict({"application_name": "told"}).render_as_string(False))
    assert isinstance(store.recorder, PostgresRecorder)
    with store.engine.connect() as connection, store.recorder.datastore.get_connection() as own:
        assert connection.exec_driver_sql("SHOW application_name").scalar_one() == "told"
        assert own.execute("SHOW application_name").fetchone() == {"application_name": "told"}
    store.close()


def test_who_holds_a_table_is_not_waited_for_without_end(empty: Store, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as holder:
        holder.execute(f"LOCK TABLE {tables.EVENTS}")
        with pytest.raises(OperationalError, match="lock timeout"):
            empty.recorder.insert_events([event()])
        with pytest.raises(OperationalError, match="lock timeout"):
            empty.stored_after(0, 10)
    assert empty.stored_after(0, 10) == []
    assert empty.recorder.insert_events([event()])


def test_a_writer_that_stands_still_is_ended_by_the_server(empty: Store) -> None:
    """Otherwise its floor would hold up every follower for ever."""
    assert isinstance(empty.recorder, PostgresRecorder)
    with empty.recorder.datastore.get_connection() as connection:
        row = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert row == {"idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION:.0f}s"}


def test_a_server_that_is_away_is_told_at_once(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks ten times; a caller is better told, and asks again when it likes."""
    asked = []
    empty.recorder.insert_events([event()])

    def refuse(_: object) -> None:
        asked.append(1)
        raise OperationalError("away") from psycopg.OperationalError("connection refused")

    monkeypatch.setattr(PostgresDatastore, "get_connection", refuse)
    for ask in (
        lambda: empty.recorder.select_events(uuid4()),
        lambda: empty.recorder.max_notification_id(),
        lambda: empty.stored_after(0, 1),
        lambda: empty.recorder.insert_events([event()]),
    ):
        asked.clear()
        with pytest.raises(OperationalError, match="away"):
            ask()
        assert len(asked) == 2


def test_floors_are_not_read_from_the_sequence_itself(empty: Store) -> None:
    """A plain SELECT from a sequence shows a value 31 too high while nextval() writes its log record (ADR 2)."""
    assert isinstance(empty.recorder, PostgresRecorder)
    for statement in (empty.recorder._take_floor, empty.recorder._read_last):
        assert "pg_sequence_last_value" in statement.as_string()
        assert "FROM" not in statement.as_string()


def test_a_position_is_never_given_out_again(record: Record) -> None:
    first = record.first_contact(1).position
    record.sql(f"DELETE FROM {tables.EVENTS} WHERE notification_id = {first}")
    assert record.first_contact(2).position > first + 2


def test_texts_without_events_are_refused(record: Record) -> None:
    with pytest.raises(ValueError, match="with events only"):
        record.store.recorder.insert_events([], erase=[uuid4()])
    assert record.store.recorder.insert_events([]) is None


def test_a_time_without_a_zone_is_refused(record: Record) -> None:
    row = {"store_epoch": uuid4(), "created_at": datetime(2026, 1, 1)}  # noqa: DTZ001
    with record.store.engine.begin() as connection, pytest.raises(Exception, match="without a zone"):
        connection.execute(insert(tables.store_identity), row)
    with record.store.engine.begin() as connection:
        connection.execute(insert(tables.store_identity), row | {"created_at": NOW})


def test_a_few_events_of_a_long_history_are_read_alone(empty: Store) -> None:
    subject, other = uuid4(), uuid4()
    history = [StoredEvent(other, 1, "inquiry.claimed", sealed("0" * 64, b'{"taken_from":"x"}'))]
    history += [
        StoredEvent(subject, n, "inquiry.claimed", sealed("0" * 64, b'{"taken_from":"x"}')) for n in (1, 2, 3, 4)
    ]
    empty.recorder.insert_events(history)
    rows: list[int] = []
    listen(empty.engine, "after_cursor_execute", lambda _c, cursor, *_: rows.append(cursor.rowcount))
    found = empty.events_of(subject, 1, 3)
    assert [(entry.position, entry.event.originator_version) for entry in found] == [(3, 2), (4, 3)]
    assert rows == [2]


@pytest.mark.parametrize("count", [1, 15, 16, 40])
def test_few_and_many_rows_are_stored_alike_and_in_their_order(record: Record, count: int) -> None:
    subject = uuid4()
    events = [StoredEvent(subject, n, f"test.{n}", b'{"\\n": ' + bytes([n])) for n in range(1, count + 1)]
    texts = [commit(Text("note", f'{{"ä, \\\\ {n}'), subject, uuid4(), NOW)[0] for n in range(count)]
    command = CommandRow(
        command_id=uuid4(),
        principal="agent:anna",
        request_digest="0" * 64,
        subject=subject,
        version=count,
        position=0,
        recorded_at=NOW,
    )
    positions = record.store.recorder.insert_events(events, contents=texts, command=command)
    assert positions == list(range(1, count + 1))
    assert record.store.recorder.select_events(subject) == events
    assert [stored.id for stored in record.store.stored_after(0, 100)] == positions
    assert record.store.read_contents([text.content_id for text in texts]) == texts
    assert record.store.find_command(command.command_id) == replace(command, position=count)
