"""Facts: what figures are counted from. One row a call, a promised reply, a forward …, from its begin to its outcome.

A fact follows the service and the department of its inquiry until it ends; then it stays as it is. ``evidence`` are
the versions of the events that made it what it is, so that whoever doubts a figure can count again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Integer, Table, select

from projections.figures_formulas import Kind
from projections.tables import CODE, ID, TABLES, UtcTime, among, upsert

FACTS = Table(
    "figure_facts",
    TABLES,
    Column("subject", ID, primary_key=True),
    Column("kind", CODE, primary_key=True),
    Column("part", CODE, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("quarter", Integer, nullable=False),
    Column("service", CODE),
    Column("department", CODE),
    Column("outcome", CODE),
    Column("due_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("value", Integer),
    Column("bounces", Integer),
    Column("lost_minutes", Integer),
    Column("evidence", CODE, nullable=False),
)
_COUNTED = (FACTS.c.outcome, FACTS.c.due_at, FACTS.c.service, FACTS.c.department, FACTS.c.value)
Index("figure_facts_period", FACTS.c.kind, FACTS.c.quarter, FACTS.c.at, *_COUNTED)
"""Has all that is counted, so that no row is looked up; in order of time, quarter by quarter."""

QUARTER = timedelta(minutes=15)
"""Local days of every time zone begin at a full quarter of an hour, so that these can be added up to days of any."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def quarter_of(moment: datetime) -> int:
    """The number of the quarter of an hour that it is in."""
    return (moment - _EPOCH) // QUARTER


@dataclass(slots=True, kw_only=True)
class Fact:
    """Something that counts, at a business time. ``outcome`` None: nobody knows yet. ``part`` tells apart the facts of
    one kind: the call's id, or the version of the event that began it."""

    subject: UUID
    kind: Kind
    part: str
    at: datetime
    service: str | None = None
    department: str | None = None
    outcome: str | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    value: int | None = None
    bounces: int | None = None
    lost_minutes: int | None = None
    evidence: list[int] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Nothing changes it any more, except what takes back a first-contact resolution."""
        return self.ended_at is not None

    def shown_by(self, version: int) -> None:
        """The event of this version has a part in it."""
        if version not in self.evidence:
            self.evidence.append(version)

    def end(self, outcome: str | None, at: datetime, version: int) -> None:
        """It has ended so. Time does not run backwards within a fact."""
        self.outcome, self.ended_at = outcome, max(at, self.at)
        self.shown_by(version)

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _NAMES} | {
            "kind": self.kind.value,
            "quarter": quarter_of(self.at),
            "evidence": ",".join(map(str, self.evidence)),
        }


_NAMES = tuple(one.name for one in fields(Fact))


def read_fact(row: Any) -> Fact:
    """A row of :data:`FACTS` again."""
    found = {name: row[name] for name in _NAMES}
    evidence = [int(version) for version in row["evidence"].split(",")]
    return Fact(**found | {"kind": Kind(row["kind"]), "evidence": evidence})


def facts_of(connection: Connection, subjects: Iterable[UUID]) -> dict[UUID, list[Fact]]:
    """All facts of these subjects, in the order in which they began."""
    wanted = list(subjects)
    found: dict[UUID, list[Fact]] = {}
    if wanted:
        for row in connection.execute(select(FACTS).where(among(connection, FACTS.c.subject, wanted))):
            found.setdefault(row.subject, []).append(read_fact(row._mapping))
    for facts in found.values():
        facts.sort(key=lambda fact: fact.evidence[0])
    return found


def calls_of(connection: Connection, desk: UUID, calls: Iterable[str]) -> dict[str, Fact]:
    """What is known of these calls at one desk."""
    wanted = list(calls)
    if not wanted:
        return {}
    mine = (FACTS.c.subject == desk, FACTS.c.kind == Kind.CALL.value, FACTS.c.part.in_(wanted))
    return {row.part: read_fact(row._mapping) for row in connection.execute(select(FACTS).where(*mine))}


def store(connection: Connection, facts: Iterable[Fact]) -> None:
    """Insert or replace them."""
    upsert(connection, FACTS, [fact.row() for fact in facts])
