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

from events.published import PublishedEvent
from events.standing import ContentRef, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEvent(PublishedEvent):
    """One thing that happened to one inquiry."""

    identity: ClassVar[str] = "inquiry_id"

    inquiry_id: UUID
    standing: Standing

    @property
    def subject(self) -> UUID:
        return self.inquiry_id

    def routing(self) -> dict[str, str]:
        """The department whose matter it is, and the one that is asked to take it."""
        made = {"department": self.standing.department, "offeredto": self.standing.offered_to}
        return {name: value for name, value in made.items() if value is not None}


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
class InquiryClaimed(InquiryEvent):
    """An agent took it from a desk or from their department."""

    type: ClassVar[str] = "casebackbone.inquiry.claimed.v1"

    taken_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReleased(InquiryEvent):
    """Its holder put it back to the desk or department it came from."""

    type: ClassVar[str] = "casebackbone.inquiry.released.v1"

    reason: str


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
class InquiryForwarded(InquiryEvent):
    """Custody was offered to a department; the holder is unchanged until it accepts.

    ``proposed`` is the department that the directory named as responsible. ``circular``: it had been there before.
    """

    type: ClassVar[str] = "casebackbone.inquiry.forwarded.v1"

    to: str
    reason: str
    contents: tuple[ContentRef, ...]
    proposed: str | None = None
    circular: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryForwardAccepted(InquiryEvent):
    """The department took custody, ``offered_minutes`` of service time after it was offered."""

    type: ClassVar[str] = "casebackbone.inquiry.forward_accepted.v1"

    department: str
    taken_from: str
    offered_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryForwardRejected(InquiryEvent):
    """The department said it is not theirs; it is back at the front desk."""

    type: ClassVar[str] = "casebackbone.inquiry.forward_rejected.v1"

    department: str
    reason: str
    suggestion: str | None
    contents: tuple[ContentRef, ...]
    offered_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryForwardExpired(InquiryEvent):
    """Nobody accepted in time; it is back at the front desk."""

    type: ClassVar[str] = "casebackbone.inquiry.forward_expired.v1"

    department: str
    offered_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryForwardRecalled(InquiryEvent):
    """The sender withdrew the offer and keeps it."""

    type: ClassVar[str] = "casebackbone.inquiry.forward_recalled.v1"

    department: str
    offered_minutes: int | None = None


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
class InquiryRerouted(InquiryEvent):
    """Whoever held it, or was asked to take it, is no longer there; it moved on without their doing.

    ``moved_from`` is the former holder, ``withdrawn_from`` the department that had been asked; None where it did not
    change.
    """

    type: ClassVar[str] = "casebackbone.inquiry.rerouted.v1"

    reason: str
    moved_from: str | None
    withdrawn_from: str | None


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
