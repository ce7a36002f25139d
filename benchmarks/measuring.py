"""Rounds in turn, so that whatever else the machine does falls on all alike; and what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Rate:
    """Things a second over several rounds."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Rates side by side. The first is the limit that all others are held against.

    ``targets`` says for a rate's name the least ratio to the limit that is wanted; ``things`` what is counted.
    """

    title: str
    things: str
    rates: tuple[Rate, ...]
    targets: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def ratio(self, rate: Rate) -> float:
        """Of medians; the rounds were taken in turn."""
        return rate.median / self.rates[0].median


@dataclass(frozen=True, slots=True)
class Spread:
    """How long things took, in milliseconds."""

    name: str
    count: int
    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, name: str, seconds: Sequence[float]) -> Spread:
        """At least two measured times."""
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(name, len(seconds), cuts[49] * 1000, cuts[98] * 1000, max(seconds) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Times side by side; ``targets`` says for a name how many milliseconds 99 of 100 may take."""

    title: str
    spreads: tuple[Spread, ...]
    targets: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Any other table: a name and its numbers. ``plot`` names the column that is drawn over the first one."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]
    note: str = ""


Finding = Comparison | Timing | Numbers


def in_turn(candidates: Mapping[str, Callable[[], int]], rounds: int) -> tuple[Rate, ...]:
    """Each candidate does its work once a round and returns how many things that were."""
    rates: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, work in candidates.items():
            started = time.perf_counter()
            done = work()
            rates[name].append(done / (time.perf_counter() - started))
    return tuple(Rate(name, tuple(measured)) for name, measured in rates.items())


def timed(name: str, work: Callable[[], object], times: int) -> Spread:
    """``work`` again and again; what it does the first time (plans, caches) is not counted."""
    work()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return Spread.of(name, seconds)


def spread(work: Callable[[int], int], workers: int) -> int:
    """The work of several workers at once; returns the sum."""
    with ThreadPoolExecutor(workers) as threads:
        return sum(threads.map(work, range(workers)))
