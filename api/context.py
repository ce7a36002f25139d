"""What a view may ask for while it answers one request."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app, g

from casebackbone.access import Principal

if TYPE_CHECKING:
    from api.bootstrap import System

EXTENSION = "casebackbone"


def system() -> System:
    """The installation that this process belongs to."""
    found: System = current_app.extensions[EXTENSION]
    return found


def principal() -> Principal:
    """Who asks. Only on routes that need a permission."""
    found: Principal = g.principal
    return found


def now() -> datetime:
    """The time of this request, the same all through it (UTC)."""
    if "now" not in g:
        g.now = system().clock()
    found: datetime = g.now
    return found


def correlation_id() -> UUID:
    found: UUID = g.correlation_id
    return found


def local(moment: datetime | None) -> str | None:
    """RFC 3339 as the desk reads it: with the offset of the city's time zone."""
    if moment is None:
        return None
    return moment.astimezone(system().settings.timezone).isoformat()


def nonce() -> str:
    """Allows one inline script of this answer."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)
