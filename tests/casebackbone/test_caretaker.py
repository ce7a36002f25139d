"""The round: what is due becomes one command, in order of its time, whoever fires, and whatever the view believed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.caretaker import Caretaker, Due, Round, Task
from casebackbone.cause import Cause
from casebackbone.commands import Accept, ChangeDue, Command, Forward, Note, Recall, Receive
from casebackbone.content import Text
from casebackbone.deadlines import load_promise
from casebackbone.duties import Escalations, Offers
from casebackbone.inquiry_events import Escalated, ForwardExpired
from casebackbone.reference import new_reference
from casebackbone.store import open_store, upgrade_store
from events.standing import Channel

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("5d1f0a52-0000-4000-8000-000000000115")
ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
FRANK = Principal("frank", frozenset({Role.DEPARTMENT_STAFF}), "tiefbau")
SECOND = timedelta(seconds=1)


@pytest.fixture
def application(database_url: str) -> Iterator[Application]:
    upgrade_store(database_url)
    store = open_store(database_url)
    yield Application(store, load_promise())
    store.close()


def _order(principal: Principal, inquiry_id: UUID, step: str, at: datetime) -> Order:
    command_id = uuid5(inquiry_id, f"{step} {at}")
    cause = Cause(
        actor=principal.actor, command_id=command_id, correlation_id=command_id, occurred_at=at, recorded_at=at
    )
    return Order(principal=principal, cause=cause, subject=inquiry_id, request_digest="0" * 64)


def _received(application: Application, name: str, *then: Command) -> UUID:
    inquiry_id = uuid5(NAMES, name)
    receive = Receive(channel=Channel.PHONE, reference=new_reference())
    application.receive(_order(ANNA, inquiry_id, "received", MONDAY), receive, *then)
    return inquiry_id


def _offered(application: Application, name: str = "one") -> Due:
    inquiry_id = _received(application, name, Forward(to="tiefbau"))
    expires_at = application.inquiry(inquiry_id).standing.offer_expires_at
    assert expires_at is not None
    return Due(inquiry_id, expires_at)


def _overdue(application: Application, name: str = "one") -> Due:
    inquiry_id = _received(application, name)
    due_at = application.inquiry(inquiry_id).standing.due_at
    assert due_at is not None
    return Due(inquiry_id, due_at)


def _listed(*dues: Due) -> Callable[[datetime, Due | None, int], Sequence[Due]]:
    """A view that says the same for ever, whatever has happened since."""
    order = sorted(dues, key=lambda due: (due.at, due.subject))

    def find(now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        rest = order[order.index(after) + 1 :] if after is not None else order
        return [due for due in rest if due.at <= now][:limit]

    return find


def _offers(application: Application, *dues: Due) -> Caretaker:
    return Caretaker([Offers(application, _listed(*dues))])


def _escalations(application: Application, *dues: Due) -> Caretaker:
    return Caretaker([Escalations(application, _listed(*dues), "agent:chef")])


def _did(round_: Round) -> tuple[int, int, int]:
    return round_.total, round_.overtaken, round_.failed


def _give(application: Application, due: Due, principal: Principal, command: Command, at: datetime = MONDAY) -> None:
    application.handle(_order(principal, due.subject, type(command).__name__, at), command)


def _escalated(application: Application, inquiry_id: UUID) -> list[str | None]:
    return [event.causation_id for event in application.history(inquiry_id) if isinstance(event, Escalated)]


# --- offers ------------------------------------------------------------------------------------------------------


def test_an_offer_that_has_expired_is_back_at_the_desk(application: Application) -> None:
    offer = _offered(application)
    caretaker = _offers(application, offer)
    assert _did(caretaker.round(offer.at - SECOND)) == (0, 0, 0)
    assert caretaker.round(offer.at).done == {"expired": 1}
    standing = application.inquiry(offer.subject).standing
    assert (standing.holder, standing.offered_to, standing.sent_back) == ("desk:front", None, 1)
    *_, event = application.history(offer.subject)
    assert isinstance(event, ForwardExpired)
    assert (event.actor, event.causation_id) == ("system:caretaker", f"deadline:offer:{offer.at.isoformat()}")


def test_what_was_accepted_meanwhile_stays_where_it_is(application: Application) -> None:
    offer = _offered(application)
    _give(application, offer, FRANK, Accept())
    assert _did(_offers(application, offer).round(offer.at)) == (0, 1, 0)
    assert application.inquiry(offer.subject).standing.holder == "department:tiefbau"


def test_an_offer_that_the_view_does_not_know_yet_has_its_own_time(application: Application) -> None:
    """The view says that the first one has expired; meanwhile there is a second one, which has time."""
    offer = _offered(application)
    _give(application, offer, ANNA, Recall(), MONDAY + timedelta(hours=2))
    _give(application, offer, ANNA, Forward(to="tiefbau"), MONDAY + timedelta(hours=3))
    assert _did(_offers(application, offer).round(offer.at)) == (0, 1, 0)
    assert application.inquiry(offer.subject).standing.offered_to == "tiefbau"


# --- escalations -------------------------------------------------------------------------------------------------


def test_what_is_overdue_is_told_to_whom_the_settings_name(application: Application) -> None:
    overdue = _overdue(application)
    _give(application, overdue, ANNA, Note(texts=[Text("note", "Rückfrage beim Bauhof")]), MONDAY + timedelta(days=1))
    caretaker = _escalations(application, overdue)
    assert _did(caretaker.round(overdue.at - SECOND)) == (0, 0, 0)
    assert caretaker.round(overdue.at).done == {"escalated": 1}
    standing = application.inquiry(overdue.subject).standing
    assert (standing.escalated_to, standing.escalated_for) == ("agent:chef", "overdue")
    assert standing.escalate_again_at == application.promise.escalate_again(overdue.at).at
    assert _escalated(application, overdue.subject) == [f"deadline:overdue:{overdue.at.isoformat()}"]


def test_a_due_time_changed_meanwhile_is_not_told(application: Application) -> None:
    overdue = _overdue(application)
    later = ChangeDue(due_at=overdue.at + timedelta(days=9), reason="agreed_with_citizen")
    _give(application, overdue, ANNA, later, overdue.at - timedelta(minutes=1))
    assert _did(_escalations(application, overdue).round(overdue.at)) == (0, 1, 0)


def test_again_at_the_stated_time(application: Application) -> None:
    overdue = _overdue(application)
    caretaker = _escalations(application, overdue)
    caretaker.round(overdue.at)
    again_at = application.inquiry(overdue.subject).standing.escalate_again_at
    assert again_at is not None
    assert _did(caretaker.round(again_at - SECOND)) == (0, 1, 0)
    assert _did(caretaker.round(again_at)) == (1, 0, 0)
    assert _escalated(application, overdue.subject)[1] == f"deadline:escalate_again:{again_at.isoformat()}"


# --- once, whoever fires -----------------------------------------------------------------------------------------

KINDS = {"offers": (_offered, _offers), "escalations": (_overdue, _escalations)}


@pytest.mark.parametrize("kind", KINDS)
def test_two_caretakers_and_a_view_that_lags_fire_once(application: Application, kind: str) -> None:
    made, caretaker = KINDS[kind]
    due = made(application)
    later = due.at + timedelta(hours=1)
    assert _did(caretaker(application, due).round(later)) == (1, 0, 0)
    position = application.store.last_position()
    assert _did(caretaker(application, due).round(later)) == (0, 1, 0)
    assert application.store.last_position() == position


@pytest.mark.parametrize("kind", KINDS)
def test_many_caretakers_at_once_fire_once(application: Application, kind: str) -> None:
    made, caretaker = KINDS[kind]
    dues = [made(application, f"{kind} {number}") for number in range(12)]
    later = dues[0].at + timedelta(hours=1)
    ready = threading.Barrier(4)
    rounds: list[Round] = []

    def run() -> None:
        mine = caretaker(application, *dues)
        ready.wait()
        rounds.append(mine.round(later))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(round_.total for round_ in rounds) == 12
    assert [round_.failed for round_ in rounds] == [0, 0, 0, 0]
    for due in dues:
        own = [event for event in application.history(due.subject) if event.actor == "system:caretaker"]
        assert len(own) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_two_that_asked_before_either_acted_fire_once(application: Application, kind: str) -> None:
    """Both have found it due and then give the command: the second is a repeat, by its id."""
    made, caretaker = KINDS[kind]
    due = made(application)
    (duty,) = caretaker(application, due)._duties
    tasks = [duty.task(due, due.at), duty.task(due, due.at + SECOND)]
    assert tasks[0] is not None
    assert tasks[1] is not None
    assert tasks[0].command_id == tasks[1].command_id
    assert _did(Caretaker([Given(tasks[0])]).round(due.at)) == (1, 0, 0)
    assert _did(Caretaker([Given(tasks[1])]).round(due.at + SECOND)) == (0, 1, 0)


def test_the_inquiry_refuses_what_is_not_due_whatever_its_name(application: Application) -> None:
    """Without the id that follows from the deadline it would still happen once."""
    overdue = _overdue(application)
    duty = Escalations(application, _listed(overdue))
    task = duty.task(overdue, overdue.at)
    assert task is not None
    another = Task(task.kind, task.deadline, task.subject, "another name", task.give)
    assert _did(Caretaker([Given(task)]).round(overdue.at)) == (1, 0, 0)
    assert _did(Caretaker([Given(another)]).round(overdue.at)) == (0, 1, 0)
    assert len(_escalated(application, overdue.subject)) == 1


# --- the round ---------------------------------------------------------------------------------------------------


class Given:
    """A duty with a task that was made before."""

    kind = "given"

    def __init__(self, task: Task) -> None:
        self._task = task

    def due(self, now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        return [Due(self._task.subject, self._task.deadline)] if after is None else []

    def task(self, due: Due, now: datetime) -> Task | None:
        return self._task


def test_one_that_cannot_be_does_not_keep_the_others_waiting(application: Application) -> None:
    offers = [_offered(application, name) for name in ("one", "two")]
    unknown = Due(uuid5(NAMES, "nobody knows it"), offers[0].at)
    assert _did(_offers(application, unknown, *offers).round(offers[0].at)) == (2, 0, 1)
