"""The feed without a broker: published events straight from the store, as one partition."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from events.channel import Delivery, Positions
from events.published import PublishedEvent

PARTITION = 0
_FIRST = 1
_PAUSE_SECONDS = 0.02


class InProcessFeed:
    """Reads the store's log by position: an offset is a position, and a stored position is the last one plus one.

    ``read(after, limit)`` returns published events in order of position; ``end()`` is the last position there is
    (0 when there is none); ``source`` names the store (``store:<epoch>``).
    """

    def __init__(
        self, read: Callable[[int, int], Sequence[PublishedEvent]], end: Callable[[], int], source: str
    ) -> None:
        self._read = read
        self._end = end
        self._source = source
        self._next: int | None = None

    @property
    def source(self) -> str:
        return self._source

    def open(self, positions_for: Callable[[Sequence[int]], Positions]) -> None:
        self._next = positions_for([PARTITION]).get(PARTITION, _FIRST)

    def poll(self, limit: int, timeout_seconds: float) -> Sequence[Delivery]:
        """At most ``limit`` events; waits until there is one, at most ``timeout_seconds``."""
        if self._next is None:
            raise RuntimeError("open the feed before polling it")
        give_up = time.monotonic() + timeout_seconds
        while not (events := self._read(self._next - 1, limit)):
            left = give_up - time.monotonic()
            if left <= 0:
                return ()
            time.sleep(min(left, _PAUSE_SECONDS))
        self._next = events[-1].provenance.position + 1
        return [_delivery(event) for event in events]

    def ends(self) -> Positions:
        end = self._end()
        return {PARTITION: end + 1 if end else 0}  # in an empty store there is nothing that anybody could have read

    def close(self) -> None:
        self._next = None


def _delivery(event: PublishedEvent) -> Delivery:
    return Delivery(
        partition=PARTITION,
        offset=event.provenance.position,
        event=event,
        subject=event.subject,
        version=event.version,
    )
