"""The Kümmerer: what falls due becomes a command, once in effect, whoever fires it and however often.

It keeps no state. Whatever it missed while it was away is still due when it comes back. Duties say what is due; what
they know may be behind, so the aggregate is asked before each command and decides once more within it. The command's
id follows from the deadline: a crash, a lost answer or a second caretaker make no second event.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from casebackbone.access import Principal, Role
from casebackbone.cause import Cause
from casebackbone.order import Done, Order
from casebackbone.refusals import Refused
from events.crashpoints import crash_at

NAMESPACE = UUID("b0c6f9b2-6f0e-5a57-8f0d-6d4f7c1e9a52")
"""Never change it: the ids of the commands follow from it."""

CARETAKER = Principal("caretaker", frozenset({Role.CARETAKER}))
STORE_ERRORS = (PersistenceError, SQLAlchemyError, OSError)
"""The machine is not well, rather than one inquiry: the round ends, and the next one tries again."""

OVERTAKEN = frozenset(
    {
        *("closed", "no_offer", "offer_not_expired", "not_due", "not_there"),
        *("before_the_last_event", "stale_version", "still_running"),
    }
)
"""Codes of refusals by which a command learns that somebody was first. Any other one is a failure, and told."""

PIECE = 200


@dataclass(frozen=True, slots=True)
class Due:
    """What is believed to be due since ``at``. ``found`` is for the duty that found it."""

    subject: UUID
    at: datetime
    found: Any = None


@dataclass(frozen=True, slots=True)
class Task:
    """A command to give: because of which deadline, under which name (the same deadline has the same), and how."""

    kind: str
    deadline: datetime
    subject: UUID
    name: str
    give: Callable[[Order], Done[Any]]

    @property
    def causation_id(self) -> str:
        return f"deadline:{self.kind}:{self.deadline.astimezone(UTC).isoformat()}"

    @property
    def command_id(self) -> UUID:
        return uuid5(NAMESPACE, self.name)


class Duty(Protocol):
    """Something to see to. ``kind`` is the past participle under which it is counted."""

    @property
    def kind(self) -> str: ...

    def due(self, now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        """What is due ``now``, in order of its times, ``after`` the last one of the piece before."""
        ...

    def task(self, due: Due, now: datetime) -> Task | None:
        """The command for it, as the store has it now; None if it is not due after all."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did, by kind. ``overtaken``: meanwhile done by people or by another caretaker. ``failed``: the
    log says why; they are tried again. ``more``: the limit was reached, the next round goes on from there; what was due
    up to ``reached`` has been seen to."""

    done: Mapping[str, int] = field(default_factory=dict)
    overtaken: int = 0
    failed: int = 0
    more: bool = False
    reached: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.done.values())

    def and_then(self, later: Round) -> Round:
        """Both together."""
        done = Counter(self.done) + Counter(later.done)
        kinds = {**self.done, **later.done}
        return Round(
            {kind: done[kind] for kind in kinds},
            self.overtaken + later.overtaken,
            self.failed + later.failed,
            later.more,
            later.reached or self.reached,
        )


class Caretaker:
    """For one thread. What it remembers from round to round is only where it reads on when there is too much for one,
    so that what cannot be done holds up nobody behind it. ``failed`` is told what could not be done, and why.

    ``first`` are duties of which little is due at any time, and at once: each round begins with all of theirs, however
    much of the others is waiting.
    """

    def __init__(
        self,
        duties: Sequence[Duty],
        limit: int = 500,
        failed: Callable[[Due, Exception], None] | None = None,
        first: Sequence[Duty] = (),
    ) -> None:
        self._duties = [*duties, *first]
        self._others = len(duties)
        self._limit = limit
        self._failed = failed
        self._after: dict[int, Due] = {}

    def round(self, now: datetime) -> Round:
        """What is due at ``now``, in order of its times, at most ``limit`` beside the first. Raises STORE_ERRORS."""
        done = Counter({duty.kind: 0 for duty in self._duties})
        outcomes: Counter[str] = Counter()
        for place, due in self._in_order(range(self._others, len(self._duties)), now):
            outcome = self._see_to(self._duties[place], due, now)
            outcomes[outcome] += 1
            done[self._duties[place].kind] += outcome == "done"
        reached, more = None, False
        for count, (place, due) in enumerate(self._in_order(range(self._others), now)):
            if more := count == self._limit:
                break
            self._after[place], reached = due, due.at
            outcome = self._see_to(self._duties[place], due, now)
            outcomes[outcome] += 1
            done[self._duties[place].kind] += outcome == "done"
        if not more:
            self._after.clear()  # all has been seen: what could not be done is tried again from the beginning
        return Round(dict(done), outcomes["overtaken"], outcomes["failed"], more, reached)

    def _in_order(self, places: Iterable[int], now: datetime) -> Iterator[tuple[int, Due]]:
        return heapq.merge(*(self._waiting(place, now) for place in places), key=_time)

    def _waiting(self, place: int, now: datetime) -> Iterator[tuple[int, Due]]:
        """What is due, piece by piece, from where the last round ended if it did not get to the end."""
        after = self._after.get(place)
        while piece := self._duties[place].due(now, after, PIECE):
            for due in piece:
                yield place, due
            after = piece[-1]

    def _see_to(self, duty: Duty, due: Due, now: datetime) -> str:
        try:
            task = duty.task(due, now)
            if task is None:
                return "overtaken"
            crash_at("caretaker.claimed")
            repeated = task.give(_order(task, now)).repeated
            crash_at("caretaker.issued")
            return "overtaken" if repeated else "done"
        except STORE_ERRORS:
            raise
        except Exception as failed:
            if isinstance(failed, Refused) and failed.code in OVERTAKEN:
                return "overtaken"
            if self._failed is not None:
                self._failed(due, failed)
            return "failed"


def _time(waiting: tuple[int, Due]) -> datetime:
    return waiting[1].at


def _order(task: Task, now: datetime) -> Order:
    command_id = task.command_id
    return Order(
        principal=CARETAKER,
        cause=Cause(
            actor=CARETAKER.actor,
            command_id=command_id,
            correlation_id=command_id,
            causation_id=task.causation_id,
            occurred_at=now,
            recorded_at=now,
        ),
        subject=task.subject,
        request_digest=hashlib.sha256(command_id.bytes).hexdigest(),
    )
