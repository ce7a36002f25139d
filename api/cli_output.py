"""What every command has in common: how it speaks, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import click

Command = TypeVar("Command", bound=Callable[..., Any])

FAILURE, USAGE, FINDING = 1, 2, 3


class Failure(click.ClickException):
    """It did not work; one sentence that says what to do."""

    def __init__(self, message: str, exit_code: int = FAILURE) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]


def json_option(command: Command) -> Command:
    """``--json``: the data on stdout as one JSON document."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def emit(data: Any, as_json: bool, text: str | Callable[[], str]) -> None:
    """Data on stdout, for programs or for people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=plain))
    else:
        said = text if isinstance(text, str) else text()
        if said:
            click.echo(said)


def plain(value: Any) -> Any:
    """Times, ids and sets as JSON has them."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")


def say(line: str) -> None:
    """To the person at the terminal, beside the data."""
    click.echo(line, err=True)


def found() -> NoReturn:
    """Ends the command: it worked, and what it looked at is not as it should be."""
    raise click.exceptions.Exit(FINDING)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; gives a callable that is told how far it is, of how much. Silent without a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield told
