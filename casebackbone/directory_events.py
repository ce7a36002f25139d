"""Domain events of the directory, as they are stored: statements, each for a time. A later one wins for its time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent
from events.timeline import stated

if TYPE_CHECKING:
    from casebackbone.directory import Directory


class Department(NamedTuple):
    """What a department is called, and where it is. ``area`` is an AGS or ARS key or the beginning of one."""

    name: str
    area: str | None = None
    phone: str | None = None
    email: str | None = None
    office: str | None = None
    opening_hours: str | None = None


class Service(NamedTuple):
    """What a service is called by the city, and by citizens."""

    name: str
    synonyms: tuple[str, ...] = ()
    description: str | None = None


class Closure(NamedTuple):
    """That a department is closed; what it did goes to ``successor``, if there is one."""

    successor: str | None = None


class DirectoryEvent(RecordedEvent):
    TOPIC: ClassVar[str] = "directory.event"


class DirectoryOpened(DirectoryEvent, CanInitAggregate):
    TOPIC = "directory.opened"
    originator_topic: str


class Statement(DirectoryEvent):
    """Holds from ``valid_from`` up to, not including, ``valid_to`` (None: for good)."""

    TOPIC: ClassVar[str] = "directory.statement"

    valid_from: datetime
    valid_to: datetime | None

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        aggregate.moved = getattr(self, "moved", 0)

    def said_of(self, timelines: dict[Any, Any], key: Any, value: Any) -> None:
        """Puts it on the timeline of ``key``; None: that there is nothing."""
        timelines[key] = stated(timelines.get(key, ()), value, self.valid_from, self.valid_to)


class DepartmentDescribed(Statement):
    TOPIC = "directory.department_described"
    department: str
    name: str
    area: str | None
    phone: str | None
    email: str | None
    office: str | None
    opening_hours: str | None

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        described = Department(self.name, self.area, self.phone, self.email, self.office, self.opening_hours)
        self.said_of(aggregate.departments, self.department, described)


class DepartmentClosed(Statement):
    TOPIC = "directory.department_closed"
    department: str
    successor: str | None
    moved: int

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.closures, self.department, Closure(self.successor))


class DepartmentReopened(Statement):
    TOPIC = "directory.department_reopened"
    department: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.closures, self.department, None)


class ServiceDescribed(Statement):
    TOPIC = "directory.service_described"
    service: str
    name: str
    synonyms: list[str]
    description: str | None

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.services, self.service, Service(self.name, tuple(self.synonyms), self.description))


class ServiceWithdrawn(Statement):
    TOPIC = "directory.service_withdrawn"
    service: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.withdrawals, self.service, True)


class ServiceReinstated(Statement):
    TOPIC = "directory.service_reinstated"
    service: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.withdrawals, self.service, None)


class ResponsibilityAssigned(Statement):
    TOPIC = "directory.responsibility_assigned"
    service: str
    area: str | None
    department: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.responsibilities, (self.service, self.area), self.department)


class ResponsibilityEnded(Statement):
    TOPIC = "directory.responsibility_ended"
    service: str
    area: str | None
    department: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.responsibilities, (self.service, self.area), None)


class MemberAdded(Statement):
    TOPIC = "directory.member_added"
    person: str
    unit: str
    function: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.members, (self.unit, self.person), self.function)


class MemberRemoved(Statement):
    TOPIC = "directory.member_removed"
    person: str
    unit: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.members, (self.unit, self.person), None)


class PersonDeactivated(Statement):
    TOPIC = "directory.person_deactivated"
    person: str
    moved: int

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.absences, self.person, True)


class PersonReactivated(Statement):
    TOPIC = "directory.person_reactivated"
    person: str

    def apply(self, aggregate: Directory) -> None:
        super().apply(aggregate)
        self.said_of(aggregate.absences, self.person, None)


STORED: dict[str, type[DirectoryEvent]] = {
    event.TOPIC: event
    for event in (
        DirectoryOpened,
        DepartmentDescribed,
        DepartmentClosed,
        DepartmentReopened,
        ServiceDescribed,
        ServiceWithdrawn,
        ServiceReinstated,
        ResponsibilityAssigned,
        ResponsibilityEnded,
        MemberAdded,
        MemberRemoved,
        PersonDeactivated,
        PersonReactivated,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
