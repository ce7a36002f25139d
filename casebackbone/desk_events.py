"""Domain events of the desk of one day, as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent

if TYPE_CHECKING:
    from casebackbone.desk import Desk


class DeskEvent(RecordedEvent):
    TOPIC: ClassVar[str] = "desk.event"


class DeskOpened(DeskEvent, CanInitAggregate):
    """``day`` is the local date, ISO 8601."""

    TOPIC = "desk.opened"
    originator_topic: str
    day: str

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.day = self.day


STORED: dict[str, type[DeskEvent]] = {event.TOPIC: event for event in (DeskOpened,)}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
