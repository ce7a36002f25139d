"""Nobody gets lost: every open inquiry, who holds it until when, what was last done, and why it is at risk.

Reasons are found when the question is asked, from times that the asker gives: no job has to run for them to be true.
An inquiry in quarantine is here too, also when its very first event could not be applied and it has no row anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
)

from events.standing import Channel, State
from projections.cursor import BadCursor, Page, beyond, checked_limit, decode, encode, moment
from projections.nobody_lost_rows import OFFERED, ROWS
from projections.quarantine import QUARANTINE, UNATTRIBUTED


class Reason(StrEnum):
    """Why an inquiry is at risk of being lost."""

    OVERDUE = "overdue"
    SILENT = "silent"
    FORWARD_NOT_ACCEPTED = "forward_not_accepted"
    SENT_BACK = "sent_back"
    CALLBACK_MISSED = "callback_missed"
    CIRCLES = "circles"
    ESCALATED = "escalated"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Clock:
    """``silent_before``: whoever had no step since then has not been heard of for too long (the service promise says
    what that means); ``silent_before_of`` has that time for each service whose promise differs."""

    now: datetime
    silent_before: datetime
    silent_before_of: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. What has no row (see :class:`NobodyLostRow`) passes only without department, service and holder."""

    reason: Reason | None = None
    department: str | None = None
    service: str | None = None
    holder: str | None = None

    @property
    def of_rows_only(self) -> bool:
        return any((self.department, self.service, self.holder)) or self.reason not in (None, Reason.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyLostRow:
    """An open inquiry and its risks.

    Without a row of its own, what is in quarantine has only ``inquiry_id``, ``problem``, ``reasons`` and ``family``:
    ``article``, ``task`` … if it is no inquiry at all, None where that is unknown. A record that belongs to nothing has
    ``record`` (source/partition/offset) instead of an id.
    """

    inquiry_id: UUID | None = None
    version: int | None = None
    reference: str | None = None
    holder: str | None = None
    state: State | None = None
    due_at: datetime | None = None
    service: str | None = None
    department: str | None = None
    channel: Channel | None = None
    received_at: datetime | None = None
    last_step: str | None = None
    last_step_at: datetime | None = None
    hops: int = 0
    sent_back: int = 0
    offered_to: str | None = None
    offer_expires_at: datetime | None = None
    escalated_to: str | None = None
    acknowledged_until: datetime | None = None
    escalated_at: datetime | None = None
    escalated_for: str | None = None
    escalate_again_at: datetime | None = None
    callback_due_at: datetime | None = None
    lost_minutes: int = 0
    circles: int = 0
    attention: str | None = None
    attention_since: datetime | None = None
    escalate_at: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    record: str | None = None
    problem: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """``quarantined`` includes inquiries without a row, and so does ``at_risk``; records of no inquiry are apart."""

    open: int
    at_risk: int
    by_reason: dict[Reason, int]
    unattributed: int


# --- queries -------------------------------------------------------------------------------------------------------

_ANY = Filters()
_WITH_QUARANTINE = ROWS.outerjoin(QUARANTINE, QUARANTINE.c.subject == ROWS.c.inquiry_id)
_NO_ROW = ~exists().where(ROWS.c.inquiry_id == QUARANTINE.c.subject)


def _risks(clock: Clock) -> dict[Reason, ColumnElement[bool]]:
    return {
        Reason.OVERDUE: ROWS.c.due_at < clock.now,
        Reason.SILENT: silent(clock),
        Reason.FORWARD_NOT_ACCEPTED: and_(OFFERED, ROWS.c.offer_expires_at < clock.now),
        Reason.SENT_BACK: and_(ROWS.c.sent_back > 0, ROWS.c.holder == "desk:front"),
        Reason.CALLBACK_MISSED: ROWS.c.callback_due_at < clock.now,
        Reason.CIRCLES: ROWS.c.circles > 0,
        Reason.ESCALATED: and_(ROWS.c.escalated_to.is_not(None), ~_acknowledged(clock)),
        Reason.QUARANTINED: QUARANTINE.c.subject.is_not(None),
    }


def silent(clock: Clock, *, just_now: bool = False) -> ColumnElement[bool]:
    """No step for too long, or with ``just_now`` for as long as that. Whoever waits for the citizen is not silent."""
    since, service, own = ROWS.c.last_step_at, ROWS.c.service, clock.silent_before_of

    def before(moment: datetime) -> ColumnElement[bool]:
        return since <= moment if just_now else since < moment

    others = or_(service.is_(None), service.not_in(own)) if own else true()
    each = [and_(others, before(clock.silent_before)), *(and_(service == key, before(own[key])) for key in own)]
    # the bound of all of them once more, in front, so that both databases take the index
    bound = before(max([clock.silent_before, *own.values()]))
    return and_(ROWS.c.state != State.WAITING.value, bound, or_(*each))


def _acknowledged(clock: Clock) -> ColumnElement[bool]:
    return and_(ROWS.c.acknowledged_until.is_not(None), ROWS.c.acknowledged_until > clock.now)


def page(
    connection: Connection,
    clock: Clock,
    filters: Filters = _ANY,
    *,
    only_at_risk: bool = True,
    after: str | None = None,
    limit: int = 50,
) -> Page[NobodyLostRow]:
    """First what has no row (records of no inquiry, then inquiries whose first event is in quarantine), then every open
    inquiry by due time. Raises BadCursor, ValueError."""
    wanted = checked_limit(limit) + 1
    parts = _PARTS[2:] if filters.of_rows_only else _PARTS
    start, key = _where(after)
    found: list[tuple[str, NobodyLostRow]] = []
    for name, read, _ in parts:
        if start is not None and _ORDER[name] < _ORDER[start]:
            continue
        rows = read(connection, clock, filters, only_at_risk, key if name == start else None, wanted - len(found))
        found += [(name, row) for row in rows]
        if len(found) == wanted:
            break
    cursor = None
    if len(found) == wanted:
        name, last = found[limit - 1]
        cursor = encode(name, *_KEYS[name](last))
    return Page([row for _, row in found[:limit]], cursor)


def counts(connection: Connection, clock: Clock, filters: Filters = _ANY) -> Counts:
    """How many are open, how many at risk, and how many for each reason (one inquiry can have several)."""
    risks = _risks(clock)
    columns = [func.count().filter(condition).label(reason.value) for reason, condition in risks.items()]
    statement = select(func.count().label("open"), func.count().filter(or_(*risks.values())).label("at_risk"), *columns)
    statement = statement.select_from(_WITH_QUARANTINE).where(*_conditions(filters))
    if filters.reason is not None:
        statement = statement.where(risks[filters.reason])
    row = connection.execute(statement).one()._mapping
    rowless = unattributed = 0
    if not filters.of_rows_only:
        rowless = connection.scalar(select(func.count()).select_from(QUARANTINE).where(_NO_ROW)) or 0
        unattributed = connection.scalar(select(func.count()).select_from(UNATTRIBUTED)) or 0
    by_reason = {reason: row[reason.value] for reason in Reason}
    by_reason[Reason.QUARANTINED] += rowless
    return Counts(open=row["open"], at_risk=row["at_risk"] + rowless, by_reason=by_reason, unattributed=unattributed)


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    for name in ("department", "service", "holder"):
        if (value := getattr(filters, name)) is not None:
            yield ROWS.c[name] == value


_Key = tuple[Any, ...] | None


def _strays(
    connection: Connection, clock: Clock, filters: Filters, only_at_risk: bool, key: _Key, limit: int
) -> list[NobodyLostRow]:
    columns = list(UNATTRIBUTED.primary_key)
    statement = select(*columns, UNATTRIBUTED.c.problem).order_by(*columns).limit(limit)
    if key is not None:
        statement = statement.where(beyond(columns, key))
    return [
        NobodyLostRow(
            record=f"{row.source}/{row.partition}/{row.offset}", problem=row.problem, reasons=(Reason.QUARANTINED,)
        )
        for row in connection.execute(statement)
    ]


def _rowless(
    connection: Connection, clock: Clock, filters: Filters, only_at_risk: bool, key: _Key, limit: int
) -> list[NobodyLostRow]:
    ids = QUARANTINE.c.subject
    statement = select(ids, QUARANTINE.c.problem, QUARANTINE.c.family).where(_NO_ROW).order_by(ids).limit(limit)
    if key is not None:
        statement = statement.where(beyond([ids], key))
    return [
        NobodyLostRow(inquiry_id=row.subject, problem=row.problem, reasons=(Reason.QUARANTINED,), family=row.family)
        for row in connection.execute(statement)
    ]


def _rows(
    connection: Connection, clock: Clock, filters: Filters, only_at_risk: bool, key: _Key, limit: int
) -> list[NobodyLostRow]:
    risks = _risks(clock)
    marks = [case((condition, 1), else_=0).label(f"is_{reason.value}") for reason, condition in risks.items()]
    order = [ROWS.c.due_at, ROWS.c.inquiry_id]
    statement: Select[Any] = select(ROWS, QUARANTINE.c.problem, *marks).select_from(_WITH_QUARANTINE)
    statement = statement.where(*_conditions(filters)).order_by(*order).limit(limit)
    if filters.reason is not None:
        statement = statement.where(risks[filters.reason])
    elif only_at_risk:
        statement = statement.where(or_(*risks.values()))
    if key is not None:
        statement = statement.where(beyond(order, key))
    return [_row(dict(row._mapping)) for row in connection.execute(statement)]


def _row(row: dict[str, Any]) -> NobodyLostRow:
    reasons = tuple(reason for reason in Reason if row.pop(f"is_{reason.value}"))
    row |= {"state": State(row["state"]), "channel": Channel(row["channel"]), "reasons": reasons, "family": "inquiry"}
    return NobodyLostRow(**row)


_Read = Callable[[Connection, Clock, Filters, bool, _Key, int], list[NobodyLostRow]]
_PARTS: tuple[tuple[str, _Read, tuple[Callable[[Any], Any], ...]], ...] = (
    ("lost_records", _strays, (str, int, int)),
    ("lost_rowless", _rowless, (UUID,)),
    ("lost_rows", _rows, (moment, UUID)),
)
_ORDER = {name: place for place, (name, _, _) in enumerate(_PARTS)}
_KEYS: dict[str, Callable[[NobodyLostRow], tuple[Any, ...]]] = {
    "lost_records": lambda row: _record_key(str(row.record)),
    "lost_rowless": lambda row: (row.inquiry_id,),
    "lost_rows": lambda row: (row.due_at, row.inquiry_id),
}


def _record_key(record: str) -> tuple[str, int, int]:
    source, partition, offset = record.rsplit("/", 2)
    return source, int(partition), int(offset)


def _where(after: str | None) -> tuple[str | None, _Key]:
    """In which part a page begins, and after which key."""
    if after is None:
        return None, None
    for name, _, types in _PARTS:
        try:
            return name, decode(after, name, *types)
        except BadCursor:
            continue
    raise BadCursor("not a cursor of this list")
