"""Store, topic and read model compared: what one of them has and another has not, by id.

The store is the record. Whatever is compared with it is read first, so that an event that comes in meanwhile is never
taken for an unknown one; and only what the relay had published before is expected in the topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from casebackbone.inquiry_events import InquiryEvent
from casebackbone.recorded import RecordedEvent
from events.channel import Delivery
from events.standing import Standing


@dataclass(frozen=True, slots=True)
class Difference:
    """``where`` is ``topic`` or ``read_model``; ``version`` is None where it is about a whole inquiry.

    ``inquiry_id`` is the subject: also the directory, or the desk of a day.
    """

    where: str
    code: str
    inquiry_id: UUID | None
    version: int | None = None
    detail: str = ""


@dataclass(slots=True)
class Record:
    """The store's events as far as a comparison needs them: hashes, positions in order of version, last standing."""

    hashes: dict[UUID, list[str]] = field(default_factory=dict)
    positions: dict[UUID, list[int]] = field(default_factory=dict)
    standings: dict[UUID, Standing] = field(default_factory=dict)
    events: int = 0

    def add(self, event: RecordedEvent, position: int) -> None:
        """Events in order within each subject."""
        self.hashes.setdefault(event.originator_id, []).append(event.hash)
        self.positions.setdefault(event.originator_id, []).append(position)
        if isinstance(event, InquiryEvent):
            self.standings[event.originator_id] = event.standing
        self.events += 1


@dataclass(slots=True)
class Topic:
    """What is on the topic: the hash of each event by its first occurrence, and what was wrong on the way."""

    hashes: dict[UUID, dict[int, str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    records: int = 0

    def add(self, delivery: Delivery) -> None:
        self.records += 1
        if delivery.event is None:
            at = f"partition {delivery.partition}, offset {delivery.offset}: {delivery.problem}"
            self.differences.append(Difference("topic", "unreadable", delivery.subject, delivery.version, at))
            return
        event = delivery.event
        seen = self.hashes.setdefault(event.subject, {})
        if event.version in seen:
            if seen[event.version] != event.provenance.hash:
                self._differs(event.subject, event.version, "repeated_differently", delivery)
            return
        if seen and event.version < max(seen):
            self._differs(event.subject, event.version, "out_of_order", delivery)
        seen[event.version] = event.provenance.hash

    def _differs(self, inquiry_id: UUID, version: int, code: str, delivery: Delivery) -> None:
        at = f"partition {delivery.partition}, offset {delivery.offset}"
        self.differences.append(Difference("topic", code, inquiry_id, version, at))


def read_topic(deliveries: Iterable[Delivery]) -> Topic:
    topic = Topic()
    for delivery in deliveries:
        topic.add(delivery)
    return topic


def topic_differences(record: Record, topic: Topic, published_up_to: int) -> list[Difference]:
    """``published_up_to`` is the relay's position, read before the topic was."""
    differences = list(topic.differences)
    for inquiry_id, hashes in record.hashes.items():
        there = topic.hashes.get(inquiry_id, {})
        for version, (hash_, position) in enumerate(zip(hashes, record.positions[inquiry_id], strict=True), start=1):
            if version not in there:
                if position <= published_up_to:
                    differences.append(Difference("topic", "missing", inquiry_id, version, f"position {position}"))
            elif there[version] != hash_:
                differences.append(Difference("topic", "different", inquiry_id, version, f"position {position}"))
    for inquiry_id, versions in topic.hashes.items():
        known = len(record.hashes.get(inquiry_id, ()))
        differences += [
            Difference("topic", "unknown", inquiry_id, version) for version in sorted(versions) if version > known
        ]
    return differences


@dataclass(frozen=True, slots=True)
class Viewed:
    """What the read model says of one inquiry: up to which event it has come, and its row."""

    version: int
    hash: str
    row: Mapping[str, Any] | None


def read_model_differences(record: Record, viewed: Mapping[UUID, Viewed]) -> list[Difference]:
    """``row`` is compared field by field with the standing, as far as it has the same names."""
    differences = []
    for inquiry_id, hashes in record.hashes.items():
        seen = viewed.get(inquiry_id)
        if seen is None:
            differences.append(Difference("read_model", "missing", inquiry_id))
        elif (seen.version, seen.hash) != (len(hashes), hashes[-1]):
            detail = f"is at version {seen.version}, the store at {len(hashes)}"
            differences.append(Difference("read_model", "different_version", inquiry_id, seen.version, detail))
        elif inquiry_id in record.standings:
            differences += _row_differences(inquiry_id, seen, record.standings[inquiry_id])
    extra = [
        Difference("read_model", "unknown", inquiry_id) for inquiry_id in viewed if inquiry_id not in record.hashes
    ]
    return differences + extra


def _row_differences(inquiry_id: UUID, seen: Viewed, standing: Standing) -> list[Difference]:
    if seen.row is None:
        return [Difference("read_model", "no_row", inquiry_id, seen.version)]
    wrong = [
        name for name in Standing.__dataclass_fields__ if name in seen.row and seen.row[name] != getattr(standing, name)
    ]
    detail = f"other than in the store: {', '.join(wrong)}"
    return [Difference("read_model", "different_standing", inquiry_id, seen.version, detail)] if wrong else []
