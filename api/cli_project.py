"""``casebackbone project``: keep the views up to date, make them anew, and see how fresh they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import click

from api.cli_output import Failure, emit, found, json_option, progress
from api.cli_run import open_system
from api.worker_health import Worker
from api.workers import run_projector
from projections.projector import Projector
from projections.quarantine import quarantined, unattributed
from projections.runner import Interrupted, Progress
from projections.runner import rebuild as rebuild_views


@click.group()
def project() -> None:
    """The views: work lists, nobody-lost, custody, audit trail, status."""


@project.command()
@click.option("--until-caught-up", is_flag=True, help="End when everything published so far is in the views.")
@json_option
def run(until_caught_up: bool, as_json: bool) -> None:
    """Follow the events and keep the views up to date. Any number of these may run."""
    system = open_system()
    done = _Told()
    with Worker("project", system.settings.run_dir) as worker, progress("views") as bar:
        run_projector(system, worker.stopping, until_caught_up, done.over(bar if until_caught_up else None))
        stopped = worker.stop.is_set()
    emit(done.data(), as_json, f"{done.applied} events applied, {done.quarantined} inquiries quarantined")
    if stopped and until_caught_up:
        raise Failure("stopped before everything was in the views; run it again")


@project.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Make all views anew beside the live ones, and switch when they have caught up."""
    system = open_system()
    done = _Told()
    with Worker("rebuild", system.settings.run_dir) as worker, progress("views") as bar:
        try:
            generation = rebuild_views(
                system.open_rebuild_feed,
                system.views,
                refetch=system.refetch,
                stop=worker.stopping,
                progress=done.over(bar),
            )
        except Interrupted as interrupted:
            raise Failure("stopped; the views are as they were. Run it again") from interrupted
    data = done.data() | {"generation": generation.number}
    emit(data, as_json, f"generation {generation.number} is live, {done.applied} events applied")


@project.command()
@json_option
def status(as_json: bool) -> None:
    """How fresh the views are, and what is quarantined. Exit code 3 if some are."""
    system = open_system()
    with system.views.read() as connection:
        fresh = system.freshness(connection, system.clock())
        waiting = _all(quarantined, connection)
        lost = _all(unattributed, connection)
    data: dict[str, Any] = {
        **asdict(fresh),
        "generations": [asdict(generation) for generation in system.views.generations()],
        "quarantined": [asdict(row) for row in waiting],
        "unattributed": [asdict(row) for row in lost],
    }
    emit(data, as_json, lambda: _status_text(data))
    if waiting or lost:
        found()


@project.command()
@click.argument("inquiry_id", required=False, type=click.UUID)
@json_option
def replay(inquiry_id: UUID | None, as_json: bool) -> None:
    """Apply the parked events of a quarantined inquiry, or of all, once more. Exit code 3 if one stays quarantined."""
    system = open_system()
    projector = Projector(system.views, system.views.live(), system.refetch)
    replayed = [projector.replay(inquiry_id)] if inquiry_id else projector.replay_all()
    text = "\n".join(
        f"{one.subject}: {'released' if one.released else f'still quarantined ({one.problem})'}" for one in replayed
    )
    emit([asdict(one) for one in replayed], as_json, text or "nothing is quarantined")
    if any(not one.released for one in replayed):
        found()


def _all(query: Any, connection: Any) -> list[Any]:
    rows: list[Any] = []
    cursor = None
    while True:
        page = query(connection, after=cursor, limit=200)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows


class _Told:
    """What a run has said of itself last."""

    def __init__(self) -> None:
        self.applied = self.quarantined = self.records = 0

    def over(self, bar: Any) -> Any:
        def told(state: Progress) -> None:
            self.applied, self.quarantined, self.records = state.applied, state.quarantined, state.records
            if bar is not None and state.remaining is not None:
                bar(state.records, state.records + state.remaining)

        return told

    def data(self) -> dict[str, int]:
        return {"records": self.records, "applied": self.applied, "quarantined": self.quarantined}


def _status_text(data: dict[str, Any]) -> str:
    lines = [
        f"as of position {data['as_of_position']} ({data['as_of'] or 'never'}), {data['lag_events']} events behind",
        *(f"generation {one['number']}: {one['state']}" for one in data["generations"]),
        *(_held(one) for one in data["quarantined"]),
        *(f"unreadable: partition {one['partition']}, offset {one['offset']}" for one in data["unattributed"]),
    ]
    return "\n".join(lines)


def _held(one: dict[str, Any]) -> str:
    return f"quarantined: {one['family'] or 'subject'} {one['subject']} ({one['problem']})"
