"""``casebackbone import``: past cases from a CSV file into the record."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from api.cli_output import FAILURE, emit, found, json_option, progress, say
from api.cli_run import open_system
from api.refused_rows import list_of_refused, refused_file, refused_text
from casebackbone.importing.importing import Importer, Summary
from casebackbone.importing.mapping import Mapping, load_mapping
from casebackbone.importing.rows import open_rows


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", "mapping_file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--refused", "refused_to", type=click.Path(dir_okay=False, path_type=Path), help="List of refused rows.")
@json_option
def import_(file: Path, mapping_file: Path, refused_to: Path | None, as_json: bool) -> None:
    """Read past cases from FILE (CSV, also .gz) as the MAPPING says; docs/import.md explains it.

    May be stopped and run again without doubling. Rows that are refused are listed in the refused file
    (default: FILE.refused.csv), and the exit code is 3.
    """
    mapping = load_mapping(mapping_file)
    system = open_system()
    importer = Importer(system.application, mapping, system.clock)
    refused = refused_file(file, refused_to)
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
        list_of_refused(refused) as write,
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


def _text(summary: Summary, refused: Path) -> str:
    lines = [
        f"{summary.cases} cases: {summary.imported} new, {summary.continued} continued, {summary.repeated} known",
        f"{summary.events} events, {summary.handovers} handovers between departments in these cases",
    ]
    if summary.refused:
        lines.append(refused_text(summary.refused, summary.refused_by_code, refused))
    return "\n".join(lines)
