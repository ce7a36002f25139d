"""Published events as the domain events that they are published from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from eventsourcing.domain import CanInitAggregate

from casebackbone.inquiry import Inquiry
from casebackbone.translation import PUBLISHED
from events.published import PublishedEvent

_STORED = {published: stored for stored, published in PUBLISHED.items()}
_COMMON = ("version", "provenance")


def recorded(event: PublishedEvent, previous: str, **unpublished: Any) -> Any:
    """What is stored of ``event``, behind the one with the hash ``previous``."""
    said, kind = event.provenance, _STORED[type(event)]
    own = {field.name: getattr(event, field.name) for field in fields(event)}
    own = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
    for name in (*_COMMON, event.identity):
        del own[name]
    if issubclass(kind, CanInitAggregate):
        own["originator_topic"] = Inquiry.TOPIC
    return kind(  # type: ignore[call-arg]
        originator_id=event.subject,
        originator_version=event.version,
        timestamp=said.recorded_at,
        actor=said.actor,
        command_id=said.command_id,
        correlation_id=said.correlation_id,
        causation_id=said.causation_id,
        occurred_at=said.occurred_at,
        traceparent=said.traceparent,
        previous=previous,
        **own,
        **unpublished,
    )
