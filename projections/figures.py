"""Figures: how well the promise is kept, per day, service and department, and which events are behind each number.

What is counted is said in :mod:`projections.figures_formulas`; what it is counted from are facts of inquiries and
calls (:mod:`projections.figures_facts`) and the intervals in which inquiries were open
(:mod:`projections.figures_backlog`). Days are cut when the question is asked, in the time zone of whoever asks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from projections import figures_backlog as backlog
from projections.cursor import Page, beyond, checked_limit, decode, moment, page
from projections.figures_backlog import BACKLOG, Ages, Open, age_class
from projections.figures_facts import FACTS, Fact, quarter_of, read_fact
from projections.figures_formulas import AGES, Formula
from projections.local_days import begin_of, local_days

NONE = "(none)"
"""In a question and as a key: without a service, without a department."""

USUAL_DAYS = 30
MOST_DAYS = 400
"""So many rows by day are enough to look at; longer periods go without."""

_THIS_SECOND = timedelta(seconds=1)
"""What happened right now is asked for too, where nobody says until when."""


def usual_period(
    start: datetime | None, end: datetime | None, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """From when until when, where that was not said: the last thirty local days, up to now."""
    until = now.replace(microsecond=0) + _THIS_SECOND if end is None else end
    first_day = until.astimezone(zone).date() - timedelta(days=USUAL_DAYS - 1)
    return begin_of(first_day, zone) if start is None else start, until


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of what happened in [``start``, ``end``), as known at ``now``; the backlog at ``moment``. ``zone`` cuts the days.
    ``service`` and ``department`` None: any, :data:`NONE`: without one."""

    formula: Formula
    start: datetime
    end: datetime
    now: datetime
    zone: ZoneInfo
    service: str | None = None
    department: str | None = None

    @property
    def moment(self) -> datetime:
        """Of the backlog: nobody knows what will be open."""
        return min(self.end, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """``counted`` = met + missed; ``undecided`` may still become either. ``measured`` of those counted have a value,
    ``value_sum`` in all. Of the backlog nothing is met or missed; ``ages`` are how many in each class of age."""

    counted: int = 0
    met: int = 0
    undecided: int = 0
    measured: int = 0
    value_sum: float = 0
    ages: tuple[int, ...] | None = None

    @property
    def share_percent(self) -> float | None:
        """Met of counted; None where nothing was counted."""
        return 100 * self.met / self.counted if self.counted and self.ages is None else None

    @property
    def value_mean(self) -> float | None:
        return self.value_sum / self.measured if self.measured else None

    def __add__(self, other: Count) -> Count:
        ages = self.ages or other.ages
        if self.ages is not None and other.ages is not None:
            ages = tuple(one + two for one, two in zip(self.ages, other.ages, strict=True))
        return Count(
            counted=self.counted + other.counted,
            met=self.met + other.met,
            undecided=self.undecided + other.undecided,
            measured=self.measured + other.measured,
            value_sum=self.value_sum + other.value_sum,
            ages=ages,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """``key`` is a local date (ISO 8601), a service, a department, :data:`NONE`, or a class of age."""

    key: str
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact behind a figure. ``met`` None: not decided yet, or of the backlog. ``events`` are ids of events."""

    subject: UUID
    at: datetime
    service: str | None
    department: str | None
    outcome: str | None
    met: bool | None
    value: float | None
    due_at: datetime | None
    ended_at: datetime | None
    events: tuple[str, ...]


# --- how many --------------------------------------------------------------------------------------------------------


def total(connection: Connection, question: Question) -> Count:
    """The figure."""
    if question.formula.kind is None:
        found = backlog.at(connection, question.moment, *_conditions(question))
        return _of_ages(found.get(None, Ages()))
    return _count(connection.execute(_counting(question)).one())


def rows(connection: Connection, question: Question, by: str) -> list[Row]:
    """The figure by ``day`` (each in the period, also those with nothing), ``service``, ``department``, or ``age``
    (backlog only). Raises ValueError for another."""
    if by not in question.formula.dimensions and by not in ("service", "department"):
        raise ValueError(f"{question.formula.code} cannot be asked for by {by}")
    if question.formula.kind is None:
        return _backlog_rows(connection, question, by)
    if by == "day":
        return _by_day(connection, question)
    found = connection.execute(_counting(question, FACTS.c[by]).order_by(FACTS.c[by].is_(None).desc(), FACTS.c[by]))
    return [Row(NONE if row[0] is None else row[0], _count(row[1:])) for row in found]


def _by_day(connection: Connection, question: Question) -> list[Row]:
    days = local_days(question.start, question.end, question.zone)
    begins = [quarter_of(day.start) for day in days]
    counts = [Count() for _ in days]
    for row in connection.execute(_counting(question, FACTS.c.quarter)):
        counts[bisect_right(begins, row[0]) - 1] += _count(row[1:])
    return [Row(day.date.isoformat(), count) for day, count in zip(days, counts, strict=True)]


def _counting(question: Question, *by: Any) -> Select[Any]:
    met, missed, undecided = _verdicts(question)
    value = FACTS.c[question.formula.measure or "value"]
    counts = (
        _how_many(or_(met, missed)),
        _how_many(met),
        _how_many(undecided),
        *(
            (func.count(case((or_(met, missed), value))), func.sum(case((or_(met, missed), value))))
            if _measured(question)
            else ()
        ),
    )
    return select(*by, *counts).where(*_period(question), *_conditions(question)).group_by(*by)


def _measured(question: Question) -> bool:
    return question.formula.measure is not None


def _how_many(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((which, 1)))


def _verdicts(question: Question) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Met, missed, not decided yet."""
    formula, outcome = question.formula, FACTS.c.outcome
    met, missed = outcome.in_(sorted(formula.met)), outcome.in_(sorted(formula.missed))
    undecided = outcome.is_(None)
    if not formula.overdue_is_missed:
        return met, missed, undecided
    overdue = and_(undecided, FACTS.c.due_at < question.now)
    in_time = and_(undecided, or_(FACTS.c.due_at.is_(None), FACTS.c.due_at >= question.now))
    return met, or_(missed, overdue), in_time


def _period(question: Question) -> Sequence[ColumnElement[bool]]:
    kind = question.formula.kind
    assert kind is not None
    quarters = FACTS.c.quarter.between(quarter_of(question.start), quarter_of(question.end))
    return FACTS.c.kind == kind.value, quarters, FACTS.c.at >= question.start, FACTS.c.at < question.end


def _conditions(question: Question) -> Iterator[ColumnElement[bool]]:
    table = BACKLOG if question.formula.kind is None else FACTS
    for name in ("service", "department"):
        if (wanted := getattr(question, name)) is not None:
            yield table.c[name].is_(None) if wanted == NONE else table.c[name] == wanted


def _count(row: Any) -> Count:
    counted, met, undecided, *value = row
    measured, value_sum = value or (0, 0)
    return Count(counted=counted, met=met, undecided=undecided, measured=measured, value_sum=int(value_sum or 0))


def _backlog_rows(connection: Connection, question: Question, by: str) -> list[Row]:
    conditions = list(_conditions(question))
    if by == "age":
        classes = total(connection, question).ages or ()
        return [Row(code, _only(place, classes[place])) for place, (code, _, _) in enumerate(AGES)]
    if by == "day":
        days = local_days(question.start, question.moment, question.zone)
        ends = [min(day.end, question.moment) for day in days]
        each = backlog.at_each(connection, ends, *conditions)
        return [Row(day.date.isoformat(), _of_ages(ages)) for day, ages in zip(days, each, strict=True)]
    groups = backlog.at(connection, question.moment, *conditions, by=by)
    keys = sorted(groups, key=lambda key: (key is not None, key or ""))
    return [Row(NONE if key is None else key, _of_ages(groups[key])) for key in keys]


def _only(place: int, many: int) -> Count:
    """Of one class of age."""
    return Count(counted=many, ages=tuple(many if other == place else 0 for other in range(len(AGES))))


def _of_ages(ages: Ages) -> Count:
    many = ages.counted
    return Count(counted=many, measured=many, value_sum=ages.microseconds / 3_600_000_000, ages=ages.classes)


# --- which events ----------------------------------------------------------------------------------------------------


def evidence(
    connection: Connection,
    question: Question,
    *,
    verdict: str | None = None,
    age: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Evidence]:
    """What is behind the figure, in order of time: what was counted, or only the ``met`` or ``missed``, or what is
    ``undecided``. Of the backlog, the oldest first, or only one class of ``age``. Raises BadCursor, ValueError."""
    if question.formula.kind is None:
        conditions = list(_conditions(question))
        found = backlog.listed(connection, question.moment, *conditions, age=age, after=after, limit=limit)
        return Page([_of_open(row, question.moment) for row in found.rows], found.next_cursor)
    key = [FACTS.c.at, FACTS.c.subject, FACTS.c.part]
    met, missed, undecided = _verdicts(question)
    wanted = {None: or_(met, missed), "met": met, "missed": missed, "undecided": undecided}[verdict]
    marks = (case((met, 1), (missed, 0)).label("met"),)
    statement = (
        select(FACTS, *marks).where(*_period(question), *_conditions(question), wanted).order_by(FACTS.c.quarter, *key)
    )
    if after is not None:
        last = decode(after, f"facts {question.formula.code}", moment, UUID, str)
        statement = statement.where(FACTS.c.quarter >= quarter_of(last[0]), beyond(key, last))
    listed = connection.execute(statement.limit(checked_limit(limit) + 1)).all()
    pairs = [(read_fact(row._mapping), None if row.met is None else bool(row.met)) for row in listed]
    found_page = page(
        pairs, limit, lambda pair: (pair[0].at, pair[0].subject, pair[0].part), f"facts {question.formula.code}"
    )
    return Page([_of_fact(fact, met, question.formula) for fact, met in found_page.rows], found_page.next_cursor)


def _of_fact(fact: Fact, met: bool | None, formula: Formula) -> Evidence:
    return Evidence(
        subject=fact.subject,
        at=fact.at,
        service=fact.service,
        department=fact.department,
        outcome=fact.outcome,
        met=met,
        value=None if formula.measure is None else getattr(fact, formula.measure),
        due_at=fact.due_at,
        ended_at=fact.ended_at,
        events=tuple(f"{fact.subject}:{version}" for version in fact.evidence),
    )


def _of_open(row: Open, when: datetime) -> Evidence:
    age = when - row.received_at
    return Evidence(
        subject=row.inquiry_id,
        at=row.received_at,
        service=row.service,
        department=row.department,
        outcome=age_class(age),
        met=None,
        value=age.total_seconds() / 3600,
        due_at=None,
        ended_at=row.ends_at,
        events=(f"{row.inquiry_id}:{row.version}",),
    )
