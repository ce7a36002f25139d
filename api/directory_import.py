"""The directory from CSV: one row, one statement, one order; what was said once is not said again.

The id of a row's command follows from what the row says, so that a file may be imported again, also after a stop and
also after somebody has said something else since: a row that was taken is known, and overrules nobody.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from api.bootstrap import System
from api.departures import demand_fresh, inquiries_with
from api.directory_csv import Kind, UnusableRow, statement
from casebackbone import commands
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.commands.directory import DirectoryCommand
from casebackbone.directory import DIRECTORY_ID
from casebackbone.directory_events import Closure
from casebackbone.importing.cases import Refusal
from casebackbone.importing.rows import Row
from casebackbone.refusals import Refused
from events.timeline import Timeline, says, stretch_at

NAMESPACE = UUID("c3f0a6d2-5b1e-5f4a-8d57-2a9e115b7f31")
"""Never change it: what counts as imported before follows from it."""

PRINCIPAL = Principal("directory", frozenset({Role.IMPORTER}))


@dataclass(slots=True)
class Summary:
    """``known`` rows were taken before, or say what holds already; of these ``overruled`` do not hold any more, because
    of something that was said later."""

    rows: int = 0
    new: int = 0
    known: int = 0
    overruled: int = 0
    moved: int = 0
    refused: int = 0
    refused_by_code: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A row that can be understood: what it says, in which phase, and which row of all it is."""

    file: Path
    line: int
    phase: int
    command: DirectoryCommand
    command_id: UUID


class DirectoryImport:
    """Takes the rows of files, all together: descriptions first, then who belongs to them, then who is taken out."""

    def __init__(self, system: System, *, again: bool = False) -> None:
        self.summary = Summary()
        self._system = system
        self._again = again
        self._said: list[Said] = []
        self._seen: Counter[str] = Counter()

    def read(self, file: Path, kind: Kind, rows: Sequence[Row]) -> Iterator[Refusal]:
        """Yields the rows that say nothing that can be said; the others wait for :meth:`tell`."""
        for row in rows:
            self.summary.rows += 1
            try:
                if row.problem is not None:
                    raise UnusableRow(*row.problem)
                phase, command = statement(kind, row.cells, self._system.settings.timezone)
            except UnusableRow as unusable:
                yield self._refuse(Refusal(row.line, unusable.code, str(unusable), unusable.column or ""))
                continue
            self._said.append(Said(file, row.line, phase, command, self._id(kind, row)))

    def tell(self, progress: Callable[[int, int], None]) -> Iterator[tuple[Path, Refusal]]:
        """Yields the rows that the directory refuses, with their files. May be stopped at any time and begun again.

        Raises ViewsBehind before anything is said, if somebody is to be taken out and it is not known what they hold.
        """
        said = _in_order(self._said)
        if any(_holder(one.command) and self._is_new(one) and self._holds_now(one.command) for one in said):
            demand_fresh(self._system)
        for number, one in enumerate(said, start=1):
            try:
                self._tell(one)
            except Refused as refused:
                detail = _DETAILS.get(refused.code, refused.detail)
                yield one.file, self._refuse(Refusal(one.line, refused.code, detail, ""))
            except UnusableRow as unusable:
                yield one.file, self._refuse(Refusal(one.line, unusable.code, str(unusable), unusable.column or ""))
            progress(number, len(said))

    def _tell(self, one: Said) -> None:
        command, directory = one.command, self._system.application.directory()
        name, key, value = _said_of(command)
        timeline: Timeline[Any] = getattr(directory, name).get(key, ())
        holds = says(timeline, value, _since(command), command.valid_to)
        new = self._is_new(one)
        if holds and new:
            self._demand_end(one, timeline, (name, key), value)
        if holds or not (new or self._again):
            self.summary.known += 1
            self.summary.overruled += not holds
            return
        holder = _holder(command)
        if holder and self._holds_now(command):
            command = replace(command, inquiries=inquiries_with(self._system, holder))  # type: ignore[call-arg]
        done = self._system.application.direct(self._order(one.command_id if new else uuid4()), command)
        self.summary.new += 1
        self.summary.moved += done.aggregate.moved

    def _demand_end(self, one: Said, timeline: Timeline[Any], of: tuple[str, Any], value: Any) -> None:
        """Raises UnusableRow for a row that ends where the directory goes on with the same: it would change nothing,
        while whoever wrote it means that it ends."""
        end = one.command.valid_to
        following = stretch_at(timeline, end) if end is not None else None
        if following is None or following.value != value:
            return
        if not any(_said_of(other.command)[:2] == of and _since(other.command) == end for other in self._said):
            raise UnusableRow(
                "goes_on",
                "the directory says the same for the time after valid_to; to end it, add a row that ends or closes it",
                "valid_to",
            )

    def _is_new(self, one: Said) -> bool:
        return self._system.store.find_command(one.command_id) is None

    def _holds_now(self, command: DirectoryCommand) -> bool:
        now = self._system.clock()
        return _since(command) <= now and (command.valid_to is None or now < command.valid_to)

    def _order(self, command_id: UUID) -> Order:
        now = self._system.clock()
        cause = Cause(
            actor=PRINCIPAL.actor,
            command_id=command_id,
            correlation_id=command_id,
            occurred_at=now,
            recorded_at=now,
        )
        return Order(principal=PRINCIPAL, cause=cause, subject=DIRECTORY_ID, request_digest="import")

    def _id(self, kind: Kind, row: Row) -> UUID:
        """The same for the same row; a row that comes twice in the files is two."""
        cells = {name: cell for name in kind.columns if (cell := row.cells.get(name, "").strip())}
        written = json.dumps([kind.name, cells], sort_keys=True, ensure_ascii=True)
        self._seen[written] += 1
        return uuid5(NAMESPACE, f"{self._seen[written]}{written}")

    def _refuse(self, refusal: Refusal) -> Refusal:
        self.summary.refused += 1
        self.summary.refused_by_code[refusal.code] = self.summary.refused_by_code.get(refusal.code, 0) + 1
        return refusal


def _in_order(said: Sequence[Said]) -> list[Said]:
    """By phase, as the files have them; a department before the one that follows it, which must be there then."""
    ordered: list[Said] = []
    seen: set[UUID] = set()

    def put(one: Said) -> None:
        if one.command_id in seen:
            return
        seen.add(one.command_id)
        if isinstance(one.command, commands.CloseDepartment):
            for other in said:
                if isinstance(other.command, commands.CloseDepartment) and (
                    other.command.successor == one.command.department
                ):
                    put(other)
        ordered.append(one)

    for one in sorted(said, key=lambda one: one.phase):
        put(one)
    return ordered


def _since(command: DirectoryCommand) -> datetime:
    assert command.valid_from is not None  # a row without is refused before
    return command.valid_from


def _holder(command: DirectoryCommand) -> str | None:
    """Who is taken out by it."""
    if isinstance(command, commands.CloseDepartment):
        return f"department:{command.department}"
    return command.person if isinstance(command, commands.DeactivatePerson) else None


def _said_of(command: Any) -> tuple[str, Any, Any]:
    """Which timelines of the directory it is said of, under which key, and what."""
    match command:
        case commands.DescribeDepartment():
            return "departments", command.department, command.described
        case commands.CloseDepartment():
            return "closures", command.department, Closure(command.successor)
        case commands.ReopenDepartment():
            return "closures", command.department, None
        case commands.DescribeService():
            return "services", command.service, command.described
        case commands.WithdrawService():
            return "withdrawals", command.service, True
        case commands.ReinstateService():
            return "withdrawals", command.service, None
        case commands.AssignResponsibility():
            return "responsibilities", (command.service, command.area), command.department
        case commands.EndResponsibility():
            return "responsibilities", (command.service, command.area), None
        case commands.AddMember():
            return "members", (command.unit, command.person), command.function
        case commands.RemoveMember():
            return "members", (command.unit, command.person), None
        case commands.DeactivatePerson():
            return "absences", command.person, True
        case _:
            return "absences", command.person, None


_DETAILS = {
    "unknown_department": "the department is not described, neither here nor in the directory",
    "department_closed": "the department is closed at the time at which the row begins",
    "circular_successor": "the department would follow itself",
    "not_closed": "the department is not closed at the time at which the row begins",
    "unknown_service": "the service is not described, neither here nor in the directory",
    "service_withdrawn": "the service is withdrawn at the time at which the row begins",
    "not_withdrawn": "the service is not withdrawn at the time at which the row begins",
    "not_assigned": "nobody is named for the service and area at the time at which the row begins",
    "not_a_member": "the person does not belong to the unit at the time at which the row begins",
    "person_active": "the person is not inactive at the time at which the row begins",
    "malformed_service": "the service is no LeiKa key: 14 digits, the first two of them 99",
    "malformed_area": "the area is no AGS or ARS: 2, 3, 5, 8, 9 or 12 digits; has it lost its leading zero?",
    "malformed_opening_hours": "the opening hours are not written like Mo-Fr 08:00-12:00,14:00-16:00",
    "malformed_person": "a person is written agent:<id>",
    "unknown_unit": "the unit is one of department:<id>, desk:front, desk:background, desk",
    "validity_reversed": "valid_to is not after valid_from",
}
