"""The projector: published events into the rows of all views of one generation, each exactly once in effect.

One transaction a batch: rows of all views, what was applied of each subject, the positions read, and what went into
quarantine. A crash loses all of it or nothing. What is wrong with the machine ends the batch with an exception; what
is wrong with an event holds up its subject and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

from sqlalchemy import Connection, select

from events.channel import Delivery, Positions
from events.crashpoints import crash_at
from events.published import PublishedEvent
from projections import state
from projections.applying import Outcome, apply_to_views
from projections.database import Database, Generation
from projections.gate import Gate, Held, Key, Refetch, document, family_of, parked, subjects_of, version_of
from projections.quarantine import QUARANTINE, UNATTRIBUTED, Problem, locked, park
from projections.replaying import Replay, replay
from projections.state import Head, Position
from projections.tables import upsert

__all__ = ["Projector", "Refetch", "Replay", "Summary"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of one batch. ``applied`` counts events, also refetched ones; ``quarantined`` subjects, newly."""

    received: int = 0
    applied: int = 0
    duplicates: int = 0
    refetched: int = 0
    parked: int = 0
    quarantined: int = 0


class Projector:
    """One per generation and process. ``refetch`` reads missing events from the store where there is one at hand."""

    def __init__(self, database: Database, generation: Generation, refetch: Refetch | None = None) -> None:
        self._database = database
        self.generation = generation
        self._refetch = refetch
        self._expected: dict[tuple[str, int], int] = {}

    def positions_for(self, source: str) -> Callable[[Sequence[int]], Positions]:
        """For :meth:`events.channel.Feed.open`: looks up where partitions stand, and remembers it as its own."""

        def stored(partitions: Sequence[int]) -> Positions:
            with self._database.write(self.generation) as connection:
                found = state.positions(connection, source)
            for partition in partitions:
                self._expected.pop((source, partition), None)
            mine = {partition: found[partition].next_offset for partition in partitions if partition in found}
            self._expected |= {(source, partition): offset for partition, offset in mine.items()}
            return mine

        return stored

    def positions(self, source: str) -> dict[int, Position]:
        """How far all partitions were read, also by others."""
        with self._database.read_from(self.generation) as connection:
            return state.positions(connection, source)

    def demand_in_use(self) -> None:
        """Raises GenerationRetired if another generation is live."""
        self._database.demand_in_use(self.generation)

    def apply(self, batch: Sequence[Delivery], source: str) -> Summary:
        """Apply one batch. Raises Fenced (GenerationRetired) if another reads these partitions or the generation is out
        of use, and what the database raises when it is not well; nothing has been written then."""
        if not batch:
            return Summary()
        with self._database.write(self.generation) as connection:
            gate = self._gate(connection, batch, source)
            for delivery in batch:
                gate.take(delivery)
            reached = self._advance(connection, batch, gate)
            outcome = apply_to_views(connection, self._database.views, gate.accepted)
            _hold_failed(gate, outcome)
            _write(connection, gate, outcome)
            crash_at("projector.in_transaction")
        crash_at("projector.committed")
        self._expected |= reached
        return Summary(
            received=len(batch),
            applied=len(outcome.applied),
            duplicates=gate.duplicates,
            refetched=gate.refetched,
            parked=len(gate.parked),
            quarantined=len(gate.held),
        )

    def replay(self, subject: UUID) -> Replay:
        """Try again what waits of a subject in quarantine, in order, in one transaction."""
        with self._database.write(self.generation) as connection:
            return replay(connection, self._database.views, subject, self._refetch)

    def replay_all(self, problem: Problem | None = None) -> list[Replay]:
        """The same for every subject in quarantine, or those with one ``problem``, each in its own transaction."""
        wanted = select(QUARANTINE.c.subject).order_by(QUARANTINE.c.subject)
        if problem is not None:
            wanted = wanted.where(QUARANTINE.c.problem == problem)
        with self._database.read_from(self.generation) as connection:
            subjects = connection.scalars(wanted).all()
        return [self.replay(subject) for subject in subjects]

    def _advance(self, connection: Connection, batch: Sequence[Delivery], gate: Gate) -> dict[tuple[str, int], int]:
        """Positions move before any row: whoever comes second on a partition waits here, and is refused. What the gate
        read before that is of no matter then: only who moves the position changes the heads behind it."""
        reached, source = {}, gate.source
        for partition, position in sorted(_reached(batch, gate).items()):
            expected = self._expected.get((source, partition))
            if expected is not None and position.next_offset < expected:
                position = Position(expected)
            state.advance(connection, source, partition, expected, position)
            reached[source, partition] = position.next_offset
        return reached

    def _gate(self, connection: Connection, batch: Sequence[Delivery], source: str) -> Gate:
        about = subjects_of(batch)
        in_quarantine = locked(connection, about)
        heads = state.heads(connection, about)
        hashes = {(subject, head.version): head.hash for subject, head in heads.items()}
        hashes |= self._older_hashes(connection, (delivery.event for delivery in batch if delivery.event), heads)
        return Gate(source, heads, in_quarantine, hashes, self._refetch)

    def _older_hashes(
        self, connection: Connection, events: Iterable[PublishedEvent], heads: dict[UUID, Head]
    ) -> dict[Key, str]:
        """The hashes of what was applied long ago and comes once more, from the views that keep them."""
        older = [
            (event.subject, event.version)
            for event in events
            if (head := heads.get(event.subject)) is not None and event.version < head.version
        ]
        known: dict[Key, str] = {}
        for view in self._database.views:
            if older and view.known_hashes is not None:
                known |= view.known_hashes(connection, older)
        return known


def _reached(batch: Sequence[Delivery], gate: Gate) -> dict[int, Position]:
    """A record that was refused, or waits, moves the offset on, but vouches for no position in the store's log."""
    reached: dict[int, Position] = {}
    for delivery in batch:
        before = reached.get(delivery.partition, Position(0))
        next_offset = max(before.next_offset, delivery.offset + 1)
        if delivery.event is None or not gate.vouches_for(delivery.event):
            reached[delivery.partition] = Position(next_offset, before.last_position, before.last_recorded_at)
        else:
            provenance = delivery.event.provenance
            latest = max(
                (before.last_position or 0, before.last_recorded_at),
                (provenance.position, provenance.recorded_at),
                key=itemgetter(0),
            )
            reached[delivery.partition] = Position(next_offset, *latest)
    return reached


def _hold_failed(gate: Gate, outcome: Outcome) -> None:
    """What a view could not take waits like everything behind it, whatever the gate thought of that."""
    for subject, failure in outcome.failed.items():
        place = gate.places[subject, failure.version]
        gate.held[subject] = Held(
            Problem.CANNOT_APPLY,
            failure.version,
            gate.source,
            place.partition,
            place.offset,
            failure.view,
            failure.exception,
            family_of(place),
        )
    for event in outcome.left:
        place = gate.places[event.subject, event.version]
        gate.parked.append(parked(gate.source, _delivery(place, event), event.subject))


def _delivery(place: Delivery, event: PublishedEvent) -> Delivery:
    """``event`` as a record; a refetched one has the place of the record that asked for it."""
    return place if place.event == event else Delivery(place.partition, place.offset, event)


def _write(connection: Connection, gate: Gate, outcome: Outcome) -> None:
    last = {event.subject: Head(event.version, event.provenance.hash) for event in outcome.applied}
    state.store_heads(connection, last)
    rows = [
        {"subject": subject, **{name: getattr(held, name) for name in Held.__slots__}}
        for subject, held in gate.held.items()
    ]
    upsert(connection, QUARANTINE, rows)
    park(connection, gate.parked)
    strays = [
        {
            "source": gate.source,
            "partition": stray.partition,
            "offset": stray.offset,
            "problem": Problem.UNREADABLE,
            "subject": stray.subject,
            "version": version_of(stray),
            "document": document(stray),
        }
        for stray in gate.strays
    ]
    upsert(connection, UNATTRIBUTED, strays)
