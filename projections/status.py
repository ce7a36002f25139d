"""The citizen's look-up: how does my inquiry stand? By the reference that they were given on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, Integer, Table, select

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import State
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, upsert
from projections.view import Batch, View

ROWS = Table(
    "status",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", CODE, nullable=False, info=VOLATILE),
    Column("state", CODE, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("department", CODE),
    Column("last_step_at", UtcTime, nullable=False),
    Column("merged_into", ID),
)
Index("status_reference", ROWS.c.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an inquiry stands. ``reference`` is normalised; ``last_step_at`` is when anything last happened."""

    inquiry_id: UUID
    version: int
    reference: str
    state: State
    received_at: datetime
    due_at: datetime | None
    department: str | None
    last_step_at: datetime
    merged_into: UUID | None


MOST_MERGERS = 100
"""How far a duplicate of a duplicate of … is followed."""


def going_on(connection: Connection, status: Status) -> Status:
    """How the matter of a duplicate stands: the inquiry that it was merged into, and the one that that was merged into.

    The inquiry itself if it is no duplicate; the last one that is known where the other one's row is not there yet.
    """
    for _ in range(MOST_MERGERS):
        following = None if status.merged_into is None else of_inquiry(connection, status.merged_into)
        if following is None:
            return status
        status = following
    return status


def merged_among(connection: Connection, inquiry_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are duplicates of others."""
    statement = select(ROWS.c.inquiry_id).where(ROWS.c.inquiry_id.in_(inquiry_ids), ROWS.c.merged_into.is_not(None))
    return set(connection.scalars(statement))


def normalised(reference: str) -> str:
    """Without separators, in capitals: as people say it and as they write it are the same."""
    return "".join(sign for sign in reference.upper() if sign.isalnum())


def by_reference(connection: Connection, reference: str) -> Status | None:
    """None if there is no such reference; also if two had the same, because one may not see the other's."""
    return _one(connection, ROWS.c.reference == normalised(reference))


def inquiry_id_of(connection: Connection, reference: str) -> UUID | None:
    """For staff: the inquiry of a reference."""
    found = by_reference(connection, reference)
    return found.inquiry_id if found else None


def of_inquiry(connection: Connection, inquiry_id: UUID) -> Status | None:
    """The same, by the inquiry's id."""
    return _one(connection, ROWS.c.inquiry_id == inquiry_id)


def _one(connection: Connection, which: ColumnElement[bool]) -> Status | None:
    rows = connection.execute(select(ROWS).where(which).limit(2)).all()
    if len(rows) != 1:
        return None
    return Status(**{**rows[0]._mapping, "state": State(rows[0].state)})


def _apply(connection: Connection, batch: Batch) -> None:
    upsert(connection, ROWS, [_values(event) for event in batch.latest])


def _values(event: InquiryEvent) -> dict[str, Any]:
    standing = event.standing
    return {
        "inquiry_id": event.inquiry_id,
        "version": event.version,
        "reference": normalised(standing.reference),
        "state": standing.state.value,
        "received_at": standing.received_at,
        "due_at": standing.due_at,
        "department": standing.department,
        "last_step_at": event.provenance.occurred_at,
        "merged_into": standing.merged_into,
    }


STATUS = View(
    name="status",
    version=2,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset(
        {
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
            happened.InquiryEscalated,
            happened.InquiryEscalationAcknowledged,
            happened.InquiryResolved,
            happened.InquiryReopened,
            happened.InquiryMerged,
            happened.InquiryUnmerged,
            happened.InquiryContentErased,
            happened.InquiryDuplicateAdded,
            happened.InquiryDuplicateRemoved,
            happened.InquiryFeedbackGiven,
            happened.InquiryArticleConsulted,
            happened.InquiryAnswerRecalled,
            happened.InquiryContradicted,
            happened.InquiryRerouted,
        }
    ),
)
