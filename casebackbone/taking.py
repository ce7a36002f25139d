"""Taking the next inquiry: each is tried by one at a time in this process, and not again while it is known to be gone.

The claim itself decides, in the store; what is remembered here only spares attempts that must fail. It is about one
version of an inquiry, so that nothing that comes back to a queue is hidden.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from casebackbone.access import Principal, Role
from casebackbone.desk import Desk
from casebackbone.refusals import Conflict, InquiryNotFound, Stale

MOST = 20_000
"""How many are remembered."""

Got = TypeVar("Got")


class Candidate(NamedTuple):
    """An inquiry in a queue, as a list showed it."""

    inquiry_id: UUID
    version: int


class Taking:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gone: dict[UUID, int] = {}
        self._tried: set[UUID] = set()

    def first(self, candidates: Iterable[Candidate], take: Callable[[UUID], Got]) -> Got | None:
        """What ``take`` gives for the first one for which it does not raise that it is gone."""
        with_others = []
        for candidate in candidates:
            begun = self._begin(candidate)
            if begun is None:
                with_others.append(candidate)
            elif begun and (got := self._try(candidate, take)) is not None:
                return got
        for candidate in with_others:  # whoever tried them may have failed for reasons of their own
            if (got := self._try(candidate, take)) is not None:
                return got
        return None

    def _begin(self, candidate: Candidate) -> bool | None:
        """None while another thread tries it; False if it is known to be gone."""
        with self._lock:
            if self._gone.get(candidate.inquiry_id, 0) >= candidate.version:
                return False
            if candidate.inquiry_id in self._tried:
                return None
            self._tried.add(candidate.inquiry_id)
            return True

    def _try(self, candidate: Candidate, take: Callable[[UUID], Got]) -> Got | None:
        gone = False
        try:
            got = take(candidate.inquiry_id)
            gone = True
            return got
        except Conflict as conflict:
            gone = conflict.code in _GONE
        except (InquiryNotFound, Stale):
            pass
        finally:
            self._end(candidate, gone)
        return None

    def _end(self, candidate: Candidate, gone: bool) -> None:
        with self._lock:
            self._tried.discard(candidate.inquiry_id)
            if gone:
                self._gone.pop(candidate.inquiry_id, None)
                self._gone[candidate.inquiry_id] = candidate.version
                while len(self._gone) > MOST:
                    self._gone.pop(next(iter(self._gone)))


_GONE = frozenset({"not_in_the_queue", "closed", "held_by_another", "already_yours"})


def queues(principal: Principal, desk: Desk | None) -> frozenset[str]:
    """From where somebody takes the next inquiry: their department, their desk; the background staff from the front as
    well while there is a peak, or when they are signed on there."""
    if principal.department is not None:
        return frozenset({f"department:{principal.department}"})
    found = set()
    if principal.roles & {Role.FRONT_AGENT, Role.SUPERVISOR} or helps_at_the_front(principal, desk):
        found.add("desk:front")
    if principal.roles & {Role.BACKGROUND_AGENT, Role.SUPERVISOR}:
        found.add("desk:background")
    return frozenset(found)


def helps_at_the_front(principal: Principal, desk: Desk | None) -> bool:
    """Whether one of the background staff works on what lies at the front now."""
    if desk is None or Role.BACKGROUND_AGENT not in principal.roles:
        return False
    return desk.peak_open or desk.present.get(principal.actor) == "front"
