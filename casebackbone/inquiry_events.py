"""Domain events of an inquiry, as they are stored.

Each carries the standing after it: applying an event assigns, and decides nothing. The stored topics are
explicit (``inquiry.received``), so that a module may be renamed without touching the record. A field that is
added later raises ``class_version`` and brings an ``upcast_vN_vN+1`` that fills it in old events.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import AggregateEvent, CanInitAggregate
from eventsourcing.utils import register_topic

from events.standing import ContentRef, Standing

if TYPE_CHECKING:
    from casebackbone.inquiry import Inquiry


class InquiryEvent(AggregateEvent):
    """What all of them have: origin (:class:`casebackbone.cause.Cause`), standing, and the predecessor's hash."""

    TOPIC: ClassVar[str] = "inquiry.event"

    standing: Standing
    actor: str
    command_id: UUID
    correlation_id: UUID
    causation_id: str | None
    occurred_at: datetime
    traceparent: str | None
    previous: str

    if TYPE_CHECKING:
        hash: str  # set by the mapper: it seals the stored bytes, so it cannot be among them

    def apply(self, aggregate: Inquiry) -> None:
        aggregate.standing = self.standing
        aggregate.last_occurred_at = self.occurred_at
        for ref in getattr(self, "contents", ()):
            aggregate.contents[ref.content_id] = ref


class Received(InquiryEvent, CanInitAggregate[UUID]):
    TOPIC = "inquiry.received"
    originator_topic: str
    contents: list[ContentRef]
    language: str


class Classified(InquiryEvent):
    TOPIC = "inquiry.classified"
    previous_service: str | None


class Claimed(InquiryEvent):
    TOPIC = "inquiry.claimed"
    taken_from: str


class Released(InquiryEvent):
    TOPIC = "inquiry.released"
    reason: str


class Answered(InquiryEvent):
    TOPIC = "inquiry.answered"
    contents: list[ContentRef]
    first_contact: bool
    article_id: UUID | None
    article_version: int | None

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.answered = True


class Forwarded(InquiryEvent):
    """Version 2 says why it was forwarded; the events of version 1 did not ask."""

    TOPIC = "inquiry.forwarded"
    class_version: ClassVar[int] = 2
    to: str
    reason: str
    contents: list[ContentRef]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["reason"] = "unspecified"

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.doors.append(self.to)


class ForwardAccepted(InquiryEvent):
    TOPIC = "inquiry.forward_accepted"
    department: str
    taken_from: str


class ForwardRejected(InquiryEvent):
    TOPIC = "inquiry.forward_rejected"
    department: str
    reason: str
    suggestion: str | None
    contents: list[ContentRef]


class ForwardExpired(InquiryEvent):
    TOPIC = "inquiry.forward_expired"
    department: str


class ForwardRecalled(InquiryEvent):
    TOPIC = "inquiry.forward_recalled"
    department: str


class CallbackPromised(InquiryEvent):
    TOPIC = "inquiry.callback_promised"
    not_before: datetime | None
    contents: list[ContentRef]


class CitizenContacted(InquiryEvent):
    TOPIC = "inquiry.citizen_contacted"
    reached: bool
    contents: list[ContentRef]


class Paused(InquiryEvent):
    TOPIC = "inquiry.paused"
    reason: str
    remaining_minutes: int

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.remaining_minutes = self.remaining_minutes


class Resumed(InquiryEvent):
    TOPIC = "inquiry.resumed"


class NoteAdded(InquiryEvent):
    TOPIC = "inquiry.note_added"
    contents: list[ContentRef]


class DueChanged(InquiryEvent):
    TOPIC = "inquiry.due_changed"
    previous_due_at: datetime
    reason: str


class Escalated(InquiryEvent):
    TOPIC = "inquiry.escalated"
    to: str
    reason: str


class EscalationAcknowledged(InquiryEvent):
    TOPIC = "inquiry.escalation_acknowledged"


class Resolved(InquiryEvent):
    TOPIC = "inquiry.resolved"
    outcome: str


class Reopened(InquiryEvent):
    TOPIC = "inquiry.reopened"
    reason: str
    contents: list[ContentRef]


class Merged(InquiryEvent):
    TOPIC = "inquiry.merged"

    def apply(self, aggregate: Inquiry) -> None:
        aggregate.before_merge = aggregate.standing
        super().apply(aggregate)


class Unmerged(InquiryEvent):
    TOPIC = "inquiry.unmerged"
    merged_from: UUID


class ContentErased(InquiryEvent):
    TOPIC = "inquiry.content_erased"
    content_ids: list[UUID]
    basis: str

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        for content_id in self.content_ids:
            aggregate.contents.pop(content_id, None)


STORED: dict[str, type[InquiryEvent]] = {
    event.TOPIC: event
    for event in (
        Received,
        Classified,
        Claimed,
        Released,
        Answered,
        Forwarded,
        ForwardAccepted,
        ForwardRejected,
        ForwardExpired,
        ForwardRecalled,
        CallbackPromised,
        CitizenContacted,
        Paused,
        Resumed,
        NoteAdded,
        DueChanged,
        Escalated,
        EscalationAcknowledged,
        Resolved,
        Reopened,
        Merged,
        Unmerged,
        ContentErased,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
