"""What the city can learn from, as rows: answers and what became of them, articles that were looked at, doors, tasks.

No text is here: which inquiries were answered without an article is, what they asked is not. Service minutes come from
the events: views know no calendar. What is learned from these rows is asked in :mod:`projections.lessons`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Table, Text, select

from events import article as articles
from events import inquiry as happened
from events import task as tasks
from events.article import ArticleEvent
from events.inquiry import InquiryEvent
from events.task import TaskEvent
from projections.tables import CODE, ID, TABLES, UtcTime, among, upsert
from projections.view import Batch, View

ANSWERS = Table(
    "lesson_answers",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("first_contact", Boolean, nullable=False),
    Column("article_id", ID),
    Column("edition", Integer),
    Column("service", CODE),
    Column("latest", Boolean, nullable=False),
    Column("came_back_at", UtcTime),
    Column("came_back_as", CODE),
    Column("came_back_days", Integer),
    Column("verdict", CODE),
    Column("verdict_at", UtcTime),
)
"""``came_back_at``: reopened or contradicted after this answer and before the next, for the first time; a begun day
after it counts as one of ``came_back_days``."""
Index("lesson_answers_at", ANSWERS.c.at, ANSWERS.c.inquiry_id)
Index("lesson_answers_article", ANSWERS.c.article_id, ANSWERS.c.at)

CONSULTED = Table(
    "lesson_consulted",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("article_id", ID, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("used", Boolean, nullable=False),
)
"""``answered_at``: when the inquiry was answered for the first time afterwards; ``used``: once from this article."""
Index("lesson_consulted_article", CONSULTED.c.article_id, CONSULTED.c.edition)
Index("lesson_consulted_at", CONSULTED.c.at)

DOORS = Table(
    "lesson_doors",
    TABLES,
    Column("inquiry_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("sender", CODE, nullable=False),
    Column("department", CODE, nullable=False),
    Column("service", CODE),
    Column("area", CODE),
    Column("outcome", CODE),
    Column("reason", CODE),
    Column("ended_at", UtcTime),
    Column("minutes_there", Integer),
    Column("lost_when_ended", Integer),
    Column("minutes_between", Integer),
    Column("accepted_by", CODE),
)
"""A department that an inquiry was offered to. ``outcome`` None: pending. ``accepted_by``: who took it in the end."""
Index("lesson_doors_ended", DOORS.c.outcome, DOORS.c.ended_at)

RATINGS = Table(
    "lesson_ratings",
    TABLES,
    Column("article_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("edition", Integer, nullable=False),
    Column("verdict", CODE, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""What agents said of an edition; who said it is of no matter here."""
Index("lesson_ratings_at", RATINGS.c.at)

TASKS = Table(
    "lesson_tasks",
    TABLES,
    Column("task_id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("lesson", CODE, nullable=False),
    Column("key", CODE, nullable=False),
    Column("owner", CODE),
    Column("last_owner", CODE, nullable=False),
    Column("due_at", UtcTime),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_by", CODE, nullable=False),
    Column("occurrences", Integer, nullable=False),
    Column("inquiries", Text, nullable=False),
    Column("article_id", ID),
    Column("service", CODE),
    Column("department", CODE),
    Column("done_at", UtcTime),
    Column("outcome", CODE),
    Column("made_article_id", ID),
    Column("reopened", Integer, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)
Index("lesson_tasks_due", TASKS.c.due_at, TASKS.c.task_id)
Index("lesson_tasks_owner", TASKS.c.last_owner, TASKS.c.due_at)
Index("lesson_tasks_lesson", TASKS.c.lesson, TASKS.c.key)

DESK = "desk"
"""Who forwarded an inquiry that was no department's matter: the desk, front or background."""

_Row = dict[str, Any]


def _apply(connection: Connection, batch: Batch) -> None:
    known = _Known(connection, batch.of((InquiryEvent,)).histories)
    for inquiry_id, history in batch.of((InquiryEvent,)).histories.items():
        one = known.inquiry(inquiry_id)
        for event in history:
            one.take(event)
    known.store(connection)
    upsert(connection, RATINGS, [_rating(event) for event in batch.of((ArticleEvent,)).events])
    _apply_tasks(connection, batch.of((TaskEvent,)).histories)


def _rating(event: articles.ArticleRated) -> _Row:
    said = {"edition": event.edition, "verdict": event.verdict, "at": event.provenance.occurred_at}
    return {"article_id": event.article_id, "version": event.version, **said}


class _Known:
    """The rows of some inquiries, as they are stored."""

    def __init__(self, connection: Connection, histories: Mapping[UUID, Sequence[InquiryEvent]]) -> None:
        later = [inquiry_id for inquiry_id, history in histories.items() if history[0].version > 1]
        self._inquiries = {inquiry_id: _Inquiry() for inquiry_id in histories}
        for table in (ANSWERS, CONSULTED, DOORS):
            for row in _stored(connection, table, table.c.inquiry_id, later):
                self._inquiries[row["inquiry_id"]].keep(table, row)

    def inquiry(self, inquiry_id: UUID) -> _Inquiry:
        return self._inquiries[inquiry_id]

    def store(self, connection: Connection) -> None:
        for table in (ANSWERS, CONSULTED, DOORS):
            upsert(connection, table, [row for one in self._inquiries.values() for row in one.rows(table)])


class _Inquiry:
    """Answers, consultations and doors of one inquiry, by their keys."""

    def __init__(self) -> None:
        self._tables: dict[Table, dict[Any, _Row]] = {ANSWERS: {}, CONSULTED: {}, DOORS: {}}
        self._changed = False

    def keep(self, table: Table, row: _Row) -> None:
        self._tables[table][tuple(row[column.name] for column in table.primary_key)] = row

    def rows(self, table: Table) -> Iterable[_Row]:
        return self._tables[table].values() if self._changed else ()

    def take(self, event: InquiryEvent) -> None:
        step = _STEPS.get(type(event))
        if step is not None:
            step(self, event)
            self._changed = True
        self._name_service(event)

    def _name_service(self, event: InquiryEvent) -> None:
        """What it is about is often known only later: for the last answer, and for doors until somebody accepts."""
        rows = [row for row in self._tables[ANSWERS].values() if row["latest"]]
        rows += [row for row in self._tables[DOORS].values() if row["accepted_by"] is None]
        said = {"service": event.standing.service}
        for row in rows:
            area = {"area": event.standing.area} if "area" in row else {}
            if any(row[name] != value for name, value in (said | area).items()):
                row |= said | area
                self._changed = True

    # --- answers ---------------------------------------------------------------------------------------------------

    def answered(self, event: happened.InquiryAnswered) -> None:
        at = event.provenance.occurred_at
        for row in self._tables[ANSWERS].values():
            row["latest"] = False
        for row in self._tables[CONSULTED].values():
            row["answered_at"] = row["answered_at"] or at
            row["used"] = row["used"] or row["article_id"] == event.article_id
        answer = {
            "inquiry_id": event.inquiry_id,
            "version": event.version,
            "at": at,
            "first_contact": event.first_contact,
            "article_id": event.article_id,
            "edition": event.article_version,
            "service": event.standing.service,
            "latest": True,
            **dict.fromkeys(("came_back_at", "came_back_as", "came_back_days", "verdict", "verdict_at")),
        }
        self.keep(ANSWERS, answer)

    def came_back(self, event: InquiryEvent) -> None:
        contradicted = isinstance(event, happened.InquiryContradicted) or getattr(event, "reason", "") == "contradicted"
        for row in self._tables[ANSWERS].values():
            if row["latest"] and row["came_back_at"] is None:
                at = event.provenance.occurred_at
                row |= {"came_back_at": at, "came_back_days": math.ceil((at - row["at"]) / timedelta(days=1))}
                row["came_back_as"] = "contradicted" if contradicted else "reopened"

    def judged(self, event: happened.InquiryFeedbackGiven) -> None:
        for row in self._tables[ANSWERS].values():
            if row["latest"]:
                row |= {"verdict": event.verdict, "verdict_at": event.provenance.occurred_at}

    def consulted(self, event: happened.InquiryArticleConsulted) -> None:
        key = (event.inquiry_id, event.article_id, event.article_version)
        if key not in self._tables[CONSULTED]:
            at = {"at": event.provenance.occurred_at, "answered_at": None, "used": False}
            self.keep(CONSULTED, dict(zip(("inquiry_id", "article_id", "edition"), key, strict=True)) | at)

    # --- doors -----------------------------------------------------------------------------------------------------

    def forwarded(self, event: happened.InquiryForwarded) -> None:
        standing = event.standing
        for row in self._tables[DOORS].values():
            if row["minutes_between"] is None and row["lost_when_ended"] is not None:
                row["minutes_between"] = standing.lost_minutes - row["lost_when_ended"]
        door = {
            "inquiry_id": event.inquiry_id,
            "version": event.version,
            "at": event.provenance.occurred_at,
            "sender": f"department:{standing.department}" if standing.department else DESK,
            "department": event.to,
            "service": standing.service,
            "area": standing.area,
            **dict.fromkeys(_DOOR_LATER),
        }
        self.keep(DOORS, door)

    def accepted(self, event: happened.InquiryForwardAccepted) -> None:
        self._end(event, "accepted", event.offered_minutes)
        for row in self._tables[DOORS].values():
            row["accepted_by"] = row["accepted_by"] or event.department

    def rejected(self, event: happened.InquiryForwardRejected) -> None:
        self._end(event, "rejected", event.offered_minutes, event.reason)

    def expired(self, event: happened.InquiryForwardExpired) -> None:
        self._end(event, "expired", event.offered_minutes)

    def recalled(self, event: happened.InquiryForwardRecalled) -> None:
        self._end(event, "recalled", event.offered_minutes)

    def rerouted(self, event: happened.InquiryRerouted) -> None:
        if event.withdrawn_from is not None:
            self._end(event, "withdrawn", None)

    def _end(self, event: InquiryEvent, outcome: str, minutes: int | None, reason: str | None = None) -> None:
        for row in self._tables[DOORS].values():
            if row["outcome"] is None:
                row |= {
                    "outcome": outcome,
                    "reason": reason,
                    "ended_at": event.provenance.occurred_at,
                    "minutes_there": minutes,
                    "lost_when_ended": event.standing.lost_minutes if outcome != "accepted" else None,
                }


_DOOR_LATER = (
    *("outcome", "reason", "ended_at", "minutes_there", "lost_when_ended", "minutes_between", "accepted_by"),
)
_STEPS: dict[type[InquiryEvent], Any] = {
    happened.InquiryAnswered: _Inquiry.answered,
    happened.InquiryReopened: _Inquiry.came_back,
    happened.InquiryContradicted: _Inquiry.came_back,
    happened.InquiryFeedbackGiven: _Inquiry.judged,
    happened.InquiryArticleConsulted: _Inquiry.consulted,
    happened.InquiryForwarded: _Inquiry.forwarded,
    happened.InquiryForwardAccepted: _Inquiry.accepted,
    happened.InquiryForwardRejected: _Inquiry.rejected,
    happened.InquiryForwardExpired: _Inquiry.expired,
    happened.InquiryForwardRecalled: _Inquiry.recalled,
    happened.InquiryRerouted: _Inquiry.rerouted,
}


# --- tasks -----------------------------------------------------------------------------------------------------------


def _apply_tasks(connection: Connection, histories: Mapping[UUID, Sequence[TaskEvent]]) -> None:
    later = [task_id for task_id, history in histories.items() if history[0].version > 1]
    rows = {row["task_id"]: row for row in _stored(connection, TASKS, TASKS.c.task_id, later)}
    for task_id, history in histories.items():
        for event in history:
            rows[task_id] = _task(rows.get(task_id, {}), event)
    upsert(connection, TASKS, [rows[task_id] for task_id in histories])


def _task(row: _Row, event: TaskEvent) -> _Row:
    at = event.provenance.occurred_at
    row |= {"version": event.version, "owner": event.owner, "due_at": event.due_at, "changed_at": at}
    row["last_owner"] = event.owner or row["last_owner"]
    if isinstance(event, tasks.TaskOpened):
        names = ("task_id", "kind", "lesson", "key", "occurrences", "article_id", "service", "department")
        row |= {name: getattr(event, name) for name in names}
        row |= {"opened_at": at, "opened_by": event.provenance.actor, "reopened": 0}
        row |= {"inquiries": json.dumps([str(one) for one in event.inquiries])}
        row |= dict.fromkeys(("done_at", "outcome", "made_article_id"))
    elif isinstance(event, tasks.TaskDone):
        row |= {"done_at": at, "outcome": event.outcome, "made_article_id": event.article_id}
    elif isinstance(event, tasks.TaskReopened):
        row |= {"done_at": None, "outcome": None, "reopened": row["reopened"] + 1}
    return row


def _stored(connection: Connection, table: Table, column: Any, ids: Sequence[UUID]) -> Iterable[_Row]:
    found = connection.execute(select(table).where(among(connection, column, ids))) if ids else ()
    return [dict(row._mapping) for row in found]


_ABOUT_SERVICE = (happened.InquiryReceived, happened.InquiryClassified)
_HANDLED = frozenset({*_STEPS, *_ABOUT_SERVICE, *tasks.EVENTS, articles.ArticleRated})

LESSONS = View(
    name="lessons",
    version=1,
    tables=(ANSWERS, CONSULTED, DOORS, RATINGS, TASKS),
    apply=_apply,
    handles=_HANDLED,
    ignores=frozenset({*happened.EVENTS, *articles.EVENTS}) - _HANDLED,
    families=(InquiryEvent, ArticleEvent, TaskEvent),
)
