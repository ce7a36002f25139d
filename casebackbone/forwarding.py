"""The last forward of an inquiry: to which door, who was proposed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """``outcome``: ``pending``, ``accepted``, ``rejected``, ``expired``, ``recalled``, or ``withdrawn`` because the
    department is no longer there. ``suggestion`` is the department that a rejecting one named instead."""

    to: str
    forwarded_by: str
    forwarded_at: datetime
    reason: str
    proposed: str | None
    circular: bool
    outcome: str = "pending"
    suggestion: str | None = None

    @property
    def other_than_proposed(self) -> bool:
        """The directory named a department, and the sender chose another one."""
        return self.proposed is not None and self.proposed != self.to
