"""How fresh the read model is: the position in the store's log up to which everything is in it (promise 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from events.channel import Positions
from projections.state import Position, positions

_NEVER_READ = Position(0)


@dataclass(frozen=True, slots=True)
class Freshness:
    """``as_of_position``: every event up to there has been applied, or is in quarantine and shown as such.

    ``as_of`` is when the store recorded the last event that was read (None: none). ``lag_events`` is how many positions
    are missing to the end that was asked about. ``lag_seconds`` is for the asker to say: only they know the time.
    """

    as_of_position: int
    as_of: datetime | None
    lag_events: int

    @property
    def caught_up(self) -> bool:
        return self.lag_events == 0


def freshness(
    connection: Connection, source: str, end_position: int, next_offsets: Positions, store_end: int | None = None
) -> Freshness:
    """``end_position`` is the last position that was published, ``next_offsets`` where that left each partition.

    A partition that was read up to there holds nothing back; one that was not vouches only for the position of its last
    event that was read. ``store_end``, the end of the log itself, counts what is not even published yet.
    """
    reached = positions(connection, source)
    vouched = [end_position]
    for partition, next_offset in next_offsets.items():
        at = reached.get(partition, _NEVER_READ)
        if at.next_offset < next_offset:
            vouched.append(at.last_position or 0)
    as_of_position = min(vouched)
    recorded = [at.last_recorded_at for at in reached.values() if at.last_recorded_at is not None]
    end = end_position if store_end is None else max(store_end, end_position)
    return Freshness(as_of_position, max(recorded, default=None), max(0, end - as_of_position))


def freshness_of_store(connection: Connection, source: str, end_position: int, partition: int = 0) -> Freshness:
    """The same for the feed straight from the store, where an offset is a position."""
    return freshness(connection, source, end_position, {partition: end_position + 1} if end_position else {})
