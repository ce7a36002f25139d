"""Looking at the desk: who is there, what waits, whether there is a peak; how a day went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import marshmallow as ma

from api.context import local, now, system
from api.errors import Problem, invalid
from api.fields import Moment, Part
from api.queries.looking import LINK, Answer, Fresh, List, LookQuery, PageQuery, look
from api.representation_desk import PeakState
from api.topic import Topic
from casebackbone.access import Permission
from projections import desk as view_of
from projections.desk import CallRow, DayCounts, Peak, Presence

topic = Topic("desk_views", __name__, description="The desk, and how its days went")

MOST_WAITING = 200
A_MONTH = timedelta(days=31)


class PersonThere(ma.Schema):
    """Somebody at the desk. ``until`` is null while they are there; ``reason`` is why they signed off."""

    person = ma.fields.String(required=True)
    place = ma.fields.String(required=True, metadata={"enum": ["front", "background"]})
    since = Moment(required=True)
    until = Moment(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)


class WaitingCall(ma.Schema):
    call = ma.fields.String(required=True)
    offered_at = Moment(required=True)
    waited_seconds = ma.fields.Integer(required=True, metadata={"description": "Until now; begun seconds count"})


class Counts(ma.Schema):
    """Calls of the day. ``in_time_percent`` of all that were answered; null when none was."""

    offered = ma.fields.Integer(required=True)
    answered = ma.fields.Integer(required=True)
    answered_in_time = ma.fields.Integer(required=True)
    in_time_percent = ma.fields.Float(required=True, allow_none=True)
    abandoned = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(required=True)
    longest_wait_seconds = ma.fields.Integer(required=True, allow_none=True)


class DeskNow(Fresh):
    """The desk of this day. ``waiting`` are at most 200; ``calls.waiting`` says how many there are."""

    day = ma.fields.Date(required=True)
    people = ma.fields.List(ma.fields.Nested(PersonThere), required=True)
    waiting = ma.fields.List(ma.fields.Nested(WaitingCall), required=True)
    peak = Part(PeakState, required=True)
    calls = Part(Counts, required=True)


class PeakItem(ma.Schema):
    """A peak; ``waiting`` and ``longest_wait_seconds`` as it opened, ``closed_at`` null while it is open."""

    day = ma.fields.Date(required=True)
    opened_at = Moment(required=True)
    reason = ma.fields.String(required=True, metadata={"enum": ["calls_waiting", "waited_too_long"]})
    waiting = ma.fields.Integer(required=True)
    longest_wait_seconds = ma.fields.Integer(required=True)
    closed_at = Moment(required=True, allow_none=True)
    closed_reason = ma.fields.String(required=True, allow_none=True, metadata={"enum": ["calm", "day_over", None]})


class CallItem(ma.Schema):
    """A call, at the times that the telephone system told."""

    call = ma.fields.String(required=True)
    offered_at = Moment(required=True)
    answered_at = Moment(required=True, allow_none=True)
    abandoned_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    person = ma.fields.String(required=True, allow_none=True)
    waited_seconds = ma.fields.Integer(required=True, allow_none=True)
    in_time = ma.fields.Boolean(required=True, allow_none=True)
    talked_seconds = ma.fields.Integer(required=True, allow_none=True)


class DeskDay(List):
    """A day at the desk; ``items`` are its calls in order of arrival."""

    day = ma.fields.Date(required=True)
    opened_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)
    people = ma.fields.List(ma.fields.Nested(PersonThere), required=True)
    peaks = ma.fields.List(ma.fields.Nested(PeakItem), required=True)
    calls = Part(Counts, required=True)
    items = ma.fields.List(ma.fields.Nested(CallItem), required=True)


class Peaks(List):
    items = ma.fields.List(ma.fields.Nested(PeakItem), required=True)


class PeaksQuery(PageQuery):
    """Peaks that were open between ``since`` (without it: a month ago) and ``until`` (without it: now)."""

    since = Moment()
    until = Moment()


@topic.route("/desk", permission=Permission.READ_DESK)
@topic.response(200, DeskNow)
@topic.arguments(LookQuery, location="query")
def desk(query: dict[str, Any]) -> dict[str, Any]:
    """Who is there now, which calls wait, and whether there is a peak."""
    today = local_today()
    with look(query) as view:
        return view.answer(
            day=today,
            people=_people(view_of.present(view.connection, today)),
            waiting=[_waiting(call) for call in view_of.waiting(view.connection, today, limit=MOST_WAITING)],
            peak=peak_state(view_of.open_peak(view.connection, today)),
            calls=_counts(view_of.counts(view.connection, today)),
        )


@topic.route("/desk/days/<string:day>", permission=Permission.READ_DESK)
@topic.response(200, DeskDay, headers=LINK)
@topic.arguments(PageQuery, location="query")
def desk_day(query: dict[str, Any], day: str) -> Answer:
    """How a day went: who was there, peaks, and every call."""
    on = _date(day)
    with look(query) as view:
        found = view_of.day_of(view.connection, on)
        if found is None:
            raise Problem("not_found", "An diesem Tag ist am Telefon nichts verzeichnet.")
        return view.page(
            view_of.calls(view.connection, on, after=query.get("cursor"), limit=query["limit"]),
            _call,
            day=on,
            opened_at=local(found.opened_at),
            closed_at=local(found.closed_at),
            people=_people(view_of.presences(view.connection, on)),
            peaks=[_peak(peak) for peak in view_of.peaks_of(view.connection, on)],
            calls=_counts(view_of.counts(view.connection, on)),
        )


@topic.route("/desk/peaks", permission=Permission.READ_DESK)
@topic.response(200, Peaks, headers=LINK)
@topic.arguments(PeaksQuery, location="query")
def desk_peaks(query: dict[str, Any]) -> Answer:
    """Peaks of a period, the latest first."""
    until = query.get("until") or now()
    since = query.get("since") or until - A_MONTH
    if since > until:
        raise invalid("/since", "window_reversed", "Der Zeitraum endet vor seinem Beginn.")
    with look(query) as view:
        page = view_of.peaks(view.connection, since, until, after=query.get("cursor"), limit=query["limit"])
        return view.page(page, _peak)


def local_today() -> date:
    """The day whose desk it is now."""
    return now().astimezone(system().promise.calendar.zone).date()


def peak_state(peak: Peak | None) -> dict[str, Any]:
    """As every answer about a peak says it."""
    if peak is None:
        return {"open": False, "since": None, "reason": None}
    return {"open": True, "since": local(peak.opened_at), "reason": peak.reason}


def _date(day: str) -> date:
    try:
        if len(day) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(day)
    except ValueError:
        raise invalid("/day", "wrong_form", "Hier muss ein Tag stehen, etwa 2026-01-31.") from None


def _people(there: Sequence[Presence]) -> list[dict[str, Any]]:
    return [
        {
            "person": one.person,
            "place": one.place,
            "since": local(one.since),
            "until": local(one.until),
            "reason": one.reason,
        }
        for one in there
    ]


def _waiting(call: CallRow) -> dict[str, Any]:
    waited = -(-(now() - call.offered_at) // timedelta(seconds=1))
    return {"call": call.call, "offered_at": local(call.offered_at), "waited_seconds": max(0, waited)}


def _counts(counts: DayCounts) -> dict[str, Any]:
    share = 100 * counts.answered_in_time / counts.answered if counts.answered else None
    return {
        "offered": counts.offered,
        "answered": counts.answered,
        "answered_in_time": counts.answered_in_time,
        "in_time_percent": None if share is None else round(share, 1),
        "abandoned": counts.abandoned,
        "waiting": counts.waiting,
        "longest_wait_seconds": counts.longest_wait_seconds,
    }


def _peak(peak: Peak) -> dict[str, Any]:
    return {
        "day": peak.day,
        "opened_at": local(peak.opened_at),
        "reason": peak.reason,
        "waiting": peak.waiting,
        "longest_wait_seconds": peak.longest_wait_seconds,
        "closed_at": local(peak.closed_at),
        "closed_reason": peak.closed_reason,
    }


def _call(call: CallRow) -> dict[str, Any]:
    return {
        "call": call.call,
        "offered_at": local(call.offered_at),
        "answered_at": local(call.answered_at),
        "abandoned_at": local(call.abandoned_at),
        "ended_at": local(call.ended_at),
        "person": call.person,
        "waited_seconds": call.waited_seconds,
        "in_time": call.in_time,
        "talked_seconds": call.talked_seconds,
    }
