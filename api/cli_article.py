"""``casebackbone article``: the Infodatenbank's articles from a file, and into one."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from api.article_export import exported
from api.bootstrap import System
from api.catching_up import catch_up
from api.cli_audit import wait_option
from api.cli_output import FAILURE, Failure, emit, found, json_option, progress, say
from api.cli_run import open_system
from api.cli_times import read_moment
from api.refused_rows import list_of_refused, refused_file, refused_text
from casebackbone.importing.article_file import COLUMNS, Layout, articles_in, layout_of
from casebackbone.importing.articles import ArticleImporter, ArticleSummary
from casebackbone.importing.rows import open_rows
from casebackbone.importing.values import CODE, UnusableValue, Values

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def article() -> None:
    """Articles of the Infodatenbank: what citizens ask, and what the city answers."""


@article.command("import")
@click.argument("file", type=_FILE)
@click.option("--publish", is_flag=True, help="Review and publish what is new or has changed. Without: drafts.")
@click.option("--name", help="Ids follow from it and from each row. Default: the file's name.")
@click.option("--encoding", default="utf-8", show_default=True, help="How FILE is written, such as cp1252.")
@click.option("--refused", "refused_to", type=_NEW_FILE, help="List of refused rows.")
@json_option
def import_(file: Path, publish: bool, name: str | None, encoding: str, refused_to: Path | None, as_json: bool) -> None:
    """Read articles from FILE: TSV or CSV (also .gz) with a header line that names at least question and answer.

    Optional columns: id, keywords, services, departments (lists separated by |), language, valid_from, valid_to.
    May be stopped and run again without doubling; rows that say something else than before become new editions.
    Refused rows are listed in the refused file (default: FILE.refused.csv), and the exit code is 3.
    """
    name = _import_name(name, file)
    layout = _layout(file, encoding)
    system = open_system()
    importer = ArticleImporter(system.application, name, publish=publish, now=system.clock)
    refused = refused_file(file, refused_to)
    size = file.stat().st_size
    try:
        with (
            list_of_refused(refused) as write,
            progress(file.name) as bar,
            open_rows(
                file,
                encoding=encoding,
                delimiter=layout.delimiter,
                columns=layout.columns,
                progress=lambda done: bar(done, size),
            ) as rows,
        ):
            for refusal in importer.run(articles_in(rows, system.settings.timezone)):
                write(refusal)
    except KeyboardInterrupt:
        say(f"stopped after {importer.summary.rows} rows; run it again to go on")
        raise click.exceptions.Exit(FAILURE) from None
    summary = importer.summary
    data = {"name": name, **asdict(summary), "columns_not_used": layout.unused}
    data["refused_file"] = str(refused) if summary.refused else None
    emit(data, as_json, lambda: _text(name, summary, layout, publish, refused))
    if summary.refused:
        found()


@article.command()
@click.argument("file", required=False, type=_NEW_FILE)
@click.option("--as-of", metavar="TIME", help="What is offered at that time. Default: now, or next if nothing is now.")
@wait_option
def export(file: Path | None, as_of: str | None, seconds: float) -> None:
    """Write the published articles to FILE (CSV, or TSV if it is so called), or as CSV to stdout.

    The file can be edited and imported again: each row names its article. Drafts are left out.
    """
    system = open_system()
    at = read_moment(as_of, "--as-of", system.settings.timezone) if as_of else None
    catch_up(system, seconds)
    if file is None:
        count, left = _write(system, sys.stdout, ",", at)
    else:
        try:
            with file.open("w", encoding="utf-8", newline="") as opened:
                count, left = _write(system, opened, "\t" if file.suffix.lower() == ".tsv" else ",", at)
        except OSError as failed:
            raise Failure(f"{file} cannot be written: {failed.strerror or failed}") from failed
    say(f"{count} articles written" + (f"; {left} left out that are not offered" if left else ""))


def _write(system: System, to: TextIO, delimiter: str, at: datetime | None) -> tuple[int, int]:
    writer = csv.DictWriter(to, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    count = left = 0
    for row in exported(system, at):
        if row is None:
            left += 1
        else:
            writer.writerow(row)
            count += 1
    return count, left


def _import_name(name: str | None, file: Path) -> str:
    """A code for the actor in events. Raises UsageError."""
    if name is not None:
        if not CODE.fullmatch(name):
            raise click.UsageError("--name: at most 64 letters, digits, dots and dashes, such as faq-2026")
        return name
    stem = file.name.removesuffix(".gz").removesuffix(".tsv").removesuffix(".csv")
    try:
        return Values("file", None).code(stem[:64]) or "articles"
    except UnusableValue:
        return "articles"


def _layout(file: Path, encoding: str) -> Layout:
    try:
        return layout_of(file, encoding)
    except LookupError:
        raise click.UsageError(f"--encoding: {encoding!r} is not known; such as utf-8, cp1252, latin-1") from None


def _text(name: str, summary: ArticleSummary, layout: Layout, publish: bool, refused: Path) -> str:
    lines = [
        f"{summary.rows} rows as {name!r}: {summary.new} new articles, {summary.revised} revised, "
        f"{summary.unchanged} unchanged",
        f"{summary.published} editions published" if publish else "nothing published: import with --publish for that",
    ]
    if layout.unused:
        lines.append(f"columns not used: {', '.join(layout.unused)}")
    if not publish and {"valid_from", "valid_to"} & set(layout.columns):
        lines.append("valid_from and valid_to take effect when an edition is published, and were not kept")
    if summary.refused:
        lines.append(refused_text(summary.refused, summary.refused_by_code, refused))
    return "\n".join(lines)
