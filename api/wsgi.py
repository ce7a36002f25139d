"""For a WSGI server of one's own: ``gunicorn "api.wsgi:app()"``. ``casebackbone serve`` is what we run."""

from __future__ import annotations

from flask import Flask

from api.app import create_app
from api.bootstrap import System
from api.logs import configure_logging
from api.settings import read_settings


def app() -> Flask:
    """The application with the settings of this process's environment. Raises BadSettings."""
    settings = read_settings().serving()
    configure_logging(settings.log_level)
    return create_app(System(settings))
