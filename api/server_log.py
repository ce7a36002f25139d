"""gunicorn's own messages, as JSON lines like all others; requests are logged by the application."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.glogging import Logger

from api.logs import configure_logging


class ServerLog(Logger):
    """What the server says goes to the root logger, which writes JSON."""

    def setup(self, cfg: Config) -> None:
        configure_logging(cfg.loglevel.upper())
        for log in (self.error_log, self.access_log):
            log.handlers = []
            log.propagate = True
        self.error_log.setLevel(cfg.loglevel.upper())
        self.access_log.disabled = True
