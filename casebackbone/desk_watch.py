"""What the caretaker does at the desks: peaks that open or close by mere waiting, and days that are over.

The names of the commands follow from the desk and its version, or from the desk alone: two caretakers, a crash or a
night without one do nothing twice and leave nothing out. A peak opens and closes at its own moment
(:meth:`casebackbone.desk.Desk.turn`), however late somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from casebackbone.application import Application
from casebackbone.caretaker import Due, Task
from casebackbone.commands import CloseDay, LookAtDesk
from casebackbone.desk import day_end, desk_id

DAYS_BACK = 3
"""How many days before today are looked at although no view names them."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """A peak opens when a call has waited too long, and closes when it has been calm for long enough."""

    kind: ClassVar[str] = "peaks_turned"
    application: Application

    def due(self, now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        """The desk of this day, if there is something to decide."""
        today = _local_day(self.application, now)
        desk = self.application.desk(today)
        turn = None if desk is None else desk.turn(self.application.promise.policy.peak_rule, now)
        return [Due(desk_id(today), turn.at, today)] if turn is not None and after is None else []

    def task(self, due: Due, now: datetime) -> Task | None:
        """A look that decides changes the version: the next one has another name."""
        desk = self.application.desk(due.found)
        turn = None if desk is None else desk.turn(self.application.promise.policy.peak_rule, now)
        if desk is None or turn is None:
            return None
        kind = "peak_opens" if turn.decision.opens else "peak_closes"
        name = f"{desk.id}:look:{desk.version}"
        return Task(
            kind,
            turn.at,
            desk.id,
            name,
            lambda order: self.application.at_desk(order, due.found, LookAtDesk()),
        )


@dataclass(frozen=True, slots=True)
class Days:
    """A day that is over is closed: whoever is left is signed off. ``open_days`` are those that a view knows to be
    open; it may lag, and without it the last days are closed all the same."""

    kind: ClassVar[str] = "days_closed"
    application: Application
    open_days: Callable[[], Iterable[date]] = tuple
    _over: set[date] = field(default_factory=set, repr=False)

    def due(self, now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        """Days before this one that are not closed, the longest over first."""
        today = _local_day(self.application, now)
        days = {today - timedelta(days=back) for back in range(1, DAYS_BACK + 1)}
        days |= {day for day in self.open_days() if day < today}
        over = [
            Due(desk_id(day), day_end(day, self.application.promise.calendar.zone), day)
            for day in sorted(days)
            if self._is_open(day)
        ]
        return [due for due in over if after is None or due.at > after.at][:limit]

    def task(self, due: Due, now: datetime) -> Task | None:
        """A day is closed once."""
        if not self._is_open(due.found):
            return None
        return Task(
            "day_over",
            due.at,
            due.subject,
            f"{due.subject}:close",
            lambda order: self.application.at_desk(order, due.found, CloseDay()),
        )

    def _is_open(self, day: date) -> bool:
        if day in self._over:
            return False
        desk = self.application.desk(day)
        if desk is not None and desk.closed:
            self._over.add(day)
        return desk is not None and not desk.closed


def _local_day(application: Application, now: datetime) -> date:
    return now.astimezone(application.promise.calendar.zone).date()
