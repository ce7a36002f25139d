"""The directory (aggregate): departments, people, services, and who is responsible for what, each for a time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import directory_events as happened
from casebackbone.cause import Cause
from casebackbone.recorded import Recorded

DIRECTORY_ID = UUID("5d0c7f6e-2a41-5b0e-8a57-7c1d3a9e4f10")
"""There is one directory. Never change it."""


class Directory(Recorded):
    TOPIC: ClassVar[str] = "directory"

    def __init__(self) -> None:
        pass

    @classmethod
    def open(cls, cause: Cause) -> Self:
        return cls._begin(happened.DirectoryOpened, DIRECTORY_ID, cause)

    @classmethod
    def unopened(cls) -> Self:
        """What there is before the first statement: nobody is known, and nobody is refused."""
        made = cls.__new__(cls)
        made.__init__()  # type: ignore[misc]
        return made

    # --- what others ask -----------------------------------------------------------------------------------------

    def responsible(self, service: str | None, area: str | None, at: datetime) -> str | None:
        """The department that is responsible for a service (LeiKa key) in an area at a time; None if nobody is."""
        return None

    def demand_department(self, department: str, at: datetime) -> None:
        """Raises Conflict for a department that is not there at that time. An empty directory refuses nobody."""

    def supervisor(self, department: str | None, at: datetime) -> str | None:
        """Who (``agent:<id>``) is told when something is not done in time by a department, or (None) by the desk."""
        return None


register_topic(Directory.TOPIC, Directory)
