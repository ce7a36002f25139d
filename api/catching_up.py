"""Commands that read the views want everything stored in them first."""

from __future__ import annotations

import threading

from api.auditing import is_stale, wait_until_fresh
from api.bootstrap import System
from api.cli_output import Failure
from api.workers import run_projector


def catch_up(system: System, seconds: float) -> None:
    """Everything stored is in the views. Without a broker that is done here; with one it is waited for, so long.
    Raises Failure, which says what to do."""
    if system.settings.embedded:
        run_projector(system, threading.Event(), until_caught_up=True)
        return
    if is_stale(system, wait_until_fresh(system, seconds)):
        raise Failure(
            f"the views were not up to date after {seconds:g} seconds; are the relay and the projector running? "
            "See casebackbone project status, or wait longer with --wait"
        )
