"""The audit trail: who did what, when, why, by which command and because of what. One row an event."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, Integer, Table, Text, Uuid, select, tuple_

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import State
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.tables import CODE, ID, TABLES, VOLATILE, UtcTime, upsert
from projections.view import Batch, View

ROWS = Table(
    "audit_trail",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("type", CODE, nullable=False),
    Column("actor", CODE, nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False, info=VOLATILE),
    Column("command_id", Uuid, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("causation_id", CODE),
    Column("reason", CODE),
    Column("outcome", CODE),
    Column("codes", Text, nullable=False),
    Column("state", CODE, nullable=False),
    Column("holder", CODE),
    Column("department", CODE),
    Column("due_at", UtcTime),
    Column("hash", CODE, nullable=False, info=VOLATILE),
    Column("position", BigInteger, nullable=False, info=VOLATILE),
)
_NEWEST = (ROWS.c.occurred_at, ROWS.c.inquiry_id, ROWS.c.version)
Index("audit_trail_time", *_NEWEST)
Index("audit_trail_actor", ROWS.c.actor, *_NEWEST)
Index("audit_trail_department", ROWS.c.department, *_NEWEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. ``occurred_from`` is inclusive, ``occurred_to`` exclusive."""

    actor: str | None = None
    department: str | None = None
    type: str | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One event. ``state``, ``holder`` and ``due_at`` are as after it; ``codes`` is what it says beside.

    ``department`` is the one that the step concerns: the one named in it, or else whose matter it is.
    """

    inquiry_id: UUID
    version: int
    type: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    command_id: UUID
    correlation_id: UUID
    causation_id: str | None
    reason: str | None
    outcome: str | None
    codes: dict[str, Any]
    state: State
    holder: str | None
    department: str | None
    due_at: datetime | None
    hash: str
    position: int


# --- queries -------------------------------------------------------------------------------------------------------

_ANY = Filters()


def of_inquiry(
    connection: Connection, inquiry_id: UUID, *, after: str | None = None, limit: int = 50
) -> Page[AuditRow]:
    """The history of an inquiry, in order. Raises BadCursor, ValueError."""
    statement = select(ROWS).where(ROWS.c.inquiry_id == inquiry_id).order_by(ROWS.c.version)
    if after is not None:
        statement = statement.where(beyond([ROWS.c.version], decode(after, "history", int)))
    found = [_row(row._mapping) for row in connection.execute(statement.limit(checked_limit(limit) + 1))]
    return page(found, limit, lambda row: (row.version,), "history")


def search(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[AuditRow]:
    """Events of all inquiries, the newest first (by when they happened). Raises BadCursor, ValueError."""
    newest = [column.desc() for column in _NEWEST]
    statement = select(ROWS).where(*_conditions(filters)).order_by(*newest)
    if after is not None:
        statement = statement.where(beyond(_NEWEST, decode(after, "audit", moment, UUID, int), descending=True))
    found = [_row(row._mapping) for row in connection.execute(statement.limit(checked_limit(limit) + 1))]
    return page(found, limit, lambda row: (row.occurred_at, row.inquiry_id, row.version), "audit")


def known_hashes(connection: Connection, keys: Sequence[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], str]:
    """The hash of each of these events (inquiry, version) that is here."""
    statement = select(ROWS.c.inquiry_id, ROWS.c.version, ROWS.c.hash)
    which = tuple_(ROWS.c.inquiry_id, ROWS.c.version).in_(keys)
    return {(inquiry_id, version): hash_ for inquiry_id, version, hash_ in connection.execute(statement.where(which))}


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    for name in ("actor", "department", "type"):
        if (value := getattr(filters, name)) is not None:
            yield ROWS.c[name] == value
    if filters.occurred_from is not None:
        yield ROWS.c.occurred_at >= filters.occurred_from
    if filters.occurred_to is not None:
        yield ROWS.c.occurred_at < filters.occurred_to


def _row(row: Mapping[Any, Any]) -> AuditRow:
    return AuditRow(**{**row, "state": State(row["state"]), "codes": json.loads(row["codes"])})


# --- from events ---------------------------------------------------------------------------------------------------


def _named(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda event: {name: getattr(event, name) for name in names if getattr(event, name) is not None}


_CODES: dict[type[InquiryEvent], Callable[[Any], dict[str, Any]]] = {
    happened.InquiryReceived: _named("language"),
    happened.InquiryClassified: lambda event: {
        "service": event.standing.service,
        **_named("previous_service")(event),
    },
    happened.InquiryClaimed: _named("taken_from"),
    happened.InquiryReleased: _named("reason"),
    happened.InquiryAnswered: _named("first_contact", "article_id", "article_version", "promised_until"),
    happened.InquiryForwarded: _named("to", "reason", "proposed", "circular"),
    happened.InquiryForwardAccepted: _named("department", "taken_from", "offered_minutes"),
    happened.InquiryForwardRejected: _named("department", "reason", "suggestion", "offered_minutes"),
    happened.InquiryForwardExpired: _named("department", "offered_minutes"),
    happened.InquiryForwardRecalled: _named("department", "offered_minutes"),
    happened.InquiryCallbackPromised: lambda event: {
        "callback_due_at": event.standing.callback_due_at,
        **_named("not_before")(event),
    },
    happened.InquiryCitizenContacted: _named("reached", "promised_until"),
    happened.InquiryPaused: _named("reason", "remaining_minutes"),
    happened.InquiryResumed: _named(),
    happened.InquiryNoteAdded: _named(),
    happened.InquiryDueChanged: _named("previous_due_at", "reason"),
    happened.InquiryEscalated: _named("to", "reason"),
    happened.InquiryEscalationAcknowledged: lambda event: {"acknowledged_until": event.standing.acknowledged_until},
    happened.InquiryResolved: _named("outcome"),
    happened.InquiryReopened: _named("reason"),
    happened.InquiryMerged: lambda event: {"merged_into": event.standing.merged_into},
    happened.InquiryUnmerged: _named("merged_from"),
    happened.InquiryContentErased: _named("basis"),
    happened.InquiryDuplicateAdded: _named("duplicate"),
    happened.InquiryDuplicateRemoved: _named("duplicate"),
    happened.InquiryFeedbackGiven: _named("verdict"),
    happened.InquiryArticleConsulted: _named("article_id", "article_version"),
    happened.InquiryAnswerRecalled: _named("article_id", "article_version"),
    happened.InquiryContradicted: _named(),
    happened.InquiryRerouted: _named("reason", "moved_from", "withdrawn_from"),
}
"""What each type of event says beside its standing and provenance: codes only, never a text."""


def _apply(connection: Connection, batch: Batch) -> None:
    upsert(connection, ROWS, [_values(event) for event in batch.events])


def _values(event: InquiryEvent) -> dict[str, Any]:
    standing, provenance = event.standing, event.provenance
    codes = _CODES[type(event)](event)
    return {
        "inquiry_id": event.inquiry_id,
        "version": event.version,
        "type": event.type,
        "actor": provenance.actor,
        "occurred_at": provenance.occurred_at,
        "recorded_at": provenance.recorded_at,
        "command_id": provenance.command_id,
        "correlation_id": provenance.correlation_id,
        "causation_id": provenance.causation_id,
        "reason": codes.get("reason") or codes.get("basis"),
        "outcome": codes.get("outcome"),
        "codes": json.dumps(codes, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "state": standing.state.value,
        "holder": standing.holder,
        "department": _concerned(event),
        "due_at": standing.due_at,
        "hash": provenance.hash,
        "position": provenance.position,
    }


def _concerned(event: InquiryEvent) -> str | None:
    if isinstance(event, happened.InquiryForwarded):
        return event.to
    return getattr(event, "department", None) or event.standing.department


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


AUDIT_TRAIL = View(
    name="audit_trail",
    version=2,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset(_CODES),
    known_hashes=known_hashes,
)
