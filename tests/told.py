"""How a story of examples is kept: standings that follow from each other, versions that count, hashes that chain."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self
from uuid import UUID, uuid5

from events.inquiry import InquiryEvent
from events.standing import ContentRef, Provenance, Standing, State

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


SEEN: dict[str, Any] = {"attention": None, "attention_since": None}
NO_OFFER: dict[str, Any] = {"offered_to": None, "offered_at": None, "offer_expires_at": None}
NO_CALLBACK: dict[str, Any] = {"callback_due_at": None, "callback_not_before": None, "callback_attempts": 0}


def minutes(time: timedelta) -> int:
    """Of the clock: stories know no calendar."""
    return time // timedelta(minutes=1)


class Told:
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

    # --- time and what was told --------------------------------------------------------------------------------------

    def later(self, hours: float = 1) -> Self:
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
        return minutes(self.now - self.standing.offered_at) if self.standing.offered_at else 0

    def _sent_back(self, kind: type[InquiryEvent], **own: Any) -> Self:
        lost = self._offered_minutes()
        self._came_back_at = self.now
        self._been_to.add(str(self.standing.offered_to))
        return self._add(
            kind,
            holder=FRONT,
            set_department=None,
            **NO_OFFER,
            sent_back=self.standing.sent_back + 1,
            lost_minutes=self.standing.lost_minutes + lost,
            department=self.standing.offered_to,
            offered_minutes=lost,
            **own,
        )

    def _closed(self, kind: type[InquiryEvent], state: State, **more: Any) -> Self:
        return self._add(
            kind,
            state=state,
            holder=None,
            due_at=None,
            due_policy=None,
            waiting_since=None,
            **NO_CALLBACK,
            escalated_to=None,
            escalated_at=None,
            escalated_for=None,
            escalate_again_at=None,
            acknowledged_until=None,
            **SEEN,
            **more,
        )

    def _add(
        self, kind: type[InquiryEvent], base: Standing | None = None, *, actor: str = ANNA, **changes: Any
    ) -> Self:
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
