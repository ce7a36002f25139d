"""Domain events of the directory, as they are stored: statements, each for a time."""

from __future__ import annotations

from typing import ClassVar

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent


class DirectoryEvent(RecordedEvent):
    TOPIC: ClassVar[str] = "directory.event"


class DirectoryOpened(DirectoryEvent, CanInitAggregate):
    TOPIC = "directory.opened"
    originator_topic: str


STORED: dict[str, type[DirectoryEvent]] = {event.TOPIC: event for event in (DirectoryOpened,)}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
