"""Inquiries as they pass through a year, through the application: for tests of what was promised to whom."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.calendar_file import load_calendar
from casebackbone.cause import Cause
from casebackbone.commands import (
    Accept,
    Acknowledge,
    Answer,
    ChangeDue,
    Classify,
    Command,
    Contact,
    Escalate,
    ExpireOffer,
    Forward,
    Merge,
    Pause,
    PromiseCallback,
    Recall,
    Receive,
    Reject,
    Reopen,
    Reroute,
    Resolve,
    Resume,
    Unmerge,
)
from casebackbone.content import Text
from casebackbone.deadlines import Due, Promise, load_policy
from casebackbone.recorded import RecordedEvent
from casebackbone.reference import new_reference
from casebackbone.refusals import Refused
from casebackbone.store import open_store, upgrade_store
from events.standing import Channel

NAMESPACE = UUID("7c0e3b7a-0000-4000-8000-000000000115")
PASSPORT = "99105037012000"
ANNA = Principal("anna", frozenset({Role.SUPERVISOR}))
TIM = Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "tiefbau")
CARETAKER = Principal("caretaker", frozenset({Role.CARETAKER}))
IMPORTER = Principal("city", frozenset({Role.IMPORTER}))
_ANSWER = [Text("answer", "Um acht.")]


class History:
    """``step`` is one command at one time; what is refused has not happened."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._steps = 0

    def receive(self, name: str, at: datetime, *then: Command, by: Principal = ANNA, **receive: object) -> UUID:
        inquiry_id = uuid5(NAMESPACE, name)
        command = Receive(channel=Channel.PHONE, reference=new_reference(), **receive)  # type: ignore[arg-type]
        self.application.receive(self._order(inquiry_id, at, by), command, *then)
        return inquiry_id

    def step(self, inquiry_id: UUID, at: datetime, *commands: Command, by: Principal = ANNA) -> None:
        self.application.handle(self._order(inquiry_id, at, by), *commands)

    def _order(self, inquiry_id: UUID, at: datetime, by: Principal, recorded_at: datetime | None = None) -> Order:
        self._steps += 1
        command_id = uuid5(inquiry_id, str(self._steps))
        cause = Cause(
            actor=by.actor,
            command_id=command_id,
            correlation_id=command_id,
            occurred_at=at,
            recorded_at=recorded_at or at,
        )
        return Order(principal=by, cause=cause, subject=inquiry_id, request_digest=command_id.hex)

    def imported(self, name: str, at: datetime, imported_at: datetime, due: Due | None) -> UUID:
        """A past case, as the importer tells it: answered and resolved two days later. Without a due time it has one
        since the import."""
        inquiry_id = uuid5(NAMESPACE, name)
        due = due or self.application.promise.reply(imported_at, None)
        receive = Receive(channel=Channel.IMPORT, reference=new_reference(), due=due, occurred_at=at)
        later = at + timedelta(days=2)
        order = self._order(inquiry_id, imported_at, IMPORTER, imported_at)
        self.application.receive(order, receive, Answer(texts=_ANSWER, occurred_at=later), Resolve(occurred_at=later))
        return inquiry_id

    def live(self, count: int, since: datetime, days: int, seed: int) -> None:
        """``count`` inquiries that come in within ``days``, each with steps at random until it is resolved."""
        chance = random.Random(seed)
        known: list[UUID] = []
        for number in range(count):
            at = since + timedelta(minutes=chance.randrange(days * 1440), seconds=chance.randrange(60))
            then = (Answer(texts=_ANSWER), Resolve()) if chance.random() < 0.2 else ()
            service = chance.choice([None, None, PASSPORT, "99000000000000"])
            inquiry_id = self.receive(f"{seed}-{number}", at, *then, service=service)
            for _ in range(chance.randrange(14)):
                at += timedelta(minutes=min(chance.lognormvariate(5.5, 1.5), 20_000), seconds=chance.randrange(60))
                by, command = chance.choice(_STEPS)(at, chance, known or [inquiry_id])
                with suppress(Refused):
                    self.step(inquiry_id, at, command, by=by)
            known.append(inquiry_id)


Step = Callable[[datetime, random.Random, Sequence[UUID]], tuple[Principal, Command]]
_STEPS: Sequence[Step] = [
    lambda at, chance, known: (ANNA, Forward(to=chance.choice(["tiefbau", "bauamt"]))),
    lambda at, chance, known: (ANNA, Forward(to="tiefbau")),
    lambda at, chance, known: (TIM, Accept()),
    lambda at, chance, known: (TIM, Reject(reason="not_responsible")),
    lambda at, chance, known: (ANNA, Recall()),
    lambda at, chance, known: (CARETAKER, ExpireOffer()),
    lambda at, chance, known: (CARETAKER, ExpireOffer()),
    lambda at, chance, known: (CARETAKER, Reroute(gone="department:tiefbau", to=None, reason="department_left")),
    lambda at, chance, known: (ANNA, PromiseCallback()),
    lambda at, chance, known: (ANNA, PromiseCallback(due_at=at + timedelta(days=chance.randrange(1, 9)))),
    lambda at, chance, known: (ANNA, Contact(reached=chance.random() < 0.6)),
    lambda at, chance, known: (ANNA, Pause()),
    lambda at, chance, known: (ANNA, Pause()),
    lambda at, chance, known: (ANNA, Resume()),
    lambda at, chance, known: (ANNA, Resume()),
    lambda at, chance, known: (ANNA, Classify(service=chance.choice([PASSPORT, "99000000000000"]))),
    lambda at, chance, known: (ANNA, ChangeDue(due_at=at + timedelta(days=chance.randrange(1, 9)), reason="law")),
    lambda at, chance, known: (ANNA, Escalate(to="agent:eva", reason="overdue")),
    lambda at, chance, known: (ANNA, Escalate(to="agent:eva", reason="silent")),
    lambda at, chance, known: (ANNA, Acknowledge()),
    lambda at, chance, known: (ANNA, Acknowledge()),
    lambda at, chance, known: (ANNA, Acknowledge()),
    lambda at, chance, known: (ANNA, Answer(texts=_ANSWER)),
    lambda at, chance, known: (ANNA, Resolve(outcome=chance.choice(["answered", "withdrawn", "referred"]))),
    lambda at, chance, known: (ANNA, Reopen(reason="contradicted")),
    lambda at, chance, known: (ANNA, Reopen(reason="contradicted")),
    lambda at, chance, known: (ANNA, Merge(into=chance.choice(known))),
    lambda at, chance, known: (ANNA, Unmerge()),
]


def utc(text: str) -> datetime:
    """``2026-01-12 09:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SERVICE = {PASSPORT: {"reply": 480, "acceptance": 90, "callback": 300, "waiting": 1200, "acknowledgement": 77}}
IN_FORCE = Promise(replace(load_policy(), services=SERVICE), load_calendar())


def promise(**minutes: int) -> Promise:
    """The one in force with other minutes, and the same for every service."""
    return Promise(replace(IN_FORCE.policy, version="tried", services={}, **minutes), IN_FORCE.calendar)


@cache
def lived_year() -> Sequence[RecordedEvent]:
    """Everything that is stored of 250 inquiries of a year, read back."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        upgrade_store(url)
        store = open_store(url)
        history = History(Application(store, IN_FORCE))
        history.live(250, YEAR[0], 330, seed=115)
        imported_at = utc("2026-03-03 09:00")
        history.imported("old", utc("2019-05-06 09:00"), imported_at, None)
        history.imported("older", utc("2019-05-06 09:00"), imported_at, Due(utc("2019-06-06 09:00"), "import:c"))
        events = [stored.event for stored in store.events_after(0, 100_000)]
        store.close()
    return events
