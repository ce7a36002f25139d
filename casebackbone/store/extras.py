"""The rows that a save writes beside its events, as statements for either database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casebackbone.store.rows import CommandRow, ContentRow
from casebackbone.store.tables import commands, contents, iso


@dataclass(frozen=True, slots=True)
class Extras:
    """What else is stored with the events, in the same transaction."""

    contents: Sequence[ContentRow] = ()
    command: CommandRow | None = None
    erase: Sequence[UUID] = ()

    def demand_none(self) -> None:
        """For a save without events: texts and records belong to events. Raises ValueError if there are any."""
        if self.contents or self.command is not None or self.erase:
            raise ValueError("texts and a command's record are stored with events only")

    def erased_at(self) -> datetime:
        if self.command is None:
            raise ValueError("only a recorded command erases content")
        return self.command.recorded_at

    def erased(self) -> list[UUID]:
        """What is erased, always in the same order: two that lock the same rows must not wait for each other."""
        return sorted(set(self.erase))


CONTENT_COLUMNS = [column.name for column in contents.columns]
COMMAND_COLUMNS = [column.name for column in commands.columns]


def insert(table: str, columns: Sequence[str], sign: str, **expressions: str) -> str:
    """``INSERT INTO table (…) VALUES (…)`` with ``sign`` for each value, except where an expression is given."""
    values = ", ".join(expressions.get(column, sign) for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"


def select_command(table: str, sign: str) -> str:
    """The record of one command, columns as in ``COMMAND_COLUMNS``."""
    return f"SELECT {', '.join(COMMAND_COLUMNS)} FROM {table} WHERE command_id = {sign}"


def erasure(sign: str) -> str:
    """Removes text and salt and keeps the row, once."""
    return (
        f"UPDATE contents SET text = NULL, salt = NULL, erased_at = {sign} "
        f"WHERE content_id = {sign} AND erased_at IS NULL"
    )


def unindexing(sign: str) -> str:
    """Removes what the search index knows of a text. After :func:`erasure`, which waits for an indexer at work."""
    return f"DELETE FROM content_terms WHERE content_id = {sign}"


def values(row: ContentRow | CommandRow, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in columns)


def for_sqlite(value: Any) -> Any:
    """SQLite knows neither UUIDs nor times: they are hex and ISO text, as the tables' types have them."""
    if isinstance(value, UUID):
        return value.hex
    return iso(value) if isinstance(value, datetime) else value
