"""Rounds in turn, so that whatever else the machine does falls on all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Rate:
    """Things a second over several rounds."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)


def in_turn(candidates: Mapping[str, Callable[[], int]], rounds: int) -> list[Rate]:
    """Each candidate does its work once a round and returns how many things that were."""
    rates: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, work in candidates.items():
            started = time.perf_counter()
            done = work()
            rates[name].append(done / (time.perf_counter() - started))
    return [Rate(name, tuple(measured)) for name, measured in rates.items()]


def spread(work: Callable[[int], int], workers: int) -> int:
    """The work of several workers at once; returns the sum."""
    with ThreadPoolExecutor(workers) as threads:
        return sum(threads.map(work, range(workers)))


def table(title: str, rates: list[Rate]) -> str:
    """The first line is the limit that all others are held against."""
    limit = rates[0].median
    lines = [f"\n{title}", f"{'':44}{'ratio':>7}{'a second (min, median, max)':>34}"]
    for rate in rates:
        numbers = f"{min(rate.rounds):>10,.0f} {rate.median:>10,.0f} {max(rate.rounds):>10,.0f}"
        lines.append(f"{rate.name:44}{rate.median / limit:>7.2f}{numbers:>34}")
    return "\n".join(lines)
