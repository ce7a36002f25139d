"""gunicorn's own messages, as JSON lines like all others; requests are logged by the application."""

from __future__ import annotations

from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from api.logs import configure_logging

_MALFORMED = "Invalid request"


class ServerLog(Logger):
    """What the server says goes to the root logger, which writes JSON."""

    def setup(self, cfg: Config) -> None:
        configure_logging(cfg.loglevel.upper())
        for log in (self.error_log, self.access_log):
            log.handlers = []
            log.propagate = True
        self.error_log.setLevel(cfg.loglevel.upper())
        self.access_log.disabled = True

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        """What could not be parsed is not quoted, nor where it came from: both may lead to a citizen."""
        if str(msg).startswith(_MALFORMED):
            msg, args = _MALFORMED, ()
        super().warning(msg, *args, **kwargs)
