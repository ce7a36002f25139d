"""``casebackbone db``, ``topics`` and ``token``: what is needed before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli_output import Failure, emit, json_option, progress
from api.logs import configure_logging
from api.settings import read_settings
from casebackbone.access import INTERNAL, Role

if TYPE_CHECKING:
    from api.bootstrap import System


@click.group()
def db() -> None:
    """The database."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Make or update the tables of the record and of the views. Harmless when repeated."""
    from api.bootstrap import upgrade_databases

    settings = read_settings()
    configure_logging(settings.log_level)
    done = upgrade_databases(settings)
    emit(done, as_json, lambda: "\n".join(f"{name}: {revision}" for name, revision in done.items()))


@db.command()
@json_option
def scrub(as_json: bool) -> None:
    """Clear what erased texts have left in the database's files. Run it after erasing; nobody reads texts meanwhile."""
    from api.bootstrap import System

    system = System(read_settings())
    try:
        epoch = str(system.store.epoch)  # raises SchemaOutOfDate
        system.store.scrub()
        emit({"store_epoch": epoch}, as_json, "nothing is left of erased texts in the database's files")
    finally:
        system.close()


@db.command()
@click.option("--again", is_flag=True, help="Forget the index and fill it anew; searches find little meanwhile.")
@json_option
def index(again: bool, as_json: bool) -> None:
    """Let the search over texts take in everything stored so far. The caretaker does it as well, bit by bit."""
    from api.bootstrap import System

    system = System(read_settings())
    try:
        _ = system.store.epoch  # raises SchemaOutOfDate
        if again:
            system.content_index.begin_again()
        texts, position = _index_all(system)
    finally:
        system.close()
    emit({"texts": texts, "position": position}, as_json, f"{texts} texts taken in, up to position {position}")


def _index_all(system: System) -> tuple[int, int]:
    texts, more, position = 0, True, 0
    with progress("texts") as told:
        while more:
            done = system.content_index.catch_up()
            texts, more, position = texts + done.texts, done.more, done.position
            told(position, system.head())
    return texts, position


@click.group()
def topics() -> None:
    """The topic on Kafka."""


@topics.command()
@json_option
def create(as_json: bool) -> None:
    """Make the topic with the right settings. Harmless when repeated; refuses where it exists with others."""
    from events.kafka import create_topic

    settings = read_settings()
    if settings.kafka_bootstrap is None:
        raise Failure("there is no broker to make a topic on; set CASEBACKBONE_KAFKA_BOOTSTRAP to HOST:PORT")
    info = create_topic(
        settings.kafka_bootstrap,
        settings.topic,
        partitions=settings.topic_partitions,
        replication=settings.topic_replication,
    )
    data = {"topic": info.topic, "topic_id": str(info.topic_id), "partitions": info.partitions}
    emit(data, as_json, f"{info.topic}: {info.partitions} partitions, id {info.topic_id}")


@click.command()
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role if role not in INTERNAL]), help="The role."
)
@click.option("--department", help="The department, for department_staff and department_system.")
@click.option("--subject", default="dev", show_default=True, help="Who it is for.")
@json_option
def token(role: str, department: str | None, subject: str, as_json: bool) -> None:
    """Print a development token, valid for eight hours on this machine only."""
    from api.auth import issue_development_token

    settings = read_settings()
    try:
        issued = issue_development_token(settings, role, department, subject)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    except OSError as unwritable:
        raise Failure(f"the development key cannot be used: {unwritable}") from unwritable
    emit({"token": issued, "role": role, "department": department, "subject": subject}, as_json, issued)
