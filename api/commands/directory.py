"""The directory is spoken of: who there is, what the city does, who is responsible, each for a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from api.commands.order import Answer, direct
from api.commands.topic import CommandTopic
from api.context import now, system
from api.departures import ViewsBehind, demand_fresh, inquiries_with
from api.errors import unavailable
from api.fields import Choice, FreeText, Identifier, Line, Moment, Request, Several
from api.representation_directory import DirectoryBody
from casebackbone.access import Permission
from casebackbone.commands import (
    AddMember,
    AssignResponsibility,
    CloseDepartment,
    DeactivatePerson,
    DescribeDepartment,
    DescribeService,
    EndResponsibility,
    ReactivatePerson,
    ReinstateService,
    RemoveMember,
    ReopenDepartment,
    WithdrawService,
)
from casebackbone.directory_events import Department, Service
from casebackbone.directory_lookup import FUNCTIONS, MEMBER

topic = CommandTopic("directory", __name__, description="Who there is, and who is responsible")


class StatementBody(Request):
    """What holds from ``valid_from`` (without it: now) up to, not including, ``valid_to`` (without it: for good)."""

    valid_from = Moment()
    valid_to = Moment()


class DepartmentBody(StatementBody):
    """A department. ``opening_hours`` as in OpenStreetMap: ``Mo-Th 08:00-12:00,14:00-16:00; Fr 08:00-12:00``."""

    department = Identifier(required=True)
    name = Line(required=True)
    area = Line(longest=12)
    phone = Line(longest=50)
    email = Line(longest=254)
    office = Line()
    opening_hours = Line()


class ClosingBody(StatementBody):
    """Who does from now on what the department did."""

    successor = Identifier()


class ServiceBody(StatementBody):
    """A service by its LeiKa key, and what citizens call it."""

    service = Line(longest=14, required=True)
    name = Line(required=True)
    synonyms = Several(Line(), load_default=list, validate=ma.validate.Length(max=100))
    description = FreeText(longest=5000)


class AreaBody(StatementBody):
    """Where; without ``area`` everywhere that no other area says more."""

    area = Line(longest=12)


class ResponsibilityBody(AreaBody):
    department = Identifier(required=True)


class UnitBody(StatementBody):
    """``department:<id>``, ``desk:front``, ``desk:background``, or ``desk`` for both."""

    unit = Identifier(longest=111, required=True)


class MembershipBody(UnitBody):
    function = Choice(list(FUNCTIONS), load_default=MEMBER)


def _statement(rule: str, body: type[ma.Schema]) -> Any:
    return topic.command(rule, Permission.MANAGE_DIRECTORY, body, answer=DirectoryBody, if_match="IfMatchOptional")


def _when(body: dict[str, Any]) -> dict[str, Any]:
    return {"valid_from": body.get("valid_from"), "valid_to": body.get("valid_to")}


# --- departments -----------------------------------------------------------------------------------------------------


@_statement("/directory/departments", DepartmentBody)
def describe_department(body: dict[str, Any]) -> Answer:
    """Say that a department is there, what it is called and how it is reached."""
    described = Department(**{name: body.get(name) for name in Department._fields if name != "name"}, name=body["name"])
    return direct(body, DescribeDepartment(department=body["department"], described=described, **_when(body)))


@_statement("/directory/departments/<path:department>/closing", ClosingBody)
def close_department(body: dict[str, Any], department: str) -> Answer:
    """Close a department. What lies with it or is offered to it moves on in the same step."""
    found: list[UUID] = []
    command = CloseDepartment(department=department, successor=body.get("successor"), inquiries=found, **_when(body))
    return direct(body, command, check=lambda: _gather(f"department:{department}", body, found))


@_statement("/directory/departments/<path:department>/reopening", StatementBody)
def reopen_department(body: dict[str, Any], department: str) -> Answer:
    """Take a closing back, for a time."""
    return direct(body, ReopenDepartment(department=department, **_when(body)))


# --- services --------------------------------------------------------------------------------------------------------


@_statement("/directory/services", ServiceBody)
def describe_service(body: dict[str, Any]) -> Answer:
    """Say that the city does this, and what it is called."""
    described = Service(body["name"], tuple(dict.fromkeys(body["synonyms"])), body.get("description"))
    return direct(body, DescribeService(service=body["service"], described=described, **_when(body)))


@_statement("/directory/services/<string:service>/withdrawal", StatementBody)
def withdraw_service(body: dict[str, Any], service: str) -> Answer:
    """Say that the city does not do this."""
    return direct(body, WithdrawService(service=service, **_when(body)))


@_statement("/directory/services/<string:service>/reinstatement", StatementBody)
def reinstate_service(body: dict[str, Any], service: str) -> Answer:
    """Take a withdrawal back, for a time."""
    return direct(body, ReinstateService(service=service, **_when(body)))


@_statement("/directory/services/<string:service>/responsibilities", ResponsibilityBody)
def assign(body: dict[str, Any], service: str) -> Answer:
    """Say which department is responsible for a service, everywhere or in an area."""
    command = AssignResponsibility(service=service, department=body["department"], area=body.get("area"), **_when(body))
    return direct(body, command)


@_statement("/directory/services/<string:service>/responsibilities/ending", AreaBody)
def end_responsibility(body: dict[str, Any], service: str) -> Answer:
    """Say that nobody is named for a service, everywhere or in an area."""
    return direct(body, EndResponsibility(service=service, area=body.get("area"), **_when(body)))


# --- people ----------------------------------------------------------------------------------------------------------


@_statement("/directory/people/<path:person>/memberships", MembershipBody)
def add_member(body: dict[str, Any], person: str) -> Answer:
    """Say to which department, or to which place at the desk, a person (``agent:<id>``) belongs."""
    return direct(body, AddMember(person=person, unit=body["unit"], function=body["function"], **_when(body)))


@_statement("/directory/people/<path:person>/memberships/ending", UnitBody)
def remove_member(body: dict[str, Any], person: str) -> Answer:
    """Say that a person does not belong there."""
    return direct(body, RemoveMember(person=person, unit=body["unit"], **_when(body)))


@_statement("/directory/people/<path:person>/deactivation", StatementBody)
def deactivate(body: dict[str, Any], person: str) -> Answer:
    """Say that a person is not there. What they hold goes back in the same step."""
    found: list[UUID] = []
    command = DeactivatePerson(person=person, inquiries=found, **_when(body))
    return direct(body, command, check=lambda: _gather(person, body, found))


@_statement("/directory/people/<path:person>/reactivation", StatementBody)
def reactivate(body: dict[str, Any], person: str) -> Answer:
    """Say that a person is there again, for a time."""
    return direct(body, ReactivatePerson(person=person, **_when(body)))


def _gather(holder: str, body: dict[str, Any], found: list[UUID]) -> None:
    """What lies with ``holder``, if they go now. Later it is the caretaker who looks."""
    until = body.get("valid_to")
    if body.get("valid_from", now()) > now() or (until is not None and until <= now()):
        return
    try:
        demand_fresh(system())
    except ViewsBehind as behind:
        raise unavailable(
            "not_caught_up",
            f"Die Ansichten stehen erst bei Position {behind.position}; es könnte etwas liegen bleiben. "
            "Bitte gleich noch einmal.",
            seconds=1,
        ) from None
    found += inquiries_with(system(), holder)
