"""``casebackbone promise simulate``: another promise tried on what has happened, without touching it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from api.cli_files import drawing, usage, writing
from api.cli_output import emit, json_option, progress, say
from api.cli_times import read_moment

if TYPE_CHECKING:
    from api.bootstrap import System
    from casebackbone.deadlines import Promise
    from casebackbone.recorded import RecordedEvent

_TOLD_EVERY = 500
"""Events between two looks at the progress bar."""
_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """TIME is ISO 8601, local to the calendar in force without an offset. The promise in force, and the database,
are those of the environment. docs/deadlines.md says what is counted how."""


@click.command("simulate", epilog=_EPILOG)
@click.option("--policy", "policy_file", type=_FILE, metavar="FILE", help="The promise to try. Default: that in force.")
@click.option("--calendar", "calendar_file", type=_FILE, metavar="FILE", help="The calendar to try. Default: in force.")
@click.option("--from", "start", metavar="TIME", help="Promises made from then. Default: the last complete quarter.")
@click.option("--to", "end", metavar="TIME", help="Up to, not including. Default with --from: now.")
@click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="Write each promise to a file.")
@click.option("--plot", "plot_file", type=_FILE, metavar="FILE", help="Draw it, as .svg or .png.")
@json_option
def simulate_(
    policy_file: Path | None,
    calendar_file: Path | None,
    start: str | None,
    end: str | None,
    csv_file: Path | None,
    plot_file: Path | None,
    as_json: bool,
) -> None:
    """What another policy or calendar would have made of the promises of the last quarter. Only reads."""
    from api.cli_run import open_system
    from api.promise_report import Report, as_json_data, as_text, write_csv
    from casebackbone.promise_simulation import simulate

    if policy_file is None and calendar_file is None:
        raise click.UsageError("nothing to try; write --policy FILE, --calendar FILE, or both")
    draw = drawing(plot_file, "api.promise_plot")
    system = open_system()
    try:
        in_force = system.promise
        tried = _tried(in_force, policy_file, calendar_file)
        zone = in_force.calendar.zone
        since, until = _period(start, end, zone, system.clock())
        counted = [0]
        with progress("events") as told:
            events = _read(system, told, counted)
            trials = simulate(events, in_force=in_force, tried=tried, since=since, until=until)
            found = tuple(usage(lambda: list(trials)))
    finally:
        system.close()
    report = Report(in_force.version, tried.version, since, until, zone, counted[0], found)
    if csv_file:
        writing(csv_file, lambda: write_csv(report, csv_file))
    if plot_file:
        writing(plot_file, lambda: draw(report, plot_file))
    emit(as_json_data(report), as_json, lambda: as_text(report))


def _tried(in_force: Promise, policy_file: Path | None, calendar_file: Path | None) -> Promise:
    """The promise in force with another policy, calendar, or both. Raises UsageError for files with mistakes."""
    from casebackbone.calendar_file import load_calendar
    from casebackbone.deadlines import Promise, load_policy

    tried = Promise(
        usage(lambda: load_policy(policy_file)) if policy_file else in_force.policy,
        usage(lambda: load_calendar(calendar_file)) if calendar_file else in_force.calendar,
    )
    for name, new, old in (
        ("policy", tried.policy, in_force.policy),
        ("calendar", tried.calendar, in_force.calendar),
    ):
        if new != old and new.identity == old.identity:
            say(f"the {name} that is tried is called {old.identity}, like the one in force; change its version too")
    return tried


def _period(start: str | None, end: str | None, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Not beyond ``now``: what is not due yet is not broken."""
    from casebackbone.promise_simulation import last_quarter

    if start is None:
        if end is not None:
            raise click.UsageError("--to needs --from; write both, or none for the last complete quarter")
        return last_quarter(now, zone)
    since = read_moment(start, "--from", zone)
    until = min(read_moment(end, "--to", zone), now) if end is not None else now
    if since >= until:
        raise click.UsageError(f"--from: {start!r} is not before {'now' if until == now else '--to'}")
    return since, until


def _read(system: System, told: Callable[[int, int], None], counted: list[int]) -> Iterator[RecordedEvent]:
    from api.auditing import stored_events

    head = system.head()
    for stored in stored_events(system):
        if counted[0] % _TOLD_EVERY == 0:
            told(min(stored.position, head), head)
        counted[0] += 1
        yield stored.event
    told(head, head)
