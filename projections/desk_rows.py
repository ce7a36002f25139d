"""The desk of each day as rows: who was there, its calls, its peaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, bindparam, insert, update

from events import desk as happened
from events.desk import DeskEvent
from projections.tables import CODE, ID, TABLES, UtcTime
from projections.view import Batch, View

DAYS = Table(
    "desk_days",
    TABLES,
    Column("desk_id", ID, primary_key=True),
    Column("day", CODE, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
)
Index("desk_days_day", DAYS.c.day)

PRESENCES = Table(
    "desk_presences",
    TABLES,
    Column("desk_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("person", CODE, nullable=False),
    Column("place", CODE, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("reason", CODE),
)
"""A row for each time that somebody signed on; ``reason`` is why they signed off."""

CALLS = Table(
    "desk_calls",
    TABLES,
    Column("desk_id", ID, primary_key=True),
    Column("call", CODE, primary_key=True),
    Column("offered_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("abandoned_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("person", CODE),
    Column("waited_seconds", Integer),
    Column("in_time", Boolean),
    Column("talked_seconds", Integer),
)
"""Times are those of the telephone system."""
Index("desk_calls_offered", CALLS.c.desk_id, CALLS.c.offered_at, CALLS.c.call)

PEAKS = Table(
    "desk_peaks",
    TABLES,
    Column("desk_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("reason", CODE, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("longest_wait_seconds", Integer, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_reason", CODE),
)
"""``waiting`` and ``longest_wait_seconds`` as it opened."""
Index("desk_peaks_opened", PEAKS.c.opened_at)

Row = dict[str, Any]


class _Spans:
    """Rows that one event begins and a later one ends, maybe in a later batch: at most one is open for each key."""

    def __init__(self, table: Table, key: Sequence[str], end: str) -> None:
        self._table, self._key, self._end = table, ("desk_id", *key), end
        self._begun: dict[tuple[Any, ...], Row] = {}
        self._new: list[Row] = []
        self._ended: list[Row] = []

    def begin(self, row: Row) -> None:
        self._new.append(row)
        self._begun[tuple(row[name] for name in self._key)] = row

    def end(self, **row: Any) -> None:
        """``row`` has the key and what is known at the end."""
        begun = self._begun.pop(tuple(row[name] for name in self._key), None)
        if begun is None:
            self._ended.append(row)
        else:
            begun.update(row)

    def write(self, connection: Connection) -> None:
        """What was open before this batch ends first: what it began itself is another row."""
        if self._ended:
            same = [self._table.c[name] == bindparam(f"key_{name}") for name in self._key]
            values: Row = {name: bindparam(f"new_{name}") for name in self._ended[0] if name not in self._key}
            statement = update(self._table).where(*same, self._table.c[self._end].is_(None)).values(values)
            renamed = [
                {f"key_{name}" if name in self._key else f"new_{name}": value for name, value in row.items()}
                for row in self._ended
            ]
            connection.execute(statement, renamed)
        if self._new:
            connection.execute(insert(self._table), self._new)


def _apply(connection: Connection, batch: Batch) -> None:
    _days(connection, batch)
    for history in batch.histories.values():
        _presences(connection, history)
        _peaks(connection, history)
        _calls(connection, history)


def _days(connection: Connection, batch: Batch) -> None:
    opened = [
        {"desk_id": event.desk_id, "day": event.day, "opened_at": event.provenance.occurred_at, "closed_at": None}
        for event in batch.events
        if isinstance(event, happened.DeskOpened)
    ]
    if opened:
        connection.execute(insert(DAYS), opened)
    for event in batch.events:
        if isinstance(event, happened.DeskClosed):
            done = update(DAYS).where(DAYS.c.desk_id == event.desk_id)
            connection.execute(done.values(closed_at=event.provenance.occurred_at))


def _presences(connection: Connection, history: Iterable[DeskEvent]) -> None:
    spans = _Spans(PRESENCES, ("person",), "until")
    for event in history:
        at = event.provenance.occurred_at
        if isinstance(event, happened.AgentSignedOn):
            row = {"desk_id": event.desk_id, "version": event.version, "person": event.person, "place": event.place}
            spans.begin({**row, "since": at, "until": None, "reason": None})
        elif isinstance(event, happened.AgentSignedOff):
            spans.end(desk_id=event.desk_id, person=event.person, until=at, reason=event.reason)
    spans.write(connection)


def _peaks(connection: Connection, history: Iterable[DeskEvent]) -> None:
    spans = _Spans(PEAKS, (), "closed_at")
    for event in history:
        at = event.provenance.occurred_at
        if isinstance(event, happened.PeakOpened):
            row = {"desk_id": event.desk_id, "version": event.version, "opened_at": at, "reason": event.reason}
            row |= {"waiting": event.waiting, "longest_wait_seconds": event.longest_wait_seconds}
            spans.begin({**row, "closed_at": None, "closed_reason": None})
        elif isinstance(event, happened.PeakClosed):
            spans.end(desk_id=event.desk_id, closed_at=at, closed_reason=event.reason)
    spans.write(connection)


def _calls(connection: Connection, history: Iterable[DeskEvent]) -> None:
    told: dict[str, Row] = {}
    for event in history:
        if isinstance(event, happened.CallEvent):
            told.setdefault(event.call, {}).update(_TOLD[type(event)](event))
            told[event.call]["desk_id"] = event.desk_id
    new = [{**_NOTHING, **row, "call": call} for call, row in told.items() if "offered_at" in row]
    if new:
        connection.execute(insert(CALLS), new)
    for call, row in told.items():
        if "offered_at" not in row:
            known = update(CALLS).where(CALLS.c.desk_id == row["desk_id"], CALLS.c.call == call)
            connection.execute(known.values(row))


_NOTHING: Row = {column.name: None for column in CALLS.columns}
_TOLD: dict[type[DeskEvent], Callable[[Any], Row]] = {
    happened.CallOffered: lambda event: {"offered_at": event.told_at},
    happened.CallAnswered: lambda event: {
        "answered_at": event.told_at,
        "person": event.person,
        "waited_seconds": event.waited_seconds,
        "in_time": event.in_time,
    },
    happened.CallAbandoned: lambda event: {
        "abandoned_at": event.told_at,
        "waited_seconds": event.waited_seconds,
    },
    happened.CallEnded: lambda event: {"ended_at": event.told_at, "talked_seconds": event.talked_seconds},
}

DESK = View(
    name="desk",
    version=1,
    tables=(DAYS, PRESENCES, CALLS, PEAKS),
    apply=_apply,
    handles=frozenset(
        {
            happened.DeskOpened,
            happened.AgentSignedOn,
            happened.AgentSignedOff,
            happened.CallOffered,
            happened.CallAnswered,
            happened.CallAbandoned,
            happened.CallEnded,
            happened.PeakOpened,
            happened.PeakClosed,
            happened.DeskClosed,
        }
    ),
    families=(DeskEvent,),
)
