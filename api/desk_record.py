"""A day's calls as the telephone system told them to this installation."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from casebackbone.desk_day import Call

if TYPE_CHECKING:
    from api.bootstrap import System


def calls_of_day(system: System, day: date) -> list[Call]:
    """All calls that the desk of a local day knows, from the record itself: no view has to be up to date for it."""
    desk = system.application.desk(day)
    return [] if desk is None else [Call(call_id=name, **times._asdict()) for name, times in desk.calls.items()]
