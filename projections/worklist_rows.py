"""Work lists as rows: one an open inquiry, as it stands; closed ones leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, delete

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import Standing
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, among, upsert
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


Index("worklist_holder", ROWS.c.holder, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("department", ROWS.c.department, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("offered_to", ROWS.c.offered_to, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("forwarded_by", ROWS.c.forwarded_by, ROWS.c.due_at, ROWS.c.inquiry_id)
_index("callback", ROWS.c.callback_due_at, ROWS.c.inquiry_id)
_index("escalated_to", ROWS.c.escalated_to, ROWS.c.due_at, ROWS.c.inquiry_id)
ESCALATED = ROWS.c.escalated_to.is_not(None)
Index("worklist_escalated", ROWS.c.due_at, ROWS.c.inquiry_id, sqlite_where=ESCALATED, postgresql_where=ESCALATED)


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
        connection.execute(delete(ROWS).where(among(connection, ROWS.c.inquiry_id, closed)))


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
