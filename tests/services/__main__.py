"""``python -m tests.services [-- COMMAND…]``: both services for a command, or until Ctrl-C; then all is gone again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType

from tests.services.processes import ServiceMissing, die_with_parent
from tests.services.running import KAFKA, POSTGRES, kafka, postgres

_PATIENCE = 20
"""Seconds that a command has to clear up after an interruption, before it is ended."""


class Interrupted(Exception):
    """Somebody wants us to end: ``number`` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(command: list[str]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with kafka() as broker, postgres() as server:
            addresses = {KAFKA: broker, POSTGRES: server}
            sys.stdout.write("".join(f"{name}={address}\n" for name, address in addresses.items()))
            sys.stdout.flush()
            if not command:
                signal.pause()
            return _run(command, os.environ | addresses)
    except ServiceMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    except Interrupted as interrupted:
        return 128 + interrupted.number


def _run(command: list[str], environment: dict[str, str]) -> int:
    """The command's exit code. One that we are told to end may clear up first, and needs the services for it."""
    process = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent)
    try:
        code = process.wait()
    except Interrupted as interrupted:
        _end(process, told=interrupted.number == signal.SIGINT and os.isatty(0))
        raise
    return 128 - code if code < 0 else code


def _end(process: subprocess.Popen[bytes], told: bool) -> None:
    """Ends the command. ``told``: a terminal has sent it the Ctrl-C that came to us."""
    for number in (None if told else signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired, Interrupted):
            process.wait(_PATIENCE)
            return
    process.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]))
