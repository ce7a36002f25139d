"""The marathon index (Verbindungsmarathon): through how many doors an inquiry went, and what that cost the citizen.

Counted from the events alone. A *door* is a forward, also one that was recalled; a *bounce* an offer that a department
rejected or let expire, or whose department is no longer there. *Lost* are the service minutes at doors that did not
take it, and those until it was sent on; not those that it waited for the citizen, nor those that the accepting
department took to accept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casebackbone import inquiry_events as happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One department that was asked. ``version`` is the event that offered it, ``offered_minutes`` the service time
    until ``ended_at``, ``between_minutes`` the one since the last door. ``outcome``: see ``Forwarding``."""

    department: str
    version: int
    offered_at: datetime
    forwarded_by: str
    reason: str
    proposed: str | None
    circular: bool
    between_minutes: int
    outcome: str = "pending"
    ended_at: datetime | None = None
    offered_minutes: int | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marathon:
    """``doors_before_acceptance`` counts up to and with the first door that took it; all of them while none has."""

    doors: tuple[Door, ...] = ()
    doors_before_acceptance: int = 0
    accepted_at: datetime | None = None
    bounces: int = 0
    circles: int = 0
    lost_minutes: int = 0


def marathon(events: Iterable[happened.InquiryEvent]) -> Marathon:
    """The index of one inquiry, from all its events in order."""
    found = Marathon()
    for event in events:
        lost = event.standing.lost_minutes - found.lost_minutes
        doors, before, accepted_at = found.doors, found.doors_before_acceptance, found.accepted_at
        if isinstance(event, happened.Forwarded):
            doors = (*doors, _door(event, lost))
            before += accepted_at is None
        elif ended := _ended(event, lost):
            doors = (*doors[:-1], replace(doors[-1], **ended))
            if accepted_at is None and isinstance(event, happened.ForwardAccepted):
                accepted_at = event.occurred_at
        found = Marathon(
            doors=doors,
            doors_before_acceptance=before,
            accepted_at=accepted_at,
            bounces=event.standing.sent_back,
            circles=event.standing.circles,
            lost_minutes=event.standing.lost_minutes,
        )
    return found


def _door(event: happened.Forwarded, between_minutes: int) -> Door:
    return Door(
        department=event.to,
        version=event.originator_version,
        offered_at=event.occurred_at,
        forwarded_by=event.actor,
        reason=event.reason,
        proposed=event.proposed,
        circular=event.circular,
        between_minutes=between_minutes,
    )


def _ended(event: happened.InquiryEvent, lost_minutes: int) -> dict[str, Any] | None:
    if isinstance(event, happened.OfferEnded):
        return {
            "outcome": event.OUTCOME,
            "ended_at": event.occurred_at,
            "offered_minutes": event.offered_minutes,
            "suggestion": getattr(event, "suggestion", None),
        }
    if isinstance(event, happened.Rerouted) and event.withdrawn_from is not None:
        return {"outcome": "withdrawn", "ended_at": event.occurred_at, "offered_minutes": lost_minutes}
    return None
