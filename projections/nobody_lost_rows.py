"""The rows of the "nobody gets lost" view: one for each open inquiry, made from its last event and its last step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, delete

from events import inquiry as happened
from events.inquiry import InquiryEvent
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, upsert
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
)
Index("nobody_lost_due", ROWS.c.due_at, ROWS.c.inquiry_id)
Index("nobody_lost_last_step", ROWS.c.last_step_at)
OFFERED = ROWS.c.offer_expires_at.is_not(None)
Index("nobody_lost_offer", ROWS.c.offer_expires_at, sqlite_where=OFFERED, postgresql_where=OFFERED)

_STEPS = (
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
_NO_STEPS = (  # what the city does not do for the citizen is no step, or silence would end by being noticed
    happened.InquiryEscalated,
    happened.InquiryEscalationAcknowledged,
    happened.InquiryContentErased,
    happened.InquiryDuplicateAdded,
    happened.InquiryDuplicateRemoved,
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
        connection.execute(delete(ROWS).where(ROWS.c.inquiry_id.in_(closed)))


def _update_without_step(connection: Connection, row: dict[str, Any]) -> None:
    """There is a row: what opens an inquiry is a step."""
    values = {name: value for name, value in row.items() if name not in ("inquiry_id", "last_step", "last_step_at")}
    connection.execute(ROWS.update().where(ROWS.c.inquiry_id == row["inquiry_id"]).values(values))


def _values(history: Sequence[InquiryEvent]) -> dict[str, Any]:
    last = history[-1]
    standing = last.standing
    step = next((event for event in reversed(history) if isinstance(event, _STEPS)), None)
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
        "escalated_to": standing.escalated_to,
        "acknowledged_until": standing.acknowledged_until,
    }


NOBODY_LOST = View(
    name="nobody_lost",
    version=1,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset({*_STEPS, *_NO_STEPS}),
)
