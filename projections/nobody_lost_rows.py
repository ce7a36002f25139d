"""The rows of the "nobody gets lost" view: one for each open inquiry, made from its last event and its last step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, delete

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import ESCALATION_CAUSES, Standing
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, among, upsert
from projections.view import Batch, View

ROWS = Table(
    "nobody_lost",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", CODE, nullable=False, info=VOLATILE),
    Column("holder", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("service", CODE),
    Column("department", CODE),
    Column("channel", CODE, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("last_step", CODE, nullable=False),
    Column("last_step_at", UtcTime, nullable=False),
    Column("hops", Integer, nullable=False),
    Column("sent_back", Integer, nullable=False),
    Column("offered_to", CODE),
    Column("offer_expires_at", UtcTime),
    Column("escalated_to", CODE),
    Column("acknowledged_until", UtcTime),
    Column("escalated_at", UtcTime),
    Column("escalated_for", CODE),
    Column("escalate_again_at", UtcTime),
    Column("callback_due_at", UtcTime),
    Column("lost_minutes", Integer, nullable=False),
    Column("circles", Integer, nullable=False),
    Column("attention", CODE),
    Column("attention_since", UtcTime),
    Column("escalate_at", UtcTime, nullable=False),
)
"""``escalate_at``: from then on the next escalation is due, if nothing happens but the passing of time. Silence is not
in it: when that begins only the service calendar knows."""
Index("nobody_lost_due", ROWS.c.due_at, ROWS.c.inquiry_id)
Index("nobody_lost_last_step", ROWS.c.last_step_at, ROWS.c.inquiry_id)
OFFERED = ROWS.c.offer_expires_at.is_not(None)
Index("nobody_lost_offer", ROWS.c.offer_expires_at, ROWS.c.inquiry_id, sqlite_where=OFFERED, postgresql_where=OFFERED)
Index("nobody_lost_escalate", ROWS.c.escalate_at, ROWS.c.inquiry_id)
Index("nobody_lost_holder", ROWS.c.holder)
for _column in (ROWS.c.department, ROWS.c.offered_to):
    _there = _column.is_not(None)
    Index(f"nobody_lost_{_column.name}", _column, sqlite_where=_there, postgresql_where=_there)

STEPS = (
    happened.InquiryReceived,
    happened.InquiryClassified,
    happened.InquiryClaimed,
    happened.InquiryReleased,
    happened.InquiryAnswered,
    happened.InquiryForwarded,
    happened.InquiryForwardAccepted,
    happened.InquiryForwardRejected,
    happened.InquiryForwardExpired,
    happened.InquiryForwardRecalled,
    happened.InquiryCallbackPromised,
    happened.InquiryCitizenContacted,
    happened.InquiryPaused,
    happened.InquiryResumed,
    happened.InquiryNoteAdded,
    happened.InquiryDueChanged,
    happened.InquiryResolved,
    happened.InquiryReopened,
    happened.InquiryMerged,
    happened.InquiryUnmerged,
)
NO_STEPS = (  # what the city does not do for the citizen is no step, or silence would end by being noticed
    happened.InquiryEscalated,
    happened.InquiryEscalationAcknowledged,
    happened.InquiryContentErased,
    happened.InquiryDuplicateAdded,
    happened.InquiryDuplicateRemoved,
    happened.InquiryFeedbackGiven,
    happened.InquiryArticleConsulted,
    happened.InquiryAnswerRecalled,
    happened.InquiryContradicted,
    happened.InquiryRerouted,
)


def _apply(connection: Connection, batch: Batch) -> None:
    open_, closed = [], []
    for inquiry_id, history in batch.histories.items():
        if history[-1].standing.state.is_open:
            open_.append(_values(history))
        else:
            closed.append(inquiry_id)
    upsert(connection, ROWS, [row for row in open_ if row["last_step"] is not None])
    for row in open_:
        if row["last_step"] is None:
            _update_without_step(connection, row)
    if closed:
        connection.execute(delete(ROWS).where(among(connection, ROWS.c.inquiry_id, closed)))


def _update_without_step(connection: Connection, row: dict[str, Any]) -> None:
    """There is a row: what opens an inquiry is a step."""
    values = {name: value for name, value in row.items() if name not in ("inquiry_id", "last_step", "last_step_at")}
    connection.execute(ROWS.update().where(ROWS.c.inquiry_id == row["inquiry_id"]).values(values))


def _values(history: Sequence[InquiryEvent]) -> dict[str, Any]:
    last = history[-1]
    standing = last.standing
    step = next((event for event in reversed(history) if isinstance(event, STEPS)), None)
    return {
        "inquiry_id": last.inquiry_id,
        "version": last.version,
        "reference": standing.reference,
        "holder": standing.holder,
        "state": standing.state.value,
        "due_at": standing.due_at,
        "service": standing.service,
        "department": standing.department,
        "channel": standing.channel.value,
        "received_at": standing.received_at,
        "last_step": step.type if step else None,
        "last_step_at": step.provenance.occurred_at if step else None,
        "hops": standing.forwards,
        "sent_back": standing.sent_back,
        "offered_to": standing.offered_to,
        "offer_expires_at": standing.offer_expires_at,
        **{name: getattr(standing, name) for name in _AS_IT_STANDS},
        "escalate_at": _escalate_at(standing),
    }


_AS_IT_STANDS = (
    "escalated_to",
    "acknowledged_until",
    "escalated_at",
    "escalated_for",
    "escalate_again_at",
    "callback_due_at",
    "lost_minutes",
    "circles",
    "attention",
    "attention_since",
)


def _escalate_at(standing: Standing) -> datetime | None:
    """The rule is ``casebackbone/escalation.py``, where the inquiry decides for itself; a test holds both together."""
    told_at = standing.escalated_at
    quiet_until = standing.escalate_again_at or standing.acknowledged_until
    times = []
    for due_at in (standing.due_at, standing.callback_due_at):
        if due_at is not None:
            told = told_at is not None and quiet_until is not None and due_at <= told_at
            times.append(max(due_at, quiet_until) if told and quiet_until is not None else due_at)
    if standing.escalate_again_at is not None and standing.escalated_for not in (None, *ESCALATION_CAUSES):
        times.append(standing.escalate_again_at)
    return min(times, default=None)


NOBODY_LOST = View(
    name="nobody_lost",
    version=2,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset({*STEPS, *NO_STEPS}),
)
