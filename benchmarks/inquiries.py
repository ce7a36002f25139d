"""Inquiries as a city has them, in the order in which things happen: many at the same time, most of them short."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, islice
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from casebackbone.recorded import GENESIS
from casebackbone.store import Store
from casebackbone.store.mapper import unsealed
from events.inquiry import InquiryEvent
from events.standing import Channel
from tests.examples import BERT, NOON, Story
from tests.recorded import recorded
from tests.told import NAMES

A_DAY = 1_000
"""How many come in: a city of some 200,000."""
ARTICLES = [uuid5(NAMES, f"article {number}") for number in range(200)]
SERVICES = [f"99{number:03d}003000000" for number in range(150)]
DEPARTMENTS = [f"department-{number}" for number in range(25)]
_SAVE = 2_000
"""Events a transaction, when a store is filled."""


@dataclass(slots=True)
class _Chance:
    """What differs between two lives of the same kind."""

    random: random.Random

    def told(self) -> dict[str, Any]:
        return {"article_id": self.random.choice(ARTICLES), "article_version": 1}

    def door(self) -> str:
        return self.random.choice(DEPARTMENTS)

    def hours(self, most: float) -> float:
        return self.random.uniform(0.05, most)


def _at_once(life: Story, chance: _Chance) -> None:
    told = chance.told()
    life.consulted(told["article_id"]).answered(True, **told).resolved()


def _in_the_background(life: Story, chance: _Chance) -> None:
    life.later(chance.hours(1)).sent_to_background().later(chance.hours(4)).claimed(BERT)
    life.later(chance.hours(1)).answered(**chance.told()).resolved()


def _forwarded(life: Story, chance: _Chance) -> None:
    life.later(0.1).classified(chance.random.choice(SERVICES)).forwarded(chance.door())
    life.later(chance.hours(4)).accepted().later(chance.hours(24)).claimed("agent:gerd")
    life.later(chance.hours(72)).answered().resolved()


def _wrong_door(life: Story, chance: _Chance) -> None:
    life.later(0.1).classified(chance.random.choice(SERVICES)).forwarded(chance.door()).later(chance.hours(4))
    life.rejected().later(chance.hours(2)).forwarded(chance.door()).later(chance.hours(4)).accepted()
    life.later(chance.hours(24)).noted(by_holder=True).later(chance.hours(48)).answered().resolved()


def _not_accepted(life: Story, chance: _Chance) -> None:
    life.later(0.1).forwarded(chance.door()).later(4).expired().later(chance.hours(2)).forwarded(chance.door())
    life.later(chance.hours(4)).accepted().later(chance.hours(72)).escalated().later(1).acknowledged()
    life.later(chance.hours(24)).answered().resolved()


def _called_back(life: Story, chance: _Chance) -> None:
    life.later(0.1).claimed().callback_promised().later(chance.hours(12)).contacted(reached=False)
    life.later(chance.hours(12)).contacted().answered(**chance.told()).resolved()


def _waiting(life: Story, chance: _Chance) -> None:
    life.classified(chance.random.choice(SERVICES)).claimed().later(0.2).paused().later(chance.hours(120)).resumed()
    life.later(chance.hours(10)).answered().resolved()


def _came_back(life: Story, chance: _Chance) -> None:
    _at_once(life, chance)
    life.later(chance.hours(60)).reopened().later(chance.hours(4)).claimed()
    life.later(chance.hours(8)).answered(**chance.told()).resolved().later(chance.hours(24)).feedback()


_LIVES: dict[Callable[[Story, _Chance], None], int] = {
    _at_once: 45,
    _in_the_background: 10,
    _forwarded: 22,
    _wrong_door: 8,
    _not_accepted: 3,
    _called_back: 6,
    _waiting: 4,
    _came_back: 2,
}
"""Of a hundred; most are answered in the first call, as they should be."""


def happening(events: int, seed: int = 115) -> Iterator[InquiryEvent]:
    """The first ``events`` of what happens, in order of time. What has not ended by then is still open."""
    chance = _Chance(random.Random(seed))
    return islice(_in_order(chance), events)


def _in_order(chance: _Chance) -> Iterator[InquiryEvent]:
    number = count()
    ahead: list[tuple[Any, int, InquiryEvent]] = []
    for name in count():
        begins = NOON + name * timedelta(days=1) / A_DAY
        while ahead and ahead[0][0] < begins:
            yield heapq.heappop(ahead)[2]
        for event in _life(name, begins, chance).events:
            heapq.heappush(ahead, (event.provenance.occurred_at, next(number), event))


def _life(name: int, begins: Any, chance: _Chance) -> Story:
    channel = chance.random.choices((Channel.PHONE, Channel.WEB, Channel.EMAIL, Channel.COUNTER), (60, 20, 15, 5))[0]
    life = Story(name, at=begins).received(channel, chance.random.choice(SERVICES))
    chance.random.choices(list(_LIVES), list(_LIVES.values()))[0](life, chance)
    return life


# --- in a store ------------------------------------------------------------------------------------------------------


def fill(store: Store, events: int) -> None:
    """The first ``events`` of what happens, stored as commands store them: as such, sealed and chained. Texts and
    records of commands are left out: nothing here reads them."""
    heads: dict[UUID, str] = {}
    happened = happening(events)
    while some := list(islice(happened, _SAVE)):
        store.recorder.insert_events([_sealed(store, event, heads) for event in some])


def _sealed(store: Store, event: InquiryEvent, heads: dict[UUID, str]) -> StoredEvent:
    row = store.mapper.to_stored_event(recorded(event, heads.get(event.subject, GENESIS)))
    heads[event.subject] = unsealed(row.state)[0]
    return row
