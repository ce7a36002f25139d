"""Given, when, then over one inquiry: a desk with a clock that tests set, and nothing stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone.cause import Cause
from casebackbone.deadlines import Due
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import Refused
from events.standing import Channel, ContentRef

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMESPACE = UUID("6a3c4f0e-0000-4000-8000-000000000365")
Step = tuple[str, dict[str, Any]]
ANNA = "agent:anna"
BERND = "agent:bernd"
QUESTION = ContentRef(uuid5(NAMESPACE, "question"), "question", "ab" * 32)
ANSWER = ContentRef(uuid5(NAMESPACE, "answer"), "answer", "cd" * 32)
OTHER = "the desk's other inquiry"
"""In the arguments of a step: :attr:`Desk.other`."""


def cause(actor: str = ANNA, at: datetime = MONDAY) -> Cause:
    command_id = uuid5(NAMESPACE, f"{actor}{at}")
    return Cause(actor=actor, command_id=command_id, correlation_id=command_id, occurred_at=at, recorded_at=at)


def due(hours: int = 24, since: datetime = MONDAY) -> Due:
    return Due(since + timedelta(hours=hours), "test@1")


class Desk:
    """An inquiry that has been received, and another one; ``step`` performs a command on the first one, a minute later,
    and returns its event."""

    def __init__(self, department: str | None = None) -> None:
        self.now = MONDAY
        self.inquiry = received("inquiry", department=department)
        self.other = received("other", due(12))

    def given(self, *steps: Step) -> Desk:
        for step in steps:
            self.step(step)
        return self

    def step(
        self, step: str | Step, *, actor: str = ANNA, after: timedelta = timedelta(minutes=1), **arguments: Any
    ) -> Any:
        """By name with arguments, or one of the prepared steps below."""
        name, prepared = (step, {}) if isinstance(step, str) else step
        self.now += after
        self.inquiry.cause = self.other.cause = cause(actor, self.now)
        meant = {key: self.other if value is OTHER else value for key, value in {**prepared, **arguments}.items()}
        getattr(self.inquiry, name)(**meant)
        return self.inquiry.pending_events[-1]

    def refuses(self, code: str, step: str | Step, **arguments: Any) -> None:
        before = self._state()
        with pytest.raises(Refused) as refusal:
            self.step(step, **arguments)
        assert refusal.value.code == code
        assert self._state() == before

    def _state(self) -> Any:
        return [(len(one.pending_events), one.standing) for one in (self.inquiry, self.other)]


def received(name: str, due_at: Due | None = None, department: str | None = None) -> Inquiry:
    return Inquiry.receive(
        uuid5(NAMESPACE, name),
        cause(),
        reference="2222-2222-2222",
        channel=Channel.PHONE,
        due=due_at or due(),
        contents=[QUESTION],
        department=department,
    )


def offered(to: str = "strassen") -> Step:
    return "forward", {"to": to, "reason": "responsible", "expires_at": MONDAY + timedelta(hours=4)}


def accepted(by: str = "strassen") -> Step:
    return "accept", {"department": by}


def rejected(by: str = "strassen") -> Step:
    return "reject", {"department": by, "reason": "not_responsible"}


ANSWERED = ("answer", {"contents": [ANSWER]})
CLAIMED = ("claim", {"agent": ANNA})
RESOLVED = ("resolve", {"outcome": "answered"})
MERGED = ("merge", {"into": OTHER})
PAUSED = ("pause", {"reason": "waiting_for_citizen", "remaining_minutes": 600, "until": due(240)})
