"""A small town for property tests: the real application, views and caretaker on SQLite, a clock, and everybody who
works with them. Nothing here knows a rule; what is refused is refused."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from api import workers
from api.bootstrap import System
from api.settings import Settings
from casebackbone import commands as do
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.content import Text
from casebackbone.directory import DIRECTORY_ID
from casebackbone.directory_events import Department, Service
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import Refused
from events.standing import Channel, Standing, State

NAMES = UUID("7d3a4c1e-0000-4000-8000-000000000115")
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
WASTE, ROADS = "99107006012000", "99108003000000"
AREA = "07315000"

ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
BERT = Principal("bert", frozenset({Role.FRONT_AGENT}))
HANNA = Principal("hanna", frozenset({Role.BACKGROUND_AGENT}))
SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))
TIM = Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "Tiefbau")
GINA = Principal("gina", frozenset({Role.DEPARTMENT_STAFF}), "Grünflächen")
SOFIA = Principal("sofia", frozenset({Role.DEPARTMENT_STAFF}), "Sozialamt")
DORA = Principal("dora", frozenset({Role.DATA_PROTECTION_OFFICER}))
ADAM = Principal("adam", frozenset({Role.ADMINISTRATOR}))
PEOPLE = (ANNA, BERT, HANNA, SVEN, TIM, GINA, SOFIA, DORA)
STAFF = {str(who.department): who for who in (TIM, GINA, SOFIA)}
DEPARTMENTS = tuple(STAFF)
_BY_ACTOR = {who.actor: who for who in PEOPLE}
_OF_DEPARTMENTS = {f"department:{name}": who for name, who in STAFF.items()}
NOTE = (Text("note", "Rückfrage"),)
_ALWAYS: dict[type[do.Command], Principal] = {
    **dict.fromkeys((do.Acknowledge, do.ChangeDue), SVEN),
    **dict.fromkeys((do.Reopen, do.Unmerge, do.Contradict), ANNA),
    do.Erase: DORA,
}
_WHEN_CLOSED: Sequence[do.Command] = (
    *(do.Reopen(reason="new_facts"), do.Contradict(), do.Unmerge(), do.Note(texts=NOTE), do.Erase(basis="request")),
    *(do.Reopen(reason="contradicted"), do.Unmerge(), do.Contradict(texts=NOTE)),
)
_WHEN_OFFERED: Sequence[do.Command] = (
    *(do.Accept(), do.Accept(personally=True), do.Accept(), do.Reject(reason="not_responsible"), do.Recall()),
    *(do.Accept(), do.Reject(reason="incomplete"), do.Reject(reason="not_responsible"), do.Reject(reason="duplicate")),
    *(
        do.Release(),
        do.Claim(),
        do.Answer(texts=NOTE),
        do.Pause(),
        do.Contradict(),
        do.PromiseCallback(),
        do.Escalate(to=SVEN.actor, reason="silent"),
    ),
)
_WHEN_WAITING: Sequence[do.Command] = (
    do.Resume(),
    do.Resume(),
    do.Note(texts=NOTE),
    do.Forward(),
    do.Forward(to="Tiefbau"),
    do.Contradict(),
)
_WHEN_PROMISED: Sequence[do.Command] = (
    *(do.Contact(reached=True), do.Contact(reached=False), do.Resolve(outcome="unreachable"), do.Answer(texts=NOTE)),
    *(do.Forward(to="Sozialamt"), do.Pause(), do.Resolve(outcome="withdrawn")),
)
_ANY: Sequence[do.Command] = (
    *(
        do.Claim(),
        do.Release(),
        do.Claim(),
        do.SendToBackground(),
        do.Forward(),
        do.Forward(to="Tiefbau"),
        do.Forward(to="Grünflächen"),
        *(do.Forward(to=department) for department in DEPARTMENTS),
    ),
    *(
        do.Forward(to="Sozialamt"),
        do.Answer(texts=NOTE),
        do.PromiseCallback(),
        do.Pause(),
        do.Note(texts=NOTE),
        do.Contradict(),
    ),
    *(
        do.Classify(service=WASTE, area=AREA),
        do.Classify(service=ROADS),
        do.Escalate(to=SVEN.actor, reason="complaint"),
    ),
    *(
        do.Acknowledge(),
        do.Resolve(),
        do.Resolve(outcome="withdrawn"),
        do.Contact(reached=False),
        do.Erase(basis="request"),
    ),
    do.ChangeDue(due_at=MONDAY + timedelta(days=400), reason="agreed_with_citizen"),
)
DESK = {"desk:front": ANNA, "desk:background": HANNA}


def prepared(folder: Path) -> Path:
    """Databases without anything in them, to be copied for each town: that is quicker than to make them."""
    system = System(_settings(folder), clock=lambda: MONDAY)
    system.upgrade()
    system.close()
    return folder


def _settings(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'town.sqlite'}", run_dir=folder)


class Town:
    """``now`` goes on only by :meth:`later`. Ids follow from a count, so that a run can be run again."""

    def __init__(self, empty: Path, folder: Path) -> None:
        shutil.copytree(empty, folder, dirs_exist_ok=True)
        self.now = MONDAY
        self.system = System(_settings(folder), clock=lambda: self.now)
        self.application = self.system.application
        self.caretaker = workers.caretaker_of(self.system)
        self.ids: list[UUID] = []
        self.steps = 0
        for said in _directory():
            self.say(said)

    # --- what happens -----------------------------------------------------------------------------------------------

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def receive(self, who: Principal, service: str | None, area: str | None, *then: do.Command) -> UUID | None:
        self.steps += 1
        inquiry_id = uuid5(NAMES, f"inquiry {self.steps}")
        receive = do.Receive(
            channel=Channel.PHONE,
            reference=f"R-{self.steps}",
            texts=[Text("question", "Wann?")],
            service=service,
            area=area,
        )
        if self._refused(lambda: self.application.receive(self._order(who, inquiry_id), receive, *then)):
            return None
        self.ids.append(inquiry_id)
        return inquiry_id

    def give(self, who: Principal, inquiry_id: UUID, *commands: do.Command, ago: timedelta = timedelta()) -> bool:
        """Whether it was done. ``ago``: it happened some time before it is recorded."""
        self.steps += 1
        order = self._order(who, inquiry_id, ago)
        return not self._refused(lambda: self.application.handle(order, *commands))

    def say(self, command: do.Command) -> bool:
        """Something about the directory."""
        self.steps += 1
        return not self._refused(lambda: self.application.direct(self._order(ADAM, DIRECTORY_ID), command))

    def leaves(self, person: Principal) -> bool:
        return self.say(do.DeactivatePerson(person=person.actor, inquiries=self.ids))

    def comes_back(self, person: Principal) -> bool:
        return self.say(do.ReactivatePerson(person=person.actor))

    def closes(self, department: str, successor: str | None) -> bool:
        return self.say(do.CloseDepartment(department=department, successor=successor, inquiries=self.ids))

    def opens(self, department: str) -> bool:
        return self.say(do.ReopenDepartment(department=department))

    def project(self) -> None:
        workers.run_projector(self.system, threading.Event(), until_caught_up=True)

    def caretaker_comes(self) -> None:
        self.project()
        self.caretaker.round(self.now)

    def close(self) -> None:
        self.system.close()

    # --- how it stands ----------------------------------------------------------------------------------------------

    def inquiry(self, inquiry_id: UUID) -> Inquiry:
        return self.application.inquiry(inquiry_id)

    def standings(self) -> dict[UUID, tuple[int, Standing]]:
        """Version and standing of every inquiry, from the store."""
        found = {inquiry_id: self.inquiry(inquiry_id) for inquiry_id in self.ids}
        return {inquiry_id: (inquiry.version, inquiry.standing) for inquiry_id, inquiry in found.items()}

    def fitting(self, inquiry_id: UUID, command: do.Command) -> Principal:
        """Somebody who could give it, so that much of what is tried is done."""
        if (always := _ALWAYS.get(type(command))) is not None:
            return always
        standing = self.inquiry(inquiry_id).standing
        if isinstance(command, do.Accept | do.Reject):
            return STAFF.get(str(standing.offered_to), TIM)
        if isinstance(command, do.Claim):
            return {**DESK, **_OF_DEPARTMENTS}.get(str(standing.holder), BERT)
        actor = standing.forwarded_by if isinstance(command, do.Recall) else standing.holder
        return {**_BY_ACTOR, **DESK, **_OF_DEPARTMENTS}.get(str(actor), SVEN)

    def likely(self, inquiry_id: UUID, choice: int) -> do.Command:
        """One of the commands that are likely to fit how it stands."""
        standing = self.inquiry(inquiry_id).standing
        fit: Sequence[do.Command] = _ANY
        if not standing.state.is_open:
            fit = _WHEN_CLOSED
        elif standing.offered_to is not None:
            fit = _WHEN_OFFERED
        elif standing.state is State.WAITING:
            fit = _WHEN_WAITING
        elif standing.callback_due_at is not None:
            fit = _WHEN_PROMISED
        return fit[choice % len(fit)]

    def _order(self, who: Principal, subject: UUID, ago: timedelta = timedelta()) -> Order:
        command_id = uuid5(NAMES, f"command {self.steps}")
        cause = Cause(
            actor=who.actor,
            command_id=command_id,
            correlation_id=command_id,
            occurred_at=self.now - ago,
            recorded_at=self.now,
        )
        return Order(principal=who, cause=cause, subject=subject, request_digest="0" * 64)

    @staticmethod
    def _refused(act: Callable[[], Any]) -> bool:
        try:
            act()
        except Refused:
            return True
        return False


def _directory() -> Iterable[do.Command]:
    for department in DEPARTMENTS:
        yield do.DescribeDepartment(department=department, described=Department(department))
    for service, name in ((WASTE, "Sperrmüll"), (ROADS, "Straßenschaden")):
        yield do.DescribeService(service=service, described=Service(name))
    yield do.AssignResponsibility(service=WASTE, department="Grünflächen")
    yield do.AssignResponsibility(service=WASTE, department="Sozialamt", area=AREA)
    yield do.AssignResponsibility(service=ROADS, department="Tiefbau")
