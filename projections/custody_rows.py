"""Custody intervals as rows, made from what was done with each inquiry, and what accounting adds up of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Index, Integer, Table, and_, literal_column, select

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import Standing, State
from projections import custody_sums
from projections.custody_interval import Interval
from projections.tables import CODE, ID, TABLES, UtcTime, among, upsert
from projections.view import Batch, View

ROWS = Table(
    "custody",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("holder", CODE),
    Column("state", CODE, nullable=False),
    Column("department", CODE),
    Column("due_at", UtcTime),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime),
    Column("opened_by", CODE, nullable=False),
    Column("opened_version", Integer, nullable=False),
    Column("handover", Boolean, nullable=False),
)
CURRENT = ROWS.c.valid_to.is_(None)
PAST = ~CURRENT
IS_OPEN = ROWS.c.state.in_([literal_column(f"'{state.value}'") for state in State if state.is_open])
"""With the values in it: for parameters SQLite would not take an index that has this condition."""
LATE = ROWS.c.valid_to > ROWS.c.due_at
"""It had ended, and later than it was due."""


def _index(name: str, which: ColumnElement[bool], *columns: Column[Any]) -> None:
    Index(f"custody_{name}", *columns, sqlite_where=which, postgresql_where=which)


Index("custody_begun", ROWS.c.valid_from)
_index("ended", PAST, ROWS.c.valid_to)
_index("late", LATE, ROWS.c.due_at)
_index("open", and_(CURRENT, IS_OPEN), ROWS.c.valid_from, ROWS.c.department, ROWS.c.due_at)
"""Has all that is counted: PostgreSQL takes open and lasting for independent of each other, expects half of all rows,
and would otherwise rather read the whole table."""

_MOVING = (
    happened.InquiryReceived,
    happened.InquiryClaimed,
    happened.InquiryReleased,
    happened.InquiryForwardAccepted,
    happened.InquiryForwardRejected,
    happened.InquiryForwardExpired,
    happened.InquiryPaused,
    happened.InquiryResumed,
    happened.InquiryDueChanged,
    happened.InquiryResolved,
    happened.InquiryReopened,
    happened.InquiryMerged,
    happened.InquiryUnmerged,
    happened.InquiryRerouted,
    happened.InquiryDuplicateAdded,  # may bring an earlier due time
)
_NOT_MOVING = (
    happened.InquiryClassified,
    happened.InquiryAnswered,
    happened.InquiryForwarded,
    happened.InquiryForwardRecalled,
    happened.InquiryCallbackPromised,
    happened.InquiryCitizenContacted,
    happened.InquiryNoteAdded,
    happened.InquiryEscalated,
    happened.InquiryEscalationAcknowledged,
    happened.InquiryContentErased,
    happened.InquiryDuplicateRemoved,
    happened.InquiryFeedbackGiven,
    happened.InquiryArticleConsulted,
    happened.InquiryAnswerRecalled,
    happened.InquiryContradicted,
)


def read_interval(row: Mapping[Any, Any]) -> Interval:
    """A row again."""
    return Interval(**{**row, "state": State(row["state"])})


class _Custody(NamedTuple):
    holder: str | None
    state: State
    department: str | None
    due_at: datetime | None


def _custody(one: Standing | Interval) -> _Custody:
    return _Custody(one.holder, one.state, one.department, one.due_at)


def _apply(connection: Connection, batch: Batch) -> None:
    later = [key for key, history in batch.histories.items() if history[0].version > 1]
    current = _current(connection, later)
    changed: list[tuple[Interval, bool]] = []
    for inquiry_id, history in batch.histories.items():
        known = current.get(inquiry_id)
        changed += [(one, known is None or one.seq > known.seq) for one in _changed(known, history)]
    upsert(connection, ROWS, [_values(interval) for interval, _ in changed])
    custody_sums.store(connection, changed)


def _current(connection: Connection, inquiry_ids: Sequence[UUID]) -> dict[UUID, Interval]:
    if not inquiry_ids:
        return {}
    statement = select(ROWS).where(among(connection, ROWS.c.inquiry_id, inquiry_ids), CURRENT)
    return {row.inquiry_id: read_interval(row._mapping) for row in connection.execute(statement)}


def _changed(current: Interval | None, history: Sequence[InquiryEvent]) -> Iterator[Interval]:
    """The intervals that ``history`` ends or begins, given the one that lasts."""
    before = current
    for event in history:
        if current is not None and _custody(event.standing) == _custody(current):
            continue
        following = _following(current, event)
        if current is not None:
            yield replace(current, valid_to=following.valid_from)
        current = following
    if current is not None and current is not before:
        yield current


def _following(current: Interval | None, event: InquiryEvent) -> Interval:
    """Time does not run backwards within an inquiry; should a record say so, its interval begins with the last one."""
    standing = event.standing
    moment = event.provenance.occurred_at
    came_from = current.department if current else None
    return Interval(
        inquiry_id=event.inquiry_id,
        seq=current.seq + 1 if current else 1,
        holder=standing.holder,
        state=standing.state,
        department=standing.department,
        due_at=standing.due_at,
        valid_from=max(moment, current.valid_from) if current else moment,
        valid_to=None,
        opened_by=event.type,
        opened_version=event.version,
        handover=None not in (came_from, standing.department) and came_from != standing.department,
    )


def _values(interval: Interval) -> dict[str, Any]:
    return {name: getattr(interval, name) for name in Interval.__slots__} | {"state": interval.state.value}


CUSTODY = View(
    name="custody",
    version=4,
    tables=(ROWS, custody_sums.SUMS),
    apply=_apply,
    handles=frozenset(_MOVING),
    ignores=frozenset(_NOT_MOVING),
)
