"""What a topic is and what can be wrong with it, in words that need no broker client."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as the broker knows it. ``topic_id`` is new when a topic of the same name is made again."""

    topic: str
    topic_id: UUID
    partitions: int

    @property
    def source(self) -> str:
        """What the positions of a feed count in."""
        return f"kafka:{self.topic}:{self.topic_id}"


class TopicError(Exception):
    """Something is wrong with the topic or its broker; the message says what, and what to do."""


class BrokerUnreachable(TopicError):
    """No broker answered in time."""


class ClientMissing(TopicError):
    """The client that the settings ask for is not installed."""


class TopicMissing(TopicError):
    """The topic does not exist. It is made by a command, never by accident."""


class TopicMismatch(TopicError):
    """The topic exists with other partitions or settings than it must have."""


class TopicRecreated(TopicError):
    """The topic was deleted and made again, or lost records: what was published is no longer in it."""


class PositionLost(TopicError):
    """A stored position is outside what the partition holds (``first`` inclusive to ``end`` exclusive)."""

    def __init__(self, partition: int, stored: int, first: int | None = None, end: int | None = None) -> None:
        self.partition, self.stored, self.first, self.end = partition, stored, first, end
        there = "what it holds" if first is None else f"{first} to {end}"
        super().__init__(f"partition {partition}: stored position {stored} is outside {there}; rebuild from the store")


class PublishFailed(TopicError):
    """Not every record was acknowledged. The publisher is dead; a new process begins at the stored position."""


class EventTooLarge(PublishFailed):
    """An event does not fit into one record. ``event_id`` names it."""

    def __init__(self, event_id: str, size: int, limit: int) -> None:
        self.event_id = event_id
        super().__init__(f"event {event_id} needs {size} bytes, a record may have {limit}")
