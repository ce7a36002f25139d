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


_SEEN: dict[str, Any] = {"attention": None, "attention_since": None}
_NO_OFFER: dict[str, Any] = {"offered_to": None, "offered_at": None, "offer_expires_at": None}
_NO_CALLBACK: dict[str, Any] = {"callback_due_at": None, "callback_not_before": None, "callback_attempts": 0}


def _minutes(time: timedelta) -> int:
    """Of the clock: stories know no calendar."""
    return time // timedelta(minutes=1)


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
        self._been_to: set[str] = set()
        self._came_back_at: datetime | None = None

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

    def answered(self, first_contact: bool = False) -> Story:
        return self._add(
            happened.InquiryAnswered,
            **_SEEN,
            **_NO_CALLBACK,
            promised_until=self.standing.callback_due_at,
            contents=(content(f"{self.name} answer", "answer"),),
            first_contact=first_contact,
            article_id=None,
            article_version=None,
        )

    def forwarded(
        self, to: str = "tiefbau", by: str = ANNA, reason: str = "responsible", *, proposed: str | None = None
    ) -> Story:
        circular = to in self._been_to
        lost = 0 if self._came_back_at is None else _minutes(self.now - self._came_back_at)
        self._came_back_at = None
        return self._add(
            happened.InquiryForwarded,
            **_SEEN,
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
            **_NO_OFFER,
            department=department,
            taken_from=self.standing.holder,
            offered_minutes=self._offered_minutes(),
        )

    def rejected(self, reason: str = "not_responsible", suggestion: str | None = None) -> Story:
        return self._sent_back(happened.InquiryForwardRejected, reason=reason, suggestion=suggestion, contents=())

    def expired(self) -> Story:
        return self._sent_back(happened.InquiryForwardExpired)

    def recalled(self) -> Story:
        minutes = self._offered_minutes()
        self._came_back_at = self.now
        return self._add(
            happened.InquiryForwardRecalled,
            **_NO_OFFER,
            lost_minutes=self.standing.lost_minutes + minutes,
            department=self.standing.offered_to,
            offered_minutes=minutes,
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
            changes |= {**_NO_OFFER, "lost_minutes": lost, "sent_back": before.sent_back + (not holds)}
            self._came_back_at = self.now
        return self._add(
            happened.InquiryRerouted,
            **changes,
            **self._calling("rerouted"),
            reason="left",
            moved_from=before.holder if holds else None,
            withdrawn_from=department if asked else None,
        )

    def callback_promised(self, within: timedelta = timedelta(hours=24), not_before: timedelta | None = None) -> Story:
        begins = None if not_before is None else self.now + not_before
        return self._add(
            happened.InquiryCallbackPromised,
            **_SEEN,
            callback_due_at=self.now + within,
            callback_not_before=begins,
            callback_attempts=0,
            not_before=begins,
            contents=(),
        )

    def contacted(self, reached: bool = True) -> Story:
        tried = {"callback_attempts": self.standing.callback_attempts + 1}
        return self._add(
            happened.InquiryCitizenContacted,
            **_SEEN,
            **(_NO_CALLBACK if reached else tried),
            reached=reached,
            contents=(),
            promised_until=self.standing.callback_due_at,
        )

    def paused(self, until: timedelta = timedelta(days=14)) -> Story:
        return self._add(
            happened.InquiryPaused,
            **_SEEN,
            state=State.WAITING,
            waiting_since=self.now,
            due_at=self.now + until,
            reason="waiting_for_citizen",
            remaining_minutes=600,
        )

    def resumed(self) -> Story:
        return self._add(
            happened.InquiryResumed,
            **_SEEN,
            state=State.OPEN,
            waiting_since=None,
            due_at=self.now + timedelta(hours=10),
        )

    def noted(self, by_holder: bool = False) -> Story:
        seen = _SEEN if by_holder else {}
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

    def duplicate_added(self, duplicate: str | int = "duplicate") -> Story:
        return self._add(
            happened.InquiryDuplicateAdded, **self._calling("duplicate_added"), duplicate=inquiry_id(duplicate)
        )

    def duplicate_removed(self, duplicate: str | int = "duplicate") -> Story:
        calling = self._calling("duplicate_removed") if self.standing.state.is_open else {}
        return self._add(happened.InquiryDuplicateRemoved, **calling, duplicate=inquiry_id(duplicate))

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

    def _calling(self, attention: str) -> dict[str, Any]:
        return {"attention": attention, "attention_since": self.now}

    def _offered_minutes(self) -> int:
        return _minutes(self.now - self.standing.offered_at) if self.standing.offered_at else 0

    def _sent_back(self, kind: type[InquiryEvent], **own: Any) -> Story:
        minutes = self._offered_minutes()
        self._came_back_at = self.now
        self._been_to.add(str(self.standing.offered_to))
        return self._add(
            kind,
            holder=FRONT,
            set_department=None,
            **_NO_OFFER,
            sent_back=self.standing.sent_back + 1,
            lost_minutes=self.standing.lost_minutes + minutes,
            department=self.standing.offered_to,
            offered_minutes=minutes,
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
            **_NO_CALLBACK,
            escalated_to=None,
            escalate_again_at=None,
            acknowledged_until=None,
            **_SEEN,
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
        if standing.department is not None:
            self._been_to.add(standing.department)
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
    story.reopened().merged().later().unmerged().erased().claimed("agent:gerd").contradicted().noted(by_holder=True)
    story.duplicate_added().later().duplicate_removed().rerouted("agent:gerd").forwarded("tiefbau", BERT).accepted()
    return story.answered().resolved().erased()


def deliveries(events: list[InquiryEvent], partitions: int = 1, first_offset: int = 1) -> list[Delivery]:
    """The events as a feed delivers them: each inquiry in one partition, offsets counted in each."""
    offsets = {partition: count(first_offset) for partition in range(partitions)}
    made = []
    for event in events:
        partition = event.inquiry_id.int % partitions
        made.append(Delivery(partition, next(offsets[partition]), event, event.inquiry_id, event.version))
    return made
