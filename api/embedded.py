"""Without a broker: the views are kept up to date by a thread in one of the server's workers.

Each worker has the thread, a lock lets one of them work. It belongs to the process, so that it is free as soon as
its worker ends, however it ends; then the next one goes on. What goes wrong in the thread is logged and begins anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from api.settings import Settings

if TYPE_CHECKING:
    from api.bootstrap import System

AGAIN_SECONDS = 1.0

Work = Callable[["System", threading.Event], None]


def start_embedded(system: System) -> list[threading.Thread]:
    """The projector and the caretaker, each in one worker only. Ends with the process, or by ``system.stopping``."""
    from api import workers

    threads = []
    for name, work in (("projector", workers.run_projector), ("caretaker", workers.run_caretaker)):
        thread = threading.Thread(target=_keep, args=(system, name, work), name=f"embedded-{name}", daemon=True)
        thread.start()
        threads.append(thread)
    return threads


def _keep(system: System, name: str, work: Work) -> None:
    log = structlog.get_logger("embedded")
    with lock_file(system.settings, name).open("w", encoding="utf-8") as lock:
        while not system.stopping.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                system.stopping.wait(AGAIN_SECONDS)
                continue
            try:
                work(system, system.stopping)
            except Exception as failed:
                log.error("embedded_worker_failed", worker=name, error=type(failed).__name__)
            system.stopping.wait(AGAIN_SECONDS)


def lock_file(settings: Settings, name: str) -> Path:
    """One for each database and role in the folder for what runs."""
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(settings.views_database_url.encode()).hexdigest()[:16]
    return settings.run_dir / f"{name}-{digest}.lock"
