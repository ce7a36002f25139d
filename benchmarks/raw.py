"""The rows of a save without anything of ours around them: what the databases can do with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from eventsourcing.persistence import StoredEvent

from casebackbone.store.extras import for_sqlite
from casebackbone.store.rows import CommandRow, ContentRow

_EVENT = "INSERT INTO casebackbone_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
_CONTENT = "INSERT INTO contents VALUES (%s, %s, %s, %s, %s, %s, %s, NULL)"
_COMMAND = "INSERT INTO commands VALUES (%s, %s, %s, %s, %s, %s, %s)"
_AS_ONE = f"WITH event AS ({_EVENT}), content AS ({_CONTENT}) {_COMMAND}"
_IN_FILE = tuple(statement.replace("%s", "?") for statement in (_EVENT, _CONTENT, _COMMAND))
_PAGE = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM casebackbone_events "
    "WHERE notification_id > %s ORDER BY notification_id LIMIT 1000"
)


def _values(event: StoredEvent, content: ContentRow, record: CommandRow) -> tuple[tuple[Any, ...], ...]:
    return (
        (event.originator_id, event.originator_version, event.topic, event.state),
        (
            content.content_id,
            content.inquiry_id,
            content.kind,
            content.text,
            content.salt,
            content.digest,
            content.created_at,
        ),
        (
            record.command_id,
            record.principal,
            record.request_digest,
            record.subject,
            record.version,
            1,
            record.recorded_at,
        ),
    )


def insert(connection: Any, *rows: Any) -> None:
    """PostgreSQL: a statement for each row, all in one transaction and one trip."""
    with connection.pipeline(), connection.transaction():
        for statement, values in zip((_EVENT, _CONTENT, _COMMAND), _values(*rows), strict=True):
            connection.execute(statement, values, prepare=True)


def insert_as_one(connection: Any, *rows: Any) -> None:
    """PostgreSQL: one statement, which is its own transaction."""
    connection.execute(_AS_ONE, sum(_values(*rows), ()), prepare=True)


def insert_in_file(connection: sqlite3.Connection, *rows: Any) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in zip(_IN_FILE, _values(*rows), strict=True):
        connection.execute(statement, [for_sqlite(value) for value in values])
    connection.execute("COMMIT")


def page(connection: Any, after: int) -> list[Any]:
    """A thousand events of the log."""
    found: list[Any] = connection.execute(_PAGE, (after,), prepare=True).fetchall()
    return found


@contextmanager
def sqlite(path: str) -> Iterator[sqlite3.Connection]:
    """A connection with the durability that ours has."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        yield connection
