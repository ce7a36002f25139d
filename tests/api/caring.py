"""A desk with a caretaker: it comes round when the test says so, and the views are up to date before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from api.workers import caretaker_of
from casebackbone.caretaker import Round
from tests.api.desk import Case, Desk

BERLIN = ZoneInfo("Europe/Berlin")


def local(day: int, hour: float, month: int = 11) -> datetime:
    """A time in 2026, as the desk's clock on the wall shows it."""
    minute = round(hour * 60)
    return datetime(2026, month, day, minute // 60, minute % 60, tzinfo=BERLIN).astimezone(UTC)


def care(desk: Desk, at: datetime | None = None) -> Round:
    """The caretaker comes round, at ``at`` if given."""
    if at is not None:
        desk.clock.now = at
    desk.project()
    round_ = caretaker_of(desk.system).round(desk.clock())
    desk.project()
    return round_


def steps(desk: Desk, case: Case) -> list[tuple[str, str]]:
    """What the caretaker did to an inquiry: the last part of the event's type, and its cause."""
    events = desk.system.application.history(UUID(case.id))
    return [
        (event.TOPIC.removeprefix("inquiry."), str(event.causation_id))
        for event in events
        if event.actor == "system:caretaker"
    ]


def standing(desk: Desk, case: Case) -> Any:
    return desk.system.application.inquiry(UUID(case.id)).standing


def told(kind: str, at: datetime) -> tuple[str, str]:
    return "escalated", f"deadline:{kind}:{at.isoformat()}"
