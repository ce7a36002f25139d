"""``casebackbone figures``: how well the promise is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from api.cli_files import drawing, writing
from api.cli_output import emit, json_option
from api.cli_times import read_moment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.bootstrap import System
    from api.figures_report import Found, Report
    from projections.figures import Question

_FILE = click.Path(dir_okay=False, path_type=Path)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPILOG = """CODE is a figure, such as reply_in_time; without one, all. docs/figures.md has what each of them counts.
TIME is ISO 8601, local to the city's time zone without an offset; a date as --to means that whole day. The backlog is
counted at --to. (none) is without a service or a department."""


@click.command(epilog=_EPILOG)
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--from", "start", metavar="TIME", help="What happened from then. Default: the last 30 days.")
@click.option("--to", "end", metavar="TIME", help="Up to, not including. Default: now.")
@click.option("--by", type=click.Choice(["day", "service", "department", "age"]), help="Row by row, too.")
@click.option("--service", metavar="KEY", help="Only of this service.")
@click.option("--department", metavar="ID", help="Only of this department.")
@click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="Write each row to a file.")
@click.option("--plot", "plot_file", type=_FILE, metavar="FILE", help="Draw them by day, as .svg or .png.")
@json_option
def figures(
    codes: Sequence[str],
    start: str | None,
    end: str | None,
    by: str | None,
    service: str | None,
    department: str | None,
    csv_file: Path | None,
    plot_file: Path | None,
    as_json: bool,
) -> None:
    """Figures, each beside what the promise wants of it. Only reads."""
    from api.cli_run import open_system
    from api.figures_report import as_json_data, as_text, write_csv

    narrowed = {"service": service, "department": department}
    chosen = _chosen(codes, by, [name for name, value in narrowed.items() if value is not None])
    draw = drawing(plot_file, "api.figures_plot")
    system = open_system()
    try:
        since, until = _period(
            start, end, system.settings.timezone, system.clock(), by == "day" or plot_file is not None
        )
        report = _report(system, chosen, by, since, until, narrowed, plotted=plot_file is not None)
    finally:
        system.close()
    if csv_file:
        writing(csv_file, lambda: write_csv(report, csv_file))
    if plot_file:
        writing(plot_file, lambda: draw(report, plot_file))
    emit(as_json_data(report), as_json, lambda: as_text(report))


def _chosen(codes: Sequence[str], by: str | None, narrowed: Sequence[str]) -> list[str]:
    """Those that can be asked for so; named ones must be. Raises UsageError."""
    from projections.figures_formulas import FORMULAS

    wanted = [*narrowed, *([by] if by else [])]
    for code in codes:
        if code not in FORMULAS:
            raise click.UsageError(f"{code}: there is no such figure; write one of {', '.join(FORMULAS)}")
        for name in wanted:
            if name not in FORMULAS[code].dimensions:
                raise click.UsageError(f"{code} cannot be asked for by {name}; leave out the one or the other")
    fitting = [code for code, formula in FORMULAS.items() if all(name in formula.dimensions for name in wanted)]
    return list(dict.fromkeys(codes)) or fitting


def _period(
    start: str | None, end: str | None, zone: ZoneInfo, now: datetime, daily: bool
) -> tuple[datetime, datetime]:
    from projections.figures import MOST_DAYS, usual_period

    until = None if end is None else _until(end, zone)
    since, until = usual_period(None if start is None else read_moment(start, "--from", zone), until, now, zone)
    if since >= until:
        raise click.UsageError("--from is not before --to; write an earlier --from")
    if daily and until - since > timedelta(days=MOST_DAYS):
        raise click.UsageError(f"by day it goes for at most {MOST_DAYS} days; write a later --from")
    return since, until


def _until(text: str, zone: ZoneInfo) -> datetime:
    """A date is the whole day."""
    moment = read_moment(text, "--to", zone)
    if not _DATE.fullmatch(text.strip()):
        return moment
    from projections.local_days import begin_of

    return begin_of(moment.astimezone(zone).date() + timedelta(days=1), zone)


def _report(
    system: System,
    chosen: Sequence[str],
    by: str | None,
    since: datetime,
    until: datetime,
    narrowed: dict[str, str | None],
    *,
    plotted: bool,
) -> Report:
    from api.figures_report import Report
    from projections.figures import Question
    from projections.figures_formulas import FORMULAS

    now, zone = system.clock(), system.settings.timezone
    questions = [
        Question(formula=FORMULAS[code], start=since, end=until, now=now, zone=zone, **narrowed) for code in chosen
    ]
    with system.views.read() as connection:
        return Report(
            found=[_found(connection, question, by, plotted) for question in questions],
            by=by,
            start=since,
            end=until,
            zone=zone,
            policy=system.promise.policy,
            freshness=system.freshness(connection, now),
        )


def _found(connection: Connection, question: Question, by: str | None, plotted: bool) -> Found:
    from api.figures_report import Found
    from projections.figures import rows, total

    return Found(
        question=question,
        total=total(connection, question),
        rows=None if by is None else rows(connection, question, by),
        per_day=rows(connection, question, "day") if plotted else (),
    )
