"""``casebackbone``: everything that an operator does, one group or command in each ``cli_`` module.

Exit codes: 0 fine, 1 failure, 2 usage, 3 finding (it worked, and what it looked at is not as it should be).
"""

from __future__ import annotations

from typing import Any

import click
import eventsourcing.persistence
import psycopg
import sqlalchemy.exc

from api import (
    cli_audit,
    cli_demo,
    cli_docs,
    cli_doctor,
    cli_import,
    cli_project,
    cli_promise,
    cli_run,
    cli_setup,
)
from api.cli_output import USAGE, Failure
from api.settings import BadSettings
from casebackbone import __version__
from casebackbone.store.rows import SchemaOutOfDate
from casebackbone.strict_toml import InvalidFile

_DATABASE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    eventsourcing.persistence.PersistenceError,
    psycopg.OperationalError,
)


class SaysWhatIsWrong(click.Group):
    """One clear sentence instead of a traceback. Text of a database is not quoted: it may hold what a citizen said."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (BadSettings, InvalidFile) as wrong:
            failure = Failure(str(wrong))
            failure.exit_code = USAGE
            raise failure from wrong
        except Exception as failed:
            if ctx.params.get("debug"):
                raise
            raise Failure(_sentence(failed)) from failed


def _sentence(failed: Exception) -> str:
    if isinstance(failed, SchemaOutOfDate):
        return f"{failed}; run: casebackbone db upgrade"
    if isinstance(failed, _DATABASE):
        return (
            "the database cannot be reached or used; check CASEBACKBONE_DATABASE_URL, "
            "and see what casebackbone doctor says"
        )
    if type(failed).__module__.startswith(("api.", "casebackbone.", "events.", "projections.")):
        return str(failed)  # ours: written for people
    return f"stopped by {type(failed).__name__}; casebackbone --debug … shows where"


@click.group(cls=SaysWhatIsWrong, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="casebackbone")
@click.option("--debug", is_flag=True, help="Show where an error came from.")
def main(debug: bool) -> None:
    """The record and the conscience of a city's citizens' line: nobody gets lost.

    Settings come from the environment (CASEBACKBONE_…); docs/operations.md explains them.
    Exit codes: 0 fine, 1 failure, 2 usage, 3 finding.
    """


for command in (
    *(cli_setup.db, cli_setup.topics, cli_setup.token),
    *(cli_run.serve, cli_run.relay, cli_run.caretaker, cli_run.health, cli_project.project),
    *(cli_import.import_, cli_audit.audit, cli_promise.promise),
    *(cli_demo.demo, cli_doctor.doctor, cli_docs.docs),
):
    main.add_command(command)


if __name__ == "__main__":
    main()
