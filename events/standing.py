"""What every published event of an inquiry says beside what happened: its standing and its provenance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where an inquiry is in its life; only ``open`` and ``waiting`` have a holder and a due time."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        return self in (State.OPEN, State.WAITING)


class Channel(StrEnum):
    """How the citizen reached the city."""

    PHONE = "phone"
    EMAIL = "email"
    COUNTER = "counter"
    LETTER = "letter"
    WEB = "web"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class ContentRef:
    """Points to a text in the content store. ``digest`` is a salted SHA-256 (hex) that commits to it."""

    content_id: UUID
    kind: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an inquiry stands: in whose hands, until when, and what is pending.

    Promise: while ``state.is_open``, ``holder`` and ``due_at`` are set; afterwards both are None.
    ``holder`` is ``desk:front``, ``desk:background``, ``agent:<id>`` or ``department:<id>``.
    ``department`` is the department whose matter it is, also while one of its people holds it.
    All times are UTC.
    """

    state: State
    reference: str
    channel: Channel
    received_at: datetime
    holder: str | None
    due_at: datetime | None
    due_policy: str | None = None
    service: str | None = None
    department: str | None = None
    offered_to: str | None = None
    offer_expires_at: datetime | None = None
    forwarded_by: str | None = None
    forwards: int = 0
    sent_back: int = 0
    callback_due_at: datetime | None = None
    waiting_since: datetime | None = None
    escalated_to: str | None = None
    acknowledged_until: datetime | None = None
    reopened: int = 0
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who did it, when, by which command, and because of what.

    ``occurred_at`` is business time (when it happened), ``recorded_at`` when the store wrote it.
    ``position`` is the place in the store's log; ``hash`` seals the event and, through ``previous_hash``,
    everything before it in the same inquiry. The identity of an event is (inquiry, version, hash).
    """

    actor: str
    command_id: UUID
    correlation_id: UUID
    causation_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    position: int
    hash: str
    previous_hash: str
    store_epoch: UUID
    traceparent: str | None = None
