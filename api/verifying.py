"""The whole record checked: seals, chains, rules of custody, and against a signed checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eventsourcing.persistence import PersistenceError

from api.bootstrap import System
from casebackbone.checkpoint import read, read_key, sign
from casebackbone.custody_rules import custody_findings
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.ledger import Chains, Finding, Pages, compare

LOADED = 5000
Progress = Callable[[int, int], None]


class _Walk:
    """Once over the log, in order of position. ``findings`` are those of seals and chains, ``events`` counts."""

    def __init__(self, system: System, pages: Pages, progress: Progress) -> None:
        self.chains = Chains()
        self.findings: list[Finding] = []
        self.events = 0
        self._store = system.store
        self._pages = pages
        self._progress = progress

    def loaded(self) -> Iterator[InquiryEvent]:
        """Every event that can be read; what cannot is a finding."""
        after, head = 0, self._store.last_position()
        while page := self._store.stored_after(after, LOADED):
            for stored in page:
                self.events += 1
                self._pages.add(stored.id, stored.state)
                self.findings += self.chains.check(stored)
                try:
                    yield self._store.mapper.to_domain_event(stored)
                except (PersistenceError, ValueError, KeyError, TypeError) as failed:
                    self._unreadable(stored, failed)
            after = page[-1].id
            self._progress(after, max(after, head))

    def _unreadable(self, stored: Any, failed: Exception) -> None:
        """The error's kind only: its text may quote what is stored."""
        where = str(stored.originator_id), stored.originator_version
        if not any((one.inquiry_id, one.version) == where for one in self.findings[-2:]):
            detail = f"it cannot be loaded ({type(failed).__name__})"
            self.findings.append(Finding("unreadable", *where, stored.id, detail))


def verify(system: System, checkpoint: dict[str, Any] | None, signer: str | None, progress: Progress) -> dict[str, Any]:
    """What was checked, and ``findings`` in order of what was noticed. Raises BadCheckpoint."""
    signed = [] if checkpoint is None else read(checkpoint, store_epoch=system.store.epoch, public_key=signer)
    pages = Pages(along=signed)
    walk = _Walk(system, pages, progress)
    custody = [
        Finding(one.code, str(one.inquiry_id), one.version, None, one.detail) for one in custody_findings(walk.loaded())
    ]
    known = {(one.inquiry_id, one.version) for one in walk.findings}
    findings = [
        *walk.findings,
        *(one for one in custody if (one.inquiry_id, one.version) not in known),
        *(compare(signed, pages.end())),
    ]
    return {
        "events": walk.events,
        "subjects": walk.chains.subjects,
        "inquiries": walk.chains.inquiries,
        "checkpoint": _described(checkpoint, signer),
        "findings": [asdict(one) for one in findings],
    }


def _described(checkpoint: Mapping[str, Any] | None, signer: str | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    kept = {name: checkpoint[name] for name in ("position", "count", "root", "created_at", "public_key")}
    return kept | {"signer_known": signer is not None}


def make_checkpoint(system: System, key_file: Path, progress: Progress) -> dict[str, Any]:
    """A signed checkpoint of everything stored now. Raises BadCheckpoint for a key that cannot sign."""
    key = read_key(key_file.read_bytes())
    pages = Pages()
    after, head = 0, system.head()
    while page := system.store.stored_after(after, LOADED):
        for stored in page:
            pages.add(stored.id, stored.state)
        after = page[-1].id
        progress(after, max(after, head))
    return sign(pages.end(), store_epoch=system.store.epoch, at=system.clock(), key=key)
