"""What the services have in common: ports that stay theirs, and children that end with their parent."""

from __future__ import annotations

import ctypes
import random
import signal
import socket
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_PORTS = range(20_000, 32_000)
"""Below what the kernel hands out to clients: while a service is away, no client's own end may take its port."""


class ServiceMissing(Exception):
    """A real part cannot be had here; the message says what to install. Without it a run would test nothing."""


class ProgramMissing(ServiceMissing):
    """The programs of a service are not on this machine: a container may stand in for them."""


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    for port in random.SystemRandom().sample(_PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServiceMissing(f"no port between {_PORTS.start} and {_PORTS.stop} is free")


def die_with_parent() -> None:
    """For ``preexec_fn``: the kernel ends the child when the parent is gone, however that came."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_port(address: str, failed: Callable[[], str | None], seconds: float = 90) -> None:
    """Until somebody listens there. ``failed`` says why it will never come to that, if so."""
    host, port = address.split(":")

    def listening() -> bool:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    wait_until(listening, f"nobody listens at {address}", failed, seconds)


def wait_until(
    ready: Callable[[], bool], otherwise: str, failed: Callable[[], str | None], seconds: float = 90
) -> None:
    """Until ``ready``. Raises ServiceMissing with what ``failed`` says, or with ``otherwise`` when time is up."""
    give_up = time.monotonic() + seconds
    while not ready():
        reason = failed()
        if reason is None and time.monotonic() > give_up:
            reason = f"{otherwise} after {seconds:.0f} seconds"
        if reason is not None:
            raise ServiceMissing(reason)
        time.sleep(0.05)
