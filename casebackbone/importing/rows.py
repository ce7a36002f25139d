"""Reading a CSV file row by row, also packed with gzip, however broken single rows are."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_CELL = 1_000_000
"""Characters; far above any letter, far below what would fill the memory."""


class UnreadableFile(ValueError):
    """Nothing can be read from the file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is where the row begins (the header is line 1). ``problem`` is set when it cannot be used."""

    line: int
    cells: Mapping[str, str]
    problem: tuple[str, str] | None = None


@contextmanager
def open_rows(
    path: Path, *, encoding: str, delimiter: str, columns: tuple[str, ...], progress: Callable[[int], None]
) -> Iterator[Iterator[Row]]:
    """The rows after the header, in order; ``progress`` is told the bytes of the file read so far
    (0 for a pipe).

    Raises UnreadableFile when the file is not there, is damaged, or has not the ``columns``.
    """
    with _whole(path):
        raw = path.open("rb")
    with raw:
        unpacked: BinaryIO = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw  # type: ignore[assignment]
        text = io.TextIOWrapper(unpacked, encoding=_decoding(encoding), errors="surrogateescape", newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        with _whole(path):
            header = _header(path, reader, columns)
        yield _rows(path, reader, header, lambda: progress(raw.tell() if raw.seekable() else 0))


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Around reading, and nothing else: what fails while a row is used is not the file's fault."""
    try:
        yield
    except OSError as failed:
        raise UnreadableFile(f"{path} cannot be read: {failed.strerror or failed}") from failed
    except (EOFError, zlib.error) as cut:
        raise UnreadableFile(f"{path} ends in the middle or is damaged: get the packed file once more") from cut


def _decoding(encoding: str) -> str:
    """A byte order mark is no part of the first column's name."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def _header(path: Path, reader: Iterator[list[str]], columns: tuple[str, ...]) -> list[str]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        header = next(reader, [])
    except csv.Error as broken:
        raise UnreadableFile(f"{path} has no readable header line: {broken}") from broken
    missing = [column for column in columns if column not in header]
    if missing:
        raise UnreadableFile(f"{path} has no column {', '.join(missing)}; it has {', '.join(header) or 'no header'}")
    twice = [column for column in columns if header.count(column) > 1]
    if twice:
        raise UnreadableFile(f"{path} has the column {', '.join(twice)} more than once")
    return header


def _rows(path: Path, reader: Iterator[list[str]], header: list[str], progress: Callable[[], None]) -> Iterator[Row]:
    line = reader.line_num + 1  # type: ignore[attr-defined]
    while True:
        problem = None
        cells: list[str] = []
        try:
            with _whole(path):
                cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problem = ("row_malformed", "the row is not CSV: a quotation mark or a cell is not closed, or is too long")
        else:
            problem = _problem(cells, header)
        if cells or problem:
            yield Row(line, {} if problem else dict(zip(header, cells, strict=True)), problem)
        progress()
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _problem(cells: list[str], header: list[str]) -> tuple[str, str] | None:
    if cells and len(cells) != len(header):
        return "row_cells", f"the row has {len(cells)} cells, the header has {len(header)}"
    for cell in cells:
        if "\0" in cell:
            return "row_not_text", "a cell has a NUL character"
        if not cell.isascii() and any("\ud800" <= sign <= "\udfff" for sign in cell):
            return "row_encoding", "a cell is not text in the encoding that was named"
    return None
