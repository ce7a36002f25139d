"""Published events of the directory: who there is, what the city does, who is responsible, each for a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from events.published import PublishedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEvent(PublishedEvent):
    """One statement of the directory."""

    identity: ClassVar[str] = "directory_id"

    directory_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryOpened(DirectoryEvent):
    """The directory begins; nobody is in it."""

    type: ClassVar[str] = "casebackbone.directory.opened.v1"


EVENTS: tuple[type[DirectoryEvent], ...] = (DirectoryOpened,)
