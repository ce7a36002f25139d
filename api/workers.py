"""What runs until it is told to stop: the projector and the caretaker, in processes or in threads of the server.

Crash-only: nothing is repaired in place. Whoever starts them (compose, systemd, the embedded server) starts them again,
and they go on from their stored positions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from api.caretaking import duties_of, first_duties_of
from casebackbone.caretaker import STORE_ERRORS, Caretaker, Due, Round
from casebackbone.refusals import Refused
from projections.runner import Progress, follow

if TYPE_CHECKING:
    from api.bootstrap import System

POLL_SECONDS = 5.0
"""How often the caretaker looks; a deadline is kept to within that."""

ROUND = 500
"""How much the caretaker does before it says that it lives, and asks whether it is to stop."""

PIECES = 20
"""Of a hundred events each, which the search over texts takes in between two rounds."""


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


def caretaker_of(system: System, limit: int = ROUND) -> Caretaker:
    """The caretaker of this installation."""
    log = structlog.get_logger("caretaker")

    def failed(due: Due, error: Exception) -> None:
        why = {"code": error.code} if isinstance(error, Refused) else {}
        log.error("not_done", subject=str(due.subject), due=due.at.isoformat(), error=type(error).__name__, **why)

    return Caretaker(duties_of(system), limit, failed, first_duties_of(system))


def run_caretaker(
    system: System, stop: threading.Event, poll_seconds: float = POLL_SECONDS, alive: Callable[[], bool] | None = None
) -> None:
    """Sees to what falls due until told to stop. ``alive`` is asked in every round and may end it as well.

    A round that a database ends is logged, and the next one goes on; what is wrong with the set-up is raised.
    """
    log = structlog.get_logger("caretaker")
    caretaker = caretaker_of(system)
    while not (stop.is_set() or (alive is not None and alive())):
        more = False
        try:
            round_ = caretaker.round(system.clock())
            more = round_.more
            if round_.total or round_.failed:
                log.info("round", **summary(round_))
        except STORE_ERRORS as unwell:
            log.error("round_ended", error=type(unwell).__name__)
        if not (index_texts(system) or more):
            stop.wait(poll_seconds)


def work_off(
    system: System, report: Callable[[Round], None], stop: Callable[[], bool] = lambda: False, limit: int = ROUND
) -> Round:
    """All that is due now, in as many rounds as it takes; ``report`` is told of each. Raises STORE_ERRORS."""
    caretaker, now, total = caretaker_of(system, limit), system.clock(), Round()
    while True:
        round_ = caretaker.round(now)
        report(round_)
        total = total.and_then(round_)
        if not round_.more or stop():
            break
    while index_texts(system) and not stop():
        pass
    return total


def index_texts(system: System, pieces: int = PIECES) -> bool:
    """Lets the search over texts take in what is new; whether there is more. What hinders it is logged, and holds up
    nothing else: searches say that they are not complete."""
    try:
        return all(system.content_index.catch_up().more for _ in range(pieces))
    except Exception as failed:
        structlog.get_logger("caretaker").error("texts_not_indexed", error=type(failed).__name__)
        return False


def summary(round_: Round) -> dict[str, int | bool]:
    """For logs and ``--json``."""
    return {**round_.done, "overtaken": round_.overtaken, "failed": round_.failed, "more": round_.more}
