"""Articles in a file: which columns it has, what its rows say, and cells that no spreadsheet takes for a formula.

TSV or CSV with a header line; cells may hold line breaks, in quotes. Lists are separated by ``|``.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from casebackbone.article_words import Words, written
from casebackbone.importing.cases import Refusal, Unusable
from casebackbone.importing.rows import Row, UnreadableFile
from casebackbone.importing.times import LocalTimes, UnusableTime
from casebackbone.refusals import Invalid

REQUIRED = ("question", "answer")
COLUMNS = ("id", *REQUIRED, "keywords", "services", "departments", "language", "valid_from", "valid_to")
LISTS = ("keywords", "services", "departments")
BETWEEN = "|"

_DELIMITERS = ("\t", ",", ";")
_LONGEST_HEADER = 65_536


@dataclass(frozen=True, slots=True)
class Layout:
    """How the cells are separated, which columns are used, and which are not."""

    delimiter: str
    columns: tuple[str, ...]
    unused: tuple[str, ...]


def layout_of(path: Path, encoding: str = "utf-8") -> Layout:
    """By the header line; the name (``.tsv``) decides where that can be read in two ways. Raises UnreadableFile."""
    line = _first_line(path, encoding)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    order = sorted(_DELIMITERS, key=lambda one: (one == "\t") != (suffix == ".tsv"))
    headers = {delimiter: next(csv.reader(io.StringIO(line), delimiter=delimiter), []) for delimiter in order}
    for delimiter, header in headers.items():
        if set(REQUIRED) <= set(header):
            used = tuple(column for column in COLUMNS if column in header)
            return Layout(delimiter, used, tuple(column for column in header if column not in COLUMNS))
    best = max(headers.values(), key=len)
    missing = ", ".join(column for column in REQUIRED if column not in best)
    raise UnreadableFile(
        f"{path} has no column {missing}: the first line must name the columns, at least question and answer, "
        "separated by tabs, commas or semicolons"
    )


def _first_line(path: Path, encoding: str) -> str:
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file; save what comes from elsewhere in one first")
    try:
        with path.open("rb") as raw:
            packed = gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else raw
            line = packed.readline(_LONGEST_HEADER)
    except (OSError, EOFError) as failed:
        raise UnreadableFile(f"{path} cannot be read: {getattr(failed, 'strerror', None) or failed}") from failed
    try:
        return line.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path} is not text in {encoding}; name its encoding with --encoding") from None


# --- what a row says -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileArticle:
    """One usable row. ``key`` is the same whenever the row comes again; validity is only there if its column is."""

    key: str
    line: int
    words: Words
    validity: Mapping[str, datetime | None]


class Keys:
    """The key of each row: its id, else its question; of rows with one question, which of its answers it is."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._questions: dict[str, list[tuple[str, ...]]] = {}

    def of(self, row: Row) -> str:
        """A row that stands in the file before has the same key once more. Raises Unusable for an id that does."""
        named = unguarded(row.cells.get("id", "")).strip()
        if named:
            if named in self._ids:
                raise _unusable(row, "id_twice", f"the row in line {self._ids[named]} has the same id", "id")
            self._ids[named] = row.line
            return f"id:{named}"
        question = " ".join(row.cells["question"].casefold().split())
        same = self._questions.setdefault(question, [])
        says = tuple(row.cells[column].strip() for column in COLUMNS if column in row.cells and column != "question")
        if says not in same:
            same.append(says)
        number = same.index(says) + 1
        return f"question:{question}" if number == 1 else f"question:{question}\n{number}"


def articles_in(rows: Iterator[Row], zone: ZoneInfo) -> Iterator[FileArticle | Refusal]:
    """Row by row, in order; times without an offset are local to ``zone``."""
    keys, times = Keys(), LocalTimes(zone, ("iso",))
    for row in rows:
        try:
            if row.problem:
                raise _unusable(row, *row.problem)
            yield _article(row, keys.of(row), times)
        except Unusable as unusable:
            yield unusable.refusal


def _article(row: Row, key: str, times: LocalTimes) -> FileArticle:
    cells = {column: unguarded(row.cells[column]) for column in COLUMNS if column in row.cells}
    lists = {column: cells.get(column, "").split(BETWEEN) for column in LISTS}
    try:
        words = written(cells["question"], cells["answer"], **lists, language=cells.get("language", ""))
    except Invalid as invalid:
        column = invalid.pointer.split("/")[1]
        raise _unusable(row, invalid.code, _WHY[invalid.code.removeprefix(f"{column}_")], column) from None
    validity: dict[str, datetime | None] = {
        column: _moment(row, cells, column, times) for column in ("valid_from", "valid_to") if column in cells
    }
    begin, end = validity.get("valid_from"), validity.get("valid_to")
    if begin is not None and end is not None and end <= begin:
        raise _unusable(row, "validity_reversed", "the validity ends before it begins", "valid_to")
    return FileArticle(key, row.line, words, validity)


def _moment(row: Row, cells: Mapping[str, str], column: str, times: LocalTimes) -> datetime | None:
    try:
        return times.moment(cells[column]) if cells[column].strip() else None
    except UnusableTime as unusable:
        raise _unusable(row, unusable.code, str(unusable), column) from None


def _unusable(row: Row, code: str, detail: str, column: str = "") -> Unusable:
    return Unusable(Refusal(row.line, code, detail, column))


_WHY = {
    "missing": "the cell is empty",
    "too_long": "the cell is too long for an article",
    "too_many": "the cell lists more than 100",
    "unusable": "the cell has something that cannot stand there: codes have at most 64 letters, digits, dots and "
    "dashes, keywords at most 100 letters, a language is written like de",
}

# --- formulas ------------------------------------------------------------------------------------------------------

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guarded(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula: with an apostrophe before it if need be, as
    spreadsheets themselves mark text. What looks as if it were marked is marked once more, so that
    :func:`unguarded` gives back every text as it was."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell that :func:`guarded` wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
