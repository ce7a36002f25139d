"""What every aggregate and every stored event has: an origin, a seal's predecessor, and time that runs forwards."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from eventsourcing.domain import AggregateEvent, BaseAggregate, OriginatorVersionError

from casebackbone.cause import Cause
from casebackbone.refusals import Conflict

GENESIS = "0" * 64
"""What stands for the predecessor's hash in a subject's first event."""


class RecordedEvent(AggregateEvent):
    """A stored event: origin (:class:`casebackbone.cause.Cause`) and the predecessor's hash.

    Applying one assigns, and decides nothing. The stored topics are explicit (``inquiry.received``), so that a module
    may be renamed without touching the record. A field that is added later raises ``class_version`` and brings an
    ``upcast_vN_vN+1`` that fills it in old events.
    """

    TOPIC: ClassVar[str] = "event"

    actor: str
    command_id: UUID
    correlation_id: UUID
    causation_id: str | None
    occurred_at: datetime
    traceparent: str | None
    previous: str

    if TYPE_CHECKING:
        hash: str  # set by the mapper: it seals the stored bytes, so it cannot be among them

    def apply(self, aggregate: Any) -> None:
        aggregate.last_occurred_at = self.occurred_at


class Recorded(BaseAggregate[UUID]):
    """An aggregate whose commands guard first and then trigger one event. Guards never run on replay.

    What it holds is immutable, but for the dicts, lists and sets that hold it: so :meth:`copied` is cheap.
    """

    if TYPE_CHECKING:  # the library would make a dataclass of it otherwise
        cause: Cause
        last_occurred_at: datetime
        head: str

    @classmethod
    def _begin(cls, event_class: type[Any], subject: UUID, cause: Cause, **fields: Any) -> Self:
        made = cls._create(event_class, id=subject, previous=GENESIS, **origin(cause), **fields)
        made.cause = cause
        made.head = GENESIS
        return made

    def _record(self, event_class: type[Any], **fields: Any) -> None:
        """Trigger an event of the command under way. Raises Conflict if it would have happened before the last one."""
        if self.cause.occurred_at < self.last_occurred_at:
            raise Conflict(
                "before_the_last_event",
                f"Der Zeitpunkt {self.cause.occurred_at.isoformat()} liegt vor dem letzten Schritt "
                f"({self.last_occurred_at.isoformat()}).",
            )
        self.trigger_event(event_class, previous=self.head, **origin(self.cause), **fields)

    def copied(self) -> Self:
        """One that can be changed without changing this one."""
        made = copy.copy(self)
        for name, value in vars(made).items():
            if isinstance(value, dict | list | set):
                setattr(made, name, value.copy())
        return made


def fold(aggregate: Any, events: Iterable[Any]) -> Any:
    """Apply stored events. Without the library's Protocol check, which is two thirds of its cost per event.

    Raises OriginatorVersionError for events that do not begin with the first one, or leave one out.
    """
    for event in events:
        if aggregate is None and event.originator_version != 1:
            raise OriginatorVersionError(f"{event.originator_id} begins with version {event.originator_version}")
        aggregate = event.mutate(aggregate)
        aggregate.head = event.hash
    return aggregate


def origin(cause: Cause) -> dict[str, Any]:
    return {
        "timestamp": cause.recorded_at,
        "actor": cause.actor,
        "command_id": cause.command_id,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "occurred_at": cause.occurred_at,
        "traceparent": cause.traceparent,
    }
