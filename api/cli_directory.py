"""``casebackbone directory``: the directory from CSV files, and as CSV files."""

from __future__ import annotations

import csv
import gzip
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from api.cli_output import FAILURE, USAGE, Failure, emit, found, json_option, progress, say
from api.cli_run import open_system
from api.departures import ViewsBehind
from api.directory_csv import KINDS, Kind, kind_of
from api.directory_import import DirectoryImport, Summary
from api.directory_rows import rows_of
from api.refused_rows import list_of_refused, refused_file
from casebackbone.importing.cases import Refusal
from casebackbone.importing.rows import UnreadableFile, open_rows

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
_DELIMITERS = (",", ";", "\t")


@click.group()
def directory() -> None:
    """Departments, services, people and who is responsible, from CSV and as CSV; docs/directory.md explains it."""


@directory.command("import")
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--kind", type=click.Choice(list(KINDS)), help="What is in the files. Default: as their columns say.")
@click.option("--again", is_flag=True, help="Also say once more what was said before and has been overruled since.")
@json_option
def import_(files: tuple[Path, ...], kind: str | None, again: bool, as_json: bool) -> None:
    """Read statements from FILES (CSV in UTF-8, also .gz), all together.

    A row that was taken before is not said again. Rows that are refused are listed in FILE.refused.csv, and the exit
    code is 3; all others are taken.
    """
    kinds = {file: KINDS[kind] if kind else _kind(file) for file in files}
    shapes = {file: _shape(file, kinds[file]) for file in files}
    refused = {file: refused_file(file, None) for file in files}
    refusals: dict[Path, list[Refusal]] = {file: [] for file in files}
    with closing(open_system()) as system:
        importing = DirectoryImport(system, again=again)
        try:
            for file, (delimiter, columns) in shapes.items():
                with open_rows(
                    file, encoding="utf-8", delimiter=delimiter, columns=columns, progress=lambda done: None
                ) as rows:
                    refusals[file] += importing.read(file, kinds[file], list(rows))
            _tell(importing, refusals)
        finally:
            for file in refusals:
                _list(refused[file], refusals[file])
    lists = [str(refused[file]) for file in refusals if refusals[file]]
    summary = importing.summary
    emit(asdict(summary) | {"refused_files": lists}, as_json, lambda: _text(summary, lists))
    if summary.refused:
        found()


def _tell(importing: DirectoryImport, refusals: dict[Path, list[Refusal]]) -> None:
    try:
        with progress("directory") as bar:
            for file, refusal in importing.tell(bar):
                refusals[file].append(refusal)
    except ViewsBehind as behind:
        raise Failure(
            f"somebody is taken out, and what lies with them is not known: {behind}; run: casebackbone project"
        ) from behind
    except KeyboardInterrupt:
        say(f"stopped after {importing.summary.new} new rows; run it again to go on")
        raise click.exceptions.Exit(FAILURE) from None


def _list(path: Path, refusals: list[Refusal]) -> None:
    with list_of_refused(path) as write:
        for refusal in sorted(refusals, key=lambda one: one.line):
            write(refusal)


@directory.command("export")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only these; without FOLDER on stdout.")
@click.option("--excel", is_flag=True, help="With semicolons and a byte order mark, as German Excel likes it.")
def export(folder: Path | None, kind: str | None, excel: bool) -> None:
    """Write the directory as it is known now, for all times, into FOLDER: one CSV file for each kind.

    Imported into an empty installation, the files give the same directory.
    """
    if folder is None and kind is None:
        raise click.UsageError("say into which FOLDER, or which --kind on stdout")
    with closing(open_system()) as system:
        for name in [kind] if kind else list(KINDS):
            rows = list(rows_of(system.application.directory(), name, system.settings.timezone))
            if folder is None:
                _write(sys.stdout, KINDS[name], rows, excel)
                continue
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                _write(file, KINDS[name], rows, excel)
            say(f"{path}: {len(rows)} rows")


def _write(file: TextIO, kind: Kind, rows: list[dict[str, str]], excel: bool) -> None:
    if excel:
        file.write("\ufeff")
    writer = csv.DictWriter(file, kind.columns, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)


def _kind(file: Path) -> Kind:
    found = max((kind_of(header) for header in _headers(file).values()), key=lambda kind: kind is not None)
    if found is None:
        needed = "; ".join(f"{kind.name}: {', '.join(sorted(kind.needed))}" for kind in KINDS.values())
        raise Failure(f"{file} is of no kind that there is; what its columns must be ({needed}), or say --kind", USAGE)
    return found


def _shape(file: Path, kind: Kind) -> tuple[str, tuple[str, ...]]:
    """The delimiter by which the header has the most columns of this kind, and these. Raises Failure for others."""
    headers = _headers(file)
    best = max(_DELIMITERS, key=lambda delimiter: len(headers[delimiter] & set(kind.columns)))
    if unknown := sorted(headers[best] - set(kind.columns)):
        raise Failure(
            f"{file} has columns that mean nothing for {kind.name}: {', '.join(unknown)}; "
            f"there are {', '.join(kind.columns)}",
            USAGE,
        )
    if missing := sorted({*kind.needed, "valid_from"} - headers[best]):
        raise Failure(f"{file} has no column {', '.join(missing)}", USAGE)
    return best, tuple(sorted(headers[best]))


def _headers(file: Path) -> dict[str, set[str]]:
    """The names in the first line, for each delimiter that it may have."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as text:
            line = text.readline(100_000)
    except (OSError, EOFError) as failed:
        raise UnreadableFile(f"{file} cannot be read: {failed}") from failed
    return {delimiter: set(next(csv.reader([line], delimiter=delimiter), [])) for delimiter in _DELIMITERS}


def _text(summary: Summary, lists: list[str]) -> str:
    lines = [f"{summary.rows} rows: {summary.new} new, {summary.known} known, {summary.refused} refused"]
    if summary.overruled:
        lines.append(f"{summary.overruled} of the known rows do not hold any more; --again says them once more")
    if summary.moved:
        lines.append(f"{summary.moved} inquiries moved on from somebody who was taken out")
    if summary.refused:
        codes = ", ".join(f"{code} {count}" for code, count in sorted(summary.refused_by_code.items()))
        lines.append(f"{codes}: see {', '.join(lists)}")
    return "\n".join(lines)
