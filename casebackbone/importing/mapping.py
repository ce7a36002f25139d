"""A mapping file (TOML): what the columns of a CSV file of past cases mean. ``docs/import.md`` explains every key.

It is read strictly: a key that nobody would read is a mistake, and all mistakes are told at once.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from casebackbone import reasons
from casebackbone.importing.times import LocalTimes, UnusableTime
from casebackbone.importing.values import CODE, Values
from casebackbone.strict_toml import InvalidFile, read_toml, unknown_keys
from events.standing import Channel

KINDS = ("case", "step")

_TABLES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "file": {"encoding": str, "delimiter": str, "sorted": bool},
    "time": {"zone": str, "formats": list, "ambiguous": str, "nonexistent": str},
    "key": {"column": str},
    "received": {"column": str},
    "due": {"column": str, "missing": str},
    "closed": {"column": str, "text": str, "outcome": str},
    "channel": {"column": str, "default": str, "values": dict},
    "department": {"column": str, "values": dict},
    "service": {"column": str, "default": str, "values": dict},
    "question": {"column": str},
    "step": {"time": str},
}
_REQUIRED = (("time", "zone"), ("key", "column"), ("received", "column"))
_KNOWN = ("name", "kind", "language", *_TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """``name`` goes into the id of every inquiry: with another name the same file would be imported once more.

    ``missing_due`` is the due time (UTC) of a case that nobody promised one; None: the service promise, counted from
    the import. Columns that the file does not have are None.
    """

    name: str
    by_step: bool
    times: LocalTimes
    key: str
    received: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sorted_by_case: bool = False
    due: str | None = None
    missing_due: datetime | None = None
    closed: str | None = None
    closure: str | None = None
    outcome: str = "answered"
    channel: Values
    department: Values
    service: Values
    question: str | None = None
    step_time: str | None = None
    language: str = "de"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a file must have."""
        named = (self.key, self.received, self.due, self.closed, self.closure, self.question, self.step_time)
        coded = (self.channel.column, self.department.column, self.service.column)
        return tuple(dict.fromkeys(column for column in (*named, *coded) if column is not None))


def load_mapping(path: str | Path) -> Mapping:
    """Raises :class:`casebackbone.strict_toml.InvalidFile` with every mistake in the file."""
    source, _, content = read_toml(path, "")
    problems = _shape(content)
    if problems:
        raise InvalidFile(source, problems)
    tables: dict[str, dict[str, Any]] = {name: content.get(name, {}) for name in _TABLES}
    times = _times(tables["time"], problems)
    values = {name: _values(name, tables[name], problems) for name in ("channel", "department", "service")}
    _meanings(content, tables, problems)
    missing = _missing_due(tables["due"], times, problems)
    if problems or times is None:
        raise InvalidFile(source, problems)
    return Mapping(
        name=content["name"],
        by_step=content["kind"] == "step",
        times=times,
        key=tables["key"]["column"],
        received=tables["received"]["column"],
        encoding=tables["file"].get("encoding", "utf-8-sig"),
        delimiter=tables["file"].get("delimiter", ","),
        sorted_by_case=tables["file"].get("sorted", False),
        due=tables["due"].get("column"),
        missing_due=missing,
        closed=tables["closed"].get("column"),
        closure=tables["closed"].get("text"),
        outcome=tables["closed"].get("outcome", "answered"),
        question=tables["question"].get("column"),
        step_time=tables["step"].get("time"),
        language=content.get("language", "de"),
        **values,
    )


def _shape(content: dict[str, Any]) -> list[str]:
    """Names and types."""
    problems = unknown_keys(content, _KNOWN)
    for name in ("name", "kind"):
        if not isinstance(content.get(name), str):
            problems.append(f'{name}: missing; write {name} = "…"')
    for table, keys in _TABLES.items():
        part = content.get(table, {})
        if not isinstance(part, dict):
            problems.append(f"{table}: is a table; write [{table}]")
            continue
        problems += unknown_keys(part, keys, f"{table}.")
        for key, kind in keys.items():
            if key in part and not isinstance(part[key], kind):
                problems.append(f"{table}.{key}: must be {_SAID[kind]}")  # type: ignore[index]
    for table, key in _REQUIRED:
        part = content.get(table, {})
        if isinstance(part, dict) and key not in part:
            problems.append(f'{table}.{key}: missing; write {key} = "…" under [{table}]')
    return problems


_SAID = {str: "a text in quotes", bool: "true or false", list: "a list of texts", dict: "a table of texts"}


def _meanings(content: dict[str, Any], tables: MappingOf[str, dict[str, Any]], problems: list[str]) -> None:
    """What is allowed only in one combination."""
    if not CODE.fullmatch(content["name"]):
        problems.append(f"name: {content['name']!r} must be letters, digits, '-', '_' and '.', at most 64")
    if content["kind"] not in KINDS:
        problems.append(f"kind: {content['kind']!r} is none of {', '.join(KINDS)}")
    elif (content["kind"] == "step") != ("time" in tables["step"]):
        problems.append('step.time: name the column with kind = "step", and leave it out with kind = "case"')
    if content["kind"] == "step" and "column" not in tables["department"]:
        problems.append("department.column: missing; a step says which department had the case")
    if not isinstance(content.get("language", "de"), str) or not 2 <= len(content.get("language", "de")) <= 12:
        problems.append('language: a language tag such as "de"')
    closed, file = tables["closed"], tables["file"]
    if "column" not in closed and closed:
        problems.append("closed.column: missing; without it no case is ever closed")
    if closed.get("outcome", "answered") not in reasons.OUTCOME:
        problems.append(f"closed.outcome: {closed['outcome']!r} is none of {', '.join(reasons.OUTCOME)}")
    if len(file.get("delimiter", ",")) != 1 or file.get("delimiter", ",") in '"\r\n':
        problems.append(r'file.delimiter: one character, such as ";" or "\t"')
    try:
        codecs.lookup(file.get("encoding", "utf-8"))
    except LookupError:
        problems.append(f'file.encoding: {file["encoding"]!r} is unknown; write "utf-8" or "cp1252", for example')


def _times(table: dict[str, Any], problems: list[str]) -> LocalTimes | None:
    formats = table.get("formats", ["iso"])
    if not formats or not all(isinstance(form, str) and form for form in formats):
        problems.append('time.formats: a list such as ["%d.%m.%Y %H:%M"], or ["iso"]')
    for key, allowed in LocalTimes.RULES.items():
        if table.get(key, "refuse") not in allowed:
            problems.append(f"time.{key}: {table[key]!r} is none of {', '.join(allowed)}")
    try:
        zone = ZoneInfo(table["zone"])
    except (OSError, ValueError, LookupError):
        zone = None
    if zone is None:
        problems.append(f"time.zone: {table['zone']!r} is not a time zone; write Europe/Berlin, for example")
    if problems or zone is None:
        return None
    return LocalTimes(
        zone, tuple(formats), ambiguous=table.get("ambiguous", "refuse"), nonexistent=table.get("nonexistent", "refuse")
    )


def _values(name: str, table: dict[str, Any], problems: list[str]) -> Values:
    mapped, default = table.get("values", {}), table.get("default")
    allowed = tuple(Channel) if name == "channel" else None
    if name == "channel":
        default = default or Channel.IMPORT.value
    for written, code in [*mapped.items(), *([("default", default)] if default is not None else [])]:
        if not isinstance(code, str) or not CODE.fullmatch(code) or (allowed and code not in allowed):
            problems.append(f"{name}: {written!r} is given {code!r}; write {_choice(allowed)}")
    return Values(name, table.get("column"), mapped, default, allowed)


def _choice(allowed: tuple[str, ...] | None) -> str:
    return f"one of {', '.join(allowed)}" if allowed else "letters, digits, '-', '_' and '.', at most 64"


def _missing_due(table: dict[str, Any], times: LocalTimes | None, problems: list[str]) -> datetime | None:
    if "missing" not in table or times is None:
        return None
    try:
        return LocalTimes(times.zone, ("iso",)).moment(table["missing"])
    except UnusableTime as unusable:
        problems.append(f'due.missing: {unusable}; write it like "2026-12-31 18:00"')
        return None
