"""Published events of the directory: who there is, what the city does, who is responsible, each for a time.

Every event is a statement that holds from ``valid_from`` (in UTC) up to, not including, ``valid_to`` (None: for good).
Nothing is edited in place: a later event (a greater version) wins for the time that it covers. What is said of
departments and services is public; people are ids and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEvent(PublishedEvent):
    """One statement of the directory."""

    identity: ClassVar[str] = "directory_id"

    directory_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryOpened(DirectoryEvent):
    """The directory begins; nobody is in it."""

    type: ClassVar[str] = "casebackbone.directory.opened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(DirectoryEvent):
    """What holds from ``valid_from`` up to, not including, ``valid_to``; None: for good."""

    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentDescribed(Statement):
    """A department is there. ``area`` is an AGS or ARS key or the beginning of one, None: the whole city.

    ``opening_hours`` is in the notation of OpenStreetMap, such as ``Mo-Fr 08:00-12:00``.
    """

    type: ClassVar[str] = "casebackbone.directory.department_described.v1"

    department: str
    name: str
    area: str | None
    phone: str | None
    email: str | None
    office: str | None
    opening_hours: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentClosed(Statement):
    """A department is not there, whatever its description says; what it did goes to ``successor``, if there is one.

    ``moved``: how many inquiries went from it at once, each with an event of its own.
    """

    type: ClassVar[str] = "casebackbone.directory.department_closed.v1"

    department: str
    successor: str | None
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentReopened(Statement):
    """A department that was closed is there for this time."""

    type: ClassVar[str] = "casebackbone.directory.department_reopened.v1"

    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDescribed(Statement):
    """The city does this. ``service`` is its LeiKa key, ``synonyms`` are what citizens call it."""

    type: ClassVar[str] = "casebackbone.directory.service_described.v1"

    service: str
    name: str
    synonyms: tuple[str, ...]
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWithdrawn(Statement):
    """The city does not do this: nobody is responsible for it."""

    type: ClassVar[str] = "casebackbone.directory.service_withdrawn.v1"

    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReinstated(Statement):
    """The city does again for this time what it had withdrawn."""

    type: ClassVar[str] = "casebackbone.directory.service_reinstated.v1"

    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityAssigned(Statement):
    """``department`` is responsible for ``service`` in ``area`` (None: everywhere that no other area says more)."""

    type: ClassVar[str] = "casebackbone.directory.responsibility_assigned.v1"

    service: str
    area: str | None
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityEnded(Statement):
    """For ``service`` in ``area`` nobody is named; ``department`` was."""

    type: ClassVar[str] = "casebackbone.directory.responsibility_ended.v1"

    service: str
    area: str | None
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Statement):
    """``person`` (``agent:<id>``) belongs to ``unit`` and is its ``member``, ``supervisor`` or ``deputy``.

    ``unit`` is ``department:<id>``, ``desk:front``, ``desk:background``, or ``desk`` for both.
    """

    type: ClassVar[str] = "casebackbone.directory.member_added.v1"

    person: str
    unit: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Statement):
    """``person`` does not belong to ``unit``."""

    type: ClassVar[str] = "casebackbone.directory.member_removed.v1"

    person: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated(Statement):
    """``person`` is not there: takes no inquiries, and keeps none. ``moved``: how many went from them at once."""

    type: ClassVar[str] = "casebackbone.directory.person_deactivated.v1"

    person: str
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReactivated(Statement):
    """``person`` is there for this time, and may take inquiries."""

    type: ClassVar[str] = "casebackbone.directory.person_reactivated.v1"

    person: str


EVENTS: tuple[type[DirectoryEvent], ...] = (
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
