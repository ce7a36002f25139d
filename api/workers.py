"""Processes that run until they are told to stop: they say that they live, and end at once when something fails.

Crash-only: nothing is repaired in place. Whoever starts them (compose, systemd) starts them again, and they go on from
their stored positions.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from casebackbone.caretaker import Caretaker, DueOffer
from projections import nobody_lost
from projections.runner import Progress, follow

if TYPE_CHECKING:
    from api.bootstrap import System

POLL_SECONDS = 5.0
"""How often the caretaker looks; a deadline is kept to within that."""

HEALTHY_SECONDS = 30.0
"""A worker that has said nothing for so long is stuck."""


class Worker:
    """``with Worker("relay", folder) as worker:`` and then ask ``worker.stopping()`` in every round.

    SIGTERM and SIGINT ask it to stop; the round that runs is finished. Asking also says that it lives, in a file
    ``<name>-<pid>.health`` that ``casebackbone health`` looks at.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.stop = threading.Event()
        self._file = folder / f"{name}-{os.getpid()}.health"
        self._said = 0.0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._told)
        self._say()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failed: BaseException | None, at: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._file.unlink(missing_ok=True)

    def stopping(self) -> bool:
        """Whether it was told to stop."""
        if time.monotonic() - self._said >= 1:
            self._say()
        return self.stop.is_set()

    def pause(self, seconds: float) -> bool:
        """Waits, or less if it is told to stop; then the same as :meth:`stopping`."""
        self.stop.wait(seconds)
        return self.stopping()

    def _say(self) -> None:
        self._file.touch()
        self._said = time.monotonic()

    def _told(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()


def run_projector(
    system: System,
    stop: threading.Event | Callable[[], bool],
    until_caught_up: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Keeps the views up to date until told to stop, or until they are. Raises what ends it; start it again then."""
    follow(
        system.open_feed,
        system.views,
        refetch=system.refetch,
        stop=stop,
        until_caught_up=until_caught_up,
        progress=progress,
    )


def caretaker_of(system: System) -> Caretaker:
    """The caretaker that looks for expired offers in the views."""

    def due_offers(now: datetime, limit: int) -> Sequence[DueOffer]:
        with system.views.read() as connection:
            offers = nobody_lost.expired_offers(connection, now, limit=limit)
        return [DueOffer(offer.inquiry_id, offer.expires_at) for offer in offers]

    return Caretaker(system.application, due_offers)


def run_caretaker(
    system: System, stop: threading.Event, poll_seconds: float = POLL_SECONDS, alive: Callable[[], bool] | None = None
) -> None:
    """Looks for what falls due until told to stop. ``alive`` is asked in every round and may end it as well."""
    log = structlog.get_logger("caretaker")
    caretaker = caretaker_of(system)
    while not (stop.is_set() or (alive is not None and alive())):
        done = caretaker.round(system.clock())
        if done.expired:
            log.info("offers expired", expired=done.expired, overtaken=done.overtaken)
        stop.wait(poll_seconds)


def health(name: str, folder: Path, now: float) -> list[str]:
    """What is wrong with the workers of that name on this machine; nothing if all is well. ``now``: seconds, Unix."""
    living = [(pid, file) for pid, file in _files(name, folder) if _lives(pid)]
    if not living:
        return [f"no {name} is running here"]
    problems = []
    for pid, file in living:
        with suppress(FileNotFoundError):  # it has just ended
            silent = now - file.stat().st_mtime
            if silent > HEALTHY_SECONDS:
                problems.append(f"the {name} with process id {pid} has said nothing for {silent:.0f} seconds")
    return problems


def _files(name: str, folder: Path) -> list[tuple[int, Path]]:
    files = []
    for file in folder.glob(f"{name}-*.health"):
        pid = file.stem.rpartition("-")[2]
        if pid.isdecimal() and file.stem == f"{name}-{pid}":
            files.append((int(pid), file))
    return files


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
