"""What accounting adds up: how many inquiries came into each state on each day and in each month, and how many left it.

Counting a million intervals takes a second; adding up some thousand numbers does not. What was at a moment is the sum
over all months before it, the days of the month before it, and the rows of the day itself (:mod:`projections.custody`).

An interval of an open inquiry is added when it ends: those that last are few, and are counted themselves. All others
are added when they begin. So an inquiry that is settled while the citizen waits costs two numbers.

Each partition of the topic has numbers of its own, so that projectors do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Integer, Select, Table, func, literal_column, select, union_all

from projections.custody_interval import Interval
from projections.partitions import partition_of
from projections.tables import CODE, TABLES, upsert

SUMS = Table(
    "custody_sums",
    TABLES,
    Column("span", CODE, primary_key=True),
    Column("period", CODE, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("what", CODE, primary_key=True),
    Column("department", CODE, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""``span`` is day or month, ``period`` which one (UTC, as in 2026-03-02 or 2026-03). ``what``: received, handovers,
resolved, merged, or, of open inquiries whose interval has ended, open and overdue, for each department (empty: none).
``number``: so many began, less those that ended."""

RECEIVED, HANDOVERS, OPEN, OVERDUE = "received", "handovers", "open", "overdue"
AN_INSTANT = timedelta(microseconds=1)
"""Overdue is what was due before a moment, so it begins as much later than the due time."""


class Move(NamedTuple):
    """Into ``what`` at a moment (+1), or out of it (-1)."""

    what: str
    department: str
    at: datetime
    number: int


_Key = tuple[str, str, int, str, str]
_COLUMNS = tuple(column.name for column in SUMS.columns)
_MONTH = 7
_SPANS = (("day", 10), ("month", _MONTH))
"""How much of a date says which one it is."""


# --- from intervals --------------------------------------------------------------------------------------------------


def store(connection: Connection, changed: Iterable[tuple[Interval, bool]]) -> None:
    """Add the intervals that were changed, each with whether it began with that; those that have ended, ended with it.

    What is added for an interval depends on nothing else, and numbers that come to nothing stay, so that rows do not
    depend on batches."""
    sums: dict[_Key, int] = {}
    for interval, began in changed:
        partition = partition_of(interval.inquiry_id)
        for moves in _moves(interval, began):
            days = [day_of(move.at) for move in moves]
            for span, length in _SPANS:
                if len(moves) == 2 and days[0][:length] == days[1][:length]:
                    continue
                for move, day in zip(moves, days, strict=True):
                    key = (span, day[:length], partition, move.what, move.department)
                    sums[key] = sums.get(key, 0) + move.number
    rows = [dict(zip(_COLUMNS, (*key, number), strict=True)) for key, number in sorted(sums.items())]
    upsert(connection, SUMS, rows, added=("number",))


def _moves(interval: Interval, began: bool) -> Iterator[tuple[Move, ...]]:
    """Pairs are known at once, and come to nothing within one period."""
    if began and interval.seq == 1:
        yield (Move(RECEIVED, "", interval.valid_from, 1),)
    if began and interval.handover:
        yield (Move(HANDOVERS, "", interval.valid_from, 1),)
    state, department, ends = interval.state, interval.department or "", interval.valid_to
    if not state.is_open:
        if began:
            yield (Move(state.value, "", interval.valid_from, 1),)
        if ends is not None:
            yield (Move(state.value, "", ends, -1),)
    elif ends is not None:
        yield Move(OPEN, department, interval.valid_from, 1), Move(OPEN, department, ends, -1)
        if interval.due_at is not None and interval.due_at < ends:
            begins = max(interval.valid_from, interval.due_at + AN_INSTANT)
            yield Move(OVERDUE, department, begins, 1), Move(OVERDUE, department, ends, -1)


def day_of(at: datetime) -> str:
    """The day of a moment, in UTC."""
    return at.astimezone(UTC).date().isoformat()


# --- queries ---------------------------------------------------------------------------------------------------------


_IS_MONTH, _IS_DAY = (SUMS.c.span == literal_column(f"'{span}'") for span in ("month", "day"))
"""With the words in it: of a parameter PostgreSQL would not know that months are few, once it plans for any value."""


def before(day: datetime) -> list[Select[Any]]:
    """Questions for what, department and number before a day of UTC: whole months, then the days since."""
    today = day_of(day)
    month = today[:_MONTH]
    return [
        _sums(_IS_MONTH, SUMS.c.period < month),
        _sums(_IS_DAY, SUMS.c.period >= f"{month}-01", SUMS.c.period < today),
    ]


def _sums(*which: Any) -> Select[Any]:
    by = (SUMS.c.what, SUMS.c.department)
    return select(*by, func.sum(SUMS.c.number)).where(*which).group_by(*by)


def added(connection: Connection, questions: Iterable[Select[Any]]) -> dict[tuple[str, str], int]:
    """The answers of all questions, added up by what and department; without what comes to nothing."""
    sums: dict[tuple[str, str], int] = {}
    for what, department, number in connection.execute(union_all(*questions)):
        key = what, department or ""
        sums[key] = sums.get(key, 0) + int(number or 0)
    return {key: number for key, number in sums.items() if number}
