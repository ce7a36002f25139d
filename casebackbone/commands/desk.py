"""At the desk of a day: who is there, what the telephone system tells, and what mere waiting decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from casebackbone.access import Permission, Principal, Role
from casebackbone.commands.command import Command, Scene
from casebackbone.desk import Desk, day_end
from casebackbone.refusals import Forbidden


class Place(StrEnum):
    FRONT = "front"
    BACKGROUND = "background"


class CallStep(StrEnum):
    """What the telephone system tells of a call."""

    OFFERED = "offered"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    ENDED = "ended"


Desks = Callable[[date], Desk | None]
"""The desk of a day, as far as there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOn(Command):
    """``person`` (``agent:<id>``) is somebody else, for whom a supervisor does it."""

    permission = Permission.WORK_AT_DESK
    place: Place
    person: str | None = None

    def act(self, desk: Desk, scene: Scene) -> None:
        person = _person(self.person, scene.principal)
        if person == scene.principal.actor and self.place not in places(scene.principal):
            raise Forbidden(
                "place_not_allowed", "Vorne meldet sich an, wer vorne arbeitet; hinten der Hintergrunddienst."
            )
        desk.sign_on(person, self.place.value, scene.promise.policy.peak_rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(Command):
    """``person`` as in :class:`SignOn`."""

    permission = Permission.WORK_AT_DESK
    person: str | None = None
    reason: str = "end_of_shift"

    def act(self, desk: Desk, scene: Scene) -> None:
        person = _person(self.person, scene.principal)
        desk.sign_off(person, scene.promise.policy.peak_rule, reason=self.reason)


def places(principal: Principal) -> frozenset[Place]:
    """Where somebody may sign on: the background staff also at the front, where they step in."""
    if principal.roles & {Role.BACKGROUND_AGENT, Role.SUPERVISOR}:
        return frozenset(Place)
    return frozenset({Place.FRONT})


def _person(named: str | None, principal: Principal) -> str:
    if named is not None and named != principal.actor and not principal.may(Permission.SUPERVISE):
        raise Forbidden("not_for_others", "An- und abmelden kann man sich selbst; andere nur die Aufsicht.")
    return named or principal.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall(Command):
    """``occurred_at`` is what the telephone system says; ``person`` (``agent:<id>``) who answered, if it says so."""

    permission = Permission.RECORD_CALLS
    call: str
    step: CallStep
    person: str | None = None

    def day(self, at: datetime, zone: ZoneInfo, desks: Desks) -> date:
        """Whose desk it belongs to: the local day's, or that of the day before if only that knows the call."""
        day = at.astimezone(zone).date()
        before = day - timedelta(days=1)
        if self.step is CallStep.OFFERED or self._is_known(desks(day)) or not self._is_known(desks(before)):
            return day
        return before

    def _is_known(self, desk: Desk | None) -> bool:
        return desk is not None and self.call in desk.calls

    def act(self, desk: Desk, scene: Scene) -> None:
        at, rule = scene.cause.occurred_at, scene.promise.policy.peak_rule
        day = self.day(at, scene.promise.calendar.zone, lambda day: desk if desk.date == day else scene.desk(day))
        its = desk if desk.date == day else scene.desk(day, begin=True)
        its.cause = scene.cause
        if self.step is CallStep.OFFERED:
            its.offer(self.call, at, rule)
        elif self.step is CallStep.ANSWERED:
            its.answer(self.call, at, rule, person=self.person)
        elif self.step is CallStep.ABANDONED:
            its.abandon(self.call, at, rule)
        else:
            its.end(self.call, at, rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtDesk(Command):
    """Opens or closes a peak when mere waiting has decided it."""

    permission = Permission.TEND_DESK

    def act(self, desk: Desk, scene: Scene) -> None:
        desk.look(scene.promise.policy.peak_rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay(Command):
    """The day is over: at its end, however late somebody finds that out."""

    permission = Permission.TEND_DESK

    def act(self, desk: Desk, scene: Scene) -> None:
        end = day_end(desk.date, scene.promise.calendar.zone)
        desk.cause = scene.cause.at(min(scene.cause.occurred_at, end))
        desk.close_day(scene.promise.policy.peak_rule)
