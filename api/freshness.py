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
        waiting = store.events_after(position, 1) if missing else ()
        seconds = max(0.0, (now - waiting[0].event.timestamp).total_seconds()) if waiting else 0.0
        return cls(events=missing, seconds=seconds)


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
