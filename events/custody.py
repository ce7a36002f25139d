"""Published events of custody: who has an inquiry, and how it passes on. See :mod:`events.inquiry` for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
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

    @staticmethod
    def routing(data: Mapping[str, Any]) -> dict[str, str]:
        """The department whose matter it is, and the one that is asked to take it."""
        made = {"department": data["standing"]["department"], "offeredto": data["standing"]["offered_to"]}
        return {name: value for name, value in made.items() if value is not None}


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
class InquiryRerouted(InquiryEvent):
    """Whoever held it, or was asked to take it, is no longer there; it moved on without their doing.

    ``moved_from`` is the former holder, ``withdrawn_from`` the department that had been asked; None where it did not
    change.
    """

    type: ClassVar[str] = "casebackbone.inquiry.rerouted.v1"

    reason: str
    moved_from: str | None
    withdrawn_from: str | None
