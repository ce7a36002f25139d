"""The desk of a day as clients see it after a command."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from api.context import local
from api.fields import Moment, Part
from casebackbone.desk import Desk


class PeakState(ma.Schema):
    """Whether there is a peak now. ``reason``: calls_waiting or waited_too_long."""

    open = ma.fields.Boolean(required=True)
    since = Moment(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)


class DeskBody(ma.Schema):
    """The desk of a day after its event ``version``: how many are there, and how many calls wait."""

    id = ma.fields.UUID(required=True)
    day = ma.fields.Date(required=True)
    version = ma.fields.Integer(required=True)
    front = ma.fields.Integer(required=True)
    background = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(required=True)
    peak = Part(PeakState, required=True)
    closed = ma.fields.Boolean(required=True)
    _links = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


def desk_body(desk: Desk) -> dict[str, Any]:
    places = list(desk.present.values())
    return {
        "id": desk.id,
        "day": desk.date,
        "version": desk.version,
        "front": places.count("front"),
        "background": places.count("background"),
        "waiting": len(desk.waiting),
        "peak": {"open": desk.peak_open, "since": local(desk.peak_since), "reason": desk.peak_reason},
        "closed": desk.closed,
        "_links": {"day": f"/api/v1/desk/days/{desk.day}"},
    }
