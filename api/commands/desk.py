"""At the desk: agents sign on and off, and the telephone system tells of its calls."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid5

import marshmallow as ma
from flask import request

from api.commands.order import AHEAD, NAMESPACE, Answer, carry_out, order_on
from api.commands.topic import CommandBody, CommandTopic
from api.context import now, principal, system
from api.errors import invalid
from api.fields import CallId, Choice, Line, Moment, Part, Request, Several
from api.representation_desk import DeskBody, desk_body
from casebackbone import reasons
from casebackbone.access import Permission, Role
from casebackbone.application import Done, Order
from casebackbone.commands import CallStep, Place, RecordCall, SignOff, SignOn
from casebackbone.desk import Desk, desk_id
from casebackbone.refusals import Stale, StillRunning

topic = CommandTopic("desk", __name__, description="At the desk: who is there, and the telephone's calls")

MOST_EVENTS = 200
OLDEST = timedelta(days=35)
"""How long after it happened a telephone system may still tell of something. Earlier times are a clock gone wrong."""

LATE = timedelta(hours=24)
"""How long afterwards somebody may still be signed on or off: until then it is remembered. The desks of other days
are told of as they were."""

_PERSON = re.compile(r"(?:agent:)?[A-Za-z0-9._|@+-]{1,128}")


class Person(Line):
    """Somebody by their id, as ``agent:<id>`` or without what is in front."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=134, pattern=_PERSON, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return f"agent:{text.removeprefix('agent:')}"


class SignOnBody(CommandBody):
    """Where; without ``place`` at the place of your role. ``person`` is for supervisors, who sign on somebody else."""

    place = Choice([place.value for place in Place])
    person = Person()


class SignOffBody(CommandBody):
    """Why. ``person`` is for supervisors, who sign off somebody else."""

    reason = Choice(reasons.SIGN_OFF, load_default="end_of_shift")
    person = Person()


class CallEventBody(Request):
    """Something about a call. ``call`` is the telephone system's id for it, never a number; ``person`` who answered."""

    call = CallId(required=True)
    event = Choice([step.value for step in CallStep], required=True)
    occurred_at = Moment(required=True)
    person = Person()


class CallsBody(Request):
    """One event (``call``, ``event``, ``occurred_at``, maybe ``person``), or several as ``events``, in order."""

    call = CallId()
    event = Choice([step.value for step in CallStep])
    occurred_at = Moment()
    person = Person()
    events = Several(Part(CallEventBody), metadata={"minItems": 1, "maxItems": MOST_EVENTS})

    @ma.validates_schema
    def _one_or_several(self, data: dict[str, Any], **kwargs: Any) -> None:
        several = data.get("events")
        if several is not None:
            if len(data) > 1:
                raise ma.ValidationError("not_together: Entweder ein Ereignis oder „events“, nicht beides.", "events")
            if not 1 <= len(several) <= MOST_EVENTS:
                raise ma.ValidationError(f"out_of_range: Möglich sind 1 bis {MOST_EVENTS} Ereignisse.", "events")
            return
        missing = {name: ["required: Diese Angabe fehlt."] for name in _NEEDED if name not in data}
        if missing:
            raise ma.ValidationError(missing)


_NEEDED = ("call", "event", "occurred_at")


@topic.command("/desk/sign-on", Permission.WORK_AT_DESK, SignOnBody, answer=DeskBody, if_match=None)
def sign_on(body: dict[str, Any]) -> Answer:
    """Sign on at the front or in the background; whoever was elsewhere moves."""
    command = SignOn(place=Place(body.get("place") or _place()), person=body.get("person"))
    return _at_desk(body, command)


@topic.command("/desk/sign-off", Permission.WORK_AT_DESK, SignOffBody, answer=DeskBody, if_match=None)
def sign_off(body: dict[str, Any]) -> Answer:
    """Sign off. Whoever is not signed on may say so too."""
    return _at_desk(body, SignOff(person=body.get("person"), reason=body["reason"]))


@topic.command("/calls", Permission.RECORD_CALLS, CallsBody, answer=DeskBody, if_match=None)
def record_calls(body: dict[str, Any]) -> Answer:
    """Tell of calls: offered, answered, abandoned, ended. All events of one request, or none."""
    events = body.get("events") or [body]
    told = [
        RecordCall(
            call=event["call"],
            step=CallStep(event["event"]),
            occurred_at=event["occurred_at"],
            person=event.get("person"),
        )
        for event in events
    ]
    first = events[0]["occurred_at"]
    order = _named(order_on(desk_id(_day(first)), {}), told)
    order = replace(order, cause=order.cause.at(first))
    return carry_out(
        order,
        _at_last(lambda: system().application.record_calls(order, *told)),
        desk_body,
        check=lambda: _demand_times(events, "/events" if "events" in body else ""),
    )


def _at_desk(body: Mapping[str, Any], command: SignOn | SignOff) -> Answer:
    day = _day(body.get("occurred_at") or now())
    order = order_on(desk_id(day), body)
    return carry_out(
        order,
        _at_last(lambda: system().application.at_desk(order, day, command)),
        desk_body,
        check=lambda: _demand_recent(order),
    )


def _demand_recent(order: Order) -> None:
    """Raises Problem when somebody signs on or off too long afterwards."""
    if order.cause.occurred_at < order.cause.recorded_at - LATE:
        hours = LATE // timedelta(hours=1)
        raise invalid(
            "/occurred_at",
            "too_old",
            f"Nachträglich geht das {hours} Stunden lang; dieser Zeitpunkt liegt weiter zurück.",
        )


def _at_last(do: Callable[[], Done[Desk]]) -> Callable[[], Done[Desk]]:
    """Nobody is told of versions here: who always came too late comes again."""

    def patiently() -> Done[Desk]:
        try:
            return do()
        except Stale:
            raise StillRunning from None

    return patiently


def _day(moment: Any) -> date:
    day: date = moment.astimezone(system().promise.calendar.zone).date()
    return day


def _place() -> Place:
    return Place.FRONT if principal().roles & {Role.FRONT_AGENT, Role.SUPERVISOR} else Place.BACKGROUND


def _demand_times(events: Sequence[Mapping[str, Any]], at: str) -> None:
    """Raises Problem for the first time that cannot be true."""
    for number, event in enumerate(events):
        pointer = f"{at}/{number}/occurred_at" if at else "/occurred_at"
        if event["occurred_at"] > now() + AHEAD:
            raise invalid(pointer, "in_the_future", "Dieser Zeitpunkt liegt in der Zukunft; bitte die Uhr prüfen.")
        if event["occurred_at"] < now() - OLDEST:
            raise invalid(
                pointer, "too_old", f"Dieser Zeitpunkt liegt über {OLDEST.days} Tage zurück; bitte die Uhr prüfen."
            )


def _named(order: Order, told: Sequence[RecordCall]) -> Order:
    """Without a key, what was told is the key: the same again is a repeat, however often and from whichever line."""
    if "Idempotency-Key" in request.headers:
        return order
    name = "\n".join(_lines(told))
    command_id = uuid5(NAMESPACE, f"{order.principal.actor}\ncalls\n{name}")
    digest = hashlib.sha256(name.encode()).hexdigest()
    return replace(order, cause=replace(order.cause, command_id=command_id), request_digest=digest)


def _lines(told: Sequence[RecordCall]) -> Iterator[str]:
    for one in told:
        at = one.occurred_at.isoformat() if one.occurred_at is not None else ""
        yield f"{one.call}\t{one.step}\t{at}\t{one.person or ''}"
