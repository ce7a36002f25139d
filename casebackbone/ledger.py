"""Whether the record is as it was written: the chain within each inquiry, and the tree over the whole log.

The chain (``casebackbone/store/mapper.py``) shows edits, deletions in the middle, swaps and reorderings, and where.
It cannot show that a tail was cut, or that somebody who can compute hashes rewrote a chain to its end. For that there
are checkpoints (``casebackbone/checkpoint.py``): roots of a Merkle tree (RFC 6962: leaves and nodes are hashed apart)
over all events in order of position, page by page, signed, and kept where nobody who can change the database can
change them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from casebackbone.store.mapper import event_hash, unsealed

GENESIS = "0" * 64
PAGE = 256
"""Events in a page of the tree: how closely a checkpoint locates what has changed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the record is not as it was written. ``position`` is where it was noticed."""

    code: str
    inquiry_id: str | None
    version: int | None
    position: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    """Events of the log from one position to another (inclusive): how many, and the root over their hashes (hex)."""

    first: int
    last: int
    count: int
    root: str


class StoredNotification(Protocol):
    """An event as it is stored, and its position."""

    @property
    def id(self) -> int: ...
    @property
    def originator_id(self) -> UUID | str: ...
    @property
    def originator_version(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def state(self) -> bytes: ...


class Chains:
    """Follows the log in order of position and checks the chain of each subject. Keeps one hash a subject."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[int, str]] = {}
        self.inquiries = 0

    @property
    def subjects(self) -> int:
        """Inquiries, and the directory, desks, articles and tasks."""
        return len(self._heads)

    def check(self, stored: StoredNotification) -> Iterator[Finding]:
        """What is wrong with the next event. Each fault is told once, at its place."""
        inquiry, version = str(stored.originator_id), stored.originator_version
        last, head = self._heads.get(inquiry, (0, GENESIS))
        self.inquiries += inquiry not in self._heads and stored.topic.startswith("inquiry.")

        def finding(code: str, detail: str) -> Finding:
            return Finding(code, inquiry, version, stored.id, detail)

        try:
            seal, body = unsealed(stored.state)
            previous = json.loads(body)["previous"]
        except (ValueError, KeyError, TypeError):
            yield finding("unreadable", "the stored bytes are no sealed event")
            self._heads[inquiry] = (version, GENESIS)
            return
        if version != last + 1:
            missing = f"{last + 1} to {version - 1}" if version > last + 1 else f"{version} comes after {last}"
            yield finding("missing" if version > last + 1 else "reordered", f"versions {missing}")
        elif previous != head:
            yield finding("broken_chain", "it does not follow from the event before it")
        if event_hash(stored.originator_id, version, stored.topic, body) != seal:
            yield finding("edited", "its content does not belong to its seal")
        self._heads[inquiry] = (version, seal)


class Pages:
    """Collects the log into pages: of :data:`PAGE` events, or along those of an earlier checkpoint."""

    def __init__(self, along: Sequence[Page] = ()) -> None:
        self.made: list[Page] = []
        self._along = list(reversed(along))
        self._hashes: list[bytes] = []
        self._first = self._last = 0

    def add(self, position: int, leaf: bytes) -> None:
        """The next event in order of position; ``leaf`` are its stored bytes."""
        if self._hashes and self._full(position):
            self._close()
        if not self._hashes:
            self._first = position
        self._last = position
        self._hashes.append(hashlib.sha256(b"\0" + leaf).digest())

    def end(self) -> list[Page]:
        """All pages; the last one may be short."""
        if self._hashes:
            self._close()
        return self.made

    def _full(self, position: int) -> bool:
        while self._along and self._along[-1].last < self._first:
            self._along.pop()
        return position > self._along[-1].last if self._along else len(self._hashes) == PAGE

    def _close(self) -> None:
        self.made.append(Page(self._first, self._last, len(self._hashes), merkle_root(self._hashes).hex()))
        self._hashes = []


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes; an odd one is carried up. The root over nothing is the hash of nothing."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        pairs = range(0, len(level) - 1, 2)
        odd = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest() for i in pairs] + odd
    return level[0]


def compare(expected: Iterable[Page], found: Iterable[Page]) -> Iterator[Finding]:
    """What has changed below a checkpoint: pages that differ, or that are gone."""
    by_end = {page.last: page for page in found}
    pages = sorted(by_end.values(), key=lambda page: page.first)
    for page in expected:
        inside = [one for one in pages if one.first <= page.last and one.last >= page.first]
        count = sum(one.count for one in inside)
        where = f"positions {page.first} to {page.last}"
        if count != page.count:
            yield Finding("truncated", None, None, page.last, f"{where}: {count} events where {page.count} were signed")
        elif len(inside) != 1 or inside[0].root != page.root:
            yield Finding("rewritten", None, None, page.last, f"{where}: other events than were signed")
