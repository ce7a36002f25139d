"""Why an event exists: who, when, by which command, because of what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The origin of one command, stored in each of its events.

    ``actor`` is ``<kind>:<id>`` (``agent:``, ``staff:``, ``system:``, ``import:``). ``occurred_at`` is business time,
    ``recorded_at`` is now; both need an offset and are kept in UTC. ``causation_id`` is the id of an event
    (``<inquiry>:<version>``) or of a deadline that led to the command.
    """

    actor: str
    command_id: UUID
    correlation_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    causation_id: str | None = None
    traceparent: str | None = None

    def __post_init__(self) -> None:
        for name in ("occurred_at", "recorded_at"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone: {moment!r}")
            object.__setattr__(self, name, moment.astimezone(UTC))

    def at(self, occurred_at: datetime) -> Cause:
        """The same command, at another business time (an import keeps the time of each step)."""
        return replace(self, occurred_at=occurred_at)
