"""Published events of the desk of one day: who is there, what waits, and when there is a peak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent(PublishedEvent):
    """One thing that happened at the desk of one day."""

    identity: ClassVar[str] = "desk_id"

    desk_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOpened(DeskEvent):
    """The day begins; nobody is at the desk yet. ``day`` is the local date, ISO 8601."""

    type: ClassVar[str] = "casebackbone.desk.opened.v1"

    day: str


EVENTS: tuple[type[DeskEvent], ...] = (DeskOpened,)
