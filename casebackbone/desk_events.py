"""Domain events of the desk of one day, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent

if TYPE_CHECKING:
    from casebackbone.desk import Desk


class CallTimes(NamedTuple):
    """What the telephone system told about a call."""

    offered_at: datetime
    answered_at: datetime | None = None
    abandoned_at: datetime | None = None
    ended_at: datetime | None = None


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


class AtDesk(DeskEvent):
    """``calm_since``: since when an open peak could close, as the rule of that time saw it after this event."""

    TOPIC: ClassVar[str] = "desk.at_desk"

    calm_since: datetime | None

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.calm_since = self.calm_since


class AgentSignedOn(AtDesk):
    TOPIC = "desk.agent_signed_on"
    person: str
    place: str

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.present[self.person] = self.place


class AgentSignedOff(AtDesk):
    TOPIC = "desk.agent_signed_off"
    person: str
    place: str
    reason: str

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        del aggregate.present[self.person]


class CallEvent(AtDesk):
    """``told_at`` is the telephone system's time; ``occurred_at`` may be later (:class:`casebackbone.desk.Desk`)."""

    TOPIC: ClassVar[str] = "desk.call"
    call: str
    told_at: datetime


class CallOffered(CallEvent):
    TOPIC = "desk.call_offered"

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.calls[self.call] = CallTimes(self.told_at)
        aggregate.waiting[self.call] = self.told_at


class CallAnswered(CallEvent):
    TOPIC = "desk.call_answered"
    person: str | None
    waited_seconds: int
    in_time: bool

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.calls[self.call] = aggregate.calls[self.call]._replace(answered_at=self.told_at)
        del aggregate.waiting[self.call]


class CallAbandoned(CallEvent):
    TOPIC = "desk.call_abandoned"
    waited_seconds: int

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.calls[self.call] = aggregate.calls[self.call]._replace(abandoned_at=self.told_at)
        del aggregate.waiting[self.call]


class CallEnded(CallEvent):
    TOPIC = "desk.call_ended"
    talked_seconds: int

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.calls[self.call] = aggregate.calls[self.call]._replace(ended_at=self.told_at)


class PeakOpened(AtDesk):
    TOPIC = "desk.peak_opened"
    reason: str
    waiting: int
    longest_wait_seconds: int

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.peak_since = self.occurred_at
        aggregate.peak_reason = self.reason


class PeakClosed(AtDesk):
    TOPIC = "desk.peak_closed"
    reason: str
    waiting: int
    longest_wait_seconds: int

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.peak_since = aggregate.peak_reason = None


class DeskClosed(AtDesk):
    TOPIC = "desk.closed"

    def apply(self, aggregate: Desk) -> None:
        super().apply(aggregate)
        aggregate.closed = True


STORED: dict[str, type[DeskEvent]] = {
    event.TOPIC: event
    for event in (
        DeskOpened,
        AgentSignedOn,
        AgentSignedOff,
        CallOffered,
        CallAnswered,
        CallAbandoned,
        CallEnded,
        PeakOpened,
        PeakClosed,
        DeskClosed,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
