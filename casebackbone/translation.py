"""Domain event to published event: a pure function of one stored event, its position and the store's epoch.

Most events are published field by field under the same name; the pairing below is all that there is to decide.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from casebackbone import inquiry_events as domain
from events import inquiry as published
from events.standing import Provenance

PUBLISHED: dict[type[domain.InquiryEvent], type[published.InquiryEvent]] = {
    event: getattr(published, f"Inquiry{event.__name__}") for event in domain.STORED.values()
}
_COMMON = {field.name for field in fields(published.InquiryEvent)}
_OWN: dict[type[domain.InquiryEvent], tuple[str, ...]] = {
    event: tuple(field.name for field in fields(public) if field.name not in _COMMON)
    for event, public in PUBLISHED.items()
}


def publish(event: domain.InquiryEvent, *, position: int, store_epoch: UUID) -> published.InquiryEvent:
    """What the world is told of a stored event. ``event`` comes from the store, so it has its ``hash``."""
    provenance = Provenance(
        actor=event.actor,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        occurred_at=event.occurred_at,
        recorded_at=event.timestamp,
        position=position,
        hash=event.hash,
        previous_hash=event.previous,
        store_epoch=store_epoch,
        traceparent=event.traceparent,
    )
    own: dict[str, Any] = {name: _frozen(getattr(event, name)) for name in _OWN[type(event)]}
    return PUBLISHED[type(event)](
        inquiry_id=event.originator_id,
        version=event.originator_version,
        standing=event.standing,
        provenance=provenance,
        **own,
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
