"""How often one address may ask, where nobody has to log in."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

REMEMBERED = 20_000
"""Addresses kept in mind; the one that has not asked for longest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket for each address: ``per_minute`` in a minute, and as many at once. For one process."""

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str, now: float) -> int:
        """0 when the address may ask at ``now`` (seconds of a monotonic clock), else the seconds until it may."""
        with self._lock:
            bucket = self._buckets.pop(address, None) or _Bucket(self._size, now)
            bucket.tokens = min(self._size, bucket.tokens + max(0.0, now - bucket.at) * self._per_second)
            bucket.at = now
            self._buckets[address] = bucket
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            if bucket.tokens < 1:
                return math.ceil((1 - bucket.tokens) / self._per_second)
            bucket.tokens -= 1
            return 0
