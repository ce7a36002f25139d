"""The directory as rows of CSV: all that holds at any time. Told again to an empty one, it gives the same directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from api.directory_csv import KINDS, TIMES, inert, join
from casebackbone.directory import Directory
from events.timeline import Stretch, Timeline

Row = dict[str, Any]


def rows_of(directory: Directory, kind: str, zone: ZoneInfo) -> Iterator[dict[str, str]]:
    """The rows of one kind, sorted, with all of its columns; no cell is a formula."""
    for stretch, row in _ROWS[kind](directory):
        for name in TIMES:
            at = getattr(stretch, name)
            row[name] = None if at is None else at.astimezone(zone).isoformat()
        yield {column: inert(str(row.get(column) or "")) for column in KINDS[kind].columns}


def _held(timelines: Mapping[Any, Timeline[Any]]) -> Iterator[tuple[Any, Any, Stretch[Any]]]:
    """What is said of each thing, in order; not the times for which it was said that there is nothing."""
    for key, timeline in sorted(timelines.items(), key=lambda one: str(one[0])):
        for stretch in timeline:
            if stretch.value is not None:
                yield key, stretch.value, stretch


def _departments(directory: Directory) -> Iterator[tuple[Stretch[Any], Row]]:
    for department, value, stretch in _held(directory.departments):
        yield stretch, {"department": department, "status": "open", **value._asdict()}
    for department, value, stretch in _held(directory.closures):
        yield stretch, {"department": department, "status": "closed", "successor": value.successor}


def _services(directory: Directory) -> Iterator[tuple[Stretch[Any], Row]]:
    for service, value, stretch in _held(directory.services):
        row = {"service": service, "status": "offered", **value._asdict()}
        yield stretch, {**row, "synonyms": join(value.synonyms)}
    for service, _, stretch in _held(directory.withdrawals):
        yield stretch, {"service": service, "status": "withdrawn"}


def _people(directory: Directory) -> Iterator[tuple[Stretch[Any], Row]]:
    for (unit, person), value, stretch in _held(directory.members):
        yield stretch, {"person": person, "unit": unit, "function": value, "status": "member"}
    for person, _, stretch in _held(directory.absences):
        yield stretch, {"person": person, "status": "inactive"}


def _responsibilities(directory: Directory) -> Iterator[tuple[Stretch[Any], Row]]:
    for (service, area), value, stretch in _held(directory.responsibilities):
        yield stretch, {"service": service, "area": area, "department": value, "status": "assigned"}


_ROWS = {
    "departments": _departments,
    "services": _services,
    "people": _people,
    "responsibilities": _responsibilities,
}
