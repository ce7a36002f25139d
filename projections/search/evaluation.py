"""How good a search is: judged by questions of which it is known what answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares from 0 to 1, of all ``queries``, and milliseconds."""

    queries: int
    hit_at_1: float
    hit_at_5: float
    mrr: float
    p99_ms: float


def evaluate(
    search: Callable[[str], Sequence[str]], queries: Iterable[tuple[str, str]], clock: Callable[[], float]
) -> Evaluation:
    """Ask each query of ``queries`` (query, what answers it) and compare with what ``search`` gives, the best first.

    ``hit_at_k``: how often the answer is among the first k; ``mrr``: mean of 1/rank over what was given; ``p99_ms``:
    99 of 100 queries took no longer, by ``clock`` (seconds). Raises ValueError when there is no query.
    """
    ranks: list[int | None] = []
    times: list[float] = []
    for query, expected in queries:
        begin = clock()
        found = search(query)
        times.append(clock() - begin)
        ranks.append(next((rank for rank, each in enumerate(found, start=1) if each == expected), None))
    if not ranks:
        raise ValueError("no query to judge by")
    count = len(ranks)
    return Evaluation(
        queries=count,
        hit_at_1=sum(rank == 1 for rank in ranks) / count,
        hit_at_5=sum(rank is not None and rank <= 5 for rank in ranks) / count,
        mrr=sum(1 / rank for rank in ranks if rank is not None) / count,
        p99_ms=1000 * sorted(times)[ceil(0.99 * count) - 1],
    )
