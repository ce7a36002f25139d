"""A caretaker as a process that says "ready", begins when it is told to, and may be made to die on the way:
``python -m tests.story.caretaker_process [POINT AFTER]``. What it did is said on its last line."""

from __future__ import annotations

import json
import sys
from itertools import count

from api.cli_run import open_system
from api.workers import summary, work_off
from casebackbone.caretaker import Round
from events.crashpoints import arm


def main(point: str | None = None, after: int = 0) -> None:
    """With ``point``, it dies there as soon as ``after`` things have been looked at."""
    seen = count(1)

    def report(round_: Round) -> None:
        if point is not None and next(seen) >= after:
            arm(point)

    system = open_system()
    system.head()
    _say("ready")
    sys.stdin.readline()
    if point is not None and after == 0:
        arm(point)
    done = work_off(system, report, limit=1 if point is not None else 500)
    _say(json.dumps(summary(done)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(argument) for argument in sys.argv[2:]))
