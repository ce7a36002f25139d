"""Replay of a subject in quarantine: what waits is applied in order, with the store as the witness if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, and_, delete, or_, update

from events.channel import UnreadableEvent
from events.cloudevents import from_raw
from events.published import PublishedEvent
from projections import state
from projections.applying import Outcome, apply_to_views
from projections.gate import Key, Refetch, fetch
from projections.quarantine import PARKED, QUARANTINE, UNATTRIBUTED, Parked, Problem, locked, parked_of
from projections.state import NOTHING, Head
from projections.tables import upsert
from projections.view import View


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of it. ``problem`` is None when the subject was released.

    ``set_aside`` counts records that the store proves wrong: they are kept as unattributed ones.
    """

    subject: UUID
    applied: int
    released: bool
    problem: Problem | None = None
    set_aside: int = 0


@dataclass(slots=True)
class _Waiting:
    """What waits of one subject, read again."""

    records: list[Parked]
    events: dict[tuple[int, str], PublishedEvent] = field(default_factory=dict)

    @property
    def last_version(self) -> int:
        return max((record.version for record in self.records), default=0)


def replay(connection: Connection, views: Sequence[View], subject: UUID, refetch: Refetch | None) -> Replay:
    """In the transaction of ``connection``. Releases the subject when nothing is left waiting."""
    if not locked(connection, [subject]):
        return Replay(subject, 0, released=True)
    head = state.heads(connection, [subject]).get(subject, NOTHING)
    waiting = _read(parked_of(connection, subject))
    stored = fetch(refetch, subject, head.version, waiting.last_version)
    chain = _chain(head, [*stored, *waiting.events.values()])
    outcome = apply_to_views(connection, views, chain)
    for event in outcome.applied:
        head = Head(event.version, event.provenance.hash)
    if outcome.applied:
        state.store_heads(connection, {subject: head})
    known = _known_hashes(connection, views, subject, waiting, outcome, head)
    left, wrong = _settle(waiting, head, known, subject, refetch)
    _forget(connection, subject, [record for record in waiting.records if record not in left])
    _set_aside(connection, wrong)
    if left:
        problem = _hold_on(connection, subject, left, waiting, head, outcome)
        return Replay(subject, len(outcome.applied), False, problem, len(wrong))
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.subject == subject))
    return Replay(subject, len(outcome.applied), True, None, len(wrong))


def _read(records: list[Parked]) -> _Waiting:
    waiting = _Waiting(records)
    for record in records:
        try:
            event = from_raw(record.document)
        except UnreadableEvent:
            continue
        if event.subject == record.subject:
            waiting.events[record.version, record.hash] = event
    return waiting


def _chain(head: Head, candidates: Iterable[PublishedEvent]) -> list[PublishedEvent]:
    """The events that follow ``head`` one after the other, each sealing the one before."""
    by_version: dict[int, list[PublishedEvent]] = {}
    for event in candidates:
        by_version.setdefault(event.version, []).append(event)
    chain: list[PublishedEvent] = []
    while True:
        fitting = [e for e in by_version.get(head.version + 1, ()) if e.provenance.previous_hash == head.hash]
        if not fitting:
            return chain
        chain.append(fitting[0])
        head = Head(fitting[0].version, fitting[0].provenance.hash)


def _known_hashes(
    connection: Connection,
    views: Sequence[View],
    subject: UUID,
    waiting: _Waiting,
    outcome: Outcome,
    head: Head,
) -> dict[int, str]:
    older: list[Key] = [(subject, record.version) for record in waiting.records if record.version < head.version]
    known: dict[int, str] = {}
    for view in views:
        if older and view.known_hashes is not None:
            known |= {version: hash_ for (_, version), hash_ in view.known_hashes(connection, older).items()}
    known |= {event.version: event.provenance.hash for event in outcome.applied}
    return {**known, head.version: head.hash}


def _settle(
    waiting: _Waiting, head: Head, known: dict[int, str], subject: UUID, refetch: Refetch | None
) -> tuple[list[Parked], list[Parked]]:
    """What still waits, and what the store proves wrong. Everything else has been applied."""
    left, wrong = [], []
    for record in waiting.records:
        event = waiting.events.get((record.version, record.hash))
        version = event.version if event else record.version
        if version > head.version:
            left.append(record)
        elif event is not None and known.get(version) == event.provenance.hash:
            continue
        elif version == 0 or _store_agrees(refetch, subject, version, known.get(version)):
            wrong.append(record)  # of unknown version: should an event be missing, the next one shows the gap
        else:
            left.append(record)
    return left, wrong


def _store_agrees(refetch: Refetch | None, subject: UUID, version: int, applied: str | None) -> bool:
    """Whether what was applied at ``version`` is what the store has there."""
    stored = fetch(refetch, subject, version - 1, version)
    return [event.provenance.hash for event in stored] == [applied] if applied else False


def _forget(connection: Connection, subject: UUID, records: Sequence[Parked]) -> None:
    if records:
        these = or_(*(and_(PARKED.c.version == r.version, PARKED.c.hash == r.hash) for r in records))
        connection.execute(delete(PARKED).where(PARKED.c.subject == subject, these))


def _set_aside(connection: Connection, records: Sequence[Parked]) -> None:
    rows = [
        {
            "source": record.source,
            "partition": record.partition,
            "offset": record.offset,
            "problem": Problem.UNREADABLE if ":" in record.hash else Problem.HASH_CONFLICT,
            "subject": record.subject,
            "version": record.version or None,
            "document": record.document,
        }
        for record in records
    ]
    upsert(connection, UNATTRIBUTED, rows)


def _hold_on(
    connection: Connection,
    subject: UUID,
    left: Sequence[Parked],
    waiting: _Waiting,
    head: Head,
    outcome: Outcome,
) -> Problem:
    """It stays in quarantine; say with which problem now."""
    failure = outcome.failed.get(subject)
    first = left[0]
    if failure is not None:
        problem, version = Problem.CANNOT_APPLY, failure.version
    elif (first.version, first.hash) not in waiting.events:
        problem, version = Problem.UNREADABLE, first.version
    elif first.version <= head.version + 1:
        problem, version = Problem.HASH_CONFLICT, first.version
    else:
        problem, version = Problem.GAP, first.version
    values = {
        "problem": problem,
        "version": version,
        "view": failure.view if failure else None,
        "exception": failure.exception if failure else None,
        "source": first.source,
        "partition": first.partition,
        "offset": first.offset,
    }
    connection.execute(update(QUARANTINE).where(QUARANTINE.c.subject == subject).values(values))
    return problem
