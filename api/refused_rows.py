"""The list of rows that an import refused: line, code, reason and column, and nothing of what the row says."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from api.cli_output import Failure
from casebackbone.importing.cases import Refusal

_HEADER = ("line", "code", "detail", "column")


def refused_file(file: Path, named: Path | None) -> Path:
    """Where it is written: ``named``, else ``FILE.refused.csv``. Raises Failure if it cannot be."""
    path = named or file.with_name(f"{file.name}.refused.csv")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Failure(f"{path} cannot be written; name another file with --refused")
    return path


@contextmanager
def list_of_refused(path: Path) -> Iterator[Callable[[Refusal], None]]:
    """Makes the file with the first refusal; one of an earlier run is emptied, so that it never tells of another."""
    opened: TextIO | None = path.open("w", encoding="utf-8", newline="") if path.exists() else None
    if opened:
        csv.writer(opened).writerow(_HEADER)

    def write(refusal: Refusal) -> None:
        nonlocal opened
        if opened is None:
            opened = path.open("w", encoding="utf-8", newline="")
            csv.writer(opened).writerow(_HEADER)
        csv.writer(opened).writerow([refusal.line, refusal.code, refusal.detail, refusal.column])
        opened.flush()

    try:
        yield write
    finally:
        if opened is not None:
            opened.close()


def refused_text(refused: int, by_code: dict[str, int], path: Path) -> str:
    """How many, why, and where to read more."""
    codes = ", ".join(f"{code} {count}" for code, count in sorted(by_code.items()))
    return f"{refused} rows refused ({codes}): see {path}"
