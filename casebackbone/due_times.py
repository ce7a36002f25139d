"""Due times from events alone: a pure function of events, calendar and policy version.

A due time is computed once, when its event happens, and stored in it. Here it is computed again, from what the events
say: under the promise that was in force it must come to the same, under another one it is what that would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from casebackbone import inquiry_events as happened
from casebackbone.deadlines import Promise
from casebackbone.recorded import RecordedEvent
from events.standing import State

_BY_IMPORT = "import:"


class Kind(StrEnum):
    """What is due. ``waiting``: somebody looks although the citizen has not come back. ``escalation``: somebody
    acknowledges it, or it escalates again. ``acknowledgement``: until then it is quiet."""

    REPLY = "reply"
    ACCEPTANCE = "acceptance"
    CALLBACK = "callback"
    WAITING = "waiting"
    ESCALATION = "escalation"
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class DueTime:
    """What ``event`` made due: as it is stored, and as it follows from the events."""

    event: happened.InquiryEvent
    kind: Kind
    stored: datetime
    computed: datetime


def due_times(events: Iterable[RecordedEvent], promise: Promise) -> Iterator[DueTime]:
    """Every due time that events of inquiries made, in their order. ``events`` are in order within each inquiry.

    Where a person named the time (a due time that was changed, a call that was agreed upon, an import that knew it),
    ``computed`` is that of the policy all the same, except for changed ones.
    """
    clock, due_at = PromiseClock(promise), dict[UUID, datetime | None]()
    for event in events:
        if isinstance(event, happened.InquiryEvent):
            computed = clock.take(event)
            before, due_at[event.originator_id] = due_at.get(event.originator_id), event.standing.due_at
            if isinstance(event, happened.DuplicateAdded) and event.standing.due_at == before:
                continue  # merging has brought nothing earlier
            for kind, stored in stored_due_times(event).items():
                yield DueTime(event, kind, stored, computed[kind])


def stored_due_times(event: happened.InquiryEvent) -> dict[Kind, datetime]:
    """What an event made due, as it is stored. Events that make nothing due carry the times of earlier ones.

    What another inquiry was merged into is due at the earlier one of both times: so often at the same as before.
    """
    after = event.standing
    match event:
        case happened.Received() | happened.Reopened() | happened.Unmerged() | happened.Resumed():
            found = {Kind.REPLY: after.due_at}
        case happened.DuplicateAdded() if after.state is State.OPEN:
            found = {Kind.REPLY: after.due_at}
        case happened.Paused():
            found = {Kind.WAITING: after.due_at}
        case happened.DueChanged():
            found = {Kind.WAITING if after.state is State.WAITING else Kind.REPLY: after.due_at}
        case happened.Forwarded():
            found = {Kind.ACCEPTANCE: after.offer_expires_at}
        case happened.CallbackPromised():
            found = {Kind.CALLBACK: after.callback_due_at}
        case happened.Escalated():
            found = {Kind.ESCALATION: after.escalate_again_at}
        case happened.EscalationAcknowledged():
            found = {Kind.ACKNOWLEDGEMENT: after.acknowledged_until}
        case _:
            found = {}
    return {kind: at for kind, at in found.items() if at is not None}


class PromiseClock:
    """What ``promise`` makes of the events of many inquiries, taken in order within each.

    It remembers of each open inquiry when its reply is due, and while it waits, how many service minutes were left; of
    one that was merged when it had been due, as the two events of a merge may come in either order.
    """

    def __init__(self, promise: Promise) -> None:
        self.promise = promise
        self._reply: dict[UUID, datetime] = {}
        self._left: dict[UUID, int] = {}
        self._merged: dict[UUID, datetime] = {}

    def left(self, inquiry_id: UUID) -> int | None:
        """Service minutes that were left when it was paused, None unless it waits."""
        return self._left.get(inquiry_id)

    @staticmethod
    def made_at(event: happened.InquiryEvent) -> datetime:
        """When a promise began that ``event`` made. An import that knows of none begins one when it imports."""
        if isinstance(event, happened.Received) and event.actor.startswith(_BY_IMPORT):
            promised_elsewhere = (event.standing.due_policy or "").startswith(_BY_IMPORT)
            return event.occurred_at if promised_elsewhere else event.timestamp
        return event.occurred_at

    def take(self, event: happened.InquiryEvent) -> dict[Kind, datetime]:
        """What the event made due under this promise: the kinds of :func:`stored_due_times`, and perhaps more.

        Raises ValueError for years that the calendar does not know.
        """
        inquiry_id, at, service = event.originator_id, event.occurred_at, event.standing.service
        match event:
            case happened.Received() | happened.Reopened() | happened.Unmerged():
                return self._replies(inquiry_id, self.promise.reply(self.made_at(event), service).at)
            case happened.Paused():
                due_at = self._reply.get(inquiry_id)
                self._left[inquiry_id] = self.promise.remaining(due_at, at) if due_at else event.remaining_minutes
                return {Kind.WAITING: self.promise.waiting(at, service).at}
            case happened.Resumed():
                return self._replies(inquiry_id, self.promise.shifted(at, self._left.pop(inquiry_id, 0)).at)
            case happened.DueChanged():
                return self._changed(event)
            case happened.Forwarded():
                return {Kind.ACCEPTANCE: self.promise.acceptance(at, service).at}
            case happened.CallbackPromised():
                return {Kind.CALLBACK: self.promise.callback(at, service).at}
            case happened.Escalated():
                return {Kind.ESCALATION: self.promise.escalate_again(at, service).at}
            case happened.EscalationAcknowledged():
                return {Kind.ACKNOWLEDGEMENT: self.promise.acknowledgement(at, service).at}
            case happened.DuplicateAdded():
                return self._sooner(event)
            case happened.Resolved() | happened.Merged():
                due_at = self._reply.pop(inquiry_id, None)
                waited = self._left.pop(inquiry_id, None) is not None
                self._merged.pop(inquiry_id, None)
                if isinstance(event, happened.Merged) and due_at is not None and not waited:
                    self._merged[inquiry_id] = due_at
        return {}

    def _sooner(self, event: happened.DuplicateAdded) -> dict[Kind, datetime]:
        """What was due earlier stays due then, while both run (see ``casebackbone/duplicates.py``)."""
        own, other = self._reply.get(event.originator_id), self._reply.get(event.duplicate)
        if own is None or event.originator_id in self._left:
            return {}
        if other is None:
            other = self._merged.pop(event.duplicate, None)
        elif event.duplicate in self._left:
            other = None
        return self._replies(event.originator_id, own if other is None else min(own, other))

    def _replies(self, inquiry_id: UUID, due_at: datetime) -> dict[Kind, datetime]:
        self._reply[inquiry_id] = due_at
        return {Kind.REPLY: due_at}

    def _changed(self, event: happened.DueChanged) -> dict[Kind, datetime]:
        """Said by a person: it holds under every policy."""
        changed = stored_due_times(event)
        if Kind.REPLY in changed:
            self._reply[event.originator_id] = changed[Kind.REPLY]
        return changed
