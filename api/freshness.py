"""How far the views are behind the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """``seconds``: the age of the oldest of ``events`` that are not there yet."""

    events: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The views show everything up to ``as_of_position``, whose event was stored at ``as_of``."""

    as_of_position: int
    as_of: datetime | None
    lag_events: int
    lag_seconds: float
    stale: bool
