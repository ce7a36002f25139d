"""What a save stores beside its events, and how it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.persistence import IntegrityError, OperationalError, PersistenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow:
    """A text with the salt of its digest. After erasure ``text`` and ``salt`` are None and ``erased_at`` is set."""

    content_id: UUID
    inquiry_id: UUID
    kind: str
    text: str | None
    salt: bytes | None
    digest: str
    created_at: datetime
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """The record of one command. ``position`` is filled by the recorder with the position of its last event."""

    command_id: UUID
    principal: str
    request_digest: str
    subject: UUID
    version: int
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPosition:
    """How far a topic has been filled: ``next_offsets`` has the offset after the last record of each partition."""

    topic: str
    topic_id: str
    store_epoch: UUID
    position: int
    next_offsets: dict[int, int]


class CommandAlreadyRecorded(IntegrityError):
    """This very command has been stored before."""


class CommandInProgress(PersistenceError):
    """Another transaction is storing this very command at this moment."""


class OutcomeUnknown(OperationalError):
    """The connection was lost at COMMIT: it may or may not be stored. The command record will tell; ask again."""


class SchemaOutOfDate(Exception):
    """The database was not prepared for this version of the software."""


class RelayFenced(Exception):
    """Another relay has moved the position: this one must end."""


class RelayAlreadyRunning(Exception):
    """Another relay holds the lock on this topic."""
