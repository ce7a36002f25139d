"""The statement by which PostgreSQL stores a save: floor, the command's claim, events, texts and the command's record.

One statement is one transaction and one trip to the server, which has less to do than for one statement a row. What is
in it happens in this order, as each part is fed by the one before: the claim is asked for; if it is free, the floor is
taken; then positions are drawn and rows are inserted. If it is not free, no row comes out and none is inserted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Composed, Identifier
from sqlalchemy import Column, String
from sqlalchemy.dialects import postgresql

from casebackbone.store.extras import COMMAND_COLUMNS, CONTENT_COLUMNS, Extras, erasure, unindexing
from casebackbone.store.rows import CommandInProgress
from casebackbone.store.tables import commands, contents

COMMANDS = 365
"""First of the two integers of a command's lock."""

_EVENT = ("originator_id", "originator_version", "topic", "state")
_SAVE = SQL(
    "WITH free AS MATERIALIZED ({claim}), floor AS MATERIALIZED ({take_floor} FROM free), "
    "happened AS (INSERT INTO {events} (originator_id, originator_version, topic, state) "
    "SELECT event.* FROM floor, unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bytea[]) AS event "
    "RETURNING notification_id){texts}{record} SELECT notification_id FROM happened"
)
_CLAIM = SQL("SELECT 1 WHERE pg_try_advisory_xact_lock({commands}, %s)")
_TEXTS = SQL(", said AS (INSERT INTO {table} ({columns}) SELECT text.* FROM floor, unnest({arrays}) AS text)")
_RECORD = SQL(", recorded AS (INSERT INTO {table} ({columns}) SELECT {values} FROM happened HAVING count(*) > 0)")


class SaveStatement:
    """``take_floor`` is a SELECT without FROM. Texts are erased by statements of their own, in a transaction."""

    def __init__(self, schema: str, events_table: str, take_floor: Composable) -> None:
        claim, texts, record = _CLAIM.format(commands=COMMANDS), _texts(schema), _record(schema)
        self._statements = {
            (with_texts, with_command): _SAVE.format(
                claim=claim if with_command else SQL("SELECT 1"),
                take_floor=take_floor,
                events=Identifier(schema, events_table),
                texts=texts if with_texts else SQL(""),
                record=record if with_command else SQL(""),
            ).as_bytes()
            for with_texts in (False, True)
            for with_command in (False, True)
        }
        self._erase = erasure("%s").replace("contents", f"{schema}.contents", 1)
        self._unindex = unindexing("%s").replace("content_terms", f"{schema}.content_terms", 1)

    def run(self, connection: Connection[Any], events: Sequence[StoredEvent], extras: Extras) -> list[int]:
        """Positions of the events, in their order. Raises CommandInProgress, and then has stored nothing."""
        command = extras.command
        parameters: list[Any] = [] if command is None else [lock_of(command.command_id)]
        parameters += ([getattr(event, name) for event in events] for name in _EVENT)
        if extras.contents:
            parameters += ([getattr(row, name) for row in extras.contents] for name in CONTENT_COLUMNS)
        if command is not None:
            parameters += (getattr(command, name) for name in COMMAND_COLUMNS if name != "position")
        statement = self._statements[bool(extras.contents), command is not None]
        with connection.cursor(row_factory=tuple_row) as cursor:
            positions = [row[0] for row in cursor.execute(statement, parameters, prepare=True)]
        if not positions and command is not None:
            raise CommandInProgress(f"command {command.command_id} is being stored by another transaction")
        return positions

    def erase(self, connection: Connection[Any], extras: Extras) -> None:
        """Not in the statement: it must see the terms of an indexer whose end the first of these has waited for."""
        for content_id in extras.erased():
            connection.execute(self._erase, (extras.erased_at(), content_id), prepare=True)
            connection.execute(self._unindex, (content_id,), prepare=True)


def _texts(schema: str) -> Composed:
    arrays = SQL(", ").join(SQL(f"%s::{_array(contents.c[name])}") for name in CONTENT_COLUMNS)
    columns = SQL(", ").join(map(Identifier, CONTENT_COLUMNS))
    return _TEXTS.format(table=Identifier(schema, contents.name), columns=columns, arrays=arrays)


def _array(column: Column[Any]) -> str:
    """Never ``varchar(n)[]``: a cast to it would cut off what is too long, an INSERT refuses it."""
    kind = "text" if isinstance(column.type, String) else column.type.compile(postgresql.dialect())
    return f"{kind}[]"


def _record(schema: str) -> Composed:
    values = SQL(", ").join(SQL("max(notification_id)" if name == "position" else "%s") for name in COMMAND_COLUMNS)
    columns = SQL(", ").join(map(Identifier, COMMAND_COLUMNS))
    return _RECORD.format(table=Identifier(schema, commands.name), columns=columns, values=values)


def lock_of(command_id: UUID) -> int:
    """Second of the two integers of a command's lock."""
    return int.from_bytes(hashlib.sha256(command_id.bytes).digest()[:4], signed=True)
