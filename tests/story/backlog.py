"""A month in which people worked and no caretaker ran, and what has to be done about it, once, when one comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.bootstrap import System
from api.settings import read_settings
from casebackbone import commands as do
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.content import Text
from casebackbone.reference import new_reference
from events.standing import Channel

SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))
NOTE = [Text("note", "Rückfrage")]
Fired = dict[UUID, Counter[str]]


def a_month_ago() -> datetime:
    """At ten in the morning of a working day."""
    day = (datetime.now(UTC) - timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
    return day - timedelta(days=max(0, day.weekday() - 4))


@dataclass
class Backlog:
    """``expected``: for each inquiry, the causes by which the caretaker has to have done something to it."""

    system: System
    now: datetime
    expected: Fired = field(default_factory=dict)

    def receive(self, *then: Any) -> UUID:
        inquiry_id = uuid4()
        receive = do.Receive(channel=Channel.PHONE, reference=new_reference())
        self.system.application.receive(self._order(inquiry_id), receive, *then)
        self.expected[inquiry_id] = Counter()
        return inquiry_id

    def later(self, inquiry_id: UUID, command: Any, **after: float) -> None:
        self.system.application.handle(self._order(inquiry_id, timedelta(**after)), command)

    def expects(self, inquiry_id: UUID, *kinds: str) -> None:
        standing = self.system.application.inquiry(inquiry_id).standing
        times = {
            "offer": standing.offer_expires_at,
            "overdue": standing.due_at,
            "waiting_over": standing.due_at,
            "callback_missed": standing.callback_due_at,
            "escalate_again": standing.escalate_again_at,
        }
        for kind in kinds:
            at = times[kind]
            assert at is not None
            self.expected[inquiry_id][f"deadline:{kind}:{at.isoformat()}"] += 1

    def fill(self, times: int) -> Backlog:
        """Of each kind so many, and some that nothing is to be done about."""
        for _ in range(times):
            self.expects(self.receive(), "overdue")
            self.expects(self.receive(do.Forward(to="Tiefbau")), "offer", "overdue")
            self.expects(self.receive(do.PromiseCallback()), "callback_missed")
            self.expects(self.receive(do.Pause()), "waiting_over")
            complaint = do.Escalate(to="agent:sven", reason="complaint")
            self.expects(self.receive(complaint), "escalate_again")
            self.later(self.receive(), do.Resolve(outcome="withdrawn"), hours=2)
            later = do.ChangeDue(due_at=datetime.now(UTC) + timedelta(days=60), reason="law")
            quiet = self.receive(later)
            self.later(quiet, do.Note(texts=NOTE), days=(datetime.now(UTC) - self.now).days)
        return self

    def fired(self) -> Fired:
        """What the caretaker has done, by inquiry and cause."""
        found: Fired = {}
        for inquiry_id in self.expected:
            events = self.system.application.history(inquiry_id)
            found[inquiry_id] = Counter(
                str(event.causation_id) for event in events if event.actor == "system:caretaker"
            )
        return found

    @property
    def total(self) -> int:
        return sum(sum(causes.values()) for causes in self.expected.values())

    @property
    def done(self) -> int:
        return sum(sum(causes.values()) for causes in self.fired().values())

    def _order(self, inquiry_id: UUID, after: timedelta = timedelta(0)) -> Order:
        command_id, at = uuid4(), self.now + after
        cause = Cause(
            actor=SVEN.actor, command_id=command_id, correlation_id=command_id, occurred_at=at, recorded_at=at
        )
        return Order(principal=SVEN, cause=cause, subject=inquiry_id, request_digest="0" * 64)


def backlog(environment: Mapping[str, str], times: int) -> Backlog:
    """In a prepared installation with these settings. Close its ``system`` afterwards."""
    return Backlog(System(read_settings(environment)), a_month_ago()).fill(times)
