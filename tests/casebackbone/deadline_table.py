"""Reads ``deadline_table.md``: a table for people, rows for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from casebackbone.calendar import Pause, ServiceCalendar
from casebackbone.calendar_file import load_calendar

TABLE = Path(__file__).with_name("deadline_table.md")
BERLIN = ZoneInfo("Europe/Berlin")
_COLUMNS = ["What it shows", "Start", "Minutes", "Pauses", "Due"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``promise`` is the method of Promise that promises these minutes, or None."""

    shows: str
    calendar: str
    start: datetime
    minutes: int
    promise: str | None
    pauses: tuple[Pause, ...]
    due: datetime

    def __str__(self) -> str:
        return self.shows


def moment(text: str) -> datetime:
    """``Tue 2026-09-15 09:15``. The weekday is checked, so that the table cannot lie; so is a time that needs an
    offset (it comes twice) and one that never comes."""
    weekday, written = text.strip().split(" ", 1)
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        first, second = (at.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC) for fold in (0, 1))
        assert first == second, f"{text}: comes twice or never"
        at = first
    assert at.astimezone(BERLIN).strftime("%a") == weekday, text
    return at.astimezone(UTC)


def _pause(text: str) -> Pause:
    start, end = text.split("→")
    return Pause(moment(start), moment(end))


def read() -> tuple[dict[str, str], list[Row]]:
    """The calendars (TOML by name) and all rows. Raises AssertionError for a line that is in no table."""
    calendars: dict[str, str] = {}
    rows: list[Row] = []
    for section in TABLE.read_text(encoding="utf-8").split("\n## ")[1:]:
        toml = re.search(r"```toml\n(.*?)```", section, flags=re.DOTALL)
        assert toml, section
        name = re.search(r'^name = "(.+)"$', toml[1], flags=re.MULTILINE)
        assert name, section
        calendars[name[1]] = toml[1]
        rows += _rows(section, name[1])
    return calendars, rows


def _rows(section: str, calendar: str) -> Iterator[Row]:
    for line in section.splitlines():
        if not line.startswith("|") or line.startswith("|---"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells == _COLUMNS:
            continue
        shows, start, minutes, pauses, due = cells
        amount, _, promise = minutes.partition(" ")
        parts = tuple(_pause(part) for part in pauses.split(";")) if pauses else ()
        yield Row(shows, calendar, moment(start), int(amount), promise or None, parts, moment(due))


def write_calendars(folder: Path) -> dict[str, Path]:
    """The calendars as files, as ``--calendar`` takes them."""
    files = {}
    for name, toml in read()[0].items():
        files[name] = folder / f"{name}.toml"
        files[name].write_text(toml, encoding="utf-8")
    return files


def load_calendars(folder: Path) -> dict[str, ServiceCalendar]:
    return {name: load_calendar(file) for name, file in write_calendars(folder).items()}
