"""Domain event to stored bytes and back, sealed by a hash chain within each inquiry.

Stored is ``{"hash":"<hex>","event":<body>}``. The hash covers inquiry, version, topic and the body's bytes as they are
stored, and the body holds the predecessor's hash: an edit, a deletion or a swap breaks the chain at its place.
Upcasting works on what was read and never touches the bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    DatetimeAsISO,
    EventStore,
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    Notification,
    Recording,
    StoredEvent,
    Transcoding,
    UUIDAsHex,
)

from events.standing import Channel, ContentRef, Standing, State

_HEAD = b'{"hash":"'
_MIDDLE = b'","event":'
_BODY = len(_HEAD) + 64 + len(_MIDDLE)


def event_hash(inquiry_id: UUID | str, version: int, topic: str, body: bytes) -> str:
    """SHA-256 (hex) that seals one stored event; its body holds the predecessor's."""
    return hashlib.sha256(f"{inquiry_id}:{version}:{topic}:".encode() + body).hexdigest()


def sealed(hash_: str, body: bytes) -> bytes:
    """The stored form of a body."""
    return _HEAD + hash_.encode() + _MIDDLE + body + b"}"


def unsealed(state: bytes) -> tuple[str, bytes]:
    """Hash and body of a stored form. Raises ValueError for bytes that are none."""
    if not (state.startswith(_HEAD) and state[_BODY - len(_MIDDLE) : _BODY] == _MIDDLE and state.endswith(b"}")):
        raise ValueError("not a sealed event")
    return state[len(_HEAD) : len(_HEAD) + 64].decode("ascii"), state[_BODY:-1]


class StandingAsDict(Transcoding):
    """Only what is set; times in ISO form."""

    type = Standing
    name = "standing"
    _times = tuple(field.name for field in fields(Standing) if "datetime" in str(field.type))

    def encode(self, obj: Standing) -> dict[str, Any]:
        encoded: dict[str, Any] = {}
        for name in Standing.__dataclass_fields__:
            value = getattr(obj, name)
            if value is not None:
                encoded[name] = value.isoformat() if isinstance(value, datetime) else value
        return encoded

    def decode(self, data: dict[str, Any]) -> Standing:
        for name in self._times:
            if name in data:
                data[name] = datetime.fromisoformat(data[name])
        data.setdefault("holder", None)
        data.setdefault("due_at", None)
        return Standing(**{**data, "state": State(data["state"]), "channel": Channel(data["channel"])})


class ContentRefAsList(Transcoding):
    type = ContentRef
    name = "content"

    def encode(self, obj: ContentRef) -> list[Any]:
        return [obj.content_id.hex, obj.kind, obj.digest]

    def decode(self, data: list[Any]) -> ContentRef:
        return ContentRef(UUID(data[0]), data[1], data[2])


def transcoder() -> JSONTranscoder:
    """JSON for everything that a domain event of ours holds."""
    made = JSONTranscoder()
    for transcoding in (UUIDAsHex(), DatetimeAsISO(), StandingAsDict(), ContentRefAsList()):
        made.register(transcoding)
    return made


class ChainedMapper(Mapper[UUID]):
    """The library's mapper, with the seal around what it stores. Loaded events have their ``hash``."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        plain = super().to_stored_event(domain_event)
        seal = event_hash(plain.originator_id, plain.originator_version, plain.topic, plain.state)
        return StoredEvent(plain.originator_id, plain.originator_version, plain.topic, sealed(seal, plain.state))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        try:
            seal, body = unsealed(stored_event.state)
        except ValueError as error:
            raise MapperDeserialisationError(
                f"{stored_event.originator_id} version {stored_event.originator_version}: {error}"
            ) from None
        event = super().to_domain_event(
            StoredEvent(stored_event.originator_id, stored_event.originator_version, stored_event.topic, body)
        )
        object.__setattr__(event, "hash", seal)
        return event


class ChainedEventStore(EventStore[UUID]):
    """Links the events of one save to each other; the first is linked to what its aggregate was loaded from."""

    def put(self, domain_events: Sequence[DomainEventProtocol[UUID]], **kwargs: Any) -> list[Recording[UUID]]:
        heads: dict[UUID, str] = {}
        stored = []
        for event in domain_events:
            if event.originator_id in heads:
                object.__setattr__(event, "previous", heads[event.originator_id])
            row = self.mapper.to_stored_event(event)
            heads[event.originator_id] = unsealed(row.state)[0]
            stored.append(row)
        return self._record(domain_events, stored, **kwargs)

    def _record(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], stored: list[StoredEvent], **kwargs: Any
    ) -> list[Recording[UUID]]:
        ids = self.recorder.insert_events(stored, **kwargs) or ()
        return [
            Recording(event, Notification(row.originator_id, row.originator_version, row.topic, row.state, id=position))
            for event, row, position in zip(domain_events, stored, ids, strict=True)
        ]
