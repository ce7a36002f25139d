"""From events of the directory to rows: one for each statement, and texts of services to be searched by words."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, Table, Text, select

from events import directory as said
from events.directory import DirectoryEvent, Statement
from events.timeline import Timeline, stated
from projections.search import Collection, Document, Field, index, remove
from projections.tables import ALWAYS, CODE, TABLES, VOLATILE, UtcTime, upsert
from projections.view import Batch, View

ROWS = Table(
    "directory",
    TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("type", CODE, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("key", CODE, nullable=False),
    Column("said", Boolean, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime),
    Column("actor", CODE, nullable=False),
    Column("recorded_at", UtcTime, nullable=False, info=VOLATILE),
    Column("department", CODE),
    Column("service", CODE),
    Column("area", CODE),
    Column("person", CODE),
    Column("unit", CODE),
    Column("function", CODE),
    Column("successor", CODE),
    Column("moved", Integer),
    Column("name", Text),
    Column("synonyms", Text),
    Column("description", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("office", Text),
    Column("opening_hours", Text),
)
"""``key``: what it is said of, within a ``kind``; ``said`` is False where it says that there is nothing."""

Index("directory_key", ROWS.c.kind, ROWS.c.key, ROWS.c.version)
Index("directory_department", ROWS.c.department, ROWS.c.version)
Index("directory_service", ROWS.c.service, ROWS.c.version, info={ALWAYS: True})
Index("directory_person", ROWS.c.person, ROWS.c.version)

SERVICES = Collection(
    "directory_services",
    (
        *(Field("name", weight=3.0, evenness=0.3), Field("synonyms", weight=2.5, evenness=0.3)),
        *(Field("description"), Field("service", evenness=0.3)),
    ),
)
"""What services are called. One document for each time in which a service is described in the same words."""

BETWEEN = " · "
"""Between two synonyms in the text that is searched."""

_NAMESPACE = UUID("9b2e6f1a-4c0d-5e7b-8a39-115d1c70b0a4")
_KINDS: dict[type[Statement], tuple[str, bool]] = {
    said.DepartmentDescribed: ("department", True),
    said.DepartmentClosed: ("closure", True),
    said.DepartmentReopened: ("closure", False),
    said.ServiceDescribed: ("service", True),
    said.ServiceWithdrawn: ("withdrawal", True),
    said.ServiceReinstated: ("withdrawal", False),
    said.ResponsibilityAssigned: ("responsibility", True),
    said.ResponsibilityEnded: ("responsibility", False),
    said.MemberAdded: ("member", True),
    said.MemberRemoved: ("member", False),
    said.PersonDeactivated: ("absence", True),
    said.PersonReactivated: ("absence", False),
}
_KEYS = {
    "department": ("department",),
    "closure": ("department",),
    "service": ("service",),
    "withdrawal": ("service",),
    "responsibility": ("service", "area"),
    "member": ("unit", "person"),
    "absence": ("person",),
}
_OWN = tuple(column.name for column in ROWS.columns)[9:]


def _apply(connection: Connection, batch: Batch) -> None:
    rows = [_row(event) for event in batch.events]
    upsert(connection, ROWS, rows)
    touched = dict.fromkeys(row["service"] for row in rows if row["kind"] in ("service", "withdrawal"))
    for service in touched:
        _search(connection, str(service))


def _row(event: Statement) -> dict[str, Any]:
    kind, says = _KINDS[type(event)]
    own = {name: getattr(event, name, None) for name in _OWN}
    if own["synonyms"] is not None:
        own["synonyms"] = json.dumps(own["synonyms"], ensure_ascii=False)
    return {
        "version": event.version,
        "type": event.type,
        "kind": kind,
        "key": "|".join(own[name] or "" for name in _KEYS[kind]),
        "said": says,
        "valid_from": event.valid_from,
        "valid_to": event.valid_to,
        "actor": event.provenance.actor,
        "recorded_at": event.provenance.recorded_at,
        **own,
    }


# --- words ---------------------------------------------------------------------------------------------------------


def _search(connection: Connection, service: str) -> None:
    """Documents of one service, from all that was ever said of it: so they depend on it alone, not on batches."""
    named: Timeline[int] = ()
    withdrawn: Timeline[bool] = ()
    texts: dict[int, Row[Any]] = {}
    most, last = 0, 0
    about = select(ROWS).where(ROWS.c.service == service, ROWS.c.kind.in_(["service", "withdrawal"]))
    for row in connection.execute(about.order_by(ROWS.c.version)):
        if row.kind == "service":
            texts[row.version] = row
            named = stated(named, row.version, row.valid_from, row.valid_to)
        else:
            withdrawn = stated(withdrawn, True if row.said else None, row.valid_from, row.valid_to)
        last = row.version
        most = max(most, len(_there(named, withdrawn)))
    there = _there(named, withdrawn)
    made = [
        Document(
            id=uuid5(_NAMESPACE, f"{service}:{number}"),
            version=last,
            fields=_fields(texts[int(stretch.value or 0)]),
            valid_from=stretch.valid_from,
            valid_to=stretch.valid_to,
        )
        for number, stretch in enumerate(there)
    ]
    index(connection, SERVICES, made)
    left = range(len(there), most)
    remove(connection, SERVICES, {uuid5(_NAMESPACE, f"{service}:{number}"): last for number in left})


def _there(named: Timeline[int], withdrawn: Timeline[bool]) -> Timeline[int]:
    """When the city does it, and the version of the words that describe it then."""
    for stretch in withdrawn:
        if stretch.value:
            named = stated(named, None, stretch.valid_from, stretch.valid_to)
    return tuple(stretch for stretch in named if stretch.value is not None)


def _fields(row: Row[Any]) -> dict[str, str]:
    synonyms = BETWEEN.join(json.loads(row.synonyms))
    return {"name": row.name, "synonyms": synonyms, "description": row.description or "", "service": row.service}


_HANDLED: frozenset[type[DirectoryEvent]] = frozenset(_KINDS)
DIRECTORY = View(
    name="directory",
    version=1,
    tables=(ROWS, SERVICES.table),
    apply=_apply,
    handles=_HANDLED,
    ignores=frozenset({said.DirectoryOpened}),
    families=(DirectoryEvent,),
)
