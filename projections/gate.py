"""The gate: which records of a batch are applied, which are duplicates, and which hold up their subject.

An event is let through only as the successor of the last one: its version is one more, and its ``previous_hash`` is the
hash of that one. Everything here is decided in memory; the projector writes it down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.catalogue import EVENTS
from events.channel import Delivery
from events.cloudevents import to_document
from events.published import PublishedEvent
from projections.quarantine import Parked, Problem
from projections.state import NOTHING, Head

Refetch = Callable[[UUID, int, int], Sequence[PublishedEvent]]
"""The events of a subject after a version up to another, from the store; fewer where it has not got them."""

Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Held:
    """Why, and at which record, a subject is held up from now on."""

    problem: Problem
    version: int | None
    source: str
    partition: int
    offset: int
    view: str | None = None
    exception: str | None = None
    family: str | None = None


@dataclass(slots=True)
class Gate:
    """``heads`` and ``in_quarantine`` are as stored; ``hashes`` are those of events applied earlier, where known."""

    source: str
    heads: dict[UUID, Head]
    in_quarantine: set[UUID]
    hashes: dict[Key, str] = field(default_factory=dict)
    refetch: Refetch | None = None
    accepted: list[PublishedEvent] = field(default_factory=list)
    places: dict[Key, Delivery] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    held: dict[UUID, Held] = field(default_factory=dict)
    strays: list[Delivery] = field(default_factory=list)
    duplicates: int = 0
    refetched: int = 0

    def take(self, delivery: Delivery) -> None:
        """Decide on the next record."""
        subject = delivery.event.subject if delivery.event else delivery.subject
        if subject is None:
            self.strays.append(delivery)
        elif self._is_repeated(delivery):
            self.duplicates += 1
        elif subject in self.in_quarantine or subject in self.held:
            self.parked.append(parked(self.source, delivery, subject))
        elif delivery.event is None:
            self._take_unreadable(delivery, subject)
        else:
            self._take_event(delivery, delivery.event)

    def vouches_for(self, event: PublishedEvent) -> bool:
        """Whether it is what was let through at its version, now or earlier."""
        return self.hashes.get((event.subject, event.version)) == event.provenance.hash

    def _is_repeated(self, delivery: Delivery) -> bool:
        return delivery.event is not None and self.vouches_for(delivery.event)

    def _take_unreadable(self, delivery: Delivery, subject: UUID) -> None:
        head = self.heads.get(subject, NOTHING)
        if delivery.version is not None and 0 < delivery.version <= head.version:
            self.strays.append(delivery)  # its subject is past that version, so nothing is missing
        else:
            self._hold(delivery, subject, Problem.UNREADABLE)

    def _take_event(self, delivery: Delivery, event: PublishedEvent) -> None:
        head = self.heads.get(event.subject, NOTHING)
        if event.version <= head.version:
            if (event.subject, event.version) not in self.hashes:
                self.duplicates += 1  # no view keeps hashes, so there is nothing that it could contradict
            else:
                self._hold(delivery, event.subject, Problem.HASH_CONFLICT)
            return
        if event.version > head.version + 1:
            problem = self._fill(delivery, event, head)
            if problem is not None:
                self._hold(delivery, event.subject, problem)
                return
        if not self._accept(delivery, event):
            self._hold(delivery, event.subject, Problem.HASH_CONFLICT)

    def _fill(self, delivery: Delivery, event: PublishedEvent, head: Head) -> Problem | None:
        """Fetch what is missing before ``event``."""
        missing = fetch(self.refetch, event.subject, head.version, event.version - 1)
        if len(missing) != event.version - 1 - head.version:
            return Problem.GAP
        for one in missing:
            if one.version != self.heads.get(event.subject, NOTHING).version + 1:
                return Problem.GAP
            if not self._accept(delivery, one):
                return Problem.HASH_CONFLICT
            self.refetched += 1
        return None

    def _accept(self, delivery: Delivery, event: PublishedEvent) -> bool:
        if event.provenance.previous_hash != self.heads.get(event.subject, NOTHING).hash:
            return False
        self.heads[event.subject] = Head(event.version, event.provenance.hash)
        self.hashes[event.subject, event.version] = event.provenance.hash
        self.places[event.subject, event.version] = delivery
        self.accepted.append(event)
        return True

    def _hold(self, delivery: Delivery, subject: UUID, problem: Problem) -> None:
        self.held[subject] = Held(
            problem,
            version_of(delivery),
            self.source,
            delivery.partition,
            delivery.offset,
            family=family_of(delivery),
        )
        self.parked.append(parked(self.source, delivery, subject))


def fetch(refetch: Refetch | None, subject: UUID, after: int, up_to: int) -> Sequence[PublishedEvent]:
    """What the store has of these versions, in order. Nothing where there is no store, or where it fails: the subject
    is then held up with a gap, and everybody else goes on."""
    if refetch is None or up_to <= after:
        return ()
    try:
        return [event for event in refetch(subject, after, up_to) if event.subject == subject]
    except Exception:  # whatever store it is: it can be asked again when the subject is replayed
        return ()


def parked(source: str, delivery: Delivery, subject: UUID) -> Parked:
    """The record as it is kept until it can be applied."""
    event = delivery.event
    return Parked(
        subject=subject,
        version=version_of(delivery) or 0,
        hash=event.provenance.hash if event else f"{delivery.partition}:{delivery.offset}",
        source=source,
        partition=delivery.partition,
        offset=delivery.offset,
        document=document(delivery),
    )


def version_of(delivery: Delivery) -> int | None:
    """The version that a record claims; None where it claims none, or none that there can be."""
    version = delivery.event.version if delivery.event else delivery.version
    return version if version is not None and 0 < version < 2**63 else None


def family_of(delivery: Delivery) -> str | None:
    """What its subject is one of (``inquiry``, ``article`` …), as the record says; None where it does not."""
    if delivery.event is not None:
        return delivery.event.type.split(".")[1]
    found = _TYPE.search(delivery.raw or "")
    return found[1] if found else None


_KNOWN = "|".join(sorted({event.type.split(".")[1] for event in EVENTS}))
_TYPE = re.compile(rf'"(?:ce_)?type"[,:] ?"casebackbone\.({_KNOWN})\.')
"""In a kept record, or a structured document; what stands in their values is quoted once more."""


def document(delivery: Delivery) -> str:
    """What :func:`events.cloudevents.from_raw` reads again."""
    if delivery.raw is not None:
        return delivery.raw
    return json.dumps(to_document(delivery.event)) if delivery.event else ""


def subjects_of(batch: Iterable[Delivery]) -> list[UUID]:
    """The subjects that a batch is about, in a fixed order."""
    ids = {delivery.event.subject if delivery.event else delivery.subject for delivery in batch}
    return sorted(subject for subject in ids if subject is not None)
