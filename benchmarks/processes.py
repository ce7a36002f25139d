"""Views filled in a process of its own, as an operator's: what it did, how long that took it, what memory it used."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.bootstrap import System
from api.settings import Settings
from api.worker_health import Worker
from projections.database import Database
from projections.runner import BATCH, Progress, follow, rebuild


@dataclass(slots=True)
class Run:
    """``told``: seconds since it began to read, records read until then, megabytes in use."""

    told: list[tuple[float, int, float]] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def records(self) -> int:
        return self.told[-1][1]

    @property
    def rate(self) -> float:
        """Records a second, from the first batch to the last: without joining the group."""
        began, first, _ = next(one for one in self.told if one[1])
        return (self.records - first) / (self.told[-1][0] - began)

    def megabytes_at(self, part: float) -> float:
        return next(used for _, records, used in self.told if records >= part * self.records)


def rebuilt(settings: Settings) -> Run:
    """All views made anew."""
    return _in_a_process(_rebuild, settings)


def projected(settings: Settings, views: tuple[str, ...], batch: int = BATCH, most: int | None = None) -> Run:
    """``views`` brought up to date from nothing; or until ``most`` records are in."""
    return _in_a_process(_project, settings, views, batch, most)


def _in_a_process(work: Callable[..., None], *arguments: Any) -> Run:
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_alone, args=(there, work, *arguments))
    process.start()
    there.close()
    try:
        found: Run = here.recv()
    finally:
        process.join()
    return found


def _alone(answer: Any, work: Callable[..., None], settings: Settings, *arguments: Any) -> None:
    run = Run()
    with Worker("benchmark", settings.run_dir):
        began, before = time.perf_counter(), time.process_time()

        def told(progress: Progress) -> None:
            run.told.append((time.perf_counter() - began, progress.records, _megabytes()))

        work(settings, told, *arguments)
        run.seconds, run.processor_seconds = time.perf_counter() - began, time.process_time() - before
    answer.send(run)


def _rebuild(settings: Settings, told: Callable[[Progress], None]) -> None:
    system = System(settings)
    rebuild(system.open_rebuild_feed, system.views, refetch=system.refetch, stop=lambda: False, progress=told)
    system.close()


def _project(
    settings: Settings, told: Callable[[Progress], None], names: tuple[str, ...], batch: int, most: int | None
) -> None:
    system = System(settings)
    views = Database(settings.views_database_url, [view for view in system.views.views if view.name in names])
    views.prepare()
    records = 0

    def progress(state: Progress) -> None:
        nonlocal records
        records = state.records
        told(state)

    def stop() -> bool:
        return most is not None and records >= most

    follow(system.open_rebuild_feed, views, stop=stop, until_caught_up=True, progress=progress, batch=batch)
    views.close()
    system.close()


def _megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
