"""What the services have in common: free ports, and children that end with their parent."""

from __future__ import annotations

import ctypes
import signal
import socket
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class ServiceMissing(Exception):
    """A real part cannot be had here; the message says what to install. Without it a run would test nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent() -> None:
    """For ``preexec_fn``: the kernel ends the child when the parent is gone, however that came."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_port(address: str, failed: Callable[[], str | None], seconds: float = 90) -> None:
    """Until somebody listens there. ``failed`` says why it will never come to that, if so."""
    host, port = address.split(":")
    give_up = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            reason = failed()
            if reason is None and time.monotonic() > give_up:
                reason = f"nobody listens at {address} after {seconds} seconds"
            if reason is not None:
                raise ServiceMissing(reason) from None
            time.sleep(0.05)
