"""What every published event has, whatever it is about: its subject, its version there, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from events.standing import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEvent:
    """One thing that happened to one subject. ``version`` counts 1..n within the subject without gaps.

    A family of events (inquiries, the directory, the desk …) has a class below this one, which says in ``identity``
    which of its fields names the subject. Subjects of all families share one log and one topic (``docs/adr/0007``).
    """

    type: ClassVar[str] = ""
    identity: ClassVar[str] = ""

    version: int
    provenance: Provenance

    @property
    def subject(self) -> UUID:
        """The id of what it happened to; the key on the topic."""
        found: UUID = getattr(self, self.identity)
        return found

    @property
    def id(self) -> str:
        return f"{self.subject}:{self.version}"

    @staticmethod
    def routing(data: Mapping[str, Any]) -> Mapping[str, str]:
        """Further CloudEvents attributes, by which a consumer may choose without reading the value; from its JSON."""
        return {}
