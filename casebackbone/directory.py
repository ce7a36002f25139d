"""The directory (aggregate): departments, people, services, and who is responsible for what, each for a time.

Commands guard first, then make one statement. Nothing is edited in place: a later statement wins for the time that it
covers, and how the directory was known at any version can be had from its events.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import directory_events as happened
from casebackbone.cause import Cause
from casebackbone.directory_events import Closure, Department, Service
from casebackbone.directory_lookup import DESK_UNITS, FUNCTIONS, DirectoryLookup
from casebackbone.opening_hours import read_hours
from casebackbone.recorded import GENESIS
from casebackbone.refusals import Conflict, Invalid
from events.timeline import Timeline, says, value_at

DIRECTORY_ID = UUID("5d0c7f6e-2a41-5b0e-8a57-7c1d3a9e4f10")
"""There is one directory. Never change it."""

LONGEST_PERSON = 200
_LEIKA = re.compile(r"99[0-9]{12}", re.ASCII)
_AREA = re.compile(r"(?:0[1-9]|1[0-6])(?:[0-9]|[0-9]{3}|[0-9]{6}|[0-9]{7}|[0-9]{10})?", re.ASCII)
"""Land, Regierungsbezirk (3), Kreis (5), AGS (8), Verband (9) or ARS (12). A key without its leading zero, which
spreadsheets like to drop, has none of these lengths."""


class Directory(DirectoryLookup):
    """``valid_to`` of a statement is None when it holds for good; ``valid_from`` is included, ``valid_to`` is not.

    ``moved``: how many inquiries went from somebody with the last statement.
    """

    TOPIC: ClassVar[str] = "directory"

    def __init__(self) -> None:
        self.head = GENESIS
        self.moved = 0
        self.departments: dict[str, Timeline[Department]] = {}
        self.closures: dict[str, Timeline[Closure]] = {}
        self.services: dict[str, Timeline[Service]] = {}
        self.withdrawals: dict[str, Timeline[bool]] = {}
        self.responsibilities: dict[tuple[str, str | None], Timeline[str]] = {}
        self.members: dict[tuple[str, str], Timeline[str]] = {}
        self.absences: dict[str, Timeline[bool]] = {}

    @classmethod
    def open(cls, cause: Cause) -> Self:
        return cls._begin(happened.DirectoryOpened, DIRECTORY_ID, cause)

    @classmethod
    def unopened(cls) -> Self:
        """What there is before the first statement: nobody is known, and nobody is refused."""
        made = cls.__new__(cls)
        made.__init__()  # type: ignore[misc]
        return made

    # --- departments ---------------------------------------------------------------------------------------------

    def describe_department(
        self, department: str, described: Department, valid_from: datetime, valid_to: datetime | None = None
    ) -> None:
        _demand_area(described.area)
        if described.opening_hours is not None:
            try:
                read_hours(described.opening_hours)
            except ValueError as unreadable:
                raise Invalid("malformed_opening_hours", f"Öffnungszeiten: {unreadable}.", "/opening_hours") from None
        _demand_new(self.departments.get(department, ()), described, valid_from, valid_to)
        fields = {"department": department, **described._asdict()}
        self._state(happened.DepartmentDescribed, valid_from, valid_to, **fields)

    def close_department(
        self,
        department: str,
        valid_from: datetime,
        valid_to: datetime | None = None,
        *,
        successor: str | None = None,
        moved: int = 0,
    ) -> None:
        """Not twice: what was said of its closing has to be taken back first (:meth:`reopen_department`)."""
        self._demand_known_department(department, valid_from)
        if successor is not None:
            if successor == department:
                raise Conflict("circular_successor", "Eine Stelle kann sich nicht selbst nachfolgen.")
            self._demand_known_department(successor, valid_from)
            self._demand_no_circle(department, successor, valid_from, valid_to)
        self._state(
            happened.DepartmentClosed, valid_from, valid_to, department=department, successor=successor, moved=moved
        )

    def reopen_department(self, department: str, valid_from: datetime, valid_to: datetime | None = None) -> None:
        if value_at(self.closures.get(department, ()), valid_from) is None:
            raise Conflict("not_closed", f"Die Stelle {department} ist zu diesem Zeitpunkt nicht geschlossen.")
        self._state(happened.DepartmentReopened, valid_from, valid_to, department=department)

    # --- services and who is responsible -------------------------------------------------------------------------

    def describe_service(
        self, service: str, described: Service, valid_from: datetime, valid_to: datetime | None = None
    ) -> None:
        if not _LEIKA.fullmatch(service):
            raise Invalid("malformed_service", "Ein LeiKa-Schlüssel hat 14 Ziffern und beginnt mit 99.", "/service")
        _demand_new(self.services.get(service, ()), described, valid_from, valid_to)
        fields = {"service": service, **described._asdict(), "synonyms": list(described.synonyms)}
        self._state(happened.ServiceDescribed, valid_from, valid_to, **fields)

    def withdraw_service(self, service: str, valid_from: datetime, valid_to: datetime | None = None) -> None:
        self._demand_service(service, valid_from)
        self._state(happened.ServiceWithdrawn, valid_from, valid_to, service=service)

    def reinstate_service(self, service: str, valid_from: datetime, valid_to: datetime | None = None) -> None:
        if not value_at(self.withdrawals.get(service, ()), valid_from):
            raise Conflict("not_withdrawn", f"Die Leistung {service} ist zu diesem Zeitpunkt nicht zurückgezogen.")
        self._state(happened.ServiceReinstated, valid_from, valid_to, service=service)

    def assign(
        self,
        service: str,
        department: str,
        area: str | None,
        valid_from: datetime,
        valid_to: datetime | None = None,
    ) -> None:
        """One department for a service and an area; whoever it was before is not any more for this time."""
        _demand_area(area)
        self._demand_service(service, valid_from)
        self._demand_known_department(department, valid_from)
        _demand_new(self.responsibilities.get((service, area), ()), department, valid_from, valid_to)
        fields = {"service": service, "area": area, "department": department}
        self._state(happened.ResponsibilityAssigned, valid_from, valid_to, **fields)

    def end_responsibility(
        self, service: str, area: str | None, valid_from: datetime, valid_to: datetime | None = None
    ) -> None:
        department = value_at(self.responsibilities.get((service, area), ()), valid_from)
        if department is None:
            raise Conflict(
                "not_assigned",
                f"Für die Leistung {service} ist {f'im Gebiet {area}' if area else 'stadtweit'} zu diesem Zeitpunkt "
                "niemand eingetragen.",
            )
        fields = {"service": service, "area": area, "department": department}
        self._state(happened.ResponsibilityEnded, valid_from, valid_to, **fields)

    # --- people --------------------------------------------------------------------------------------------------

    def add_member(
        self, person: str, unit: str, function: str, valid_from: datetime, valid_to: datetime | None = None
    ) -> None:
        """One function a person and unit; whatever it was before is not any more for this time."""
        _demand_person_id(person)
        if function not in FUNCTIONS:
            raise Invalid("unknown_function", f"Möglich sind {', '.join(FUNCTIONS)}.", "/function")
        if unit.startswith("department:"):
            self._demand_known_department(unit.removeprefix("department:"), valid_from)
        elif unit not in DESK_UNITS:
            raise Invalid("unknown_unit", f"Möglich sind department:<id>, {', '.join(DESK_UNITS)}.", "/unit")
        _demand_new(self.members.get((unit, person), ()), function, valid_from, valid_to)
        self._state(happened.MemberAdded, valid_from, valid_to, person=person, unit=unit, function=function)

    def remove_member(self, person: str, unit: str, valid_from: datetime, valid_to: datetime | None = None) -> None:
        if value_at(self.members.get((unit, person), ()), valid_from) is None:
            raise Conflict("not_a_member", f"{person} gehört zu diesem Zeitpunkt nicht zu {unit}.")
        self._state(happened.MemberRemoved, valid_from, valid_to, person=person, unit=unit)

    def deactivate(
        self, person: str, valid_from: datetime, valid_to: datetime | None = None, *, moved: int = 0
    ) -> None:
        """Also the last supervisor of a unit: people do leave. :meth:`without_supervisor` tells of it."""
        _demand_person_id(person)
        _demand_new(self.absences.get(person, ()), True, valid_from, valid_to)
        self._state(happened.PersonDeactivated, valid_from, valid_to, person=person, moved=moved)

    def reactivate(self, person: str, valid_from: datetime, valid_to: datetime | None = None) -> None:
        if self.is_active(person, valid_from):
            raise Conflict("person_active", f"{person} ist zu diesem Zeitpunkt im Dienst.")
        self._state(happened.PersonReactivated, valid_from, valid_to, person=person)

    # --- guards and the one way to an event ----------------------------------------------------------------------

    def _demand_known_department(self, department: str, at: datetime) -> None:
        """What is said of a department needs one that was described, for whatever time, and is not closed ``at`` then.
        Also where the directory is empty."""
        if department not in self.departments:
            raise Conflict("unknown_department", f"Die Stelle {department} steht nicht im Verzeichnis.")
        if value_at(self.closures.get(department, ()), at) is not None:
            self.demand_department(department, at)

    def _demand_service(self, service: str, at: datetime) -> None:
        if service not in self.services:
            raise Conflict("unknown_service", f"Die Leistung {service} ist nicht beschrieben. Bitte erst beschreiben.")
        if value_at(self.withdrawals.get(service, ()), at):
            raise Conflict("service_withdrawn", f"Die Leistung {service} ist zu diesem Zeitpunkt zurückgezogen.")

    def _demand_no_circle(
        self, department: str, successor: str, valid_from: datetime, valid_to: datetime | None
    ) -> None:
        """Whoever follows must not lead back at any moment of the time, also when they close later."""
        changes = {stretch.valid_from for said in self.closures.values() for stretch in said}
        for moment in (valid_from, *(at for at in changes if valid_from < at and (valid_to is None or at < valid_to))):
            seen, follows = {department}, successor
            while follows not in seen:
                seen.add(follows)
                closure = value_at(self.closures.get(follows, ()), moment)
                if closure is None or closure.successor is None:
                    break
                follows = closure.successor
            if follows == department:
                raise Conflict(
                    "circular_successor",
                    f"Der Stelle {successor} folgt selbst wieder {department} nach. Bitte eine andere wählen.",
                )

    def _state(
        self, event_class: type[happened.Statement], valid_from: datetime, valid_to: datetime | None, **fields: Any
    ) -> None:
        demand_in_order(valid_from, valid_to)
        if self.cause.occurred_at < self.last_occurred_at:  # clocks of two machines; the order is that of the versions
            self.cause = self.cause.at(self.last_occurred_at)
        self._record(event_class, valid_from=valid_from, valid_to=valid_to, **fields)


def demand_in_order(valid_from: datetime, valid_to: datetime | None) -> None:
    """Raises Invalid for a time that ends before it begins."""
    if valid_to is not None and valid_to <= valid_from:
        raise Invalid("validity_reversed", "„Gültig bis“ muss nach „gültig ab“ liegen.", "/valid_to")


def _demand_area(area: str | None) -> None:
    if area is not None and not _AREA.fullmatch(area):
        raise Invalid(
            "malformed_area",
            "Ein Gebiet ist ein AGS (8 Ziffern) oder ARS (12), oder dessen Anfang mit 2, 3, 5 oder 9 Ziffern; es "
            "beginnt mit dem Land (01 bis 16). Fehlt vielleicht eine führende Null?",
            "/area",
        )


def _demand_person_id(person: str) -> None:
    written = person.removeprefix("agent:")
    if person == written or not written.strip() or not written.isprintable() or len(written) > LONGEST_PERSON:
        raise Invalid("malformed_person", "Eine Person heißt agent:<Kennung>.", "/person")


def _demand_new(timeline: Timeline[Any], value: Any, valid_from: datetime, valid_to: datetime | None) -> None:
    demand_in_order(valid_from, valid_to)
    if says(timeline, value, valid_from, valid_to):
        raise Conflict("unchanged", "Genau das gilt für diese Zeit schon.")


register_topic(Directory.TOPIC, Directory)
