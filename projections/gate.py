"""The gate: which records of a batch are applied, which are duplicates, and which hold up their inquiry.

An event is let through only as the successor of the last one: its version is one more, and its ``previous_hash`` is the
hash of that one. Everything here is decided in memory; the projector writes it down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.channel import Delivery
from events.cloudevents import to_document
from events.inquiry import InquiryEvent
from projections.quarantine import Parked, Problem
from projections.state import NOTHING, Head

Refetch = Callable[[UUID, int, int], Sequence[InquiryEvent]]
"""The events of an inquiry after a version up to another, from the store; fewer where it has not got them."""

Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Held:
    """Why, and at which record, an inquiry is held up from now on."""

    problem: Problem
    version: int | None
    source: str
    partition: int
    offset: int
    view: str | None = None
    exception: str | None = None


@dataclass(slots=True)
class Gate:
    """``heads`` and ``in_quarantine`` are as stored; ``hashes`` are those of events applied earlier, where known."""

    source: str
    heads: dict[UUID, Head]
    in_quarantine: set[UUID]
    hashes: dict[Key, str] = field(default_factory=dict)
    refetch: Refetch | None = None
    accepted: list[InquiryEvent] = field(default_factory=list)
    places: dict[Key, Delivery] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    held: dict[UUID, Held] = field(default_factory=dict)
    strays: list[Delivery] = field(default_factory=list)
    duplicates: int = 0
    refetched: int = 0

    def take(self, delivery: Delivery) -> None:
        """Decide on the next record."""
        inquiry_id = delivery.event.inquiry_id if delivery.event else delivery.inquiry_id
        if inquiry_id is None:
            self.strays.append(delivery)
        elif self._is_repeated(delivery):
            self.duplicates += 1
        elif inquiry_id in self.in_quarantine or inquiry_id in self.held:
            self.parked.append(parked(self.source, delivery, inquiry_id))
        elif delivery.event is None:
            self._take_unreadable(delivery, inquiry_id)
        else:
            self._take_event(delivery, delivery.event)

    def _is_repeated(self, delivery: Delivery) -> bool:
        event = delivery.event
        return event is not None and self.hashes.get((event.inquiry_id, event.version)) == event.provenance.hash

    def _take_unreadable(self, delivery: Delivery, inquiry_id: UUID) -> None:
        head = self.heads.get(inquiry_id, NOTHING)
        if delivery.version is not None and 0 < delivery.version <= head.version:
            self.strays.append(delivery)  # its inquiry is past that version, so nothing is missing
        else:
            self._hold(delivery, inquiry_id, Problem.UNREADABLE)

    def _take_event(self, delivery: Delivery, event: InquiryEvent) -> None:
        head = self.heads.get(event.inquiry_id, NOTHING)
        if event.version <= head.version:
            if (event.inquiry_id, event.version) not in self.hashes:
                self.duplicates += 1  # no view keeps hashes, so there is nothing that it could contradict
            else:
                self._hold(delivery, event.inquiry_id, Problem.HASH_CONFLICT)
            return
        if event.version > head.version + 1:
            problem = self._fill(delivery, event, head)
            if problem is not None:
                self._hold(delivery, event.inquiry_id, problem)
                return
        if not self._accept(delivery, event):
            self._hold(delivery, event.inquiry_id, Problem.HASH_CONFLICT)

    def _fill(self, delivery: Delivery, event: InquiryEvent, head: Head) -> Problem | None:
        """Fetch what is missing before ``event``."""
        missing = fetch(self.refetch, event.inquiry_id, head.version, event.version - 1)
        if len(missing) != event.version - 1 - head.version:
            return Problem.GAP
        for one in missing:
            if one.version != self.heads.get(event.inquiry_id, NOTHING).version + 1:
                return Problem.GAP
            if not self._accept(delivery, one):
                return Problem.HASH_CONFLICT
            self.refetched += 1
        return None

    def _accept(self, delivery: Delivery, event: InquiryEvent) -> bool:
        if event.provenance.previous_hash != self.heads.get(event.inquiry_id, NOTHING).hash:
            return False
        self.heads[event.inquiry_id] = Head(event.version, event.provenance.hash)
        self.hashes[event.inquiry_id, event.version] = event.provenance.hash
        self.places[event.inquiry_id, event.version] = delivery
        self.accepted.append(event)
        return True

    def _hold(self, delivery: Delivery, inquiry_id: UUID, problem: Problem) -> None:
        self.held[inquiry_id] = Held(problem, version_of(delivery), self.source, delivery.partition, delivery.offset)
        self.parked.append(parked(self.source, delivery, inquiry_id))


def fetch(refetch: Refetch | None, inquiry_id: UUID, after: int, up_to: int) -> Sequence[InquiryEvent]:
    """What the store has of these versions, in order. Nothing where there is no store, or where it fails: the inquiry
    is then held up with a gap, and everybody else goes on."""
    if refetch is None or up_to <= after:
        return ()
    try:
        return [event for event in refetch(inquiry_id, after, up_to) if event.inquiry_id == inquiry_id]
    except Exception:  # whatever store it is: it can be asked again when the inquiry is replayed
        return ()


def parked(source: str, delivery: Delivery, inquiry_id: UUID) -> Parked:
    """The record as it is kept until it can be applied."""
    event = delivery.event
    return Parked(
        inquiry_id=inquiry_id,
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


def document(delivery: Delivery) -> str:
    """What :func:`events.cloudevents.from_raw` reads again."""
    if delivery.raw is not None:
        return delivery.raw
    return json.dumps(to_document(delivery.event)) if delivery.event else ""


def inquiries(batch: Iterable[Delivery]) -> list[UUID]:
    """The inquiries that a batch is about, in a fixed order."""
    ids = {delivery.event.inquiry_id if delivery.event else delivery.inquiry_id for delivery in batch}
    return sorted(inquiry_id for inquiry_id in ids if inquiry_id is not None)
