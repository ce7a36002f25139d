"""What the events of a desk come to in facts: one a call, at the time that the telephone system tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from events.desk import CallAbandoned, CallAnswered, CallEvent, CallOffered
from projections.figures_facts import Fact
from projections.figures_formulas import Kind


def calls_in(history: Iterable[CallEvent]) -> set[str]:
    """The calls that these events are about."""
    return {event.call for event in history}


def changed(desk: UUID, known: dict[str, Fact], history: Sequence[CallEvent]) -> Iterable[Fact]:
    """The facts of the calls in ``history``, given what was ``known`` of them."""
    facts = dict(known)
    for event in history:
        fact = facts.get(event.call)
        if fact is None:
            fact = facts[event.call] = Fact(
                subject=desk, kind=Kind.CALL, part=event.call, at=_offered_at(event), outcome="waiting"
            )
        fact.shown_by(event.version)
        if isinstance(event, CallAnswered):
            _end(fact, "answered_in_time" if event.in_time else "answered_late", event, event.waited_seconds)
        elif isinstance(event, CallAbandoned):
            _end(fact, "abandoned", event, event.waited_seconds)
    return facts.values()


def _end(fact: Fact, outcome: str, event: CallEvent, waited_seconds: int) -> None:
    fact.end(outcome, event.told_at, event.version)
    fact.value = waited_seconds


def _offered_at(event: CallEvent) -> datetime:
    """A call begins with its offer; the desk lets none be answered that was not offered."""
    if not isinstance(event, CallOffered):
        raise ValueError(f"{event.id}: {event.type} of a call that nobody offered")
    return event.told_at
