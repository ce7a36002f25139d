"""Named examples of published events, told as a story: ``Story().received().forwarded("tiefbau").accepted().events``.

Standings follow from step to step as the aggregate would have them, versions count, hashes are chained. Nothing here
reads a clock or draws at random, so that the same story is the same events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from events import inquiry as happened
from events.channel import Delivery
from events.published import PublishedEvent
from events.standing import Channel, Standing, State
from tests.told import (
    ANNA,
    BACKGROUND,
    BERT,
    EPOCH,
    FRONT,
    GENESIS,
    NAMES,
    NO_CALLBACK,
    NO_OFFER,
    NOON,
    SEEN,
    Told,
    content,
    inquiry_id,
    minutes,
)

__all__ = [
    "ANNA",
    "BACKGROUND",
    "BERT",
    "EPOCH",
    "FRONT",
    "GENESIS",
    "NAMES",
    "NOON",
    "Story",
    "content",
    "deliveries",
    "inquiry_id",
    "whole_life",
]

ARTICLE = uuid5(NAMES, "article")


class Story(Told):
    """What can happen to one inquiry, in the words of those who do it."""

    # --- steps -----------------------------------------------------------------------------------------------------

    def received(self, channel: Channel = Channel.PHONE, service: str | None = None, **changes: Any) -> Story:
        digits = hashlib.sha256(f"{self.name}{self._salt}".encode()).hexdigest()[:12].upper()
        standing = Standing(
            state=State.OPEN,
            reference="-".join((digits[:4], digits[4:8], digits[8:])),
            channel=channel,
            received_at=self.now,
            holder=FRONT,
            due_at=self.now + timedelta(hours=48),
            due_policy="115/1",
            service=service,
        )
        return self._add(
            happened.InquiryReceived,
            replace(standing, **changes),
            contents=(content(f"{self.name} question"),),
            language="de",
        )

    def classified(self, service: str = "99012003000000", area: str | None = None) -> Story:
        before = self.standing
        area = area or before.area
        return self._add(happened.InquiryClassified, service=service, area=area, previous_service=before.service)

    def claimed(self, by: str = ANNA) -> Story:
        return self._add(happened.InquiryClaimed, holder=by, actor=by, taken_from=self.standing.holder)

    def released(self, reason: str = "end_of_shift") -> Story:
        return self._add(happened.InquiryReleased, holder=self._home(), reason=reason)

    def sent_to_background(self) -> Story:
        return self._add(happened.InquiryReleased, holder=BACKGROUND, department=None, reason="peak")

    def answered(
        self, first_contact: bool = False, *, article_id: UUID | None = None, article_version: int | None = None
    ) -> Story:
        return self._add(
            happened.InquiryAnswered,
            **SEEN,
            **NO_CALLBACK,
            promised_until=self.standing.callback_due_at,
            contents=(content(f"{self.name} answer", "answer"),),
            first_contact=first_contact,
            article_id=article_id,
            article_version=article_version,
        )

    def forwarded(
        self, to: str = "tiefbau", by: str = ANNA, reason: str = "responsible", *, proposed: str | None = None
    ) -> Story:
        circular = to in self._been_to
        lost = 0 if self._came_back_at is None else minutes(self.now - self._came_back_at)
        self._came_back_at = None
        return self._add(
            happened.InquiryForwarded,
            **SEEN,
            actor=by,
            offered_to=to,
            offered_at=self.now,
            offer_expires_at=self.now + timedelta(hours=4),
            forwarded_by=by,
            forwards=self.standing.forwards + 1,
            lost_minutes=self.standing.lost_minutes + lost,
            circles=self.standing.circles + circular,
            to=to,
            reason=reason,
            contents=(),
            proposed=proposed,
            circular=circular,
        )

    def accepted(self, holder: str | None = None) -> Story:
        department = str(self.standing.offered_to)
        return self._add(
            happened.InquiryForwardAccepted,
            holder=holder or f"department:{department}",
            set_department=department,
            **NO_OFFER,
            department=department,
            taken_from=self.standing.holder,
            offered_minutes=self._offered_minutes(),
        )

    def rejected(self, reason: str = "not_responsible", suggestion: str | None = None) -> Story:
        return self._sent_back(happened.InquiryForwardRejected, reason=reason, suggestion=suggestion, contents=())

    def expired(self) -> Story:
        return self._sent_back(happened.InquiryForwardExpired)

    def recalled(self) -> Story:
        lost = self._offered_minutes()
        self._came_back_at = self.now
        return self._add(
            happened.InquiryForwardRecalled,
            **NO_OFFER,
            lost_minutes=self.standing.lost_minutes + lost,
            department=self.standing.offered_to,
            offered_minutes=lost,
        )

    def rerouted(self, gone: str, to: str | None = None) -> Story:
        """``gone`` (``agent:<id>`` or ``department:<id>``) is no longer there."""
        before = self.standing
        department = gone.removeprefix("department:") if gone.startswith("department:") else None
        holds = before.holder == gone or (department is not None and before.department == department)
        asked = department is not None and before.offered_to == department
        changes: dict[str, Any] = {"holder": self._home()}
        if department is not None:
            changes = {"holder": f"department:{to}" if to and holds else FRONT, "set_department": to if holds else None}
        if asked:
            lost = before.lost_minutes + self._offered_minutes()
            changes |= {**NO_OFFER, "lost_minutes": lost, "sent_back": before.sent_back + (not holds)}
            self._came_back_at = self.now
        return self._add(
            happened.InquiryRerouted,
            **changes,
            **self._calling("rerouted"),
            reason="left",
            moved_from=before.holder if changes["holder"] != before.holder else None,
            withdrawn_from=department if asked else None,
        )

    def callback_promised(self, within: timedelta = timedelta(hours=24), not_before: timedelta | None = None) -> Story:
        begins = None if not_before is None else self.now + not_before
        return self._add(
            happened.InquiryCallbackPromised,
            **SEEN,
            callback_due_at=self.now + within,
            callback_not_before=begins,
            callback_attempts=0,
            not_before=begins,
            contents=(),
        )

    def contacted(self, reached: bool = True) -> Story:
        tried = {"callback_attempts": self.standing.callback_attempts + (self.standing.callback_due_at is not None)}
        return self._add(
            happened.InquiryCitizenContacted,
            **SEEN,
            **(NO_CALLBACK if reached else tried),
            reached=reached,
            contents=(),
            promised_until=self.standing.callback_due_at,
        )

    def paused(self, until: timedelta = timedelta(days=14)) -> Story:
        return self._add(
            happened.InquiryPaused,
            **SEEN,
            state=State.WAITING,
            waiting_since=self.now,
            due_at=self.now + until,
            reason="waiting_for_citizen",
            remaining_minutes=600,
        )

    def resumed(self) -> Story:
        return self._add(
            happened.InquiryResumed,
            **SEEN,
            state=State.OPEN,
            waiting_since=None,
            due_at=self.now + timedelta(hours=10),
        )

    def noted(self, by_holder: bool = False) -> Story:
        seen = SEEN if by_holder else {}
        return self._add(happened.InquiryNoteAdded, **seen, contents=(content(f"{self.name} note", "note"),))

    def due_changed(self, due_at: datetime | None = None) -> Story:
        before = self.standing.due_at
        return self._add(
            happened.InquiryDueChanged,
            due_at=due_at or self.now + timedelta(hours=72),
            previous_due_at=before,
            reason="agreed_with_citizen",
        )

    def escalated(self, to: str = "agent:chefin", reason: str = "overdue") -> Story:
        return self._add(
            happened.InquiryEscalated,
            escalated_to=to,
            escalated_at=self.now,
            escalated_for=reason,
            escalate_again_at=self.now + timedelta(hours=4),
            acknowledged_until=None,
            to=to,
            reason=reason,
        )

    def acknowledged(self) -> Story:
        until = self.now + timedelta(hours=24)
        return self._add(happened.InquiryEscalationAcknowledged, acknowledged_until=until, escalate_again_at=None)

    def resolved(self, outcome: str = "answered") -> Story:
        return self._closed(happened.InquiryResolved, State.RESOLVED, outcome=outcome)

    def reopened(self, reason: str = "contradicted") -> Story:
        return self._add(
            happened.InquiryReopened,
            state=State.OPEN,
            holder=self._home(),
            due_at=self.now + timedelta(hours=48),
            reopened=self.standing.reopened + 1,
            **self._calling(reason if reason == "contradicted" else "reopened"),
            reason=reason,
            contents=(),
        )

    def contradicted(self) -> Story:
        text = content(f"{self.name} contradiction {len(self.events)}", "contradiction")
        return self._add(happened.InquiryContradicted, **self._calling("contradicted"), contents=(text,))

    def feedback(self, verdict: str = "helped") -> Story:
        answer = next(event for event in reversed(self.events) if isinstance(event, happened.InquiryAnswered))
        return self._add(
            happened.InquiryFeedbackGiven,
            actor="system:feedback",
            verdict=verdict,
            article_id=answer.article_id,
            article_version=answer.article_version,
        )

    def consulted(self, article_id: UUID = ARTICLE, edition: int = 1) -> Story:
        return self._add(happened.InquiryArticleConsulted, article_id=article_id, article_version=edition)

    def answer_recalled(self, article_id: UUID = ARTICLE, edition: int = 1) -> Story:
        calling = self._calling("answer_recalled")
        return self._add(happened.InquiryAnswerRecalled, **calling, article_id=article_id, article_version=edition)

    def merged(self, into: str | int = "another") -> Story:
        self._before_merge = self.standing.holder
        return self._closed(happened.InquiryMerged, State.MERGED, merged_into=inquiry_id(into))

    def unmerged(self) -> Story:
        return self._add(
            happened.InquiryUnmerged,
            state=State.OPEN,
            holder=self._before_merge or FRONT,
            due_at=self.now + timedelta(hours=48),
            merged_into=None,
            **self._calling("unmerged"),
            merged_from=self.standing.merged_into,
        )

    def duplicate_added(self, duplicate: str | int = "duplicate", due_at: datetime | None = None) -> Story:
        """``due_at``: the duplicate's due time, if that is the earlier one."""
        return self._add(
            happened.InquiryDuplicateAdded,
            **self._calling("duplicate_added"),
            due_at=due_at or self.standing.due_at,
            duplicate=inquiry_id(duplicate),
        )

    def duplicate_removed(self, duplicate: str | int = "duplicate") -> Story:
        calling = self._calling("duplicate_removed") if self.standing.state.is_open else {}
        return self._add(happened.InquiryDuplicateRemoved, **calling, duplicate=inquiry_id(duplicate))

    def erased(self) -> Story:
        return self._add(
            happened.InquiryContentErased, content_ids=(uuid5(NAMES, f"{self.name} question"),), basis="request"
        )


def whole_life(name: str | int = "whole", **options: Any) -> Story:
    """One inquiry to which everything happens that can: each type of event at least once."""
    story = Story(name, **options).received().later().classified().claimed().noted().later()
    story.forwarded("tiefbau").later(5).expired().forwarded("ordnungsamt").later().rejected(suggestion="gruenflaechen")
    story.claimed(BERT).forwarded("gruenflaechen", BERT).recalled().forwarded("gruenflaechen", BERT).later().accepted()
    story.claimed("agent:gerd").callback_promised().contacted(reached=False).later().contacted().paused().later(30)
    story.resumed().due_changed().later().escalated().acknowledged().released().answered().resolved().later(24)
    story.reopened().merged().later().unmerged().erased().claimed("agent:gerd").contradicted().noted(by_holder=True)
    story.duplicate_added().later().duplicate_removed().rerouted("agent:gerd").forwarded("tiefbau", BERT).accepted()
    return story.consulted().answered().answer_recalled().answered().resolved().feedback().erased()


def deliveries(events: Sequence[PublishedEvent], partitions: int = 1, first_offset: int = 1) -> list[Delivery]:
    """The events as a feed delivers them: each subject in one partition, offsets counted in each."""
    offsets = {partition: count(first_offset) for partition in range(partitions)}
    made = []
    for event in events:
        partition = event.subject.int % partitions
        made.append(Delivery(partition, next(offsets[partition]), event, event.subject, event.version))
    return made
