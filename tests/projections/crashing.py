"""A projector that kills itself: ``python -m tests.projections.crashing URL POINT BATCHES``."""

from __future__ import annotations

import sys
from itertools import count

from events.crashpoints import arm
from projections.catalogue import VIEWS
from projections.database import Database
from projections.runner import Progress, follow
from tests.examples import Story, whole_life
from tests.projections.model import Log


def stories() -> list[Story]:
    log = count(1)
    return [whole_life(name, positions=log) for name in range(4)]


def main(url: str, point: str, batches: int) -> None:
    """Follows the same log as the test until caught up; dies at ``point`` after so many batches."""

    def report(progress: Progress) -> None:
        if progress.records >= batches * 7:
            arm(point)

    database = Database(url, VIEWS)
    follow(Log(*stories()).in_process, database, stop=lambda: False, until_caught_up=True, batch=7, progress=report)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
