"""Work lists: what lies at the desk, with me, with my department; what I passed on; whom we promised to call.

One row an open inquiry. Closed ones leave, so that lists stay as long as the work, not as long as the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, Integer, Table, and_, delete, or_, select

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import Channel, Standing, State
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, upsert
from projections.view import Batch, View

ROWS = Table(
    "worklist",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", CODE, nullable=False, info=VOLATILE),
    Column("channel", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("holder", CODE, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("service", CODE),
    Column("department", CODE),
    Column("offered_to", CODE),
    Column("offer_expires_at", UtcTime),
    Column("forwarded_by", CODE),
    Column("offer_state", CODE),
    Column("forwards", Integer, nullable=False),
    Column("sent_back", Integer, nullable=False),
    Column("callback_due_at", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("last_step_at", UtcTime, nullable=False),
    Column("area", CODE),
    Column("lost_minutes", Integer, nullable=False),
    Column("circles", Integer, nullable=False),
    Column("callback_not_before", UtcTime),
    Column("callback_attempts", Integer, nullable=False),
    Column("escalated_to", CODE),
    Column("escalated_at", UtcTime),
    Column("escalated_for", CODE),
    Column("escalate_again_at", UtcTime),
    Column("acknowledged_until", UtcTime),
    Column("attention", CODE),
    Column("attention_since", UtcTime),
)


def _index(name: str, leading: Column[Any], *following: Column[Any]) -> None:
    """On what is there: most inquiries are offered to nobody."""
    there = leading.is_not(None)
    Index(f"worklist_{name}", leading, *following, sqlite_where=there, postgresql_where=there)


_index("holder", ROWS.c.holder, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("department", ROWS.c.department, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("offered_to", ROWS.c.offered_to, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("forwarded_by", ROWS.c.forwarded_by, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("callback", ROWS.c.callback_due_at, ROWS.c.inquiry_id)
_index("escalated_to", ROWS.c.escalated_to, ROWS.c.due_at, ROWS.c.inquiry_id)
ESCALATED = ROWS.c.escalated_to.is_not(None)
Index("worklist_escalated", ROWS.c.due_at, ROWS.c.inquiry_id, sqlite_where=ESCALATED, postgresql_where=ESCALATED)


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


# --- from events ---------------------------------------------------------------------------------------------------

_OFFER_STATES = {
    happened.InquiryForwarded: "pending",
    happened.InquiryForwardAccepted: "accepted",
    happened.InquiryForwardRejected: "sent_back",
    happened.InquiryForwardExpired: "sent_back",
    happened.InquiryForwardRecalled: "recalled",
}
_AS_IT_STANDS = (
    "area",
    "lost_minutes",
    "circles",
    "callback_not_before",
    "callback_attempts",
    "escalated_to",
    "escalated_at",
    "escalated_for",
    "escalate_again_at",
    "acknowledged_until",
    "attention",
    "attention_since",
)
_BACK = (happened.InquiryReopened, happened.InquiryUnmerged)
_CLOSING = (happened.InquiryResolved, happened.InquiryMerged)
_OTHERS = (  # they change nothing here but the standing and the time of the last step
    happened.InquiryReceived,
    happened.InquiryClassified,
    happened.InquiryClaimed,
    happened.InquiryReleased,
    happened.InquiryAnswered,
    happened.InquiryCallbackPromised,
    happened.InquiryCitizenContacted,
    happened.InquiryPaused,
    happened.InquiryResumed,
    happened.InquiryNoteAdded,
    happened.InquiryDueChanged,
    happened.InquiryEscalated,
    happened.InquiryEscalationAcknowledged,
    happened.InquiryContentErased,
    happened.InquiryDuplicateAdded,
    happened.InquiryDuplicateRemoved,
    happened.InquiryFeedbackGiven,
    happened.InquiryArticleConsulted,
    happened.InquiryAnswerRecalled,
    happened.InquiryContradicted,
)


def _apply(connection: Connection, batch: Batch) -> None:
    open_, closed = [], []
    for inquiry_id, history in batch.histories.items():
        if history[-1].standing.state.is_open:
            open_.append(_values(history))
        else:
            closed.append(inquiry_id)
    upsert(connection, ROWS, open_, kept=("offer_state",))
    if closed:
        connection.execute(delete(ROWS).where(ROWS.c.inquiry_id.in_(closed)))


def _values(history: Sequence[InquiryEvent]) -> dict[str, Any]:
    last = history[-1]
    standing = last.standing
    return {
        "inquiry_id": last.inquiry_id,
        "version": last.version,
        "reference": standing.reference,
        "channel": standing.channel.value,
        "state": standing.state.value,
        "holder": standing.holder,
        "due_at": standing.due_at,
        "service": standing.service,
        "department": standing.department,
        "offered_to": standing.offered_to,
        "offer_expires_at": standing.offer_expires_at,
        "forwarded_by": standing.forwarded_by,
        "offer_state": _offer_state(history),
        "forwards": standing.forwards,
        "sent_back": standing.sent_back,
        "callback_due_at": standing.callback_due_at,
        "received_at": standing.received_at,
        "last_step_at": last.provenance.occurred_at,
        **{name: getattr(standing, name) for name in _AS_IT_STANDS},
    }


def _offer_state(history: Sequence[InquiryEvent]) -> str | None:
    """As of the last event that says; None: as it was. Who comes back after the end has lost their row, so that their
    standing has to tell."""
    for event in reversed(history):
        if (said := _OFFER_STATES.get(type(event))) is not None:
            return said
        if isinstance(event, happened.InquiryRerouted) and event.withdrawn_from:
            return "withdrawn"
        if isinstance(event, _BACK):
            return _by_standing(event.standing)
    return None


def _by_standing(standing: Standing) -> str | None:
    if standing.forwarded_by is None:
        return None
    if standing.department is not None:
        return "accepted"
    return "sent_back" if standing.sent_back else "recalled"


WORKLIST = View(
    name="worklist",
    version=3,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset({*_OFFER_STATES, *_BACK, *_CLOSING, *_OTHERS, happened.InquiryRerouted}),
)
