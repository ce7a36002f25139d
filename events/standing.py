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


ESCALATION_CAUSES = frozenset({"callback_missed", "overdue", "waiting_over", "silent"})
"""Reasons of an escalation that hold or do not hold by themselves. Any other is a person's word, until acknowledged."""


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
    ``area`` is an AGS or ARS key: where it is about. ``forwards`` are the doors that it was sent to, ``sent_back`` how
    often it came back from one, ``lost_minutes`` the service time that it lost between doors, ``circles`` how often it
    was sent where it had been before. ``escalated_to`` was last told ``escalated_at`` because of ``escalated_for``, and
    will be once more at ``escalate_again_at`` when nobody has acknowledged until then.
    ``attention``: why its holder should look at it, until they do something about it. All times are UTC.
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
    area: str | None = None
    offered_at: datetime | None = None
    lost_minutes: int = 0
    circles: int = 0
    callback_not_before: datetime | None = None
    callback_attempts: int = 0
    escalate_again_at: datetime | None = None
    attention: str | None = None
    attention_since: datetime | None = None
    escalated_at: datetime | None = None
    escalated_for: str | None = None


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
