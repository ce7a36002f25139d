"""What is said of the directory: who there is, what the city does, who is responsible, each for a time.

``valid_from`` of None is the time of the command. When somebody is taken out now, what lies with them moves on in the
same transaction; when it is later, the caretaker sees to it at that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casebackbone.access import Permission
from casebackbone.commands.command import Command, Scene
from casebackbone.commands.custody import Reroute
from casebackbone.directory import Directory
from casebackbone.directory_events import Department, Service
from casebackbone.inquiry import Inquiry


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryCommand(Command):
    """Holds from ``valid_from`` up to, not including, ``valid_to``; None: for good."""

    permission = Permission.MANAGE_DIRECTORY
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def since(self, scene: Scene) -> datetime:
        return self.valid_from or scene.cause.occurred_at

    def holds_now(self, scene: Scene) -> bool:
        now = scene.cause.occurred_at
        return self.since(scene) <= now and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeDepartment(DirectoryCommand):
    department: str
    described: Department

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.describe_department(self.department, self.described, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDepartment(DirectoryCommand):
    """``inquiries`` are those that may lie there; which really do is looked at here."""

    department: str
    successor: str | None = None
    inquiries: Sequence[UUID] = ()

    def act(self, directory: Directory, scene: Scene) -> None:
        gone = f"department:{self.department}"
        there = _lying_with(gone, self.inquiries, scene) if self.holds_now(scene) else []
        follows = self.successor and directory.standing_in(self.successor, scene.cause.occurred_at)
        directory.close_department(
            self.department, self.since(scene), self.valid_to, successor=self.successor, moved=len(there)
        )
        _reroute(there, Reroute(gone=gone, to=follows, reason="department_closed"), scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenDepartment(DirectoryCommand):
    department: str

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.reopen_department(self.department, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeService(DirectoryCommand):
    service: str
    described: Service

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.describe_service(self.service, self.described, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawService(DirectoryCommand):
    service: str

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.withdraw_service(self.service, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateService(DirectoryCommand):
    service: str

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.reinstate_service(self.service, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignResponsibility(DirectoryCommand):
    """``area`` of None: everywhere that no other area says more."""

    service: str
    department: str
    area: str | None = None

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.assign(self.service, self.department, self.area, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndResponsibility(DirectoryCommand):
    service: str
    area: str | None = None

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.end_responsibility(self.service, self.area, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember(DirectoryCommand):
    """``unit`` is ``department:<id>``, ``desk:front``, ``desk:background``, or ``desk``."""

    person: str
    unit: str
    function: str = "member"

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.add_member(self.person, self.unit, self.function, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember(DirectoryCommand):
    person: str
    unit: str

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.remove_member(self.person, self.unit, self.since(scene), self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivatePerson(DirectoryCommand):
    """``inquiries`` are those that they may hold; which they really do is looked at here."""

    person: str
    inquiries: Sequence[UUID] = ()

    def act(self, directory: Directory, scene: Scene) -> None:
        there = _lying_with(self.person, self.inquiries, scene) if self.holds_now(scene) else []
        directory.deactivate(self.person, self.since(scene), self.valid_to, moved=len(there))
        _reroute(there, Reroute(gone=self.person, reason="person_left"), scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivatePerson(DirectoryCommand):
    person: str

    def act(self, directory: Directory, scene: Scene) -> None:
        directory.reactivate(self.person, self.since(scene), self.valid_to)


def _lying_with(gone: str, candidates: Sequence[UUID], scene: Scene) -> list[Inquiry]:
    """Those that ``gone`` holds or is asked to take; the others have moved on since somebody looked for them."""
    found = []
    for inquiry in (scene.inquiry(inquiry_id) for inquiry_id in dict.fromkeys(candidates)):
        standing = inquiry.standing
        theirs = (standing.holder, f"department:{standing.department}", f"department:{standing.offered_to}")
        if standing.state.is_open and gone in theirs:
            found.append(inquiry)
    return found


def _reroute(inquiries: Sequence[Inquiry], command: Reroute, scene: Scene) -> None:
    for inquiry in inquiries:
        # A step of theirs may lie a little in the future of this clock; it is not a reason to leave them behind.
        inquiry.cause = scene.cause.at(max(scene.cause.occurred_at, inquiry.last_occurred_at))
        command.act(inquiry, scene)
