"""Given, when, then at the desk of one day: whole seconds since eight, a rule that a test can count on its fingers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone import desk_events as happened
from casebackbone.cause import Cause
from casebackbone.desk import Desk
from casebackbone.peaks import PeakRule
from casebackbone.recorded import fold
from casebackbone.refusals import Refused

EIGHT = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
NAMESPACE = UUID("6a3c4f0e-0000-4000-8000-000000000365")
RULE = PeakRule(opens_with_waiting=3, closes_with_waiting=1, closes_after_minutes=2, within_seconds=30)
LATE = timedelta(microseconds=1)


def at(seconds: float) -> datetime:
    return EIGHT + timedelta(seconds=seconds)


def cause(seconds: float = 0) -> Cause:
    command_id = uuid5(NAMESPACE, f"phone {seconds}")
    moment = at(seconds)
    return Cause(
        actor="system:tk", command_id=command_id, correlation_id=command_id, occurred_at=moment, recorded_at=moment
    )


class PhoneDesk:
    """A desk that has opened at eight. Every step says its second, and returns the events that it made."""

    def __init__(self) -> None:
        self.desk = Desk.open(date(2026, 5, 4), cause())

    def step(self, seconds: float, name: str, *arguments: Any, **named: Any) -> list[Any]:
        before = len(self.desk.pending_events)
        self.desk.cause = cause(seconds)
        getattr(self.desk, name)(*arguments, **named)
        return list(self.desk.pending_events[before:])

    def offered(self, call: str, seconds: float) -> list[Any]:
        return self.step(seconds, "offer", call, at(seconds), RULE)

    def answered(self, call: str, seconds: float, person: str | None = None) -> list[Any]:
        return self.step(seconds, "answer", call, at(seconds), RULE, person=person)

    def abandoned(self, call: str, seconds: float) -> list[Any]:
        return self.step(seconds, "abandon", call, at(seconds), RULE)

    def ended(self, call: str, seconds: float) -> list[Any]:
        return self.step(seconds, "end", call, at(seconds), RULE)

    def looked(self, seconds: float) -> list[Any]:
        return self.step(seconds, "look", RULE)

    def refuses(self, code: str, seconds: float, name: str, *arguments: Any, **named: Any) -> None:
        before = len(self.desk.pending_events)
        with pytest.raises(Refused) as refusal:
            self.step(seconds, name, *arguments, **named)
        assert (refusal.value.code, len(self.desk.pending_events)) == (code, before)

    def peaks(self) -> list[tuple[str, datetime]]:
        """What became of peaks, and when."""
        kinds = (happened.PeakOpened, happened.PeakClosed)
        found = [event for event in self.desk.pending_events if isinstance(event, kinds)]
        return [(event.reason, event.occurred_at) for event in found]

    def replayed(self) -> Desk:
        """The same desk from its events alone."""
        made: Desk | None = None
        for event in self.desk.pending_events:
            object.__setattr__(event, "hash", "ab" * 32)
            made = fold(made, [event])
        assert made is not None
        return made
