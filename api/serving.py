"""``serve``: gunicorn, started from here with everything that it must and must not do.

Nothing is connected before the workers are forked. Without a broker each worker has a thread that would keep the
views up to date; a lock lets one of them do it, and when its worker dies the next one takes over.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Any

from gunicorn.app.base import BaseApplication

from api.settings import Settings

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""The metrics library's own name for the directory where workers count."""


THREADS = 256
"""For each worker. A client that sends slowly keeps a thread: threads that wait cost next to nothing, and a proxy that
buffers requests belongs in front of a public address (docs/operations.md)."""


class _Server(BaseApplication):
    """gunicorn with options from here only: no command line, no configuration file, no environment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in _options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker, after the fork."""
        from api.app import create_app
        from api.bootstrap import System
        from api.embedded import start_embedded
        from api.logs import configure_logging

        configure_logging(self._settings.log_level)
        system = System(self._settings)
        app = create_app(system)
        _ = system.promise  # its calendar is reckoned now, not while the first citizen waits
        if self._settings.embedded:
            start_embedded(system)
        return app


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "bind": [settings.bind],
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": False,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        "max_requests": 0,
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "proc_name": "casebackbone",
        "loglevel": settings.log_level.lower(),
        "logger_class": "api.server_log.ServerLog",
        "child_exit": _worker_gone,
    }


def serve(settings: Settings, bind: str | None = None, workers: int | None = None) -> None:
    """Serves until told to stop (SIGTERM, SIGINT). Raises BadSettings where the combination is unsafe or useless."""
    settings = settings.serving(bind, workers)
    directory = tempfile.mkdtemp(prefix="casebackbone-metrics-")
    owner = os.getpid()
    atexit.register(lambda: shutil.rmtree(directory, ignore_errors=True) if os.getpid() == owner else None)
    os.environ[MULTIPROCESS] = directory  # before the metrics library is loaded, which is in the workers
    _Server(settings).run()


def _worker_gone(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
