"""The desk of one day (aggregate): who is there, which calls wait, and whether there is a peak."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self
from uuid import UUID, uuid5

from eventsourcing.utils import register_topic

from casebackbone import desk_events as happened
from casebackbone.cause import Cause
from casebackbone.recorded import Recorded

NAMESPACE = UUID("a3b2f9c4-7e15-5c3d-9d8b-1f6e0a4c2b70")
"""Never change it: the ids of all desks follow from it."""


def desk_id(day: date) -> UUID:
    """The desk of a local day."""
    return uuid5(NAMESPACE, day.isoformat())


class Desk(Recorded):
    TOPIC: ClassVar[str] = "desk"

    day: str

    def __init__(self) -> None:
        pass

    @classmethod
    def open(cls, day: date, cause: Cause) -> Self:
        return cls._begin(happened.DeskOpened, desk_id(day), cause, day=day.isoformat())


register_topic(Desk.TOPIC, Desk)
