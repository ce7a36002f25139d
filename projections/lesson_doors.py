"""Wrong doors: who sends what to whom for nothing, what that costs, and who takes it in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from projections.lessons import BETWEEN, Period, sum_of
from projections.lessons_rows import DOORS

NOT_ABOUT_THE_DOOR = ("incomplete", "duplicate")
"""Reasons of a rejection after which the department may be the right one all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDoor:
    """From whom (``desk`` or ``department:<id>``) to a ``department`` that it was not: it said no, or nothing in time.

    ``lost_minutes``: service time at that door, and from there to the next. ``accepted_by``: who took them in the end,
    how many each; ``nowhere``: how many nobody has taken. ``inquiries``: the latest, at most 20.
    """

    service: str | None
    sender: str
    department: str
    times: int
    rejected: int
    expired: int
    lost_minutes: int
    accepted_by: dict[str, int]
    nowhere: int
    first_at: datetime
    last_at: datetime
    inquiries: tuple[UUID, ...] = field(default=())

    @property
    def key(self) -> str:
        return door_key(self.service, self.sender, self.department)

    @property
    def accepted_most(self) -> tuple[str, int] | None:
        """Who took most of them, if that were two at least and more than half of all; else there is no pattern."""
        department, times = min(self.accepted_by.items(), key=lambda one: (-one[1], one[0]), default=("", 0))
        return (department, times) if times > 1 and 2 * times > self.times and department != self.department else None


def door_key(service: str | None, sender: str, department: str) -> str:
    return BETWEEN.join((service or "", sender, department))


MOST_BEHIND = 20
_REASON = func.coalesce(DOORS.c.reason, "")
WRONG = or_(DOORS.c.outcome == "expired", and_(DOORS.c.outcome == "rejected", _REASON.not_in(NOT_ABOUT_THE_DOOR)))
_DOOR = (DOORS.c.service, DOORS.c.sender, DOORS.c.department)


def wrong_doors(
    connection: Connection, period: Period, *, service: str | None = None, department: str | None = None
) -> list[WrongDoor]:
    """What happened most often first, then what cost most. By the time at which the door turned out to be wrong."""
    lost = func.coalesce(DOORS.c.minutes_there, 0) + func.coalesce(DOORS.c.minutes_between, 0)
    statement = (
        select(
            *_DOOR,
            DOORS.c.accepted_by,
            func.count().label("times"),
            sum_of(DOORS.c.outcome == "rejected").label("rejected"),
            func.sum(lost).label("lost"),
            func.min(DOORS.c.ended_at).label("first"),
            func.max(DOORS.c.ended_at).label("last"),
        )
        .where(WRONG, period.covers(DOORS.c.ended_at))
        .group_by(*_DOOR, DOORS.c.accepted_by)
    )
    if service is not None:
        statement = statement.where(DOORS.c.service == service)
    if department is not None:
        statement = statement.where(DOORS.c.department == department)
    parts: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in connection.execute(statement):
        parts[row.service, row.sender, row.department].append(row)
    return sorted((_door(key, rows) for key, rows in parts.items()), key=door_order)


def door_order(door: WrongDoor) -> tuple[int, int, str]:
    return -door.times, -door.lost_minutes, door.key


def _door(key: tuple[Any, ...], rows: Sequence[Any]) -> WrongDoor:
    times, rejected = sum(row.times for row in rows), sum(row.rejected for row in rows)
    return WrongDoor(
        service=key[0],
        sender=key[1],
        department=key[2],
        times=times,
        rejected=rejected,
        expired=times - rejected,
        lost_minutes=sum(row.lost for row in rows),
        accepted_by={row.accepted_by: row.times for row in rows if row.accepted_by is not None},
        nowhere=sum(row.times for row in rows if row.accepted_by is None),
        first_at=_utc(min(row.first for row in rows)),
        last_at=_utc(max(row.last for row in rows)),
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def behind_door(connection: Connection, period: Period, key: str) -> tuple[UUID, ...]:
    """The latest inquiries of a wrong door, at most :data:`MOST_BEHIND`."""
    statement = select(DOORS.c.inquiry_id).where(*of_door(key), period.covers(DOORS.c.ended_at))
    statement = statement.order_by(DOORS.c.ended_at.desc(), DOORS.c.inquiry_id.desc(), DOORS.c.version.desc())
    found = connection.execute(statement.limit(5 * MOST_BEHIND)).scalars()
    return tuple(dict.fromkeys(found))[:MOST_BEHIND]


def of_door(key: str) -> Iterable[ColumnElement[bool]]:
    """What a row of a wrong door must be. A key that is none is that of no row."""
    parts = key.split(BETWEEN)
    service, sender, department = parts if len(parts) == 3 else (None, "", "")
    yield WRONG
    yield DOORS.c.service == service if service else DOORS.c.service.is_(None)
    yield DOORS.c.sender == sender
    yield DOORS.c.department == department
