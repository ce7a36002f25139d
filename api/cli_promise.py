"""``casebackbone promise``: by when something is due, how much service time has passed, and what another promise
would have made of the last quarter (``api/cli_promise_simulate.py``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from api.cli_files import usage
from api.cli_promise_simulate import simulate_
from api.cli_times import read_moment
from casebackbone.calendar import Pause, ServiceCalendar
from casebackbone.calendar_file import load_calendar

Command = TypeVar("Command", bound=Callable[..., None])

_MOST_DIGITS = 12  # far more minutes than any calendar has, and still quick to reckon with
_EPILOG = """TIME is ISO 8601, such as 2026-04-02T17:00+02:00. Without an offset it is the local time of the calendar;
one that does not exist or comes twice there (when the clocks change) is refused and needs an offset."""


@click.group()
def promise() -> None:
    """Service time: when something is due, how much has passed, and what another promise would have changed."""


promise.add_command(simulate_)


def _common(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--calendar",
            "calendar_file",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="A calendar in TOML. Default: Rheinland-Pfalz, Monday to Friday 8 to 18.",
        ),
        click.option(
            "--pause",
            "pauses",
            multiple=True,
            metavar="FROM/TO",
            help="The clock stands still from FROM to TO. May be given several times.",
        ),
    ):
        command = option(command)
    return command


@promise.command(epilog=_EPILOG)
@click.option("--start", required=True, metavar="TIME", help="When the time begins to run.")
@click.option("--service-minutes", required=True, metavar="N", help="Minutes of service time, 0 or more.")
@_common
def due(start: str, service_minutes: str, pauses: Sequence[str], calendar_file: str | None, as_json: bool) -> None:
    """When N minutes of service time have passed since TIME."""
    calendar = _calendar(calendar_file)
    begin, between = read_moment(start, "--start", calendar.zone), _pauses(pauses, calendar.zone)
    minutes = _number(service_minutes)
    at = usage(lambda: calendar.add(begin, minutes, between)).astimezone(calendar.zone)
    if as_json:
        click.echo(json.dumps({"due": at.isoformat(), "calendar": calendar.identity}))
    else:
        click.echo(f"due {at:%A} {at.isoformat(sep=' ')} ({calendar.identity})")


@promise.command(epilog=_EPILOG)
@click.option("--from", "start", required=True, metavar="TIME", help="From when.")
@click.option("--to", "end", required=True, metavar="TIME", help="Until when.")
@_common
def elapsed(start: str, end: str, pauses: Sequence[str], calendar_file: str | None, as_json: bool) -> None:
    """How many minutes of service time lie between two times."""
    calendar = _calendar(calendar_file)
    first, last = read_moment(start, "--from", calendar.zone), read_moment(end, "--to", calendar.zone)
    between = _pauses(pauses, calendar.zone)
    minutes = usage(lambda: calendar.elapsed(first, last, between))
    if as_json:
        click.echo(json.dumps({"service_minutes": minutes, "calendar": calendar.identity}))
    else:
        click.echo(f"{minutes} service minutes ({calendar.identity})")


def _calendar(path: str | None) -> ServiceCalendar:
    return usage(lambda: load_calendar(path))


def _number(text: str) -> int | Fraction:
    """Exactly what was written: 0.1 minutes are 6 seconds."""
    try:
        written = Decimal(text)
    except InvalidOperation:
        written = Decimal("NaN")
    if not written.is_finite() or abs(written.adjusted()) > _MOST_DIGITS:
        raise click.UsageError(f"--service-minutes: {text!r} cannot be used; write a number of minutes such as 1440")
    number = Fraction(written)
    return int(number) if number.denominator == 1 else number


def _pauses(texts: Sequence[str], zone: ZoneInfo) -> list[Pause]:
    pauses = []
    for text in texts:
        start, separator, end = text.partition("/")
        if not separator:
            raise click.UsageError(f"--pause: {text!r} has no end; write FROM/TO with a / between two times")
        pauses.append(Pause(read_moment(start, "--pause", zone), read_moment(end, "--pause", zone)))
    return pauses
