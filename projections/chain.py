"""The chain: the hash of every event that the audit trail does not tell of, so that an old duplicate of any subject is
told from a forgery. One row an event of the directory, the desk, articles and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, Table, select, tuple_

from events.catalogue import FAMILIES
from events.inquiry import InquiryEvent
from events.published import PublishedEvent
from projections.tables import CODE, ID, TABLES, VOLATILE, upsert
from projections.view import Batch, View

ROWS = Table(
    "chain",
    TABLES,
    Column("subject", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("hash", CODE, nullable=False, info=VOLATILE),
)


def known_hashes(connection: Connection, keys: Sequence[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], str]:
    """The hash of each of these events (subject, version) that is here."""
    statement = select(ROWS).where(tuple_(ROWS.c.subject, ROWS.c.version).in_(keys))
    return {(subject, version): hash_ for subject, version, hash_ in connection.execute(statement)}


def _apply(connection: Connection, batch: Batch) -> None:
    upsert(connection, ROWS, [_values(event) for event in batch.events])


def _values(event: PublishedEvent) -> dict[str, object]:
    return {"subject": event.subject, "version": event.version, "hash": event.provenance.hash}


_OTHERS = {family: events for family, events in FAMILIES.items() if family is not InquiryEvent}
CHAIN = View(
    name="chain",
    version=1,
    tables=(ROWS,),
    apply=_apply,
    handles=frozenset(event for events in _OTHERS.values() for event in events),
    known_hashes=known_hashes,
    families=tuple(_OTHERS),
)
