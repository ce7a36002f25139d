"""How far the views are behind the store: promise 7, and why an audit view may not say that all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import Connection

from casebackbone.store import Store
from events.topic import TopicInfo
from projections import freshness as views


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """``seconds``: the age of the oldest of ``events`` that are not there yet."""

    events: int
    seconds: float

    @classmethod
    def behind(cls, store: Store, position: int, now: datetime) -> Self:
        """How far somebody who has got to ``position`` is behind the store."""
        missing = max(0, store.last_position() - position)
        if not missing:
            return cls(events=0, seconds=0.0)
        since = stored_after(store, position) or stored_after(store, position, MANY)
        # Where nothing can be read any more, it is as old as can be.
        seconds = (now - since).total_seconds() if since is not None else now.timestamp()
        return cls(events=missing, seconds=max(0.0, seconds))


MANY = 100
"""Events that are looked through for one that can be read."""


def stored_after(store: Store, position: int, events: int = 1) -> datetime | None:
    """When the next event was stored, or the first of the next ``events`` that can be read; None if none can."""
    for stored in store.stored_after(position, events):
        try:
            moment: datetime = store.mapper.to_domain_event(stored).timestamp
        except Exception:  # whatever is wrong with it: `audit verify` says so, and nobody waits for it here
            continue
        return moment
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The views show everything up to ``as_of_position``; the last event that they read was stored at ``as_of``.

    ``stale``: what they do not show has waited so long that nothing may be concluded from its absence.
    """

    as_of_position: int
    as_of: datetime | None
    lag_events: int
    lag_seconds: float
    stale: bool


def store_freshness(
    connection: Connection, store: Store, source: str, now: datetime, stale_after: timedelta
) -> Freshness:
    """Of views that are fed straight from the store."""
    found = views.freshness_of_store(connection, source, store.last_position())
    return _measured(found, store, now, stale_after)


def broker_freshness(
    connection: Connection, store: Store, topic: str, now: datetime, stale_after: timedelta
) -> Freshness:
    """Of views that are fed through the topic; what the relay has not published yet counts as missing."""
    relayed = store.relay_position(topic)
    if relayed is None:
        found = views.Freshness(0, None, store.last_position())
    else:
        source = TopicInfo(topic, UUID(str(relayed.topic_id)), 0).source
        found = views.freshness(connection, source, relayed.position, relayed.next_offsets)
    return _measured(found, store, now, stale_after)


def _measured(found: views.Freshness, store: Store, now: datetime, stale_after: timedelta) -> Freshness:
    lag = Lag.behind(store, found.as_of_position, now)
    return Freshness(
        as_of_position=found.as_of_position,
        as_of=found.as_of,
        lag_events=lag.events,
        lag_seconds=lag.seconds,
        stale=lag.seconds > stale_after.total_seconds(),
    )
