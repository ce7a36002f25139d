"""Feeds into projectors: following for ever, up to now, or into a new generation beside the live one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from events.channel import Delivery, Feed, Positions
from events.crashpoints import crash_at
from projections.database import Database, Generation
from projections.errors import Fenced, ReadModelError
from projections.gate import Refetch
from projections.projector import Projector
from projections.quarantine import Problem
from projections.state import Position

BATCH = 500
REBUILD_BATCH = 5000
_POLL_SECONDS = 0.5
_AGAIN_SECONDS = 30.0
"""How often what could not be read from the store, because it was away, is asked for again."""

Stop = threading.Event | Callable[[], bool]


class Interrupted(ReadModelError):
    """Told to stop before it was done; the live generation is as it was."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``records`` read so far by this run, ``remaining`` ones up to the end it aims at (None: it follows for ever)."""

    records: int
    remaining: int | None
    applied: int
    quarantined: int


Report = Callable[[Progress], None]


def run(
    feed: Feed,
    projector: Projector,
    stop: Stop,
    until_caught_up: bool = False,
    progress: Report | None = None,
    batch: int = BATCH,
) -> bool:
    """Apply what ``feed`` brings until told to stop, or until all partitions are where the feed ended when it was
    opened, whoever of a group read them. Says whether it got there.

    Raises Fenced when another reads the same partitions, GenerationRetired when the generation is out of use, and
    whatever feed and database raise: then start anew, nothing is lost.
    """
    run_ = _Run(feed, projector, progress, batch)
    if until_caught_up:
        run_.aim()
    run_.begin()
    return run_.go_on(stop)


def follow(
    open_feed: Callable[[], Feed],
    database: Database,
    *,
    stop: Stop,
    refetch: Refetch | None = None,
    until_caught_up: bool = False,
    progress: Report | None = None,
    batch: int = BATCH,
) -> bool:
    """:func:`run` on the live generation, whichever that is: goes over to a new one when a rebuild has switched, and
    begins again at the stored position when somebody else has moved it on. Says whether it got to the end."""
    while not _told_to(stop):
        projector = Projector(database, database.live(), refetch)
        try:
            with _opened(open_feed) as feed:
                return run(feed, projector, stop, until_caught_up, progress, batch)
        except Fenced:
            continue
    return False


def rebuild(
    open_feed: Callable[[], Feed],
    database: Database,
    *,
    stop: Stop,
    refetch: Refetch | None = None,
    progress: Report | None = None,
    batch: int = REBUILD_BATCH,
) -> Generation:
    """Fill a new generation from the beginning of the feed, then make it the live one. Nobody has to wait: queries see
    the old one until the new one has caught up. Give it the kind of feed that the live one follows, or that has to read
    all of its feed once more afterwards (which is correct, and slow).

    Raises RebuildRunning, Interrupted, and what feed and database raise; the live generation is then as it was.
    """
    with _opened(open_feed) as feed, database.rebuilding(feed.source) as building:
        run_ = _Run(feed, Projector(database, building, refetch), progress, batch)
        run_.aim()
        run_.begin()
        arrived = run_.go_on(stop)
        database.complete(building)
        run_.aim()  # at what came in the meantime: a short way
        if not (arrived and run_.go_on(stop)):
            raise Interrupted("the rebuild was stopped; the read model is as it was before")
        return _switched(database, building, run_, stop)


def _switched(database: Database, building: Generation, run_: _Run, stop: Stop) -> Generation:
    """The new live generation, at least as far as the old one: what somebody has seen must not be gone again."""
    try:
        live = database.live()
    except ReadModelError:  # there is none that anybody could read
        return database.switch(building)
    with database.holding(live):  # the last steps, while the old one stands still
        run_.aim()
        if not run_.go_on(stop):
            raise Interrupted("the rebuild was stopped; the read model is as it was before")
        return database.switch(building)


class _Run:
    """One feed into one generation, to the end that was last aimed at, or for ever."""

    def __init__(self, feed: Feed, projector: Projector, report: Report | None, batch: int) -> None:
        self._feed = feed
        self._projector = projector
        self._report = report
        self._batch = batch
        self._ends: Positions | None = None
        self._records = self._applied = self._quarantined = 0
        self._again_at = 0.0

    def aim(self) -> None:
        """At where the feed ends now."""
        self._ends = self._feed.ends()

    def begin(self) -> None:
        self._feed.open(self._projector.positions_for(self._feed.source))
        self._fill_gaps()

    def go_on(self, stop: Stop) -> bool:
        """Until there, or told to stop."""
        while not self._arrived():
            if _told_to(stop):
                return False
            deliveries = self._feed.poll(self._batch, _POLL_SECONDS)
            crash_at("projector.polled")
            if deliveries:
                self._take(deliveries)
            else:
                self._projector.demand_in_use()  # or a switch would go unnoticed until the next event
            if time.monotonic() >= self._again_at:
                self._fill_gaps()
        self._projector.demand_in_use()  # who arrives in what nobody reads any more has not arrived
        return True

    def _fill_gaps(self) -> None:
        self._projector.replay_all(Problem.GAP)
        self._again_at = time.monotonic() + _AGAIN_SECONDS

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        summary = self._projector.apply(deliveries, self._feed.source)
        self._records += summary.received
        self._applied += summary.applied
        self._quarantined += summary.quarantined

    def _arrived(self) -> bool:
        remaining = None if self._ends is None else self._remaining(self._ends)
        if self._report is not None:
            self._report(Progress(self._records, remaining, self._applied, self._quarantined))
        return remaining == 0

    def _remaining(self, ends: Positions) -> int:
        reached = self._projector.positions(self._feed.source)
        nowhere = Position(0)
        return sum(max(0, end - reached.get(partition, nowhere).next_offset) for partition, end in ends.items())


def _told_to(stop: Stop) -> bool:
    return stop.is_set() if isinstance(stop, threading.Event) else stop()


@contextmanager
def _opened(open_feed: Callable[[], Feed]) -> Iterator[Feed]:
    feed = open_feed()
    try:
        yield feed
    finally:
        feed.close()
