"""Domain events of an inquiry, as they are stored. Each carries the standing after it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.recorded import RecordedEvent
from events.standing import ContentRef, Standing

if TYPE_CHECKING:
    from casebackbone.inquiry import Inquiry


class InquiryEvent(RecordedEvent):
    """What all of them have beside their origin: the standing of the inquiry after them."""

    TOPIC: ClassVar[str] = "inquiry.event"

    standing: Standing

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.standing = self.standing
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
    """Version 2 says until when a call had been promised."""

    TOPIC = "inquiry.answered"
    class_version: ClassVar[int] = 2
    contents: list[ContentRef]
    first_contact: bool
    article_id: UUID | None
    article_version: int | None
    promised_until: datetime | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["promised_until"] = None

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.answered = True


class Forwarded(InquiryEvent):
    """Version 2 says why it was forwarded; version 3 who was proposed, and whether it had been there before."""

    TOPIC = "inquiry.forwarded"
    class_version: ClassVar[int] = 3
    to: str
    reason: str
    contents: list[ContentRef]
    proposed: str | None
    circular: bool

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["reason"] = "unspecified"

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state |= {"proposed": None, "circular": False}

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.doors.append(self.to)
        aggregate.came_back_at = None


class OfferEnded(InquiryEvent):
    """Version 2 says for how much service time it had been offered."""

    TOPIC: ClassVar[str] = "inquiry.offer_ended"
    class_version: ClassVar[int] = 2
    department: str
    offered_minutes: int | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["offered_minutes"] = None


class CameBack(OfferEnded):
    """The offer ended without acceptance: from now on it is between doors."""

    TOPIC: ClassVar[str] = "inquiry.came_back"

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.came_back_at = self.occurred_at


class ForwardAccepted(OfferEnded):
    TOPIC = "inquiry.forward_accepted"
    taken_from: str


class ForwardRejected(CameBack):
    TOPIC = "inquiry.forward_rejected"
    reason: str
    suggestion: str | None
    contents: list[ContentRef]


class ForwardExpired(CameBack):
    TOPIC = "inquiry.forward_expired"


class ForwardRecalled(CameBack):
    TOPIC = "inquiry.forward_recalled"


class CallbackPromised(InquiryEvent):
    TOPIC = "inquiry.callback_promised"
    not_before: datetime | None
    contents: list[ContentRef]


class CitizenContacted(InquiryEvent):
    """Version 2 says until when a call had been promised."""

    TOPIC = "inquiry.citizen_contacted"
    class_version: ClassVar[int] = 2
    reached: bool
    contents: list[ContentRef]
    promised_until: datetime | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["promised_until"] = None


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


class DuplicateAdded(InquiryEvent):
    TOPIC = "inquiry.duplicate_added"
    duplicate: UUID


class DuplicateRemoved(InquiryEvent):
    TOPIC = "inquiry.duplicate_removed"
    duplicate: UUID


class Contradicted(InquiryEvent):
    TOPIC = "inquiry.contradicted"
    contents: list[ContentRef]


class Rerouted(InquiryEvent):
    TOPIC = "inquiry.rerouted"
    reason: str
    moved_from: str | None
    withdrawn_from: str | None


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
        DuplicateAdded,
        DuplicateRemoved,
        Contradicted,
        Rerouted,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
