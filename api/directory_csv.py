"""The directory as CSV: which columns there are, and what a row says (:mod:`api.directory_rows` is the other way).

One file for each kind. A row is one statement with its time; ``status`` says which (empty: the first of its kind).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma

from api.commands import directory as bodies
from api.fields import Identifier, Line
from casebackbone import commands
from casebackbone.commands.directory import DirectoryCommand
from casebackbone.directory_events import Department, Service
from casebackbone.importing.times import LocalTimes, UnusableTime

TIMES = ("valid_from", "valid_to")
FIRST_YEAR, LAST_YEAR = 1900, 2199
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_BAR = re.compile(r"((?:[^|\\]|\\.)*)(?:\||$)", re.DOTALL)

Cells = Mapping[str, str]


class UnusableRow(ValueError):
    """A row says nothing that can be said; ``code`` is for programs, the message for people."""

    def __init__(self, code: str, detail: str, column: str | None = None) -> None:
        super().__init__(detail)
        self.code, self.column = code, column


@dataclass(frozen=True)
class Status:
    """``body`` checks the cells of ``columns``; ``say`` makes the command. ``phase``: descriptions come first (0),
    then who belongs to them (1), then who is taken out (2), in whatever order the files have them."""

    phase: int
    body: type[ma.Schema]
    columns: tuple[str, ...]
    say: Callable[[dict[str, Any]], DirectoryCommand]


@dataclass(frozen=True)
class Kind:
    """``needed`` are the columns by which a file is known to be of this kind."""

    name: str
    needed: frozenset[str]
    columns: tuple[str, ...]
    statuses: Mapping[str, Status]


# --- what rows say -------------------------------------------------------------------------------------------------


class _Closing(bodies.ClosingBody):
    department = Identifier(required=True)


class _Named(bodies.StatementBody):
    department = Identifier(required=True)


class _Key(bodies.StatementBody):
    service = Line(longest=14, required=True)


class _Area(bodies.AreaBody):
    service = Line(longest=14, required=True)


class _Assigned(bodies.ResponsibilityBody):
    service = Line(longest=14, required=True)


class _Person(bodies.StatementBody):
    person = Line(longest=206, required=True)


class _Unit(bodies.UnitBody):
    person = Line(longest=206, required=True)


class _Member(bodies.MembershipBody):
    person = Line(longest=206, required=True)


def _department(row: dict[str, Any]) -> DirectoryCommand:
    described = Department(**{name: row.pop(name, None) for name in Department._fields})
    return commands.DescribeDepartment(described=described, **row)


def _service(row: dict[str, Any]) -> DirectoryCommand:
    described = Service(row.pop("name"), tuple(dict.fromkeys(row.pop("synonyms", ()))), row.pop("description", None))
    return commands.DescribeService(described=described, **row)


_OF_DEPARTMENT = ("department", *Department._fields)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "departments",
            frozenset({"department", "name"}),
            (*_OF_DEPARTMENT, "status", "successor", *TIMES),
            {
                "open": Status(0, bodies.DepartmentBody, _OF_DEPARTMENT, _department),
                "closed": Status(2, _Closing, ("department", "successor"), lambda row: commands.CloseDepartment(**row)),
                "reopened": Status(2, _Named, ("department",), lambda row: commands.ReopenDepartment(**row)),
            },
        ),
        Kind(
            "services",
            frozenset({"service", "name"}),
            ("service", "name", "synonyms", "description", "status", *TIMES),
            {
                "offered": Status(0, bodies.ServiceBody, ("service", "name", "synonyms", "description"), _service),
                "withdrawn": Status(2, _Key, ("service",), lambda row: commands.WithdrawService(**row)),
                "reinstated": Status(2, _Key, ("service",), lambda row: commands.ReinstateService(**row)),
            },
        ),
        Kind(
            "people",
            frozenset({"person"}),
            ("person", "unit", "function", "status", *TIMES),
            {
                "member": Status(1, _Member, ("person", "unit", "function"), lambda row: commands.AddMember(**row)),
                "removed": Status(1, _Unit, ("person", "unit"), lambda row: commands.RemoveMember(**row)),
                "inactive": Status(2, _Person, ("person",), lambda row: commands.DeactivatePerson(**row)),
                "active": Status(2, _Person, ("person",), lambda row: commands.ReactivatePerson(**row)),
            },
        ),
        Kind(
            "responsibilities",
            frozenset({"service", "department"}),
            ("service", "area", "department", "status", *TIMES),
            {
                "assigned": Status(
                    1,
                    _Assigned,
                    ("service", "area", "department"),
                    lambda row: commands.AssignResponsibility(**row),
                ),
                "ended": Status(1, _Area, ("service", "area"), lambda row: commands.EndResponsibility(**row)),
            },
        ),
    )
}


def kind_of(header: set[str]) -> Kind | None:
    """Which kind a file with this header is; None if none of them."""
    order = ("responsibilities", "departments", "services", "people")
    return next((KINDS[name] for name in order if KINDS[name].needed <= header), None)


def statement(kind: Kind, cells: Cells, zone: ZoneInfo) -> tuple[int, DirectoryCommand]:
    """The phase and the command of a row. Raises UnusableRow."""
    written = {name: active(cell).strip() for name, cell in cells.items()}
    name = written.get("status") or next(iter(kind.statuses))
    status = kind.statuses.get(name)
    if status is None:
        raise UnusableRow("status_unknown", f"the status is one of {', '.join(kind.statuses)}", "status")
    for column in kind.columns:
        if written.get(column) and column not in (*status.columns, "status", *TIMES):
            raise UnusableRow("cell_without_use", f"a row with status {name} has nothing to say here", column)
    times = {column: moment(written.get(column, ""), zone, column) for column in TIMES}
    if times["valid_from"] is None:
        raise UnusableRow("valid_from_missing", "the row does not say from when on it holds", "valid_from")
    values: dict[str, Any] = {column: written[column] for column in status.columns if written.get(column)}
    if "synonyms" in values:
        values["synonyms"] = split(values["synonyms"])
    try:
        loaded: dict[str, Any] = status.body().load(values)
    except ma.ValidationError as invalid:
        raise _unusable(invalid) from None
    return status.phase, status.say({**loaded, **times})


def moment(written: str, zone: ZoneInfo, column: str) -> datetime | None:
    """A time: a day (its beginning), or a day and a time; local unless it has an offset. Raises UnusableRow."""
    if not written:
        return None
    times = LocalTimes(zone, ("iso", "%d.%m.%Y", "%d.%m.%Y %H:%M"), ambiguous="earlier", nonexistent="shift")
    try:
        found = times.moment(written)
    except UnusableTime as unusable:
        raise UnusableRow(unusable.code, str(unusable), column) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UnusableRow("time_out_of_range", f"the time is not between {FIRST_YEAR} and {LAST_YEAR}", column)
    return found


_WRONG = {
    "required": "the cell is empty",
    "too_long": "the cell is too long",
    "blank": "the cell says nothing",
    "control_character": "the cell has control characters or several lines",
    "wrong_form": "the cell has not the form that is expected here",
    "unknown_value": "the cell has none of the values that there are",
}


def _unusable(invalid: ma.ValidationError) -> UnusableRow:
    messages: Any = invalid.messages
    column, found = next(iter(messages.items()))
    while not isinstance(found, str):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    code = found.partition(":")[0]
    return UnusableRow(f"cell_{code}", _WRONG.get(code, "the cell cannot be used"), str(column))


# --- cells ---------------------------------------------------------------------------------------------------------


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; :func:`active` gives it back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def active(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def join(words: tuple[str, ...]) -> str:
    """Several values in one cell, with ``|`` between them; a ``|`` or ``\\`` within one has a ``\\`` before it."""
    return "|".join(re.sub(r"([|\\])", r"\\\1", word) for word in words)


def split(cell: str) -> list[str]:
    parts = [re.sub(r"\\(.)", r"\1", found, flags=re.DOTALL).strip() for found in _BAR.findall(cell)]
    return [part for part in parts if part]
