"""What lies with somebody who goes: found in the views, after these have everything that is stored."""

from __future__ import annotations

from uuid import UUID

from api.auditing import wait_until_fresh
from api.bootstrap import System
from projections.nobody_lost_due import DueInquiry, in_hands_of

PAGE = 500


class ViewsBehind(Exception):
    """The views do not show everything that is stored, so that something could be left behind."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the views are at position {position} and behind the record; is the projector running?")
        self.position = position


def demand_fresh(system: System) -> None:
    """Waits a little for the views to show all that is stored now. Raises ViewsBehind."""
    head = system.head()
    fresh = wait_until_fresh(system, system.settings.min_position_wait_seconds)
    if fresh.as_of_position < head:
        raise ViewsBehind(fresh.as_of_position)


def inquiries_with(system: System, holder: str) -> list[UUID]:
    """Open inquiries that ``holder`` (``agent:<id>``, ``department:<id>``) has or is asked to take, as the views know.

    Whether each of them still does is for the command to look at.
    """
    people = [] if holder.startswith("department:") else [holder]
    departments = [holder.removeprefix("department:")] if holder.startswith("department:") else []
    found: list[UUID] = []
    last: DueInquiry | None = None
    with system.views.read() as connection:
        while page := in_hands_of(connection, people, departments, after=last, limit=PAGE):
            found += [due.inquiry_id for due in page]
            last = page[-1]
    return found
