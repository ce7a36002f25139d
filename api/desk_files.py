"""Files of ``casebackbone desk``: a day's calls, and who was or would be at the desk. Every mistake at once."""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from api.cli_times import read_moment
from casebackbone.calendar_values import minutes
from casebackbone.desk_day import Call, Day, People, Shift, Staffing
from casebackbone.importing.rows import Row, UnreadableFile, open_rows
from casebackbone.strict_toml import InvalidFile, unknown_keys

CALL_COLUMNS = ("call_id", "offered_at", "answered_at", "abandoned_at", "ended_at")
STAFF_KEYS = ("from", "to", "front", "background")
_SHOWN = 20
_MOST_PEOPLE = 1000
_DIGITS = re.compile(r"[0-9]{1,6}")


def read_calls(path: Path, zone: ZoneInfo) -> Day:
    """The calls of one day; times without an offset are local to ``zone``. Raises InvalidFile."""
    problems: list[str] = []
    calls: dict[str, Call] = {}
    lines: dict[str, int] = {}
    for row in _rows(path, CALL_COLUMNS, CALL_COLUMNS):
        where = f"line {row.line}: "
        call = None if row.problem else _call(row.cells, where, zone, problems)
        if row.problem:
            problems.append(where + _said(row.problem))
        elif call and call.call_id in calls:
            known = f"{_quoted(call.call_id)} is in line {lines[call.call_id]} as well"
            problems.append(f"{where}call_id {known}; give each call one line")
        elif call:
            calls[call.call_id], lines[call.call_id] = call, row.line
    if not problems:
        try:
            return Day(tuple(calls.values()), zone)
        except ValueError as no_day:
            problems.append(str(no_day))
    more = [f"… and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    raise InvalidFile(str(path), problems[:_SHOWN] + more)


def _call(cells: Mapping[str, str], where: str, zone: ZoneInfo, problems: list[str]) -> Call | None:
    before = len(problems)
    name = cells["call_id"].strip()
    if not name:
        problems.append(f"{where}call_id is empty; write the telephone system's id of the call")
    times: dict[str, datetime] = {}
    for column in CALL_COLUMNS[1:]:
        text = cells[column].strip()
        try:
            times |= {column: read_moment(text, f"{where}{column}", zone)} if text else {}
        except click.UsageError as wrong:
            problems.append(wrong.message)
    if not cells["offered_at"].strip():
        problems.append(f"{where}offered_at is empty; write when the call came in, like 2026-05-04T10:00:05+02:00")
    if len(problems) > before:
        return None
    try:
        return Call(call_id=name, **times)
    except ValueError as contradiction:
        problems.append(f"{where}{contradiction}")
        return None


def _rows(path: Path, needed: tuple[str, ...], known: tuple[str, ...]) -> Iterator[Row]:
    try:
        with open_rows(
            path, encoding="utf-8", delimiter=_delimiter(path), columns=needed, progress=lambda _: None
        ) as rows:
            for row in rows:
                unknown = unknown_keys(row.cells, known, "column ")
                if unknown:
                    raise InvalidFile(str(path), unknown)
                yield row
    except UnreadableFile as unreadable:
        raise InvalidFile(str(path), [str(unreadable)]) from unreadable


def _delimiter(path: Path) -> str:
    """A comma, or the semicolon that a German spreadsheet writes."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header: bytes = file.readline(10_000)
    except OSError:
        return ","  # said by whoever reads the file next
    return ";" if header.count(b";") > header.count(b",") else ","


def _said(problem: tuple[str, str]) -> str:
    code, detail = problem
    return "the row is not UTF-8 text; save the file as UTF-8" if code == "row_encoding" else detail


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


class _Row(NamedTuple):
    where: str
    values: Mapping[str, Any]


def read_staff(path: Path, day: date, zone: ZoneInfo) -> Staffing:
    """Who is there when on ``day``, from TOML (``[[staff]]``) or CSV. Raises InvalidFile."""
    problems: list[str] = []
    rows = _staff_toml(path) if path.suffix.lower() == ".toml" else _staff_csv(path, problems)
    read = ((row.where, _shift(row, day, zone, problems)) for row in rows)
    shifts = sorted(((shift, where) for where, shift in read if shift is not None))
    for (one, where), (other, there) in pairwise(shifts):
        if other.start < one.end:
            problems.append(f"{where} and {there} overlap; write one for each time, with all who are there then")
    if not shifts and not problems:
        problems.append('nobody is there; write at least from = "08:00", to = "18:00", front = 3')
    if problems:
        raise InvalidFile(str(path), problems)
    return Staffing.of_shifts(path.stem, (shift for shift, _ in shifts))


def _staff_toml(path: Path) -> list[_Row]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as unreadable:
        raise InvalidFile(str(path), [f"it cannot be read: {unreadable.strerror}"]) from unreadable
    except ValueError as malformed:
        raise InvalidFile(str(path), [f"it is not TOML in UTF-8: {malformed}"]) from malformed
    unknown = unknown_keys(content, ("staff",))
    tables = content.get("staff", [])
    if unknown or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidFile(str(path), unknown or ["staff: write [[staff]] above each from, to, front and background"])
    return [_Row(f"staff {number}", table) for number, table in enumerate(tables, 1)]


def _staff_csv(path: Path, problems: list[str]) -> Iterator[_Row]:
    for row in _rows(path, STAFF_KEYS[:3], STAFF_KEYS):
        if row.problem:
            problems.append(f"line {row.line}: {_said(row.problem)}")
        else:
            cells = {key: cell.strip() for key, cell in row.cells.items()}
            numbers = {key: int(cells[key]) for key in STAFF_KEYS[2:] if _DIGITS.fullmatch(cells.get(key, ""))}
            yield _Row(f"line {row.line}", {key: value for key, value in (cells | numbers).items() if value != ""})


def _shift(row: _Row, day: date, zone: ZoneInfo, problems: list[str]) -> Shift | None:
    found = [f"{row.where}: {problem}" for problem in unknown_keys(row.values, STAFF_KEYS)]
    edges = [minutes(row.values.get(key)) for key in ("from", "to")]
    for key, edge in zip(("from", "to"), edges, strict=True):
        if edge is None:
            found.append(f'{row.where}: {key}: {_shown(row.values.get(key))}; write a time of day such as "08:00"')
    if None not in edges and edges[0] >= edges[1]:  # type: ignore[operator]
        found.append(f"{row.where}: it ends before it starts or at once; write a later time as to")
    people = [row.values.get("front"), row.values.get("background", 0)]
    for key, number in zip(("front", "background"), people, strict=True):
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_PEOPLE:
            found.append(f"{row.where}: {key}: {_shown(number)}; write a whole number up to {_MOST_PEOPLE}, such as 3")
    problems += found
    if found or edges[0] is None or edges[1] is None:
        return None
    return Shift(_moment(day, edges[0], zone), _moment(day, edges[1], zone), People(*people))


def _moment(day: date, after_midnight: int, zone: ZoneInfo) -> datetime:
    """By the clock on the wall; of an hour that comes twice the first one."""
    days, rest = divmod(after_midnight, 24 * 60)
    wall = datetime.combine(day + timedelta(days=days), time(*divmod(rest, 60)), tzinfo=zone)
    return wall.astimezone(UTC)


def _shown(value: object) -> str:
    return "missing" if value is None else f"{_quoted(str(value))} cannot be used"
