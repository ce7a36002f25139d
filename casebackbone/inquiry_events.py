"""Domain events of an inquiry, as they are stored. Each carries the standing after it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import CanInitAggregate
from eventsourcing.utils import register_topic

from casebackbone.custody_events import (
    CameBack,
    Claimed,
    ForwardAccepted,
    Forwarded,
    ForwardExpired,
    ForwardRecalled,
    ForwardRejected,
    InquiryEvent,
    OfferEnded,
    Released,
    Rerouted,
    SentBack,
)
from events.standing import ContentRef

__all__ = [  # the events of custody; and those below
    "CameBack",
    "Claimed",
    "ForwardAccepted",
    "ForwardExpired",
    "ForwardRecalled",
    "ForwardRejected",
    "Forwarded",
    "InquiryEvent",
    "OfferEnded",
    "Released",
    "Rerouted",
    "SentBack",
]

if TYPE_CHECKING:
    from casebackbone.inquiry import Inquiry


class Received(InquiryEvent, CanInitAggregate[UUID]):
    TOPIC = "inquiry.received"
    originator_topic: str
    contents: list[ContentRef]
    language: str


class Classified(InquiryEvent):
    TOPIC = "inquiry.classified"
    previous_service: str | None


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
        aggregate.answered_from = (self.article_id, self.article_version)


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


class ContentErased(InquiryEvent):
    TOPIC = "inquiry.content_erased"
    STEP: ClassVar[bool] = False
    content_ids: list[UUID]
    basis: str

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        for content_id in self.content_ids:
            aggregate.contents.pop(content_id, None)


class FeedbackGiven(InquiryEvent):
    """By the citizen, who is named by nothing but the inquiry."""

    TOPIC = "inquiry.feedback_given"
    STEP: ClassVar[bool] = False
    verdict: str
    article_id: UUID | None
    article_version: int | None

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.feedback = self.verdict


class ArticleConsulted(InquiryEvent):
    TOPIC = "inquiry.article_consulted"
    STEP: ClassVar[bool] = False
    article_id: UUID
    article_version: int

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.consulted.add((self.article_id, self.article_version))


class AnswerRecalled(InquiryEvent):
    """The citizen was told what proved wrong."""

    TOPIC = "inquiry.answer_recalled"
    STEP: ClassVar[bool] = False
    article_id: UUID
    article_version: int

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        aggregate.recalled.add((self.article_id, self.article_version))


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
        FeedbackGiven,
        ArticleConsulted,
        AnswerRecalled,
    )
}
for topic, event_class in STORED.items():
    register_topic(topic, event_class)
