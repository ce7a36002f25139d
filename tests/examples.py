"""Named examples of published events, told as a story: ``Story().received().forwarded("tiefbau").accepted().events``.

Standings follow from step to step as the aggregate would have them, versions count, hashes are chained. Nothing here
reads a clock or draws at random, so that the same story is the same events.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from events import inquiry as happened
from events.channel import Delivery
from events.inquiry import InquiryEvent
from events.standing import Channel, ContentRef, Provenance, Standing, State

NAMES = UUID("6a0e1f1c-5d3b-4c7e-9d0e-115115115115")
EPOCH = uuid5(NAMES, "epoch")
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
"""A Monday."""
GENESIS = "0" * 64
FRONT, BACKGROUND = "desk:front", "desk:background"
ANNA, BERT = "agent:anna", "agent:bert"


def inquiry_id(name: str | int) -> UUID:
    """The id of the inquiry that tests call ``name``."""
    return uuid5(NAMES, f"inquiry {name}")


def content(name: str, kind: str = "question") -> ContentRef:
    return ContentRef(uuid5(NAMES, name), kind, hashlib.sha256(name.encode()).hexdigest())


class Story:
    """What happens to one inquiry, step by step; each step takes ``hours`` (none by default).

    ``positions`` gives the places in the store's log; share one among stories that are told at the same time.
    """

    def __init__(self, name: str | int = "one", *, at: datetime = NOON, positions: Any = None, salt: str = "") -> None:
        self.name = name
        self.id = inquiry_id(name)
        self.now = at
        self.events: list[InquiryEvent] = []
        self._positions = positions if positions is not None else count(1)
        self._salt = salt
        self._before_merge: str | None = None

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

    def classified(self, service: str = "99012003000000") -> Story:
        return self._add(happened.InquiryClassified, service=service, previous_service=self.standing.service)

    def claimed(self, by: str = ANNA) -> Story:
        return self._add(happened.InquiryClaimed, holder=by, actor=by, taken_from=self.standing.holder)

    def released(self, reason: str = "end_of_shift") -> Story:
        return self._add(happened.InquiryReleased, holder=self._home(), reason=reason)

    def sent_to_background(self) -> Story:
        return self._add(happened.InquiryReleased, holder=BACKGROUND, department=None, reason="peak")

    def answered(self, first_contact: bool = False) -> Story:
        return self._add(
            happened.InquiryAnswered,
            callback_due_at=None,
            contents=(content(f"{self.name} answer", "answer"),),
            first_contact=first_contact,
            article_id=None,
            article_version=None,
        )

    def forwarded(self, to: str = "tiefbau", by: str = ANNA, reason: str = "responsible") -> Story:
        return self._add(
            happened.InquiryForwarded,
            actor=by,
            offered_to=to,
            offer_expires_at=self.now + timedelta(hours=4),
            forwarded_by=by,
            forwards=self.standing.forwards + 1,
            to=to,
            reason=reason,
            contents=(),
        )

    def accepted(self, holder: str | None = None) -> Story:
        department = str(self.standing.offered_to)
        return self._add(
            happened.InquiryForwardAccepted,
            holder=holder or f"department:{department}",
            set_department=department,
            offered_to=None,
            offer_expires_at=None,
            department=department,
            taken_from=self.standing.holder,
        )

    def rejected(self, reason: str = "not_responsible", suggestion: str | None = None) -> Story:
        return self._sent_back(happened.InquiryForwardRejected, reason=reason, suggestion=suggestion, contents=())

    def expired(self) -> Story:
        return self._sent_back(happened.InquiryForwardExpired)

    def recalled(self) -> Story:
        department = self.standing.offered_to
        return self._add(happened.InquiryForwardRecalled, offered_to=None, offer_expires_at=None, department=department)

    def callback_promised(self, within: timedelta = timedelta(hours=24)) -> Story:
        return self._add(
            happened.InquiryCallbackPromised, callback_due_at=self.now + within, not_before=None, contents=()
        )

    def contacted(self, reached: bool = True) -> Story:
        kept = None if reached else self.standing.callback_due_at
        return self._add(happened.InquiryCitizenContacted, callback_due_at=kept, reached=reached, contents=())

    def paused(self, until: timedelta = timedelta(days=14)) -> Story:
        return self._add(
            happened.InquiryPaused,
            state=State.WAITING,
            waiting_since=self.now,
            due_at=self.now + until,
            reason="waiting_for_citizen",
            remaining_minutes=600,
        )

    def resumed(self) -> Story:
        return self._add(
            happened.InquiryResumed, state=State.OPEN, waiting_since=None, due_at=self.now + timedelta(hours=10)
        )

    def noted(self) -> Story:
        return self._add(happened.InquiryNoteAdded, contents=(content(f"{self.name} note", "note"),))

    def due_changed(self, due_at: datetime | None = None) -> Story:
        before = self.standing.due_at
        return self._add(
            happened.InquiryDueChanged,
            due_at=due_at or self.now + timedelta(hours=72),
            previous_due_at=before,
            reason="agreed_with_citizen",
        )

    def escalated(self, to: str = "agent:chefin", reason: str = "overdue") -> Story:
        return self._add(happened.InquiryEscalated, escalated_to=to, acknowledged_until=None, to=to, reason=reason)

    def acknowledged(self) -> Story:
        return self._add(happened.InquiryEscalationAcknowledged, acknowledged_until=self.now + timedelta(hours=24))

    def resolved(self, outcome: str = "answered") -> Story:
        return self._closed(happened.InquiryResolved, State.RESOLVED, outcome=outcome)

    def reopened(self, reason: str = "contradicted") -> Story:
        return self._add(
            happened.InquiryReopened,
            state=State.OPEN,
            holder=self._home(),
            due_at=self.now + timedelta(hours=48),
            reopened=self.standing.reopened + 1,
            reason=reason,
            contents=(),
        )

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
            merged_from=self.standing.merged_into,
        )

    def erased(self) -> Story:
        return self._add(
            happened.InquiryContentErased, content_ids=(uuid5(NAMES, f"{self.name} question"),), basis="request"
        )

    # --- time and what was told --------------------------------------------------------------------------------------

    def later(self, hours: float = 1) -> Story:
        """Time passes."""
        self.now += timedelta(hours=hours)
        return self

    @property
    def standing(self) -> Standing:
        return self.events[-1].standing

    @property
    def last(self) -> InquiryEvent:
        return self.events[-1]

    def _home(self) -> str:
        return f"department:{self.standing.department}" if self.standing.department else FRONT

    def _sent_back(self, kind: type[InquiryEvent], **own: Any) -> Story:
        return self._add(
            kind,
            holder=FRONT,
            set_department=None,
            offered_to=None,
            offer_expires_at=None,
            sent_back=self.standing.sent_back + 1,
            department=self.standing.offered_to,
            **own,
        )

    def _closed(self, kind: type[InquiryEvent], state: State, **more: Any) -> Story:
        return self._add(
            kind,
            state=state,
            holder=None,
            due_at=None,
            due_policy=None,
            waiting_since=None,
            callback_due_at=None,
            escalated_to=None,
            acknowledged_until=None,
            **more,
        )

    def _add(
        self, kind: type[InquiryEvent], base: Standing | None = None, *, actor: str = ANNA, **changes: Any
    ) -> Story:
        own_names = set(kind.__dataclass_fields__) - set(InquiryEvent.__dataclass_fields__)
        own = {name: value for name, value in changes.items() if name in own_names}
        standing_changes = {name: value for name, value in changes.items() if name not in own_names}
        if "set_department" in standing_changes:
            standing_changes["department"] = standing_changes.pop("set_department")
        standing = replace(base or self.standing, **standing_changes)
        version = len(self.events) + 1
        provenance = self._provenance(kind, version, actor)
        self.events.append(kind(inquiry_id=self.id, version=version, standing=standing, provenance=provenance, **own))
        return self

    def _provenance(self, kind: type[InquiryEvent], version: int, actor: str) -> Provenance:
        previous = self.events[-1].provenance.hash if self.events else GENESIS
        sealed = f"{self.id}:{version}:{kind.type}:{self.now.isoformat()}:{previous}:{self._salt}"
        return Provenance(
            actor=actor,
            command_id=uuid5(NAMES, f"command {self.name} {version}"),
            correlation_id=uuid5(NAMES, f"correlation {self.name}"),
            causation_id=f"{self.id}:{version - 1}" if version > 1 else None,
            occurred_at=self.now,
            recorded_at=self.now + timedelta(seconds=1),
            position=next(self._positions),
            hash=hashlib.sha256(sealed.encode()).hexdigest(),
            previous_hash=previous,
            store_epoch=EPOCH,
        )


def whole_life(name: str | int = "whole", **options: Any) -> Story:
    """One inquiry to which everything happens that can: each type of event at least once."""
    story = Story(name, **options).received().later().classified().claimed().noted().later()
    story.forwarded("tiefbau").later(5).expired().forwarded("ordnungsamt").later().rejected(suggestion="gruenflaechen")
    story.claimed(BERT).forwarded("gruenflaechen", BERT).recalled().forwarded("gruenflaechen", BERT).later().accepted()
    story.claimed("agent:gerd").callback_promised().contacted(reached=False).later().contacted().paused().later(30)
    story.resumed().due_changed().later().escalated().acknowledged().released().answered().resolved().later(24)
    return story.reopened().merged().later().unmerged().erased().claimed("agent:gerd").answered().resolved().erased()


def deliveries(events: list[InquiryEvent], partitions: int = 1, first_offset: int = 1) -> list[Delivery]:
    """The events as a feed delivers them: each inquiry in one partition, offsets counted in each."""
    offsets = {partition: count(first_offset) for partition in range(partitions)}
    made = []
    for event in events:
        partition = event.inquiry_id.int % partitions
        made.append(Delivery(partition, next(offsets[partition]), event, event.inquiry_id, event.version))
    return made
