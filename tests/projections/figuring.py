"""Calls as a telephone system tells of them, and questions for figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from events import desk as happened
from events.desk import DeskEvent
from events.standing import Provenance
from projections import figures
from projections.figures import Count, Question
from projections.figures_formulas import FORMULAS
from tests.examples import EPOCH, GENESIS, NAMES, NOON, Story, deliveries
from tests.projections.model import ReadModel

BERLIN = ZoneInfo("Europe/Berlin")
WEEKS = timedelta(weeks=30)


class Phone:
    """The calls of one desk. Each is a row of times in seconds after :data:`NOON`, or after ``at``."""

    def __init__(self, positions: Iterator[int], *, at: datetime = NOON, day: str = "2026-03-02") -> None:
        self.id = uuid5(NAMES, f"desk {day}")
        self.at = at
        self.events: list[DeskEvent] = []
        self._positions = positions
        self._offered: dict[str, float] = {}
        self._add(happened.DeskOpened, at, day=day)

    def offered(self, call: str, second: float) -> Phone:
        self._offered[call] = second
        return self._call(happened.CallOffered, call, second)

    def answered(self, call: str, second: float, within: int = 30) -> Phone:
        waited = second - self._offered[call]
        return self._call(
            happened.CallAnswered, call, second, person=None, waited_seconds=int(waited), in_time=waited <= within
        )

    def abandoned(self, call: str, second: float) -> Phone:
        return self._call(happened.CallAbandoned, call, second, waited_seconds=int(second - self._offered[call]))

    def ended(self, call: str, second: float) -> Phone:
        return self._call(happened.CallEnded, call, second, talked_seconds=60)

    def _call(self, kind: type[happened.CallEvent], call: str, second: float, **own: Any) -> Phone:
        moment = self.at + timedelta(seconds=second)
        return self._add(kind, moment, call=call, told_at=moment, **own)

    def _add(self, kind: type[DeskEvent], moment: datetime, **own: Any) -> Phone:
        version = len(self.events) + 1
        previous = self.events[-1].provenance.hash if self.events else GENESIS
        provenance = Provenance(
            actor="system:tk",
            command_id=uuid5(NAMES, f"{self.id} {version}"),
            correlation_id=uuid5(NAMES, f"{self.id}"),
            causation_id=None,
            occurred_at=moment,
            recorded_at=moment,
            position=next(self._positions),
            hash=hashlib.sha256(f"{self.id} {version} {previous}".encode()).hexdigest(),
            previous_hash=previous,
            store_epoch=EPOCH,
        )
        self.events.append(kind(desk_id=self.id, version=version, provenance=provenance, **own))
        return self


def told(model: ReadModel, *subjects: Phone | Story, size: int = 500) -> ReadModel:
    """These happened, in batches of ``size``."""
    events = sorted((event for one in subjects for event in one.events), key=lambda event: event.provenance.position)
    model.take(deliveries(events, 1), size)
    return model


def question(code: str, *, now: datetime = NOON + WEEKS, **more: Any) -> Question:
    """All that was ever told, as known long after, with the days of Berlin."""
    known: dict[str, Any] = {"start": NOON - timedelta(days=1), "end": now, "zone": BERLIN}
    return Question(formula=FORMULAS[code], now=now, **known | more)


def figure(model: ReadModel, code: str, **more: Any) -> Count:
    return model.ask(figures.total, question(code, **more))


def by(model: ReadModel, code: str, what: str, **more: Any) -> dict[str, Count]:
    """The rows that are not empty."""
    rows = model.ask(figures.rows, question(code, **more), what)
    assert len({row.key for row in rows}) == len(rows)
    return {row.key: row.count for row in rows if row.count != Count(ages=row.count.ages and (0,) * 6)}


def behind(model: ReadModel, code: str, **more: Any) -> list[tuple[UUID, str | None, bool | None]]:
    """Subject, outcome and verdict of what is behind a figure."""
    asked = {name: more.pop(name) for name in ("verdict", "age") if name in more}
    rows = model.all_of(figures.evidence, question(code, **more), limit=3, **asked)
    return [(row.subject, row.outcome, row.met) for row in rows]
