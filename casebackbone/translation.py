"""Domain event to published event: a pure function of one stored event, its position and the store's epoch.

Most events are published field by field under the same name; the pairing below is all that there is to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from casebackbone import article_events, desk_events, directory_events, inquiry_events, task_events
from casebackbone.recorded import RecordedEvent
from events import article, desk, directory, inquiry, task
from events.published import PublishedEvent
from events.standing import Provenance

_FAMILIES: tuple[tuple[Mapping[str, type[RecordedEvent]], Any, str], ...] = (
    (inquiry_events.STORED, inquiry, "Inquiry"),
    (directory_events.STORED, directory, ""),
    (desk_events.STORED, desk, ""),
    (article_events.STORED, article, ""),
    (task_events.STORED, task, ""),
)
"""Stored events, the module of their published ones, and what the name of these has in front."""


def _pairs() -> Iterator[tuple[type[RecordedEvent], type[PublishedEvent]]]:
    for stored, module, prefix in _FAMILIES:
        for event in stored.values():
            yield event, getattr(module, f"{prefix}{event.__name__}")


PUBLISHED: dict[type[RecordedEvent], type[PublishedEvent]] = dict(_pairs())
_COMMON = {field.name for field in fields(PublishedEvent)}
_OWN: dict[type[RecordedEvent], tuple[str, ...]] = {
    event: tuple(field.name for field in fields(public) if field.name not in {*_COMMON, public.identity})
    for event, public in PUBLISHED.items()
}


def publish(event: RecordedEvent, *, position: int, store_epoch: UUID) -> PublishedEvent:
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
    kind = PUBLISHED[type(event)]
    own: dict[str, Any] = {name: _frozen(getattr(event, name)) for name in _OWN[type(event)]}
    own[kind.identity] = event.originator_id
    return kind(version=event.originator_version, provenance=provenance, **own)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
