"""``casebackbone import``: past cases from a CSV file into the record."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from api.cli_output import FAILURE, Failure, emit, found, json_option, progress, say
from api.cli_run import open_system
from casebackbone.importing.cases import Refusal
from casebackbone.importing.importing import Importer, Summary
from casebackbone.importing.mapping import Mapping, load_mapping
from casebackbone.importing.rows import open_rows


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", "mapping_file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--refused", "refused_file", type=click.Path(dir_okay=False, path_type=Path), help="List of refused rows."
)
@json_option
def import_(file: Path, mapping_file: Path, refused_file: Path | None, as_json: bool) -> None:
    """Read past cases from FILE (CSV, also .gz) as the MAPPING says; docs/import.md explains it.

    May be stopped and run again without doubling. Rows that are refused are listed in the refused file
    (default: FILE.refused.csv), and the exit code is 3.
    """
    mapping = load_mapping(mapping_file)
    system = open_system()
    importer = Importer(system.application, mapping, system.clock)
    refused = refused_file or file.with_name(f"{file.name}.refused.csv")
    if not os.access(refused if refused.exists() else refused.parent, os.W_OK):
        raise Failure(f"{refused} cannot be written; name another file with --refused")
    try:
        _run(importer, file, mapping, refused)
    except KeyboardInterrupt:
        say(f"stopped after {importer.summary.cases} cases; run it again to go on")
        raise click.exceptions.Exit(FAILURE) from None
    summary = importer.summary
    data = asdict(summary) | {"refused_file": str(refused) if summary.refused else None}
    emit(data, as_json, lambda: _text(summary, refused))
    if summary.refused:
        found()


def _run(importer: Importer, file: Path, mapping: Mapping, refused: Path) -> None:
    size = file.stat().st_size
    with (
        _list_of_refused(refused) as write,
        progress(file.name) as bar,
        open_rows(
            file,
            encoding=mapping.encoding,
            delimiter=mapping.delimiter,
            columns=mapping.columns,
            progress=lambda done: bar(done, size),
        ) as rows,
    ):
        for refusal in importer.run(rows):
            write(refusal)


@contextmanager
def _list_of_refused(path: Path) -> Iterator[Any]:
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


_HEADER = ("line", "code", "detail", "column")


def _text(summary: Summary, refused: Path) -> str:
    lines = [
        f"{summary.cases} cases: {summary.imported} new, {summary.continued} continued, {summary.repeated} known",
        f"{summary.events} events, {summary.handovers} handovers between departments in these cases",
    ]
    if summary.refused:
        codes = ", ".join(f"{code} {count}" for code, count in sorted(summary.refused_by_code.items()))
        lines.append(f"{summary.refused} rows refused ({codes}): see {refused}")
    return "\n".join(lines)
