"""What others ask of the directory: who is responsible, who is there, who follows whom, at any moment.

Nothing here decides or changes anything. Each thing that is said has a timeline (:mod:`events.timeline`); a
thing is there when it is described and not taken out: a department closed, a service withdrawn, a person deactivated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from casebackbone.directory_events import Closure, Department, Service
from casebackbone.recorded import Recorded
from casebackbone.refusals import Conflict
from events.timeline import Timeline, over, stretch_at, value_at

DESK_UNITS = ("desk", "desk:front", "desk:background")
MEMBER, SUPERVISOR, DEPUTY = "member", "supervisor", "deputy"
FUNCTIONS = (MEMBER, SUPERVISOR, DEPUTY)

Assignment = tuple[str, str | None]
"""A service and an area; None: everywhere."""


class Membership(NamedTuple):
    """``active``: not deactivated at the moment that was asked for."""

    person: str
    unit: str
    function: str
    since: datetime
    active: bool


def areas_around(area: str | None) -> Iterator[str | None]:
    """The area and all that it lies in, the narrowest first; None, the whole city, is last.

    A key lies in every key that it begins with. An AGS (8 digits) is the ARS (12 digits) without the association of
    municipalities in its middle, so that it is no beginning of it.
    """
    if area is not None:
        for length in range(len(area), 1, -1):
            if length == 8 and len(area) > 8:
                if len(area) == 12:
                    yield area[:5] + area[9:]
                continue
            yield area[:length]
    yield None


class DirectoryLookup(Recorded):
    """The part of the directory that is asked. ``unit`` is ``department:<id>``, or one of the desk's."""

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        departments: dict[str, Timeline[Department]]
        closures: dict[str, Timeline[Closure]]
        services: dict[str, Timeline[Service]]
        withdrawals: dict[str, Timeline[bool]]
        responsibilities: dict[Assignment, Timeline[str]]
        members: dict[tuple[str, str], Timeline[str]]
        absences: dict[str, Timeline[bool]]
        moved: int

    # --- services and who is responsible -------------------------------------------------------------------------

    def service(self, service: str, at: datetime) -> Service | None:
        """What is said of a service at ``at``; None if the city does not do it then."""
        if value_at(self.withdrawals.get(service, ()), at):
            return None
        return value_at(self.services.get(service, ()), at)

    def responsible(self, service: str | None, area: str | None, at: datetime) -> str | None:
        """The department that is responsible for a service (LeiKa key) in an area at a time; None if nobody is.

        The narrowest area that somebody is named for decides; without ``area`` only who is named for the whole city.
        In place of a department that is closed stands its successor.
        """
        if service is None or self.service(service, at) is None:
            return None
        for around in areas_around(area):
            named = value_at(self.responsibilities.get((service, around), ()), at)
            if named is not None and (found := self.standing_in(named, at)) is not None:
                return found
        return None

    def assignments(self, service: str, at: datetime) -> list[tuple[str | None, str]]:
        """Areas for which somebody is named ``at`` a time, and who; the whole city (None) first."""
        found = []
        for (of_service, area), timeline in self.responsibilities.items():
            named = value_at(timeline, at) if of_service == service else None
            if named is not None and (there := self.standing_in(named, at)) is not None:
                found.append((area, there))
        return sorted(found, key=lambda one: one[0] or "")

    # --- departments ---------------------------------------------------------------------------------------------

    def department(self, department: str, at: datetime) -> Department | None:
        """What is said of a department at ``at``; None if it is not there then."""
        if value_at(self.closures.get(department, ()), at) is not None:
            return None
        return value_at(self.departments.get(department, ()), at)

    def demand_department(self, department: str, at: datetime) -> None:
        """Raises Conflict for a department that is not there at that time. An empty directory refuses nobody."""
        if not self.departments or self.department(department, at) is not None:
            return
        if department not in self.departments:
            raise Conflict(
                "unknown_department",
                f"Die Stelle {department} steht nicht im Verzeichnis. Bitte eine Stelle aus dem Verzeichnis wählen.",
            )
        follows = self.successor(department, at)
        raise Conflict(
            "department_closed",
            f"Die Stelle {department} gibt es zu diesem Zeitpunkt nicht. "
            + (f"Ihre Nachfolge hat {follows}." if follows else "Eine Nachfolge ist nicht benannt."),
        )

    def successor(self, department: str, at: datetime) -> str | None:
        """Who does at ``at`` what a closed department did: the first one after it that is there; None if nobody."""
        seen = {department}
        closure = value_at(self.closures.get(department, ()), at)
        while closure is not None and closure.successor is not None and closure.successor not in seen:
            if self.department(closure.successor, at) is not None:
                return closure.successor
            seen.add(closure.successor)
            closure = value_at(self.closures.get(closure.successor, ()), at)
        return None

    def standing_in(self, department: str, at: datetime) -> str | None:
        """The department itself if it is there at ``at``, else its successor."""
        return department if self.department(department, at) is not None else self.successor(department, at)

    # --- people --------------------------------------------------------------------------------------------------

    def is_active(self, person: str, at: datetime) -> bool:
        """Whether ``person`` (``agent:<id>``) is there. Somebody that nothing is said of is."""
        return not value_at(self.absences.get(person, ()), at)

    def demand_person(self, actor: str, at: datetime) -> None:
        """Raises Conflict for somebody who is deactivated at ``at``."""
        if not self.is_active(actor, at):
            raise Conflict(
                "person_inactive",
                f"{actor} ist zu diesem Zeitpunkt als nicht im Dienst geführt und kann kein Anliegen übernehmen.",
            )

    def memberships(self, at: datetime, *, unit: str | None = None, person: str | None = None) -> list[Membership]:
        """Who belongs where at ``at``, those who came first in front."""
        found = []
        for (of_unit, who), timeline in self.members.items():
            if unit not in (None, of_unit) or person not in (None, who):
                continue
            stretch = stretch_at(timeline, at)
            if stretch is not None and stretch.value is not None:
                active = self.is_active(who, at)
                found.append(Membership(who, of_unit, stretch.value, stretch.valid_from, active))
        return sorted(found, key=lambda one: (one.since, one.person, one.unit))

    def supervisor(self, department: str | None, at: datetime) -> str | None:
        """Who supervises a department (None: the desk) at ``at``: a deputy if the supervisor is not there."""
        units = DESK_UNITS if department is None else (f"department:{department}",)
        there = [one for unit in units for one in self.memberships(at, unit=unit) if one.active]
        for function in (SUPERVISOR, DEPUTY):
            for one in there:
                if one.function == function:
                    return one.person
        return None

    def without_supervisor(self, at: datetime) -> list[str]:
        """Units that once had a supervisor and are there at ``at`` with nobody to supervise them."""
        led = {unit for (unit, _), said in self.members.items() if any(part.value == SUPERVISOR for part in said)}
        found = {"desk" if unit in DESK_UNITS else unit for unit in led if not self._unit_is_over(unit, at)}
        return sorted(unit for unit in found if self.supervisor(_department_of(unit), at) is None)

    def _unit_is_over(self, unit: str, at: datetime) -> bool:
        department = _department_of(unit)
        return department is not None and self.department(department, at) is None

    # --- who is no longer there ----------------------------------------------------------------------------------

    def is_gone(self, holder: str, at: datetime) -> bool:
        """Whether ``holder`` (``agent:<id>``, ``department:<id>``) was there and is not there at ``at``."""
        department = _department_of(holder)
        if department is None:
            return not self.is_active(holder, at)
        if value_at(self.closures.get(department, ()), at) is not None:
            return True
        return over(self.departments.get(department, ()), at)

    def gone_since(self, holder: str, at: datetime) -> datetime:
        """Since when somebody who is gone at ``at`` has been: what was stated for them, not when it was said."""
        department = _department_of(holder)
        said: Timeline[Any] = self.absences.get(holder, ()) if department is None else self.closures.get(department, ())
        stretch = stretch_at(said, at)
        if stretch is not None and stretch.value is not None:
            return stretch.valid_from
        ends = [part.valid_to for part in self.departments.get(str(department), ()) if part.valid_to is not None]
        return max((end for end in ends if end <= at), default=at)

    def gone(self, at: datetime) -> frozenset[str]:
        """All holders that are gone at ``at``: whatever lies with one of them has to go somewhere else."""
        holders = {*self.absences, *(f"department:{department}" for department in self.departments)}
        return frozenset(holder for holder in holders if self.is_gone(holder, at))


def _department_of(holder: str) -> str | None:
    return holder.removeprefix("department:") if holder.startswith("department:") else None
