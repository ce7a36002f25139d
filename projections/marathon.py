"""The marathon index by service: through how many doors inquiries went, how often they bounced, what that cost them.

One row an inquiry, kept after its end. Service minutes come from the events: views know no calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, Integer, Table, case, func, literal_column, select

from events import inquiry as happened
from events.inquiry import InquiryEvent
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.tables import CODE, ID, TABLES, UtcTime, among, upsert
from projections.view import Batch, View

ROWS = Table(
    "marathon",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("service", CODE, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("doors", Integer, nullable=False),
    Column("accepted_at", UtcTime),
    Column("bounces", Integer, nullable=False),
    Column("circles", Integer, nullable=False),
    Column("lost_minutes", Integer, nullable=False),
)
Index("marathon_service", ROWS.c.service, ROWS.c.received_at, ROWS.c.inquiry_id)
Index("marathon_received", ROWS.c.received_at, ROWS.c.inquiry_id)

NO_SERVICE = ""
"""In the table for an inquiry of which nobody has said what it is about; None outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None: any. ``received_from`` is inclusive, ``received_to`` exclusive. ``doors_from``: at least so many doors."""

    service: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    doors_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarathonRow:
    """``doors`` is how many departments it was sent to up to the first that took it (``accepted_at``), or until now;
    ``bounces``, ``circles`` and ``lost_minutes`` (service time at doors that did not take it, and between doors) count
    its whole life."""

    inquiry_id: UUID
    service: str | None
    received_at: datetime
    doors: int
    accepted_at: datetime | None
    bounces: int
    circles: int
    lost_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMarathon:
    """Of a service: all inquiries, those that were forwarded at all, and what that was like for them."""

    service: str | None
    inquiries: int
    forwarded: int
    accepted: int
    doors: int
    most_doors: int
    more_than_one_door: int
    bounces: int
    circles: int
    lost_minutes: int

    @property
    def mean_doors(self) -> float | None:
        """Of those that were forwarded; None if none was."""
        return self.doors / self.forwarded if self.forwarded else None

    @property
    def more_than_one_door_share(self) -> float | None:
        """Of those that were forwarded, 0 to 1; None if none was."""
        return self.more_than_one_door / self.forwarded if self.forwarded else None


_ANY = Filters()


def by_service(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[ServiceMarathon]:
    """One row a service that has inquiries, by service; the one without a service is first."""
    service = _of_period(filters)
    statement = select(service.label("service"), *_SUMS).where(*_conditions(filters)).group_by(service)
    if after is not None:
        statement = statement.where(beyond([ROWS.c.service], decode(after, "marathon_services", str)))
    found = connection.execute(statement.order_by(service).limit(checked_limit(limit) + 1))
    rows = [ServiceMarathon(**{**row._mapping, "service": row.service or None}) for row in found]
    return page(rows, limit, lambda row: (row.service or NO_SERVICE,), "marathon_services")


def _of_period(filters: Filters) -> ColumnElement[str]:
    """The service; of a period not as the column that SQLite would read the whole index of, to have it in order."""
    if filters.received_from is None and filters.received_to is None:
        return ROWS.c.service
    return func.coalesce(ROWS.c.service, literal_column("''"))


def total(connection: Connection, filters: Filters = _ANY) -> ServiceMarathon:
    """The same of all services together; ``service`` is None."""
    sums = connection.execute(select(*_SUMS).where(*_conditions(filters))).one()
    return ServiceMarathon(service=filters.service, **{name: value or 0 for name, value in sums._mapping.items()})


def inquiries(
    connection: Connection, filters: Filters = _ANY, *, after: str | None = None, limit: int = 50
) -> Page[MarathonRow]:
    """The inquiries behind the numbers, in the order in which they came in."""
    key = [ROWS.c.received_at, ROWS.c.inquiry_id]
    statement = select(ROWS).where(*_conditions(filters)).order_by(*key).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "marathon_inquiries", moment, UUID)))
    found = connection.execute(statement)
    rows = [MarathonRow(**{**row._mapping, "service": row.service or None}) for row in found]
    return page(rows, limit, lambda row: (row.received_at, row.inquiry_id), "marathon_inquiries")


def _counted(name: str, which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0)).label(name)


_SUMS = (
    func.count().label("inquiries"),
    _counted("forwarded", ROWS.c.doors > 0),
    _counted("accepted", ROWS.c.accepted_at.is_not(None)),
    func.sum(ROWS.c.doors).label("doors"),
    func.max(ROWS.c.doors).label("most_doors"),
    _counted("more_than_one_door", ROWS.c.doors > 1),
    func.sum(ROWS.c.bounces).label("bounces"),
    func.sum(ROWS.c.circles).label("circles"),
    func.sum(ROWS.c.lost_minutes).label("lost_minutes"),
)


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.service is not None:
        yield ROWS.c.service == filters.service
    if filters.received_from is not None:
        yield ROWS.c.received_at >= filters.received_from
    if filters.received_to is not None:
        yield ROWS.c.received_at < filters.received_to
    if filters.doors_from is not None:
        yield ROWS.c.doors >= filters.doors_from


# --- from events ---------------------------------------------------------------------------------------------------


def _apply(connection: Connection, batch: Batch) -> None:
    later = [inquiry_id for inquiry_id, history in batch.histories.items() if history[0].version > 1]
    known = {}
    if later:
        these = among(connection, ROWS.c.inquiry_id, later)
        statement = select(ROWS.c.inquiry_id, ROWS.c.doors, ROWS.c.accepted_at).where(these)
        known = {row.inquiry_id: (row.doors, row.accepted_at) for row in connection.execute(statement)}
    rows = [_values(history, known.get(inquiry_id)) for inquiry_id, history in batch.histories.items()]
    upsert(connection, ROWS, rows)


def _values(history: Sequence[InquiryEvent], known: tuple[int, datetime | None] | None) -> dict[str, Any]:
    last = history[-1]
    doors, accepted_at = known or (0, None)
    for event in history:
        if accepted_at is None:
            doors = event.standing.forwards
            if isinstance(event, happened.InquiryForwardAccepted):
                accepted_at = event.provenance.occurred_at
    return {
        "inquiry_id": last.inquiry_id,
        "service": last.standing.service or NO_SERVICE,
        "received_at": last.standing.received_at,
        "doors": doors,
        "accepted_at": accepted_at,
        "bounces": last.standing.sent_back,
        "circles": last.standing.circles,
        "lost_minutes": last.standing.lost_minutes,
    }


_COUNTED = (
    happened.InquiryReceived,
    happened.InquiryClassified,
    happened.InquiryForwarded,
    happened.InquiryForwardAccepted,
    happened.InquiryForwardRejected,
    happened.InquiryForwardExpired,
    happened.InquiryForwardRecalled,
    happened.InquiryRerouted,
)
_NO_MATTER = (  # nobody goes to another door by these
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
)

MARATHON = View(
    name="marathon",
    version=1,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset(_COUNTED),
    ignores=frozenset(_NO_MATTER),
)
