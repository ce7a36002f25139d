"""The directory is asked: who there is, what the city does, what was said, at any time, as known at any version."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from api.context import local, now, system
from api.fields import Choice, Identifier, Line, Moment, Whole
from api.queries.looking import LINK, Answer, List, LookQuery, PageQuery, look
from api.representation_directory import DepartmentCard, Valid, department_card, validity
from api.topic import Topic
from casebackbone.access import Permission
from casebackbone.directory import Directory
from casebackbone.directory_events import Department
from events.labels import event_label
from projections import directory as said
from projections.directory import PersonRow, ResponsibilityRow, ServiceRow, StatementRow, When

topic = Topic("directory-views", __name__, description="Who there is, and who is responsible")

_STATES = {"there": False, "gone": True, "all": None}


class WhenQuery(LookQuery):
    """``at``: the time for which it is asked (without it: now); ``known``: as it was known after that version."""

    at = Moment()
    known = Whole(1, 999_999_999)


class ListQuery(WhenQuery, PageQuery):
    """A page of what holds at a time."""


class StateQuery(ListQuery):
    """``state``: only what is ``there``, only what is ``gone`` (closed, withdrawn), or ``all``."""

    state = Choice(_STATES, load_default="there")  # type: ignore[arg-type]


class PeopleQuery(ListQuery):
    unit = Identifier(longest=111, metadata={"description": "department:<id>, desk:front, desk:background or desk"})


class ResponsibilitiesQuery(ListQuery):
    service = Line(longest=14)
    department = Identifier()


class DescribedDepartment(DepartmentCard, Valid):
    """``closed``: described but taken out; ``successor`` is named to do what it did."""

    version = ma.fields.Integer(required=True)
    closed = ma.fields.Boolean(required=True)
    successor = ma.fields.String(required=True, allow_none=True)


class DescribedService(Valid):
    service = ma.fields.String(required=True, metadata={"example": "99012003000000"})
    name = ma.fields.String(required=True)
    synonyms = ma.fields.List(ma.fields.String(), required=True)
    description = ma.fields.String(required=True, allow_none=True)
    withdrawn = ma.fields.Boolean(required=True)
    version = ma.fields.Integer(required=True)


class ResponsibilityItem(Valid):
    """``department`` is named; ``standing_in`` does it: itself, its successor, or nobody."""

    service = ma.fields.String(required=True)
    area = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True)
    standing_in = ma.fields.String(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)


class MembershipItem(Valid):
    unit = ma.fields.String(required=True)
    function = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)


class DirectoryPerson(ma.Schema):
    person = ma.fields.String(required=True)
    active = ma.fields.Boolean(required=True)
    memberships = ma.fields.List(ma.fields.Nested(MembershipItem), required=True)


class DirectoryStatement(Valid):
    """One statement, in the order in which it was said; ``details`` is what it says beside its time."""

    version = ma.fields.Integer(required=True)
    type = ma.fields.String(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})
    actor = ma.fields.String(required=True)
    recorded_at = Moment(required=True)
    details = ma.fields.Dict(required=True)


class Departments(List):
    items = ma.fields.List(ma.fields.Nested(DescribedDepartment), required=True)


class Services(List):
    items = ma.fields.List(ma.fields.Nested(DescribedService), required=True)


class Responsibilities(List):
    items = ma.fields.List(ma.fields.Nested(ResponsibilityItem), required=True)


class People(List):
    items = ma.fields.List(ma.fields.Nested(DirectoryPerson), required=True)


class DirectoryStatements(List):
    items = ma.fields.List(ma.fields.Nested(DirectoryStatement), required=True)


def _list(rule: str, query: type[ma.Schema], answer: type[ma.Schema]) -> Any:
    def register(view: Any) -> Any:
        described = topic.arguments(query, location="query")(view)
        described = topic.response(200, answer, headers=LINK)(described)
        return topic.route(rule, permission=Permission.READ_DIRECTORY)(described)

    return register


@_list("/directory/departments", StateQuery, Departments)
def departments(query: dict[str, Any]) -> Answer:
    """Departments, how they are reached, who supervises them and whether they are open now."""
    when, directory = when_of(query), directory_of(query)
    with look(query) as view:
        found = said.departments(view.connection, when, closed=_STATES[query["state"]], **_page(query))
        return view.page(found, lambda row: _department(row, directory, when))


@_list("/directory/services", StateQuery, Services)
def services(query: dict[str, Any]) -> Answer:
    """What the city does, and what citizens call it."""
    with look(query) as view:
        found = said.services(view.connection, when_of(query), withdrawn=_STATES[query["state"]], **_page(query))
        return view.page(found, _service)


@_list("/directory/responsibilities", ResponsibilitiesQuery, Responsibilities)
def responsibilities(query: dict[str, Any]) -> Answer:
    """Who is named for what, by service and area."""
    when, directory = when_of(query), directory_of(query)
    which: dict[str, Any] = {name: query.get(name) for name in ("service", "department")}
    with look(query) as view:
        found = said.responsibilities(view.connection, when, **which, **_page(query))
        return view.page(found, lambda row: _responsibility(row, directory, when))


@_list("/directory/people", PeopleQuery, People)
def people(query: dict[str, Any]) -> Answer:
    """Who belongs where, and who is not there. Ids only."""
    with look(query) as view:
        found = said.people(view.connection, when_of(query), unit=query.get("unit"), **_page(query))
        return view.page(found, _person)


@_list("/directory/departments/<path:department>/history", PageQuery, DirectoryStatements)
def department_history(query: dict[str, Any], department: str) -> Answer:
    """All that was ever said of a department, its people and what it is responsible for."""
    with look(query) as view:
        return view.page(said.history(view.connection, department=department, **_page(query)), _statement)


@_list("/directory/services/<string:service>/history", PageQuery, DirectoryStatements)
def service_history(query: dict[str, Any], service: str) -> Answer:
    """All that was ever said of a service and who is responsible for it."""
    with look(query) as view:
        return view.page(said.history(view.connection, service=service, **_page(query)), _statement)


@_list("/directory/people/<path:person>/history", PageQuery, DirectoryStatements)
def person_history(query: dict[str, Any], person: str) -> Answer:
    """All that was ever said of a person."""
    with look(query) as view:
        return view.page(said.history(view.connection, person=person, **_page(query)), _statement)


def when_of(query: dict[str, Any]) -> When:
    return When(at=query.get("at") or now(), known=query.get("known"))


def directory_of(query: dict[str, Any]) -> Directory:
    """The directory as it is known now, or was after the version that was asked for."""
    return system().application.directory(version=query.get("known"))


def _page(query: dict[str, Any]) -> dict[str, Any]:
    return {"after": query.get("cursor"), "limit": query["limit"]}


def _department(row: Any, directory: Directory, when: When) -> dict[str, Any]:
    described = Department(*(getattr(row, name) for name in Department._fields))
    return {
        **department_card(directory, row.department, when.at, described),
        "closed": row.closed,
        "successor": row.successor,
        "version": row.version,
        **validity(row),
    }


def _service(row: ServiceRow) -> dict[str, Any]:
    return {
        "service": row.service,
        "name": row.name,
        "synonyms": list(row.synonyms),
        "description": row.description,
        "withdrawn": row.withdrawn,
        "version": row.version,
        **validity(row),
    }


def _responsibility(row: ResponsibilityRow, directory: Directory, when: When) -> dict[str, Any]:
    return {
        "service": row.service,
        "area": row.area,
        "department": row.department,
        "standing_in": directory.standing_in(row.department, when.at),
        "version": row.version,
        **validity(row),
    }


def _person(row: PersonRow) -> dict[str, Any]:
    memberships = [
        {"unit": one.unit, "function": one.function, "version": one.version, **validity(one)} for one in row.memberships
    ]
    return {"person": row.person, "active": row.active, "memberships": memberships}


def _statement(row: StatementRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "type": row.type,
        "label": event_label(row.type),
        "actor": row.actor,
        "recorded_at": local(row.recorded_at),
        "details": row.details,
        **validity(row),
    }
