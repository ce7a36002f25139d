"""Work lists: what lies at the desk, with me, with my department; what I passed on; whom we promised to call.

One row an open inquiry. Closed ones leave, so that lists stay as long as the work, not as long as the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, and_, or_, select

from events.standing import Channel, State
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.worklist_rows import ESCALATED, ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. ``due_after`` is inclusive, ``due_before`` exclusive. ``attention``: whether something happened that
    its holder has not yet done anything about."""

    service: str | None = None
    department: str | None = None
    state: State | None = None
    channel: Channel | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None
    attention: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """An open inquiry. ``offer_state`` is what became of the last forward: pending, accepted, sent_back, recalled, or
    withdrawn because the department that was asked is no longer there."""

    inquiry_id: UUID
    version: int
    reference: str
    channel: Channel
    state: State
    holder: str
    due_at: datetime
    service: str | None
    department: str | None
    offered_to: str | None
    offer_expires_at: datetime | None
    forwarded_by: str | None
    offer_state: str | None
    forwards: int
    sent_back: int
    callback_due_at: datetime | None
    received_at: datetime
    last_step_at: datetime
    area: str | None
    lost_minutes: int
    circles: int
    callback_not_before: datetime | None
    callback_attempts: int
    escalated_to: str | None
    escalated_at: datetime | None
    escalated_for: str | None
    escalate_again_at: datetime | None
    acknowledged_until: datetime | None
    attention: str | None
    attention_since: datetime | None


# --- queries -------------------------------------------------------------------------------------------------------

_ANY = Filters()


def front_desk(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[WorklistRow]:
    """What lies at the front desk, by due time."""
    return _list(connection, "front_desk", ROWS.c.holder == "desk:front", filters, after, limit)


def background(
    connection: Connection,
    filters: Filters = _ANY,
    *,
    with_front: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Page[WorklistRow]:
    """What lies with the background staff, by due time; ``with_front``: also what lies at the front desk."""
    places = ("desk:front", "desk:background") if with_front else ("desk:background",)
    return _list(connection, "background", ROWS.c.holder.in_(places), filters, after, limit)


def mine(
    connection: Connection, actor: str, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[WorklistRow]:
    """What ``actor`` (``agent:<id>``) holds, by due time."""
    return _list(connection, "mine", ROWS.c.holder == actor, filters, after, limit)


def department_inbox(
    connection: Connection, department: str, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[WorklistRow]:
    """What is offered to ``department`` and not yet accepted, by due time."""
    return _list(connection, "department_inbox", ROWS.c.offered_to == department, filters, after, limit)


def department_work(
    connection: Connection, department: str, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[WorklistRow]:
    """What is the matter of ``department``, whoever of its people holds it, by due time."""
    return _list(connection, "department_work", ROWS.c.department == department, filters, after, limit)


def forwarded_by(
    connection: Connection, actor: str, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[WorklistRow]:
    """What ``actor`` was the last to pass on, with what became of it (``offer_state``), by due time."""
    return _list(connection, "forwarded_by", ROWS.c.forwarded_by == actor, filters, after, limit)


def callbacks_due(
    connection: Connection,
    before: datetime,
    filters: Filters = _ANY,
    *,
    begun: bool | None = None,
    now: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[WorklistRow]:
    """Who was promised a call before ``before``, the most urgent first.

    ``begun``: only those whom one may call ``now``, because their window has begun; or only those whose has not.
    """
    due, opens = ROWS.c.callback_due_at, ROWS.c.callback_not_before
    which = [due < before]
    if begun is not None:
        which.append(or_(opens.is_(None), opens <= now) if begun else opens > now)
    return _list(connection, "callbacks_due", and_(*which), filters, after, limit, order=due)


def escalated(
    connection: Connection,
    to: str | None,
    filters: Filters = _ANY,
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[WorklistRow]:
    """Of what ``to`` (``agent:<id>``; None: anybody above) was told, also if they have seen it, by due time."""
    return _list(connection, "escalated", ESCALATED if to is None else ROWS.c.escalated_to == to, filters, after, limit)


def _list(
    connection: Connection,
    kind: str,
    which: ColumnElement[bool],
    filters: Filters,
    after: str | None,
    limit: int,
    order: Column[Any] = ROWS.c.due_at,
) -> Page[WorklistRow]:
    key = [order, ROWS.c.inquiry_id]
    statement = select(ROWS).where(which, *_conditions(filters)).order_by(*key).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, kind, moment, UUID)))
    found = [_row(dict(row._mapping)) for row in connection.execute(statement)]
    return page(found, limit, lambda row: (getattr(row, order.name), row.inquiry_id), kind)


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    for name in ("service", "department", "state", "channel"):
        if (value := getattr(filters, name)) is not None:
            yield ROWS.c[name] == value
    if filters.attention is not None:
        yield ROWS.c.attention.is_not(None) if filters.attention else ROWS.c.attention.is_(None)
    if filters.due_after is not None:
        yield ROWS.c.due_at >= filters.due_after
    if filters.due_before is not None:
        yield ROWS.c.due_at < filters.due_before


def _row(row: dict[str, Any]) -> WorklistRow:
    return WorklistRow(**{**row, "channel": Channel(row["channel"]), "state": State(row["state"])})
