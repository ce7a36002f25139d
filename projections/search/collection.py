"""A collection of documents to be searched: its fields, its table, and how documents come and go.

The table holds the texts, one row a document; everything that searching needs is made from it in memory. So a row
depends on its own document alone, never on the others or on how changes were cut into batches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, func, select
from sqlalchemy import Index as TableIndex

from projections.tables import ID, TABLES, UtcTime, upsert

_MOST_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Field:
    """A part of each document. ``weight``: how much a word counts here; ``evenness`` (b of BM25, 0 to 1): how much
    less it counts in a longer text, usually 0.75, and about 0.3 where all texts are short, as titles are."""

    name: str
    weight: float = 1.0
    evenness: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``version`` goes up with each change of the document, also with its removal. ``labels`` are what it can be
    filtered by (``service:waste``). It is found from ``valid_from`` on and before ``valid_to``; None: always."""

    id: UUID
    version: int
    fields: Mapping[str, str]
    labels: frozenset[str] = field(default_factory=frozenset)
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class Collection:
    """Documents with ``fields``, kept in the table ``name`` of the read model. Made once, where the module of its view
    is read; the view names :attr:`table` among its tables."""

    def __init__(self, name: str, fields: Sequence[Field]) -> None:
        self.name = name
        self.fields = tuple(fields)
        self.table = Table(
            name,
            TABLES,
            Column("id", ID, primary_key=True),
            Column("version", Integer, nullable=False),
            Column("texts", Text),
            Column("labels", Text, nullable=False),
            Column("valid_from", UtcTime),
            Column("valid_to", UtcTime),
        )
        TableIndex(f"{name}_version", self.table.c.id, self.table.c.version)


def index(connection: Connection, collection: Collection, documents: Iterable[Document]) -> None:
    """Put ``documents`` in, each in place of what was there under its id; of one id the last counts."""
    names = [each.name for each in collection.fields]
    rows = {
        document.id: {
            "id": document.id,
            "version": document.version,
            "texts": json.dumps([document.fields.get(name, "") for name in names]),
            "labels": json.dumps(sorted(document.labels)),
            "valid_from": document.valid_from,
            "valid_to": document.valid_to,
        }
        for document in documents
    }
    upsert(connection, collection.table, list(rows.values()))


def remove(connection: Connection, collection: Collection, versions: Mapping[UUID, int]) -> None:
    """Take documents out, texts and all; ``versions``: the version of each that says so. It stays as an empty row, so
    that who has it in memory learns that it went."""
    gone = {"texts": None, "labels": "[]", "valid_from": None, "valid_to": None}
    rows = [{"id": document, "version": version, **gone} for document, version in versions.items()]
    upsert(connection, collection.table, rows)


# --- what changed --------------------------------------------------------------------------------------------------

State = tuple[int, int]


def state(connection: Connection, collection: Collection) -> State:
    """Differs after every change: rows are never taken away, and versions only go up."""
    count, total = connection.execute(
        select(func.count(), func.coalesce(func.sum(collection.table.c.version), 0))
    ).one()
    return int(count), int(total)


def changed(
    connection: Connection, collection: Collection, known: Mapping[UUID, int]
) -> Iterator[tuple[UUID, int, Document | None]]:
    """Documents with another version than in ``known``, in order of their ids; None: it was taken out."""
    table = collection.table
    if not known:
        for row in connection.execute(select(table).order_by(table.c.id).execution_options(yield_per=1000)):
            yield row.id, row.version, _document(collection, row)
        return
    versions = connection.execute(select(table.c.id, table.c.version).order_by(table.c.id))
    other = [row.id for row in versions if known.get(row.id) != row.version]
    for start in range(0, len(other), _MOST_IN_ONE_QUERY):
        some = other[start : start + _MOST_IN_ONE_QUERY]
        for row in connection.execute(select(table).where(table.c.id.in_(some)).order_by(table.c.id)):
            yield row.id, row.version, _document(collection, row)


def _document(collection: Collection, row: Row[tuple[object, ...]]) -> Document | None:
    if row.texts is None:
        return None
    texts = dict(zip((each.name for each in collection.fields), json.loads(row.texts), strict=True))
    return Document(
        id=row.id,
        version=row.version,
        fields=texts,
        labels=frozenset(json.loads(row.labels)),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def texts(connection: Connection, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """The fields of some documents as they were written."""
    found = connection.execute(select(collection.table).where(collection.table.c.id.in_(ids)))
    return {row.id: dict(document.fields) for row in found if (document := _document(collection, row)) is not None}
