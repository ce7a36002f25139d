"""Published events of the desk of one day: who is there, what waits, and when there is a peak.

``place`` is ``front`` or ``background``, ``person`` ``agent:<id>``, ``call`` the telephone system's id for a call (no
number). Seconds are begun seconds: more than 30 are 31.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent(PublishedEvent):
    """One thing that happened at the desk of one day."""

    identity: ClassVar[str] = "desk_id"

    desk_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOpened(DeskEvent):
    """The day begins; nobody is at the desk yet. ``day`` is the local date, ISO 8601."""

    type: ClassVar[str] = "casebackbone.desk.opened.v1"

    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOn(DeskEvent):
    """Somebody is at the desk from now on, at this place."""

    type: ClassVar[str] = "casebackbone.desk.agent_signed_on.v1"

    person: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOff(DeskEvent):
    """Somebody is no longer there. ``reason``: end_of_shift, break, moved (to the other place) or day_over."""

    type: ClassVar[str] = "casebackbone.desk.agent_signed_off.v1"

    person: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(DeskEvent):
    """Something about a call. ``told_at`` is when the telephone system says that it was; what comes in late happened
    (``provenance.occurred_at``) not before what the desk knew already."""

    call: str
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered(CallEvent):
    """Somebody calls, and waits."""

    type: ClassVar[str] = "casebackbone.desk.call_offered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """Somebody answered; who, if the telephone system says so. ``in_time``: within the promise of that moment."""

    type: ClassVar[str] = "casebackbone.desk.call_answered.v1"

    person: str | None
    waited_seconds: int
    in_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAbandoned(CallEvent):
    """The caller gave up before anybody answered."""

    type: ClassVar[str] = "casebackbone.desk.call_abandoned.v1"

    waited_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """An answered call is over."""

    type: ClassVar[str] = "casebackbone.desk.call_ended.v1"

    talked_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakOpened(DeskEvent):
    """From now on the background staff see the front queue. ``reason``: calls_waiting or waited_too_long."""

    type: ClassVar[str] = "casebackbone.desk.peak_opened.v1"

    reason: str
    waiting: int
    longest_wait_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakClosed(DeskEvent):
    """The peak is over. ``reason``: calm or day_over."""

    type: ClassVar[str] = "casebackbone.desk.peak_closed.v1"

    reason: str
    waiting: int
    longest_wait_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClosed(DeskEvent):
    """The day is over; nobody is at this desk any more. What is told late about its calls still comes after this."""

    type: ClassVar[str] = "casebackbone.desk.closed.v1"


EVENTS: tuple[type[DeskEvent], ...] = (
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
