"""How published events reach a consumer, whatever carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from events.published import PublishedEvent


class UnreadableEvent(Exception):
    """A record that cannot be turned into an event; the message says why, without quoting its content."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record from a feed. ``event`` is None where it could not be read; then ``problem`` says why.

    ``subject`` and ``version`` are known from the record's key and headers even if its body is unreadable, and
    None if even these are. ``raw`` is what arrived (JSON text of headers and body), kept for quarantine and replay.
    """

    partition: int
    offset: int
    event: PublishedEvent | None
    subject: UUID | None = None
    version: int | None = None
    problem: str | None = None
    raw: str | None = None


Positions = Mapping[int, int]
"""Partition to the offset of the next record to read."""


class Feed(Protocol):
    """A source of published events, in order within each subject, each at least once.

    ``source`` names what the positions count in (kind, topic id or store epoch); positions of another source
    mean nothing here. ``positions_for`` is asked for the stored positions of partitions when they are assigned.
    """

    @property
    def source(self) -> str: ...

    def open(self, positions_for: Callable[[Sequence[int]], Positions]) -> None: ...

    def poll(self, limit: int, timeout_seconds: float) -> Sequence[Delivery]: ...

    def ends(self) -> Positions:
        """The offset after the last record of each partition that exists now, not only of those assigned here."""
        ...

    def close(self) -> None: ...


class Message(NamedTuple):
    """A record: key, headers in order, value."""

    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes


class Publisher(Protocol):
    """Takes records in order and returns only when all of them are acknowledged; raises otherwise and is then dead."""

    def send(self, messages: Sequence[Message]) -> Positions:
        """Returns, for each partition written to, the offset after the last record."""
        ...

    def close(self) -> None: ...
