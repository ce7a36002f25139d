"""The statement by which PostgreSQL stores a save: floor, the command's claim, events, texts and the command's record.

One statement is one transaction and one trip to the server, which has less to do than for one statement a row. What is
in it happens in this order, as each part is fed by the one before: the claim is asked for; if it is free, the floor is
taken; then positions are drawn and rows are inserted. If it is not free, no row comes out and none is inserted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
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

MANY = 16
"""From here on rows come as one array a column. Below, each value is a parameter: that takes half the time to send."""

_EVENT = {"originator_id": "uuid", "originator_version": "bigint", "topic": "text", "state": "bytea"}
_SAVE = SQL(
    "WITH free AS MATERIALIZED ({claim}), floor AS MATERIALIZED ({take_floor} FROM free), "
    "happened AS (INSERT INTO {table} ({columns}) SELECT event.* FROM floor, {rows} AS event RETURNING notification_id)"
    "{texts}{record} SELECT notification_id FROM happened"
)
_CLAIM = SQL("SELECT 1 WHERE pg_try_advisory_xact_lock({commands}, %s)")
_TEXTS = SQL(", said AS (INSERT INTO {table} ({columns}) SELECT text.* FROM floor, {rows} AS text)")
_RECORD = SQL(", recorded AS (INSERT INTO {table} ({columns}) SELECT {values} FROM happened HAVING count(*) > 0)")


class SaveStatement:
    """``take_floor`` is a SELECT without FROM. Texts are erased by statements of their own, in a transaction."""

    def __init__(self, schema: str, events_table: str, take_floor: Composable) -> None:
        self._schema = schema
        self._events = Identifier(schema, events_table)
        self._take_floor = take_floor
        self._made: dict[tuple[int, int, bool], bytes] = {}
        self._erase = erasure("%s").replace("contents", f"{schema}.contents", 1)
        self._unindex = unindexing("%s").replace("content_terms", f"{schema}.content_terms", 1)

    def run(self, connection: Connection[Any], events: Sequence[StoredEvent], extras: Extras) -> list[int]:
        """Positions of the events, in their order. Raises CommandInProgress, and then has stored nothing."""
        command = extras.command
        shape = min(len(events), MANY), min(len(extras.contents), MANY), command is not None
        statement = self._made.get(shape) or self._made.setdefault(shape, self._make(*shape))
        parameters: list[Any] = [] if command is None else [lock_of(command.command_id)]
        parameters += _values(events, _EVENT)
        parameters += _values(extras.contents, _TEXT)
        if command is not None:
            parameters += (getattr(command, name) for name in COMMAND_COLUMNS if name != "position")
        with connection.cursor(row_factory=tuple_row) as cursor:
            positions = [row[0] for row in cursor.execute(statement, parameters, prepare=True)]
        if not positions and command is not None:
            raise CommandInProgress(f"command {command.command_id} is being stored by another transaction")
        return positions

    def _make(self, events: int, texts: int, with_command: bool) -> bytes:
        said = {"table": Identifier(self._schema, contents.name), "columns": _names(_TEXT), "rows": _rows(_TEXT, texts)}
        return _SAVE.format(
            claim=_CLAIM.format(commands=COMMANDS) if with_command else SQL("SELECT 1"),
            take_floor=self._take_floor,
            table=self._events,
            columns=_names(_EVENT),
            rows=_rows(_EVENT, events),
            texts=_TEXTS.format(**said) if texts else SQL(""),
            record=_record(self._schema) if with_command else SQL(""),
        ).as_bytes()

    def erase(self, connection: Connection[Any], extras: Extras) -> None:
        """Not in the statement: it must see the terms of an indexer whose end the first of these has waited for."""
        for content_id in extras.erased():
            connection.execute(self._erase, (extras.erased_at(), content_id), prepare=True)
            connection.execute(self._unindex, (content_id,), prepare=True)


def _type(column: Column[Any]) -> str:
    """Never ``varchar(n)``: a cast to it would cut off what is too long, an INSERT refuses it."""
    return "text" if isinstance(column.type, String) else column.type.compile(postgresql.dialect())


_TEXT = {name: _type(contents.c[name]) for name in CONTENT_COLUMNS}


def _names(columns: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


def _rows(columns: Mapping[str, str], count: int) -> Composable:
    """So many rows of such columns, as a part of FROM; see :func:`_values`."""
    if count >= MANY:
        return SQL(f"unnest({', '.join(f'%s::{kind}[]' for kind in columns.values())})")
    row = ", ".join(f"%s::{kind}" for kind in columns.values())
    return SQL(f"(VALUES {', '.join([f'({row})'] * count)})")


def _values(rows: Sequence[Any], columns: Iterable[str]) -> list[Any]:
    if len(rows) >= MANY:
        return [[getattr(row, name) for row in rows] for name in columns]
    return [getattr(row, name) for row in rows for name in columns]


def _record(schema: str) -> Composed:
    values = SQL(", ").join(SQL("max(notification_id)" if name == "position" else "%s") for name in COMMAND_COLUMNS)
    return _RECORD.format(table=Identifier(schema, commands.name), columns=_names(COMMAND_COLUMNS), values=values)


def lock_of(command_id: UUID) -> int:
    """Second of the two integers of a command's lock."""
    return int.from_bytes(hashlib.sha256(command_id.bytes).digest()[:4], signed=True)
