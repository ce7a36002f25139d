"""The Kümmerer: what falls due becomes a command. So far: an offer that nobody accepted in time goes back to the desk.

It keeps no state. Whatever it missed while it was away is still due when it comes back, and two of them do no harm:
the command's id follows from the deadline, so that it happens once whoever fires it, however often.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import ExpireOffer
from casebackbone.refusals import Refused

NAMESPACE = UUID("b0c6f9b2-6f0e-5a57-8f0d-6d4f7c1e9a52")
"""Never change it: the ids of the commands follow from it."""

CARETAKER = Principal("caretaker", frozenset({Role.CARETAKER}))


@dataclass(frozen=True, slots=True)
class DueOffer:
    """An offer that was not accepted until ``expires_at``."""

    inquiry_id: UUID
    expires_at: datetime


DueOffers = Callable[[datetime, int], Iterable[DueOffer]]
"""Given a moment and a limit, the offers that had expired by then, the longest overdue first. It may be behind."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. ``overtaken``: meanwhile accepted, rejected or recalled, or done by another caretaker."""

    expired: int = 0
    overtaken: int = 0


class Caretaker:
    """``due_offers`` is a view and may lag: the inquiry itself decides whether its offer has expired."""

    def __init__(self, application: Application, due_offers: DueOffers, limit: int = 500) -> None:
        self._application = application
        self._due_offers = due_offers
        self._limit = limit

    def round(self, now: datetime) -> Round:
        """Everything that is due at ``now``, at most ``limit`` of it. Raises what the store raises."""
        expired = overtaken = 0
        for offer in self._due_offers(now, self._limit):
            if self._expire(offer, now):
                expired += 1
            else:
                overtaken += 1
        return Round(expired, overtaken)

    def _expire(self, offer: DueOffer, now: datetime) -> bool:
        command_id = expiry_id(offer)
        order = Order(
            principal=CARETAKER,
            cause=Cause(
                actor=CARETAKER.actor,
                command_id=command_id,
                correlation_id=command_id,
                causation_id=f"deadline:{offer.expires_at.astimezone(UTC).isoformat()}",
                occurred_at=now,
                recorded_at=now,
            ),
            subject=offer.inquiry_id,
            request_digest=hashlib.sha256(command_id.bytes).hexdigest(),
        )
        try:
            return not self._application.handle(order, ExpireOffer()).repeated
        except Refused:
            return False


def expiry_id(offer: DueOffer) -> UUID:
    """One inquiry has at most one offer with one deadline that expires: the next is made after it, and is due later."""
    return uuid5(NAMESPACE, f"{offer.inquiry_id}:expire_offer:{offer.expires_at.astimezone(UTC).isoformat()}")
