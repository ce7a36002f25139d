"""The caretaker's duties, each with its query over the views or the store. What they find is a hint, and may lag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from casebackbone.caretaker import Due, Duty
from casebackbone.deadlines import Promise
from casebackbone.desk_watch import Days, Peaks
from casebackbone.duties import Departures, Escalations, Find, Offers
from casebackbone.escalation import ANY_SUPERVISOR
from projections import desk
from projections import nobody_lost_due as lists
from projections.nobody_lost import Clock
from projections.nobody_lost_due import DueInquiry

if TYPE_CHECKING:
    from api.bootstrap import System


def duties_of(system: System) -> list[Duty]:
    """What the caretaker of this installation sees to, in order of its times."""
    application, promise = system.application, system.promise

    def offers(connection: Connection, now: datetime, after: DueInquiry | None, limit: int) -> Sequence[DueInquiry]:
        return lists.expired_offers(connection, now, after=after, limit=limit)

    def passed(connection: Connection, now: datetime, after: DueInquiry | None, limit: int) -> Sequence[DueInquiry]:
        return lists.due_escalations(connection, clock_of(promise, now), after=after, limit=limit)

    def silent(connection: Connection, now: datetime, after: DueInquiry | None, limit: int) -> Sequence[DueInquiry]:
        return lists.due_silences(connection, clock_of(promise, now), after=after, limit=limit)

    def left(connection: Connection, now: datetime, after: DueInquiry | None, limit: int) -> Sequence[DueInquiry]:
        gone = application.directory().gone(now)
        departments = [holder.removeprefix("department:") for holder in gone if holder.startswith("department:")]
        people = [holder for holder in gone if not holder.startswith("department:")]
        return lists.in_hands_of(connection, people, departments, after=after, limit=limit) if gone else []

    otherwise = system.settings.supervisor or ANY_SUPERVISOR
    return [
        Offers(application, _finding(system, offers)),
        Escalations(application, _finding(system, passed), otherwise),
        Escalations(application, _finding(system, silent, promise), otherwise),
        Departures(application, _finding(system, left)),
    ]


def first_duties_of(system: System) -> list[Duty]:
    """What is seen to before anything else: at the desk people act by it at once, and a backlog may be long."""
    application, zone = system.application, system.promise.calendar.zone

    def open_days() -> Sequence[date]:
        with system.views.read() as connection:
            return desk.open_days(connection, system.clock().astimezone(zone).date())

    return [Peaks(application), Days(application, open_days)]


def clock_of(promise: Promise, now: datetime) -> Clock:
    """Since when something has to have been silent, in general and for services with a promise of their own."""
    own = [service for service, minutes in promise.policy.services.items() if "silent" in minutes]
    return Clock(now, promise.silent_since(now), {service: promise.silent_since(now, service) for service in own})


_Query = Callable[[Connection, datetime, DueInquiry | None, int], Sequence[DueInquiry]]


def _finding(system: System, query: _Query, silence: Promise | None = None) -> Find:
    """With ``silence``, the query orders by last steps, and what it finds is due when these are too long ago."""

    def find(now: datetime, after: Due | None, limit: int) -> list[Due]:
        with system.views.read() as connection:
            found = query(connection, now, after.found if after is not None else None, limit)
        return [Due(row.inquiry_id, _time(row, silence), row) for row in found]

    return find


def _time(row: DueInquiry, silence: Promise | None) -> datetime:
    return row.at if silence is None else silence.silent_after(row.at, row.service).at
