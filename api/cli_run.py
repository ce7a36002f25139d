"""``casebackbone serve``, ``relay``, ``caretaker`` and ``health``: what runs until it is told to stop."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import click
import structlog

from api.cli_output import FAILURE, Failure, emit, found, json_option, say
from api.logs import configure_logging
from api.settings import read_settings
from api.worker_health import Worker
from api.worker_health import health as health_of

if TYPE_CHECKING:
    from api.bootstrap import System
    from casebackbone.caretaker import Round


def open_system() -> System:
    """This installation, by the environment's settings, with logs on stderr."""
    from api.bootstrap import System

    settings = read_settings()
    configure_logging(settings.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # says at every look that it looks
    system = System(settings)
    _ = system.store.epoch  # says at once, and clearly, when the tables are not those of this software
    return system


@click.command()
@click.option("--bind", metavar="HOST:PORT", help="Where to listen. Default: CASEBACKBONE_BIND.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes. Default: CASEBACKBONE_WORKERS.")
def serve(bind: str | None, workers: int | None) -> None:
    """Answer requests over HTTP, under gunicorn, until told to stop."""
    from api.serving import serve as serve_http

    settings = read_settings()
    configure_logging(settings.log_level)
    serve_http(settings, bind, workers)


@click.command()
@click.option("--until-caught-up", is_flag=True, help="End when everything stored so far is on the topic.")
@click.option(
    "--republish", is_flag=True, help="Publish everything once more from the beginning; consumers gate on it."
)
@json_option
def relay(until_caught_up: bool, republish: bool, as_json: bool) -> None:
    """Publish stored events to Kafka, in order. One at a time: a second one waits for its turn or ends."""
    system = open_system()
    if system.settings.embedded:
        raise Failure("there is no broker to publish to; set CASEBACKBONE_KAFKA_BOOTSTRAP to HOST:PORT")
    log = structlog.get_logger("relay")
    with Worker("relay", system.settings.run_dir) as worker:
        log.info("relay starts", topic=system.settings.topic)
        system.relay().run(worker.stopping, until_caught_up=until_caught_up, republish=republish)
        stopped = worker.stop.is_set()
    position = system.store.relay_position(system.settings.topic)
    data = {"topic": system.settings.topic, "position": position.position if position else 0}
    emit(data, as_json, f"{data['topic']} is filled up to position {data['position']}")
    if stopped and until_caught_up:
        raise Failure("stopped before everything was published; run it again")


@click.command()
@click.option("--once", is_flag=True, help="Everything that is due now, in as many rounds as it takes; then end.")
@click.option("--poll-seconds", type=click.FloatRange(0.1, 3600), default=5.0, show_default=True)
@json_option
def caretaker(once: bool, poll_seconds: float, as_json: bool) -> None:
    """See to what falls due. Several may run.

    Offers that no department accepted in time go back to the front desk; what is overdue, silent, or was not called
    back is told to a supervisor, again until somebody acknowledges; what lies with people or departments that are
    gone moves on. Exit code 3 with --once: some of it could not be done, the log says what.
    """
    from api.workers import run_caretaker, summary, work_off

    system = open_system()
    with Worker("caretaker", system.settings.run_dir) as worker:
        if not once:
            run_caretaker(system, worker.stop, poll_seconds, worker.stopping)
            return
        behind = system.lags()["views"].events
        if behind:
            say(f"the views lack {behind} events, and what falls due by them; keep casebackbone project run going")
        done = work_off(system, _say_round, worker.stopping)
    said = ", ".join(f"{count} {kind}" for kind, count in done.done.items())
    said += f"; {done.overtaken} overtaken, {done.failed} failed"
    emit({**summary(done), "views_behind": behind}, as_json, said)
    if done.more:
        raise Failure("stopped before everything was seen to; run it again")
    if done.failed:
        found()


def _say_round(round_: Round) -> None:
    if round_.more and round_.reached is not None:
        say(f"{round_.total} done, {round_.overtaken} overtaken; up to what was due {round_.reached.isoformat()}")


@click.command()
@click.argument("name", type=click.Choice(["relay", "project", "caretaker"]))
@json_option
def health(name: str, as_json: bool) -> None:
    """Whether the workers of that NAME on this machine live. For container health checks; exit code 1 if not."""
    problems = health_of(name, read_settings().run_dir, time.time())
    emit({"name": name, "healthy": not problems, "problems": problems}, as_json, "\n".join(problems) or f"{name}: fine")
    if problems:
        raise click.exceptions.Exit(FAILURE)
