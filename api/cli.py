"""``casebackbone``: everything that an operator does, one group or command in each ``cli_`` module.

Exit codes: 0 fine, 1 failure, 2 usage, 3 finding (it worked, and what it looked at is not as it should be).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from api.cli_output import FAILURE, USAGE, Failure
from casebackbone import __version__

COMMANDS = {
    "article": "cli_article",
    "audit": "cli_audit",
    "caretaker": "cli_run",
    "db": "cli_setup",
    "demo": "cli_demo",
    "desk": "cli_desk",
    "directory": "cli_directory",
    "docs": "cli_docs",
    "doctor": "cli_doctor",
    "figures": "cli_figures",
    "health": "cli_run",
    "import": "cli_import",
    "project": "cli_project",
    "promise": "cli_promise",
    "relay": "cli_run",
    "search": "cli_search",
    "serve": "cli_run",
    "token": "cli_setup",
    "topics": "cli_setup",
}
"""Command to module. A module is loaded when its command is used: loading all takes longer than most of them run."""

_OURS = ("api", "casebackbone", "events", "projections")
_OF_DATABASES = ("eventsourcing", "psycopg", "psycopg_pool", "sqlalchemy", "sqlite3")


class Commands(click.Group):
    """One clear sentence instead of a traceback. Text of a database is not quoted: it may hold what a citizen said."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"api.{COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, "import_" if cmd_name == "import" else cmd_name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as failed:
            if ctx.params.get("debug"):
                raise
            raise _said(failed) from failed


def _said(failed: Exception) -> Failure:
    kind = type(failed)
    package = kind.__module__.partition(".")[0]
    if package in _OF_DATABASES:
        return Failure(
            "the database cannot be reached or used; check CASEBACKBONE_DATABASE_URL, "
            "and see what casebackbone doctor says"
        )
    if package not in _OURS:
        return Failure(f"stopped by {kind.__name__}; casebackbone --debug … shows where")
    message = str(failed)  # ours: written for people
    if kind.__name__ == "SchemaOutOfDate" and "db upgrade" not in message:
        message += "; run: casebackbone db upgrade"
    return Failure(message, USAGE if kind.__name__ in ("BadSettings", "InvalidFile") else FAILURE)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="casebackbone")
@click.option("--debug", is_flag=True, help="Show where an error came from.")
def main(debug: bool) -> None:
    """The record and the conscience of a city's citizens' line: nobody gets lost.

    Settings come from the environment (CASEBACKBONE_…); docs/operations.md explains them.
    Exit codes: 0 fine, 1 failure, 2 usage, 3 finding.
    """


if __name__ == "__main__":
    main()
