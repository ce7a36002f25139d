"""Who was told what: every inquiry whose citizen was told an edition of an article, and whether it was put right.

For the day on which an edition proves wrong. A row says that it was told, not what: the words are the edition's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, func, select

from events import inquiry as happened
from events.inquiry import InquiryEvent
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.tables import ALWAYS, CODE, ID, TABLES, VOLATILE, UtcTime, among, upsert
from projections.view import Batch, View

ROWS = Table(
    "article_told",
    TABLES,
    Column("article_id", ID, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("inquiry_id", ID, primary_key=True),
    Column("reference", CODE, nullable=False, info=VOLATILE),
    Column("answered_at", UtcTime, nullable=False),
    Column("answered_by", CODE, nullable=False),
    Column("first_contact", Boolean, nullable=False),
    Column("channel", CODE, nullable=False),
    Column("service", CODE),
    Column("department", CODE),
    Column("answered_again_at", UtcTime),
    Column("recalled_at", UtcTime),
    Column("put_right_at", UtcTime),
)
Index("article_told_when", ROWS.c.article_id, ROWS.c.edition, ROWS.c.answered_at, ROWS.c.inquiry_id)
Index("article_told_inquiry", ROWS.c.inquiry_id, info={ALWAYS: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """``answered_at``: when the citizen was told it last; ``answered_again_at``: when they were told something else
    since. ``recalled_at``: put on the callback list; ``put_right_at``: reached, or answered anew, after that."""

    article_id: UUID
    edition: int
    inquiry_id: UUID
    reference: str
    answered_at: datetime
    answered_by: str
    first_contact: bool
    channel: str
    service: str | None
    department: str | None
    answered_again_at: datetime | None
    recalled_at: datetime | None
    put_right_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCount:
    """How many inquiries were told an edition, of these are on the callback list, and have been put right."""

    told: int
    recalled: int
    put_right: int


class ToRecall(NamedTuple):
    """An inquiry whose citizen has to be called."""

    answered_at: datetime
    inquiry_id: UUID


_Row = dict[str, Any]
_Known = dict[tuple[UUID, int], _Row]


def told(
    connection: Connection, article_id: UUID, edition: int, *, after: str | None = None, limit: int = 50
) -> Page[ToldRow]:
    """Whose citizens were told this edition, the first one first. Raises BadCursor, ValueError."""
    key = [ROWS.c.answered_at, ROWS.c.inquiry_id]
    statement = select(ROWS).where(ROWS.c.article_id == article_id, ROWS.c.edition == edition)
    if after is not None:
        statement = statement.where(beyond(key, decode(after, "told", moment, UUID)))
    rows = connection.execute(statement.order_by(*key).limit(checked_limit(limit) + 1)).mappings()
    return page([ToldRow(**row) for row in rows], limit, lambda row: (row.answered_at, row.inquiry_id), "told")


def counted(connection: Connection, article_id: UUID, edition: int) -> ToldCount:
    """The whole list in three numbers."""
    numbers = select(func.count(), func.count(ROWS.c.recalled_at), func.count(ROWS.c.put_right_at))
    found = connection.execute(numbers.where(ROWS.c.article_id == article_id, ROWS.c.edition == edition)).one()
    return ToldCount(told=found[0], recalled=found[1], put_right=found[2])


def to_recall(
    connection: Connection, article_id: UUID, edition: int, *, after: ToRecall | None = None, limit: int
) -> list[ToRecall]:
    """Inquiries that are not on the callback list for it yet, the first told first; those behind ``after``."""
    key = [ROWS.c.answered_at, ROWS.c.inquiry_id]
    statement = select(*key).where(
        ROWS.c.article_id == article_id, ROWS.c.edition == edition, ROWS.c.recalled_at.is_(None)
    )
    if after is not None:
        statement = statement.where(beyond(key, after))
    return [ToRecall(*row) for row in connection.execute(statement.order_by(*key).limit(limit))]


# --- from events ---------------------------------------------------------------------------------------------------


def _apply(connection: Connection, batch: Batch) -> None:
    known = _stored(connection, batch.histories)
    changed: list[_Row] = []
    for inquiry_id, history in batch.histories.items():
        rows: _Known = known.get(inquiry_id, {})
        for event in history:
            _take(rows, event)
        changed += rows.values()
    upsert(connection, ROWS, changed)


def _stored(connection: Connection, histories: Mapping[UUID, Sequence[InquiryEvent]]) -> dict[UUID, _Known]:
    later = [inquiry_id for inquiry_id, history in histories.items() if history[0].version > 1]
    found: dict[UUID, _Known] = {}
    if later:
        for row in connection.execute(select(ROWS).where(among(connection, ROWS.c.inquiry_id, later))).mappings():
            found.setdefault(row["inquiry_id"], {})[row["article_id"], row["edition"]] = dict(row)
    return found


def _take(rows: _Known, event: InquiryEvent) -> None:
    at = event.provenance.occurred_at
    if isinstance(event, happened.InquiryAnswered):
        told_now = None
        if event.article_id is not None and event.article_version is not None:
            told_now = event.article_id, event.article_version
        for which, row in rows.items():
            if which != told_now:
                row["answered_again_at"] = at
                _put_right(row, at)
        if told_now is not None:
            recalled = rows.get(told_now, {}).get("recalled_at")
            rows[told_now] = {**_row(event, *told_now, at), "recalled_at": recalled}
    elif isinstance(event, happened.InquiryAnswerRecalled):
        row_ = rows.get((event.article_id, event.article_version))
        if row_ is not None:
            row_["recalled_at"] = at
    elif isinstance(event, happened.InquiryCitizenContacted) and event.reached:
        for row in rows.values():
            _put_right(row, at)


def _put_right(row: _Row, at: datetime) -> None:
    if row["recalled_at"] is not None and row["put_right_at"] is None:
        row["put_right_at"] = at


def _row(event: happened.InquiryAnswered, article_id: UUID, edition: int, at: datetime) -> _Row:
    return {
        "article_id": article_id,
        "edition": edition,
        "inquiry_id": event.inquiry_id,
        "reference": event.standing.reference,
        "answered_at": at,
        "answered_by": event.provenance.actor,
        "first_contact": event.first_contact,
        "channel": event.standing.channel,
        "service": event.standing.service,
        "department": event.standing.department,
        "answered_again_at": None,
        "put_right_at": None,
    }


_HANDLED: frozenset[type[InquiryEvent]] = frozenset(
    {happened.InquiryAnswered, happened.InquiryAnswerRecalled, happened.InquiryCitizenContacted}
)
ARTICLE_TOLD = View(
    name="article_told",
    version=1,
    tables=(ROWS,),
    apply=_apply,
    handles=_HANDLED,
    ignores=frozenset(happened.EVENTS) - _HANDLED,
)
