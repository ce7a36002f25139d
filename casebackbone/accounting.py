"""How many were received, open, overdue, and with whom, at a past moment: counted from the events alone.

The views count the same from their intervals. Two ways to one number, so that a mistake in either shows
(promise 3): received = open + resolved + merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from casebackbone.inquiry_events import InquiryEvent
from casebackbone.recorded import RecordedEvent
from events.standing import Standing, State

NO_DEPARTMENT = "(none)"
"""Open inquiries that are no department's matter: they are at the desk."""


@dataclass(slots=True)
class Accounting:
    """At one moment of business time. ``handovers``: times that a matter passed from one department to another."""

    received: int = 0
    open: int = 0
    open_overdue: int = 0
    resolved: int = 0
    merged: int = 0
    handovers: int = 0
    open_by_department: Counter[str] = field(default_factory=Counter)
    overdue_by_department: Counter[str] = field(default_factory=Counter)

    @property
    def conserved(self) -> bool:
        return self.received == self.open + self.resolved + self.merged

    def count(self, standing: Standing, as_of: datetime) -> None:
        """One inquiry, as it stood at ``as_of``. Overdue is what was due before."""
        self.received += 1
        self.resolved += standing.state is State.RESOLVED
        self.merged += standing.state is State.MERGED
        if not standing.state.is_open:
            return
        department = standing.department or NO_DEPARTMENT
        self.open += 1
        self.open_by_department[department] += 1
        if standing.due_at is not None and standing.due_at < as_of:
            self.open_overdue += 1
            self.overdue_by_department[department] += 1


def account(events: Iterable[RecordedEvent], as_of: datetime) -> Accounting:
    """Folds all inquiries of a store, their events in order of version, up to ``as_of`` (business time, inclusive)."""
    standings: dict[UUID, Standing] = {}
    counted = Accounting()
    for event in events:
        if not isinstance(event, InquiryEvent) or event.occurred_at > as_of:
            continue
        before, after = standings.get(event.originator_id), event.standing
        if before and before.department and after.department and before.department != after.department:
            counted.handovers += 1
        standings[event.originator_id] = after
    for standing in standings.values():
        counted.count(standing, as_of)
    return counted
