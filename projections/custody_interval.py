"""An interval of custody: in whose hands an inquiry was, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.standing import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[``valid_from``, ``valid_to``), None: still. ``opened_by`` is the type of the event ``opened_version``.

    ``handover``: with it, custody passed from one department to another one.
    """

    inquiry_id: UUID
    seq: int
    holder: str | None
    state: State
    department: str | None
    due_at: datetime | None
    valid_from: datetime
    valid_to: datetime | None
    opened_by: str
    opened_version: int
    handover: bool
