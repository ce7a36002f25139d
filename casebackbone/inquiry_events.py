"""Domain events of an inquiry, as they are stored. Each carries the standing after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.forwarding import Forwarding
from casebackbone.recorded import RecordedEvent
from events.standing import ContentRef, Standing

if TYPE_CHECKING:
    from casebackbone.inquiry import Inquiry


class InquiryEvent(RecordedEvent):
    """What all of them have beside their origin: the standing of the inquiry after them."""

    TOPIC: ClassVar[str] = "inquiry.event"
    STEP: ClassVar[bool] = True
    """Whether the city did something for the citizen: the time of the last step tells whether it has been silent."""

    standing: Standing

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.standing = self.standing
        if self.STEP:
            aggregate.last_step_at = self.occurred_at
        if self.standing.department is not None:
            aggregate.been_to.add(self.standing.department)
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
        aggregate.forwarding = Forwarding(
            to=self.to,
            forwarded_by=self.actor,
            forwarded_at=self.occurred_at,
            reason=self.reason,
            proposed=self.proposed,
            circular=self.circular,
        )


class OfferEnded(InquiryEvent):
    """Version 2 says for how much service time it had been offered."""

    TOPIC: ClassVar[str] = "inquiry.offer_ended"
    OUTCOME: ClassVar[str]
    class_version: ClassVar[int] = 2
    department: str
    offered_minutes: int | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["offered_minutes"] = None

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        if aggregate.forwarding is not None:
            suggestion = getattr(self, "suggestion", None)
            aggregate.forwarding = replace(aggregate.forwarding, outcome=self.OUTCOME, suggestion=suggestion)


class CameBack(OfferEnded):
    """The offer ended without acceptance: from now on it is between doors."""

    TOPIC: ClassVar[str] = "inquiry.came_back"

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.came_back_at = self.occurred_at


class ForwardAccepted(OfferEnded):
    TOPIC = "inquiry.forward_accepted"
    OUTCOME = "accepted"
    taken_from: str


class SentBack(CameBack):
    """The department had it before it, and did not take it: now it has been there."""

    TOPIC: ClassVar[str] = "inquiry.sent_back"

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.been_to.add(self.department)


class ForwardRejected(SentBack):
    TOPIC = "inquiry.forward_rejected"
    OUTCOME = "rejected"
    reason: str
    suggestion: str | None
    contents: list[ContentRef]


class ForwardExpired(SentBack):
    TOPIC = "inquiry.forward_expired"
    OUTCOME = "expired"


class ForwardRecalled(CameBack):
    TOPIC = "inquiry.forward_recalled"
    OUTCOME = "recalled"


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

    def apply(self, aggregate: Inquiry) -> None:
        since = aggregate.standing.waiting_since
        super().apply(aggregate)
        if since is not None:
            aggregate.waited.append((since, self.occurred_at))


class NoteAdded(InquiryEvent):
    TOPIC = "inquiry.note_added"
    contents: list[ContentRef]


class DueChanged(InquiryEvent):
    TOPIC = "inquiry.due_changed"
    previous_due_at: datetime
    reason: str


class Escalated(InquiryEvent):
    TOPIC = "inquiry.escalated"
    STEP: ClassVar[bool] = False
    to: str
    reason: str

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.escalations += 1


class EscalationAcknowledged(InquiryEvent):
    TOPIC = "inquiry.escalation_acknowledged"
    STEP: ClassVar[bool] = False


class Resolved(InquiryEvent):
    TOPIC = "inquiry.resolved"
    outcome: str

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.came_back_at = None


class Reopened(InquiryEvent):
    TOPIC = "inquiry.reopened"
    reason: str
    contents: list[ContentRef]


class Merged(InquiryEvent):
    TOPIC = "inquiry.merged"

    def apply(self, aggregate: Inquiry) -> None:
        aggregate.before_merge = aggregate.standing
        super().apply(aggregate)
        aggregate.came_back_at = None


class Unmerged(InquiryEvent):
    TOPIC = "inquiry.unmerged"
    merged_from: UUID


class DuplicateAdded(InquiryEvent):
    TOPIC = "inquiry.duplicate_added"
    STEP: ClassVar[bool] = False
    duplicate: UUID

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.duplicates.append(self.duplicate)


class DuplicateRemoved(InquiryEvent):
    TOPIC = "inquiry.duplicate_removed"
    STEP: ClassVar[bool] = False
    duplicate: UUID

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.duplicates.remove(self.duplicate)


class Contradicted(InquiryEvent):
    TOPIC = "inquiry.contradicted"
    STEP: ClassVar[bool] = False
    contents: list[ContentRef]


class Rerouted(InquiryEvent):
    TOPIC = "inquiry.rerouted"
    STEP: ClassVar[bool] = False
    reason: str
    moved_from: str | None
    withdrawn_from: str | None

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        if self.withdrawn_from is not None:
            aggregate.been_to.add(self.withdrawn_from)
            aggregate.came_back_at = self.occurred_at
            if aggregate.forwarding is not None:
                aggregate.forwarding = replace(aggregate.forwarding, outcome="withdrawn")


class ContentErased(InquiryEvent):
    TOPIC = "inquiry.content_erased"
    STEP: ClassVar[bool] = False
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
