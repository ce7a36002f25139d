"""``casebackbone desk``: the desk and its calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path

import click

from api.cli_files import drawing, usage, writing
from api.cli_output import emit, json_option
from api.cli_run import open_system
from api.desk_files import read_calls, read_staff
from api.desk_record import calls_of_day
from api.desk_report import Report, as_json_data, as_text, write_csv
from casebackbone.calendar_file import load_calendar
from casebackbone.deadlines import Policy, load_policy
from casebackbone.desk_day import Day, People, Staffing
from casebackbone.desk_figures import CallPromise, figures
from casebackbone.desk_simulation import Assumptions, Replay, UnknownTalkTime, as_it_was, simulate

_MOST_COMPARED = 12
_PEOPLE = click.IntRange(0, 1000)
_SECONDS = click.IntRange(0, 86_400)
_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """The file of calls is CSV with the columns call_id, offered_at, answered_at, abandoned_at, ended_at; what
did not happen is empty. Times are ISO 8601, local to the calendar without an offset. docs/desk.md has examples.

Nobody knows how long callers would have stayed who were answered, or talked who gave up: what is assumed is printed."""


@click.group()
def desk() -> None:
    """The desk: people, calls and peaks."""


@desk.command("simulate", epilog=_EPILOG)
@click.option("--calls", "calls_file", type=_FILE, metavar="FILE", help="A day's calls in CSV.")
@click.option("--day", metavar="YYYY-MM-DD", help="Instead: the calls that were recorded here on that day.")
@click.option("--front", "fronts", multiple=True, type=_PEOPLE, help="People who answer. Several are compared.")
@click.option("--background", "backgrounds", multiple=True, type=_PEOPLE, help="Who step in at a peak. Default: 0.")
@click.option("--staff", "staff_files", multiple=True, type=_FILE, metavar="FILE", help="Who is there when. TOML, CSV.")
@click.option("--patience", type=_SECONDS, metavar="SECONDS", help="How long callers stay. Default: until answered.")
@click.option("--talk", type=_SECONDS, metavar="SECONDS", help="Talk time where unknown. Default: the day's mean.")
@click.option("--wrap-up", type=_SECONDS, default=0, metavar="SECONDS", help="After each call. Default: 0.")
@click.option("--step-in", type=_SECONDS, default=0, metavar="SECONDS", help="From peak to background. Default: 0.")
@click.option(
    "--policy",
    "policy_file",
    type=_FILE,
    metavar="FILE",
    help="Promise and peak rule. Default: 115; of --day: the settings'.",
)
@click.option("--calendar", "calendar_file", type=_FILE, metavar="FILE", help="For the time zone of --calls.")
@click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="Write each half hour to a file.")
@click.option("--plot", "plot_file", type=_FILE, metavar="FILE", help="Draw it, as .svg or .png.")
@json_option
def simulate_(
    calls_file: Path | None,
    day: str | None,
    fronts: Sequence[int],
    backgrounds: Sequence[int],
    staff_files: Sequence[Path],
    patience: int | None,
    talk: int | None,
    wrap_up: int,
    step_in: int,
    policy_file: Path | None,
    calendar_file: Path | None,
    csv_file: Path | None,
    plot_file: Path | None,
    as_json: bool,
) -> None:
    """What would have happened to a day's calls with other people at the desk."""
    draw = drawing(plot_file, "api.desk_plot")
    calls, policy = _calls(calls_file, day, policy_file, calendar_file)
    staffings = _staffings(calls, fronts, backgrounds, staff_files)
    assumed = Assumptions(patience=patience, talk=talk, wrap_up=wrap_up, step_in=step_in)
    rule, promise = policy.peak_rule, CallPromise(policy.calls_percent, policy.calls_within_seconds)
    replays = {"as it was": as_it_was(calls, rule)}
    for staffing in staffings:
        replays[staffing.name] = _replayed(partial(simulate, calls, staffing, rule, assumed))
    results = tuple(figures(name, calls, replay, promise) for name, replay in replays.items())
    report = Report(calls, policy.identity, promise, rule, assumed, results)
    if csv_file:
        writing(csv_file, lambda: write_csv(report, csv_file))
    if plot_file:
        writing(plot_file, lambda: draw(report, tuple(replays.values()), plot_file))
    emit(as_json_data(report), as_json, lambda: as_text(report))


def _calls(
    calls_file: Path | None, day: str | None, policy_file: Path | None, calendar_file: Path | None
) -> tuple[Day, Policy]:
    """The calls of a file or of this installation, and the promise that is held against them."""
    if calls_file is not None and day is None:
        zone = usage(lambda: load_calendar(calendar_file)).zone
        policy = usage(lambda: load_policy(policy_file))
        return usage(lambda: read_calls(calls_file, zone)), policy
    if calls_file is not None or day is None:
        raise click.UsageError("which calls? write either --calls FILE or --day 2026-05-04")
    if calendar_file is not None:
        raise click.UsageError("--calendar is for --calls; what was recorded here has the calendar of the settings")
    return _recorded(day, policy_file)


def _recorded(text: str, policy_file: Path | None) -> tuple[Day, Policy]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--day: {text!r} is not a day; write it like 2026-05-04") from None
    policy = None if policy_file is None else usage(lambda: load_policy(policy_file))
    system = open_system()
    calls = calls_of_day(system, day)
    if not calls:
        raise click.UsageError(f"--day: no call is recorded on {day}; write another day, or --calls FILE")
    promise = system.application.promise
    return usage(lambda: Day(tuple(calls), promise.calendar.zone)), policy or promise.policy


def _staffings(
    day: Day, fronts: Sequence[int], backgrounds: Sequence[int], staff_files: Sequence[Path]
) -> list[Staffing]:
    """Each number of people once, then each file."""
    if backgrounds and not fronts:
        raise click.UsageError("--background needs --front; in a file of --staff write background")
    if not fronts and not staff_files:
        raise click.UsageError("nobody is at the desk; write --front 3, several times to compare, or --staff FILE")
    pairs = dict.fromkeys(product(fronts, backgrounds or (0,)))
    staffings = [Staffing.constant(People(*pair)) for pair in pairs]
    staffings += [usage(partial(read_staff, file, day.date, day.zone)) for file in dict.fromkeys(staff_files)]
    if len(staffings) > _MOST_COMPARED:
        raise click.UsageError(f"{len(staffings)} are too many to compare; write at most {_MOST_COMPARED}")
    if len({staffing.name for staffing in staffings} | {"as it was"}) <= len(staffings):
        raise click.UsageError("two files of --staff have one name, and the tables name them by it; rename one")
    return staffings


def _replayed(replay: Callable[[], Replay]) -> Replay:
    try:
        return replay()
    except UnknownTalkTime as unknown:
        raise click.UsageError(f"{unknown}: --talk SECONDS") from unknown
