"""Custody intervals: who had an inquiry from when until when, and by when it was due. What an auditor counts with.

A new interval begins whenever holder, state, department or due time change, at the event's ``occurred_at``; it lasts
until the next one, half-open: [from, to). So at every moment since its receipt an inquiry is in exactly one interval,
and "how many were open, overdue, with whom, at noon on 1 January" is one query (promise 3, conservation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Index, Integer, Table, and_, func, or_, select, text

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import Standing, State
from projections.cursor import Page, beyond, checked_limit, decode, page
from projections.tables import CODE, ID, TABLES, UtcTime, upsert
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
_OPEN = ROWS.c.state.in_([State.OPEN.value, State.WAITING.value])
_CLOSED = ROWS.c.state.in_([State.RESOLVED.value, State.MERGED.value])
_CURRENT = ROWS.c.valid_to.is_(None)
_RECEIPT = ROWS.c.seq == 1


def _index(name: str, which: ColumnElement[bool], *columns: Column[Any]) -> None:
    Index(f"custody_{name}", *columns, sqlite_where=which, postgresql_where=which)


_index("received", _RECEIPT, ROWS.c.valid_from)
_index("current", _CURRENT, ROWS.c.state, ROWS.c.valid_from)
_index("past", ~_CURRENT, ROWS.c.valid_to, ROWS.c.valid_from)
Index(  # SQLite takes it only for a condition that is written as in the query
    "custody_handover", ROWS.c.valid_from, sqlite_where=text("handover = 1"), postgresql_where=ROWS.c.handover
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[``valid_from``, ``valid_to``), None: still. ``opened_by`` is the type of the event ``opened_version``.

    ``handover``: with it, custody passed from one department to another one.
    """

    inquiry_id: UUID
    seq: int
    holder: str | None
    state: State
    department: str | None
    due_at: datetime | None
    valid_from: datetime
    valid_to: datetime | None
    opened_by: str
    opened_version: int
    handover: bool


class Accounting(TypedDict):
    """How many inquiries, at one moment. Those of no department are under ``(none)``."""

    received: int
    open: int
    open_overdue: int
    resolved: int
    merged: int
    open_by_department: dict[str, int]
    overdue_by_department: dict[str, int]
    handovers: int


# --- queries -------------------------------------------------------------------------------------------------------

NO_DEPARTMENT = "(none)"


def accounting(connection: Connection, as_of: datetime) -> Accounting:
    """What was received until ``as_of`` and where it was then; overdue: due before ``as_of``.

    ``received`` counts receipts, ``open``, ``resolved`` and ``merged`` count intervals: that they add up is not built
    in, so it can be checked. ``handovers`` are those from one department to another until ``as_of``.
    """
    received = select(func.count()).where(_RECEIPT, ROWS.c.valid_from <= as_of)
    handovers = select(func.count()).where(ROWS.c.handover, ROWS.c.valid_from <= as_of)
    closed = _by(connection, as_of, _CLOSED, ROWS.c.state)
    open_ = _by(connection, as_of, _OPEN, ROWS.c.department)
    overdue = _by(connection, as_of, and_(_OPEN, ROWS.c.due_at < as_of), ROWS.c.department)
    return Accounting(
        received=connection.scalar(received) or 0,
        open=sum(open_.values()),
        open_overdue=sum(overdue.values()),
        resolved=closed.get(State.RESOLVED.value, 0),
        merged=closed.get(State.MERGED.value, 0),
        open_by_department=open_,
        overdue_by_department=overdue,
        handovers=connection.scalar(handovers) or 0,
    )


def at(connection: Connection, inquiry_id: UUID, as_of: datetime) -> Interval | None:
    """The interval of an inquiry at a moment; None if it had not been received."""
    row = connection.execute(select(ROWS).where(ROWS.c.inquiry_id == inquiry_id, _at(as_of))).one_or_none()
    return None if row is None else _interval(row._mapping)


def intervals(connection: Connection, inquiry_id: UUID) -> list[Interval]:
    """All intervals of an inquiry, in order."""
    rows = connection.execute(select(ROWS).where(ROWS.c.inquiry_id == inquiry_id).order_by(ROWS.c.seq))
    return [_interval(row._mapping) for row in rows]


def time_per_door(connection: Connection, inquiry_id: UUID, until: datetime) -> dict[str, timedelta]:
    """How long each holder has had it, up to ``until``, in the order in which they first did."""
    doors: dict[str, timedelta] = {}
    for interval in intervals(connection, inquiry_id):
        if interval.holder is not None and interval.valid_from < until:
            end = until if interval.valid_to is None else min(interval.valid_to, until)
            doors[interval.holder] = doors.get(interval.holder, timedelta()) + (end - interval.valid_from)
    return doors


def open_ids_at(connection: Connection, as_of: datetime, *, after: str | None = None, limit: int = 200) -> Page[UUID]:
    """Which inquiries were open, by id. Raises BadCursor, ValueError."""
    statement = select(ROWS.c.inquiry_id).where(_OPEN, _at(as_of)).order_by(ROWS.c.inquiry_id)
    if after is not None:
        statement = statement.where(beyond([ROWS.c.inquiry_id], decode(after, "open_ids", UUID)))
    found = connection.scalars(statement.limit(checked_limit(limit) + 1)).all()
    return page(found, limit, lambda inquiry_id: (inquiry_id,), "open_ids")


def _by(connection: Connection, as_of: datetime, which: ColumnElement[bool], column: Column[Any]) -> dict[str, int]:
    statement = select(column, func.count()).where(which, _at(as_of)).group_by(column).order_by(column)
    return {key or NO_DEPARTMENT: count for key, count in connection.execute(statement)}


def _at(as_of: datetime) -> ColumnElement[bool]:
    """Written as two cases, so that each has its index: what still lasts, and what ended later than that."""
    return and_(ROWS.c.valid_from <= as_of, or_(_CURRENT, ROWS.c.valid_to > as_of))


def _interval(row: Mapping[Any, Any]) -> Interval:
    return Interval(**{**row, "state": State(row["state"])})


# --- from events ---------------------------------------------------------------------------------------------------

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
    changed = [
        interval
        for inquiry_id, history in batch.histories.items()
        for interval in _changed(current.get(inquiry_id), history)
    ]
    upsert(connection, ROWS, [_values(interval) for interval in changed])


def _current(connection: Connection, inquiry_ids: Sequence[UUID]) -> dict[UUID, Interval]:
    if not inquiry_ids:
        return {}
    statement = select(ROWS).where(ROWS.c.inquiry_id.in_(inquiry_ids), _CURRENT)
    return {row.inquiry_id: _interval(row._mapping) for row in connection.execute(statement)}


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
    version=3,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset(_MOVING),
    ignores=frozenset(_NOT_MOVING),
)
