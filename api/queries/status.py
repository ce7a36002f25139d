"""For the citizen: how does my matter stand. Needs the reference and no login, and tells nothing about anybody."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import request

from api.context import system
from api.errors import Problem
from api.queries.looking import Fresh, look
from api.topic import PUBLIC, Topic
from casebackbone.reference import normalised
from events.standing import State
from projections import status as status_view

topic = Topic("status", __name__, description="For the citizen")

LABELS = {
    "open": "in Bearbeitung",
    "waiting": "wartet auf Ihre Angaben",
    "resolved": "erledigt",
    "merged": "zusammengeführt",
}


class StatusBody(Fresh):
    """Days, not times; the department, not the person. ``merged``: it is dealt with together with another inquiry about
    the same matter, of which ``state``, ``due_on``, ``department`` and ``last_step_on`` tell; whose it is, nobody says.
    """

    reference = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"enum": [state.value for state in State]})
    label = ma.fields.String(required=True, metadata={"description": "German"})
    received_on = ma.fields.String(required=True, metadata={"format": "date"})
    due_on = ma.fields.String(required=True, allow_none=True, metadata={"format": "date"})
    department = ma.fields.String(required=True, allow_none=True)
    last_step_on = ma.fields.String(required=True, metadata={"format": "date"})
    merged = ma.fields.Boolean(required=True)
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


@topic.route("/status/<string:reference>", permission=PUBLIC)
@topic.response(200, StatusBody)
def status(reference: str) -> dict[str, Any]:
    """How an inquiry stands, by the citizen's reference."""
    demand_patience()
    known = normalised(reference) if len(reference) <= 40 else None
    with look({}) as view:
        found = status_view.by_reference(view.connection, known) if known is not None else None
        if found is None:
            raise Problem("inquiry_not_found", "Zu dieser Nummer gibt es kein Anliegen; bitte noch einmal vergleichen.")
        stands = status_view.going_on(view.connection, found)
        return view.answer(
            reference=known,
            state=stands.state,
            label=LABELS[stands.state],
            received_on=_day(found.received_at),
            due_on=_day(stands.due_at),
            department=stands.department,
            last_step_on=_day(stands.last_step_at),
            merged=found.merged_into is not None,
            _links={"feedback": f"/api/v1/status/{known}/feedback"},
        )


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(system().settings.timezone).date().isoformat()


def demand_patience() -> None:
    """Raises Problem for an address that asks too often, where nobody has to log in."""
    seconds = system().patience.take(request.remote_addr or "", time.monotonic())
    if seconds:
        raise Problem(
            "too_many_requests",
            "Zu viele Anfragen von dieser Adresse; bitte etwas später noch einmal.",
            headers={"Retry-After": str(seconds)},
        )
