"""What runs until it is told to stop: the projector and the caretaker, in processes or in threads of the server.

Crash-only: nothing is repaired in place. Whoever starts them (compose, systemd, the embedded server) starts them again,
and they go on from their stored positions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from casebackbone.caretaker import Caretaker, DueOffer
from projections import nobody_lost
from projections.runner import Progress, follow

if TYPE_CHECKING:
    from api.bootstrap import System

POLL_SECONDS = 5.0
"""How often the caretaker looks; a deadline is kept to within that."""


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
