"""Places where a process can be made to die at once, so that tests can show that nothing is lost there.

Nothing happens unless a point was armed, which only the composition root does (in test builds).
"""

from __future__ import annotations

import os
import signal

POINTS = frozenset(
    {
        "api.validated",
        "api.before_commit",
        "api.after_commit",
        "relay.read",
        "relay.sent",
        "relay.acknowledged",
        "relay.position_stored",
        "projector.polled",
        "projector.in_transaction",
        "projector.committed",
        "caretaker.claimed",
        "caretaker.issued",
        "content_index.in_transaction",
        "content_index.committed",
    }
)

_armed: set[str] = set()


def arm(name: str) -> None:
    """From now on this process kills itself (SIGKILL, no clean-up) when it gets to ``name``. Raises ValueError."""
    if name not in POINTS:
        raise ValueError(f"no such crash point: {name}; there are {', '.join(sorted(POINTS))}")
    _armed.add(name)


def crash_at(name: str) -> None:
    """The place ``name``."""
    if name in _armed:
        os.kill(os.getpid(), signal.SIGKILL)
