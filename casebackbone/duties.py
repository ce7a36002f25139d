"""What the caretaker sees to. Each duty gets a query that finds what may be due, and asks the store before it acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from casebackbone.application import Application
from casebackbone.caretaker import Due, Task
from casebackbone.commands import Command, EscalateDue, ExpireOffer, Reroute
from casebackbone.escalation import ANY_SUPERVISOR
from events.standing import Standing

Find = Callable[[datetime, Due | None, int], Sequence[Due]]
"""Given a moment, the last one of the piece before and a limit: what may be due, the earliest first. It may lag."""


@dataclass(frozen=True, slots=True)
class Offers:
    """An offer that nobody accepted in time goes back to the front desk."""

    kind: ClassVar[str] = "expired"
    application: Application
    due: Find

    def task(self, due: Due, now: datetime) -> Task | None:
        """One inquiry has at most one offer with one deadline that expires: the next is due later."""
        expires_at = self.application.inquiry(due.subject).standing.offer_expires_at
        if expires_at is None or expires_at > now:
            return None
        name = f"{due.subject}:expire_offer:{_iso(expires_at)}"
        return _on_inquiry(self.application, due.subject, "offer", expires_at, name, ExpireOffer())


@dataclass(frozen=True, slots=True)
class Escalations:
    """What is overdue, silent, or was not called back is told to a supervisor, or to ``otherwise`` if none is named."""

    kind: ClassVar[str] = "escalated"
    application: Application
    due: Find
    otherwise: str = ANY_SUPERVISOR

    def task(self, due: Due, now: datetime) -> Task | None:
        """The name counts the escalations: a deadline may be set anew to a time that has been told of before."""
        inquiry = self.application.inquiry(due.subject)
        silent_at = self.application.promise.silent_after(inquiry.last_step_at, inquiry.standing.service).at
        found = inquiry.due_escalation(silent_at, now)
        if found is None:
            return None
        name = f"{due.subject}:escalate:{found.kind}:{_iso(found.deadline)}:{inquiry.escalations + 1}"
        command = EscalateDue(due=found, otherwise=self.otherwise)
        return _on_inquiry(self.application, due.subject, found.kind, found.deadline, name, command)


@dataclass(frozen=True, slots=True)
class Departures:
    """What lies with somebody who is gone moves on, or is withdrawn from a department that was asked: at the time that
    was stated for it, and what came into such hands at the very moment at which they went."""

    kind: ClassVar[str] = "rerouted"
    application: Application
    due: Find

    def task(self, due: Due, now: datetime) -> Task | None:
        """The name has the version in it: by a race, the same inquiry may come to them once more."""
        inquiry, directory = self.application.inquiry(due.subject), self.application.directory()
        gone = next((holder for holder in _hands(inquiry.standing) if directory.is_gone(holder, now)), None)
        if gone is None:
            return None
        department = gone.removeprefix("department:") if gone.startswith("department:") else None
        command = Reroute(
            gone=gone,
            to=directory.successor(department, now) if department is not None else None,
            reason="person_left" if department is None else "department_closed",
        )
        since = directory.gone_since(gone, now)
        name = f"{due.subject}:reroute:{gone}:{_iso(since)}:{inquiry.version}"
        return _on_inquiry(self.application, due.subject, "gone", since, name, command)


def _hands(standing: Standing) -> Iterator[str]:
    """Whose matter it is, who is asked, who holds it: the department first, with it its people are gone too."""
    if standing.state.is_open:
        for department in (standing.department, standing.offered_to):
            if department is not None:
                yield f"department:{department}"
        yield str(standing.holder)


def _on_inquiry(
    application: Application, subject: UUID, kind: str, deadline: datetime, name: str, command: Command
) -> Task:
    return Task(kind, deadline, subject, name, lambda order: application.handle(order, command))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
