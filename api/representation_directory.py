"""The directory as clients see it: departments with their hours and people, services, and who is responsible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import marshmallow as ma

from api.context import local, now, system
from api.fields import Moment
from casebackbone.directory import Directory
from casebackbone.directory_events import Department
from casebackbone.directory_lookup import DEPUTY
from casebackbone.opening_hours import is_open


class DirectoryBody(ma.Schema):
    """The directory after its event ``version``.

    ``moved``: how many inquiries went from somebody with the last statement. ``without_supervisor``: units that had
    somebody to supervise them and have nobody now.
    """

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    moved = ma.fields.Integer(required=True)
    without_supervisor = ma.fields.List(ma.fields.String(), required=True)


class Valid(ma.Schema):
    """From ``valid_from`` up to, not including, ``valid_to``; null: for good."""

    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)


class DepartmentCard(ma.Schema):
    """Whom to turn to. ``open_now`` is null where no opening hours are known."""

    department = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    area = ma.fields.String(required=True, allow_none=True)
    phone = ma.fields.String(required=True, allow_none=True)
    email = ma.fields.String(required=True, allow_none=True)
    office = ma.fields.String(required=True, allow_none=True)
    opening_hours = ma.fields.String(required=True, allow_none=True)
    open_now = ma.fields.Boolean(required=True, allow_none=True)
    supervisor = ma.fields.String(required=True, allow_none=True)
    deputies = ma.fields.List(ma.fields.String(), required=True)


def directory_body(directory: Directory) -> dict[str, Any]:
    return {
        "id": directory.id,
        "version": directory.version,
        "moved": directory.moved,
        "without_supervisor": directory.without_supervisor(directory.last_occurred_at),
    }


def department_card(directory: Directory, department: str, at: datetime, said: Department) -> dict[str, Any]:
    """``said`` of a department ``at`` a time, and whether somebody is there now."""
    members = directory.memberships(at, unit=f"department:{department}")
    return {
        "department": department,
        **said._asdict(),
        "open_now": open_now(said.opening_hours),
        "supervisor": directory.supervisor(department, at),
        "deputies": [one.person for one in members if one.function == DEPUTY],
    }


def open_now(opening_hours: str | None) -> bool | None:
    """Whether an office is open at the time of this request, by the city's clock and holidays; None: not known."""
    if opening_hours is None:
        return None
    calendar = system().promise.calendar
    here = now().astimezone(calendar.zone)
    return is_open(opening_hours, here, calendar.is_closed(here.date()))


def validity(said: Any) -> dict[str, Any]:
    return {"valid_from": local(said.valid_from), "valid_to": local(said.valid_to)}
