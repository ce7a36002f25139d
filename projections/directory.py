"""The directory as it was said: departments, services, people, responsibilities, at any time, known at any version.

Every statement is a row that never changes; what holds at a moment is the last statement (the greatest version) that
covers it. So "what held on 1 May" and "what did we think in March would hold on 1 May" are the same query. What
services are called is searched by words (:data:`SERVICES`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select
from sqlalchemy.sql.expression import FromClause

from projections.cursor import Page, beyond, checked_limit, decode, page
from projections.directory_rows import ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """``closed``: described, but taken out; ``successor`` does what it did. ``version``: of the description."""

    department: str
    version: int
    name: str
    area: str | None
    phone: str | None
    email: str | None
    office: str | None
    opening_hours: str | None
    valid_from: datetime
    valid_to: datetime | None
    closed: bool
    successor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    service: str
    version: int
    name: str
    synonyms: Sequence[str]
    description: str | None
    valid_from: datetime
    valid_to: datetime | None
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityRow:
    """``department`` as it was said; whether it is still there is another statement."""

    service: str
    area: str | None
    department: str
    version: int
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRow:
    unit: str
    function: str
    version: int
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    person: str
    active: bool
    memberships: Sequence[MembershipRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One statement; ``type`` is that of its event, ``details`` what it says beside its time."""

    version: int
    type: str
    actor: str
    recorded_at: datetime
    valid_from: datetime
    valid_to: datetime | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What held ``at`` a moment, as it was ``known`` after that version (None: as it is known now)."""

    at: datetime
    known: int | None = None


# --- queries -------------------------------------------------------------------------------------------------------


def departments(
    connection: Connection, when: When, *, closed: bool | None = False, after: str | None = None, limit: int = 50
) -> Page[DepartmentRow]:
    """Those that are there (``closed`` False), those that are closed (True), or all (None), by their ids."""
    found = _with_exit("department", "closure", when, "departments", closed, after, limit)
    rows = [
        DepartmentRow(
            **{name: getattr(row, name) for name in _DEPARTMENT}, closed=row.out is not None, successor=row.follows
        )
        for row in connection.execute(found)
    ]
    return page(rows, limit, lambda row: (row.department,), "departments")


def services(
    connection: Connection, when: When, *, withdrawn: bool | None = False, after: str | None = None, limit: int = 50
) -> Page[ServiceRow]:
    """Those that the city does (``withdrawn`` False), those withdrawn (True), or all (None), by their keys."""
    found = _with_exit("service", "withdrawal", when, "services", withdrawn, after, limit)
    rows = [
        ServiceRow(
            service=row.service,
            version=row.version,
            name=row.name,
            synonyms=json.loads(row.synonyms),
            description=row.description,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            withdrawn=row.out is not None,
        )
        for row in connection.execute(found)
    ]
    return page(rows, limit, lambda row: (row.service,), "services")


def responsibilities(
    connection: Connection,
    when: When,
    *,
    service: str | None = None,
    department: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ResponsibilityRow]:
    """Who is named for what, by service and area."""
    said = _holding("responsibility", when)
    statement = select(said).where(said.c.said).order_by(said.c.key).limit(checked_limit(limit) + 1)
    if service is not None:
        statement = statement.where(said.c.service == service)
    if department is not None:
        statement = statement.where(said.c.department == department)
    statement = _after(statement, said, after, "responsibilities")
    rows = list(connection.execute(statement))
    made = page(rows, limit, lambda row: (row.key,), "responsibilities")
    kept = [ResponsibilityRow(**{name: getattr(row, name) for name in _RESPONSIBILITY}) for row in made.rows]
    return Page(kept, made.next_cursor)


def people(
    connection: Connection, when: When, *, unit: str | None = None, after: str | None = None, limit: int = 50
) -> Page[PersonRow]:
    """Who belongs to ``unit`` (``department:<id>``, ``desk:front`` …) or to any, and who is deactivated; by id."""
    member, absent = _holding("member", when), _holding("absence", when)
    who = select(member.c.person).where(member.c.said)
    if unit is not None:
        who = who.where(member.c.unit == unit)
        ids = who.subquery()
    else:
        ids = who.union(select(absent.c.person).where(absent.c.said)).subquery()
    statement = select(ids.c.person).distinct().order_by(ids.c.person).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(ids.c.person > decode(after, "people", str)[0])
    made = page([row.person for row in connection.execute(statement)], limit, lambda person: (person,), "people")
    return Page(_people(connection, made.rows, when), made.next_cursor)


def _people(connection: Connection, persons: Sequence[str], when: When) -> list[PersonRow]:
    member, absent = _holding("member", when), _holding("absence", when)
    out = set(connection.scalars(select(absent.c.person).where(absent.c.said, absent.c.person.in_(persons))))
    places: dict[str, list[MembershipRow]] = {}
    order = [member.c.person, member.c.unit]
    for row in connection.execute(select(member).where(member.c.said, member.c.person.in_(persons)).order_by(*order)):
        found = MembershipRow(**{name: getattr(row, name) for name in _MEMBERSHIP})
        places.setdefault(row.person, []).append(found)
    return [
        PersonRow(person=person, active=person not in out, memberships=tuple(places.get(person, ())))
        for person in persons
    ]


def history(
    connection: Connection,
    *,
    department: str | None = None,
    service: str | None = None,
    person: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[StatementRow]:
    """All that was ever said of one of them, in the order in which it was said."""
    statement = select(ROWS).order_by(ROWS.c.version).limit(checked_limit(limit) + 1)
    if department is not None:
        unit = f"department:{department}"
        names = (ROWS.c.department == department, ROWS.c.successor == department, ROWS.c.unit == unit)
        statement = statement.where(or_(*names))
    if service is not None:
        statement = statement.where(ROWS.c.service == service)
    if person is not None:
        statement = statement.where(ROWS.c.person == person)
    if after is not None:
        statement = statement.where(ROWS.c.version > decode(after, "history", int)[0])
    rows = [_statement(dict(row._mapping)) for row in connection.execute(statement)]
    return page(rows, limit, lambda row: (row.version,), "history")


# --- what holds at a moment ----------------------------------------------------------------------------------------

_DEPARTMENT = (
    *("department", "version", "name", "area", "phone", "email", "office", "opening_hours"),
    *("valid_from", "valid_to"),
)
_RESPONSIBILITY = ("service", "area", "department", "version", "valid_from", "valid_to")
_MEMBERSHIP = ("unit", "function", "version", "valid_from", "valid_to")
_NOT_DETAILS = {"version", "type", "kind", "key", "said", "actor", "recorded_at", "valid_from", "valid_to"}


def _holding(kind: str, when: When) -> FromClause:
    """The statements of a kind that hold: they cover the moment, and no later one does."""
    said, later = ROWS.alias(), ROWS.alias()

    def covers(table: FromClause) -> ColumnElement[bool]:
        conditions = [table.c.valid_from <= when.at, or_(table.c.valid_to.is_(None), table.c.valid_to > when.at)]
        if when.known is not None:
            conditions.append(table.c.version <= when.known)
        return and_(table.c.kind == kind, *conditions)

    overruled = exists().where(covers(later), later.c.key == said.c.key, later.c.version > said.c.version)
    return select(said).where(covers(said), ~overruled).subquery()


def _with_exit(
    kind: str, exit_kind: str, when: When, name: str, out: bool | None, after: str | None, limit: int
) -> Select[Any]:
    """What is described, each with what takes it out (``out`` is its version), if something does."""
    said, gone = _holding(kind, when), _holding(exit_kind, when)
    joined = said.outerjoin(gone, and_(gone.c.key == said.c.key, gone.c.said))
    columns = [*said.c, gone.c.version.label("out"), gone.c.successor.label("follows")]
    statement = select(*columns).select_from(joined).where(said.c.said)
    if out is not None:
        statement = statement.where(gone.c.version.is_not(None) if out else gone.c.version.is_(None))
    return _after(statement.order_by(said.c.key).limit(checked_limit(limit) + 1), said, after, name)


def _after(statement: Select[Any], said: FromClause, after: str | None, name: str) -> Select[Any]:
    if after is None:
        return statement
    return statement.where(beyond([said.c.key], decode(after, name, str)))


def _statement(row: dict[str, Any]) -> StatementRow:
    details = {name: value for name, value in row.items() if name not in _NOT_DETAILS and value is not None}
    if "synonyms" in details:
        details["synonyms"] = json.loads(details["synonyms"])
    names = ("version", "type", "actor", "recorded_at", "valid_from", "valid_to")
    return StatementRow(**{name: row[name] for name in names}, details=details)
