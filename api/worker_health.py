"""A process that runs until it is told to stop, and says that it lives."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

HEALTHY_SECONDS = 30.0
"""A worker that has said nothing for so long is stuck."""

OBJECTS = 200_000
"""So many new objects until rubbish that refers to itself is looked for. A batch of events makes a hundred thousand,
and all of them go by themselves: looking after every 700 took a quarter of a projector's time, and found nothing."""


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
        self._collected = gc.get_threshold()

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._told)
        gc.freeze()  # what a program has loaded stays
        gc.set_threshold(OBJECTS, *self._collected[1:])
        self._say()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failed: BaseException | None, at: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        gc.set_threshold(*self._collected)
        gc.unfreeze()
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
