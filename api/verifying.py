"""The record checked against itself and against a signed checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError

from api.bootstrap import System
from casebackbone.checkpoint import public_key_of, read, read_key, sign
from casebackbone.custody_rules import custody_findings
from casebackbone.ledger import Chains, Page, Pages, StoredNotification, compare

PAGE = 1_000


def verify(system: System, checkpoint: dict[str, Any] | None = None) -> dict[str, Any]:
    """Events, inquiries and findings: seals, chains, rules of custody, and the pages of a checkpoint if there is one.

    Raises casebackbone.checkpoint.BadCheckpoint.
    """
    signed = _signed_pages(system, checkpoint)
    chains, pages, findings, events = Chains(), Pages(along=signed), [], 0
    for stored in _log(system):
        events += 1
        pages.add(stored.id, stored.state)
        findings += [asdict(one) for one in chains.check(stored)]
    findings += [asdict(one) for one in compare(signed, pages.end())]
    findings += [asdict(one) for one in custody_findings(_readable(system))]
    return {"events": events, "inquiries": chains.inquiries, "findings": findings}


def checkpoint(system: System, key_file: Path) -> dict[str, Any]:
    """A signed checkpoint of the log as it is. Raises BadCheckpoint for a key that cannot sign."""
    key = read_key(key_file.read_bytes())
    pages = Pages()
    for stored in _log(system):
        pages.add(stored.id, stored.state)
    return sign(pages.end(), store_epoch=system.store.epoch, at=system.clock(), key=key)


def _signed_pages(system: System, found: dict[str, Any] | None) -> list[Page]:
    if found is None:
        return []
    key_file = system.settings.ledger_key_file
    signer = public_key_of(read_key(key_file.read_bytes())) if key_file else None
    return read(found, store_epoch=system.store.epoch, public_key=signer)


def _log(system: System) -> Iterator[StoredNotification]:
    after = 0
    while page := system.store.stored_after(after, PAGE):
        yield from page
        after = page[-1].id


def _readable(system: System) -> Iterator[Any]:
    """Events that can be loaded; the others have been found already."""
    for stored in _log(system):
        try:
            yield system.store.mapper.to_domain_event(stored)  # type: ignore[arg-type]
        except (MapperDeserialisationError, AttributeError, KeyError, TypeError, ValueError):
            continue
