"""Domain events of custody: who has an inquiry, and how it passes on. What all events of an inquiry have is here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

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


class Claimed(InquiryEvent):
    TOPIC = "inquiry.claimed"
    taken_from: str


class Released(InquiryEvent):
    TOPIC = "inquiry.released"
    reason: str


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

    def apply(self, aggregate: Inquiry) -> None:
        super().apply(aggregate)
        if aggregate.doors_before_acceptance is None:
            aggregate.doors_before_acceptance = len(aggregate.doors)


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
