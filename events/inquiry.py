"""Published events of an inquiry (Anliegen): what department systems and views may know.

Every event carries the whole :class:`Standing` of the inquiry after it, so that a consumer needs no
history to know who holds the matter and until when. No field holds free text or personal data: what
people said stays in the content store, and an event only refers to it (:class:`ContentRef`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.custody import (
    InquiryClaimed,
    InquiryEvent,
    InquiryForwardAccepted,
    InquiryForwarded,
    InquiryForwardExpired,
    InquiryForwardRecalled,
    InquiryForwardRejected,
    InquiryReleased,
    InquiryRerouted,
)
from events.standing import ContentRef

__all__ = [  # the events of custody; and those below
    "InquiryClaimed",
    "InquiryEvent",
    "InquiryForwardAccepted",
    "InquiryForwardExpired",
    "InquiryForwardRecalled",
    "InquiryForwardRejected",
    "InquiryForwarded",
    "InquiryReleased",
    "InquiryRerouted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived(InquiryEvent):
    """A citizen's inquiry reached the city."""

    type: ClassVar[str] = "casebackbone.inquiry.received.v1"

    contents: tuple[ContentRef, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryClassified(InquiryEvent):
    """The service it is about was named or corrected (now in the standing)."""

    type: ClassVar[str] = "casebackbone.inquiry.classified.v1"

    previous_service: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAnswered(InquiryEvent):
    """The citizen's question was answered; ``first_contact``: in the same command that received it.

    ``promised_until``: until when a call had been promised, which this answer takes the place of.
    """

    type: ClassVar[str] = "casebackbone.inquiry.answered.v1"

    contents: tuple[ContentRef, ...]
    first_contact: bool
    article_id: UUID | None
    article_version: int | None
    promised_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryCallbackPromised(InquiryEvent):
    """The citizen was promised a call, at the latest at ``standing.callback_due_at``."""

    type: ClassVar[str] = "casebackbone.inquiry.callback_promised.v1"

    not_before: datetime | None
    contents: tuple[ContentRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryCitizenContacted(InquiryEvent):
    """Somebody tried to reach the citizen; ``promised_until``: until when they had been promised a call."""

    type: ClassVar[str] = "casebackbone.inquiry.citizen_contacted.v1"

    reached: bool
    contents: tuple[ContentRef, ...]
    promised_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryPaused(InquiryEvent):
    """It waits for the citizen; the clock stops, ``remaining_minutes`` of service time are kept."""

    type: ClassVar[str] = "casebackbone.inquiry.paused.v1"

    reason: str
    remaining_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryResumed(InquiryEvent):
    """It goes on; the due time has moved by what was left."""

    type: ClassVar[str] = "casebackbone.inquiry.resumed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryNoteAdded(InquiryEvent):
    """A note was written."""

    type: ClassVar[str] = "casebackbone.inquiry.note_added.v1"

    contents: tuple[ContentRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDueChanged(InquiryEvent):
    """Its due time was changed by a person, with a reason."""

    type: ClassVar[str] = "casebackbone.inquiry.due_changed.v1"

    previous_due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEscalated(InquiryEvent):
    """Somebody above was told, because of ``reason``."""

    type: ClassVar[str] = "casebackbone.inquiry.escalated.v1"

    to: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEscalationAcknowledged(InquiryEvent):
    """They took note, until ``standing.acknowledged_until``."""

    type: ClassVar[str] = "casebackbone.inquiry.escalation_acknowledged.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryResolved(InquiryEvent):
    """The matter is done for the citizen."""

    type: ClassVar[str] = "casebackbone.inquiry.resolved.v1"

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReopened(InquiryEvent):
    """It was not done after all."""

    type: ClassVar[str] = "casebackbone.inquiry.reopened.v1"

    reason: str
    contents: tuple[ContentRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryMerged(InquiryEvent):
    """It is the same matter as another inquiry, which goes on (``standing.merged_into``)."""

    type: ClassVar[str] = "casebackbone.inquiry.merged.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnmerged(InquiryEvent):
    """It is a matter of its own again."""

    type: ClassVar[str] = "casebackbone.inquiry.unmerged.v1"

    merged_from: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDuplicateAdded(InquiryEvent):
    """Another inquiry turned out to be the same matter; this one goes on for both."""

    type: ClassVar[str] = "casebackbone.inquiry.duplicate_added.v1"

    duplicate: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDuplicateRemoved(InquiryEvent):
    """An inquiry that had been taken for the same matter goes its own way again."""

    type: ClassVar[str] = "casebackbone.inquiry.duplicate_removed.v1"

    duplicate: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryContradicted(InquiryEvent):
    """The citizen says that it is not so; whoever holds it is to look at it."""

    type: ClassVar[str] = "casebackbone.inquiry.contradicted.v1"

    contents: tuple[ContentRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryContentErased(InquiryEvent):
    """Texts were erased; their references stay, as proof that they existed."""

    type: ClassVar[str] = "casebackbone.inquiry.content_erased.v1"

    content_ids: tuple[UUID, ...]
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryFeedbackGiven(InquiryEvent):
    """The citizen says whether the last answer ``helped`` or ``did_not_help``, once, and in no other words.

    ``article_id`` and ``article_version`` are what that answer came from; None if it came without an article.
    """

    type: ClassVar[str] = "casebackbone.inquiry.feedback_given.v1"

    verdict: str
    article_id: UUID | None
    article_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryArticleConsulted(InquiryEvent):
    """Somebody looked at an edition of an article for this inquiry; whether the answer came from it is another
    event. Of one edition told once an inquiry."""

    type: ClassVar[str] = "casebackbone.inquiry.article_consulted.v1"

    article_id: UUID
    article_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAnswerRecalled(InquiryEvent):
    """The citizen was told this edition, which proved wrong: whoever holds it is to call and put it right."""

    type: ClassVar[str] = "casebackbone.inquiry.answer_recalled.v1"

    article_id: UUID
    article_version: int


EVENTS: tuple[type[InquiryEvent], ...] = (
    InquiryReceived,
    InquiryClassified,
    InquiryClaimed,
    InquiryReleased,
    InquiryAnswered,
    InquiryForwarded,
    InquiryForwardAccepted,
    InquiryForwardRejected,
    InquiryForwardExpired,
    InquiryForwardRecalled,
    InquiryCallbackPromised,
    InquiryCitizenContacted,
    InquiryPaused,
    InquiryResumed,
    InquiryNoteAdded,
    InquiryDueChanged,
    InquiryEscalated,
    InquiryEscalationAcknowledged,
    InquiryResolved,
    InquiryReopened,
    InquiryMerged,
    InquiryUnmerged,
    InquiryContentErased,
    InquiryDuplicateAdded,
    InquiryDuplicateRemoved,
    InquiryContradicted,
    InquiryRerouted,
    InquiryFeedbackGiven,
    InquiryArticleConsulted,
    InquiryAnswerRecalled,
)
