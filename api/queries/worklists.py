"""Work lists: what there is to do, ordered by when it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import marshmallow as ma
from sqlalchemy import Connection

from api.context import local, now, principal
from api.errors import Problem
from api.fields import Choice, Identifier, Moment, Part
from api.queries.desk_views import local_today, peak_state
from api.queries.looking import LINK, Answer, List, WorklistQuery, look, own_department
from api.representation_desk import PeakState
from api.topic import Topic, View
from casebackbone import reasons
from casebackbone.access import Permission, Role
from events.standing import Channel, State
from projections import desk, worklist
from projections.worklist import Filters, WorklistRow

topic = Topic("worklists", __name__, description="Work lists")

ALL_CALLBACKS = timedelta(days=3660)
"""Farther than any call can be promised."""


OFFER_STATES = ["pending", "accepted", "sent_back", "recalled", "withdrawn"]
CALLBACK_STATES = ["coming", "callable", "missed"]


class WorklistItem(ma.Schema):
    """One inquiry in a list. ``offer_state`` is what became of the last offer.

    ``callback_state`` of a promised call: ``coming`` before its window, ``callable`` from then on, ``missed`` after it.
    ``attention`` says why the holder is to look at it; it stays until somebody does something about it.
    """

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    reference = ma.fields.String(required=True)
    channel = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    holder = ma.fields.String(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    overdue = ma.fields.Boolean(required=True)
    attention = ma.fields.String(required=True, allow_none=True)
    attention_since = Moment(required=True, allow_none=True)
    escalated_to = ma.fields.String(required=True, allow_none=True)
    escalated_at = Moment(required=True, allow_none=True)
    escalated_for = ma.fields.String(required=True, allow_none=True, metadata={"enum": [*reasons.ESCALATE, None]})
    escalate_again_at = Moment(required=True, allow_none=True)
    acknowledged_until = Moment(required=True, allow_none=True)
    service = ma.fields.String(required=True, allow_none=True)
    area = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    offered_to = ma.fields.String(required=True, allow_none=True)
    offer_expires_at = Moment(required=True, allow_none=True)
    offer_state = ma.fields.String(required=True, allow_none=True, metadata={"enum": [*OFFER_STATES, None]})
    forwarded_by = ma.fields.String(required=True, allow_none=True)
    forwards = ma.fields.Integer(required=True)
    sent_back = ma.fields.Integer(required=True)
    lost_minutes = ma.fields.Integer(required=True)
    circles = ma.fields.Integer(required=True)
    callback_not_before = Moment(required=True, allow_none=True)
    callback_due_at = Moment(required=True, allow_none=True)
    callback_attempts = ma.fields.Integer(required=True)
    callback_state = ma.fields.String(required=True, allow_none=True, metadata={"enum": [*CALLBACK_STATES, None]})
    received_at = Moment(required=True)
    last_step_at = Moment(required=True)


class Worklist(List):
    items = ma.fields.List(ma.fields.Nested(WorklistItem), required=True)


class CallbacksQuery(WorklistQuery):
    """``before``: only calls promised for earlier than this; without it all. ``callable``: only those whose window has
    begun, or only those that are still coming."""

    before = Moment()
    callable = Choice(["true", "false"])


class EscalationsQuery(WorklistQuery):
    """``to=me``: only those that name you. Who is no supervisor sees no others anyway."""

    to = Choice(["me", "anybody"], load_default="anybody")


class BackgroundWorklist(Worklist):
    """During a peak with what lies at the front desk."""

    peak = Part(PeakState, required=True)


def _list(
    rule: str,
    permission: Permission,
    query: type[ma.Schema] = WorklistQuery,
    answer: type[ma.Schema] = Worklist,
) -> Callable[[View], View]:
    def register(view: View) -> View:
        described = topic.arguments(query, location="query")(view)
        described = topic.response(200, answer, headers=LINK)(described)
        return topic.route(rule, permission=permission)(described)

    return register


@_list("/worklists/front-desk", Permission.READ_WORKLIST)
def front_desk(query: dict[str, Any]) -> Answer:
    """What waits at the front desk. The background staff see it while there is a peak, or signed on at the front."""
    with look(query) as view:
        _demand_at_the_front(view.connection)
        return view.page(worklist.front_desk(view.connection, _filters(query), **_page(query)), _item)


@_list("/worklists/background", Permission.READ_WORKLIST, answer=BackgroundWorklist)
def background(query: dict[str, Any]) -> Answer:
    """What waits for the background staff; while there is a peak, also what waits at the front desk."""
    with look(query) as view:
        peak = desk.open_peak(view.connection, local_today())
        rows = worklist.background(view.connection, _filters(query), with_front=peak is not None, **_page(query))
        return view.page(rows, _item, peak=peak_state(peak))


@_list("/worklists/mine", Permission.READ_WORKLIST)
def mine(query: dict[str, Any]) -> Answer:
    """What you hold."""
    with look(query) as view:
        rows = worklist.mine(view.connection, principal().actor, _filters(query), **_page(query))
        return view.page(rows, _item)


@_list("/worklists/forwarded", Permission.READ_WORKLIST)
def forwarded(query: dict[str, Any]) -> Answer:
    """What you forwarded, and what became of it."""
    with look(query) as view:
        rows = worklist.forwarded_by(view.connection, principal().actor, _filters(query), **_page(query))
        return view.page(rows, _item)


@_list("/worklists/callbacks", Permission.READ_WORKLIST, CallbacksQuery)
def callbacks(query: dict[str, Any]) -> Answer:
    """Calls that were promised, the most urgent first; ``callback_state`` says whether one may call already."""
    before = query.get("before") or now() + ALL_CALLBACKS
    begun = {"now": now(), "begun": query["callable"] == "true"} if "callable" in query else {}
    with look(query) as view:
        rows = worklist.callbacks_due(view.connection, before, _filters(query), **begun, **_page(query))
        return view.page(rows, _item)


@_list("/worklists/escalations", Permission.READ_WORKLIST, EscalationsQuery)
def escalations(query: dict[str, Any]) -> Answer:
    """What somebody above was told of: you, or for supervisors anybody. By due time, also when it has been seen."""
    everybody = principal().may(Permission.ACKNOWLEDGE) and query["to"] == "anybody"
    with look(query) as view:
        to = None if everybody else principal().actor
        return view.page(worklist.escalated(view.connection, to, _filters(query), **_page(query)), _item)


@_list("/worklists/departments/<path:department>/inbox", Permission.READ_DEPARTMENT_WORKLIST)
def department_inbox(query: dict[str, Any], department: str) -> Answer:
    """What is offered to a department and waits for its decision."""
    _demand_department(department)
    with look(query) as view:
        rows = worklist.department_inbox(view.connection, department, _filters(query, scoped=False), **_page(query))
        return view.page(rows, _item)


@_list("/worklists/departments/<path:department>/work", Permission.READ_DEPARTMENT_WORKLIST)
def department_work(query: dict[str, Any], department: str) -> Answer:
    """What a department has accepted and not finished."""
    _demand_department(department)
    with look(query) as view:
        rows = worklist.department_work(view.connection, department, _filters(query, scoped=False), **_page(query))
        return view.page(rows, _item)


def _demand_at_the_front(connection: Connection) -> None:
    """Raises Problem for the background staff, unless they step in."""
    if principal().roles & {Role.FRONT_AGENT, Role.SUPERVISOR} or Role.BACKGROUND_AGENT not in principal().roles:
        return
    today = local_today()
    if desk.open_peak(connection, today) is None and desk.place_of(connection, today, principal().actor) != "front":
        raise Problem(
            "no_peak",
            "Die Warteschlange vorne sieht der Hintergrunddienst bei Andrang, oder wer sich vorne anmeldet. "
            "Gerade ist kein Andrang.",
        )


def _demand_department(department: str) -> None:
    """Another department's lists do not exist for those who work for one."""
    try:
        Identifier().deserialize(department)
        known = own_department() in (None, department)
    except ma.ValidationError:
        known = False
    if not known:
        raise Problem("not_found", "Diesen Fachbereich gibt es hier nicht.")


def _filters(query: Mapping[str, Any], scoped: bool = True) -> Filters:
    """As asked; who works for a department sees its own only. A department's own lists are narrow already."""
    own = own_department() if scoped else None
    asked = query.get("department")
    if own is not None and asked not in (None, own):
        raise Problem("not_found", "Diesen Fachbereich gibt es hier nicht.")
    return Filters(
        service=query.get("service"),
        department=own or asked,
        state=State(query["state"]) if "state" in query else None,
        channel=Channel(query["channel"]) if "channel" in query else None,
        due_before=query.get("due_before"),
        due_after=query.get("due_after"),
        attention=query["attention"] == "true" if "attention" in query else None,
    )


def _page(query: Mapping[str, Any]) -> dict[str, Any]:
    return {"after": query.get("cursor"), "limit": query["limit"]}


def _item(row: WorklistRow) -> dict[str, Any]:
    return {
        "id": row.inquiry_id,
        "version": row.version,
        "reference": row.reference,
        "channel": row.channel,
        "state": row.state,
        "holder": row.holder,
        "due_at": local(row.due_at),
        "overdue": row.due_at is not None and row.due_at < now(),
        "attention": row.attention,
        "attention_since": local(row.attention_since),
        "escalated_to": row.escalated_to,
        "escalated_at": local(row.escalated_at),
        "escalated_for": row.escalated_for,
        "escalate_again_at": local(row.escalate_again_at),
        "acknowledged_until": local(row.acknowledged_until),
        "service": row.service,
        "area": row.area,
        "department": row.department,
        "offered_to": row.offered_to,
        "offer_expires_at": local(row.offer_expires_at),
        "offer_state": row.offer_state,
        "forwarded_by": row.forwarded_by,
        "forwards": row.forwards,
        "sent_back": row.sent_back,
        "lost_minutes": row.lost_minutes,
        "circles": row.circles,
        "callback_not_before": local(row.callback_not_before),
        "callback_due_at": local(row.callback_due_at),
        "callback_attempts": row.callback_attempts,
        "callback_state": _callback_state(row),
        "received_at": local(row.received_at),
        "last_step_at": local(row.last_step_at),
    }


def _callback_state(row: WorklistRow) -> str | None:
    if row.callback_due_at is None:
        return None
    if row.callback_due_at < now():
        return "missed"
    return "coming" if row.callback_not_before is not None and row.callback_not_before > now() else "callable"
