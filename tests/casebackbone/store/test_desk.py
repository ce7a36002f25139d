"""The desk of a day in the store: many who write at once, calls across midnight, the caretaker's looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from casebackbone import desk_events as happened
from casebackbone.access import Principal, Role
from casebackbone.application import Application, Done
from casebackbone.caretaker import Caretaker
from casebackbone.cause import Cause
from casebackbone.commands import CallStep, Place, RecordCall, SignOff, SignOn
from casebackbone.desk import Desk, desk_id
from casebackbone.desk_watch import Days, Peaks
from casebackbone.order import Order
from casebackbone.refusals import Conflict, Forbidden
from casebackbone.store import Store, open_store
from tests.casebackbone.store.record import NAMESPACE, PROMISE, Record

TEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
TELEPHONE = Principal("tk", frozenset({Role.TELEPHONE_SYSTEM}))
HANNA = Principal("hanna", frozenset({Role.BACKGROUND_AGENT}))
ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))


def order(who: Principal, key: str, at: datetime = TEN) -> Order:
    command_id = uuid5(NAMESPACE, f"{who.actor} {key}")
    cause = Cause(actor=who.actor, command_id=command_id, correlation_id=command_id, occurred_at=at, recorded_at=at)
    return Order(principal=who, cause=cause, subject=UUID(int=0), request_digest=command_id.hex)


def call(name: str, step: str, at: datetime, person: str | None = None) -> RecordCall:
    return RecordCall(call=name, step=CallStep(step), occurred_at=at, person=person)


def told(application: Application, *calls: RecordCall) -> Done[Desk]:
    first = calls[0].occurred_at
    assert first is not None
    key = " ".join(f"{one.call} {one.step} {one.occurred_at}" for one in calls)
    return application.record_calls(order(TELEPHONE, key, first), *calls)


@pytest.fixture
def other(record: Record, database_url: str) -> Iterator[Application]:
    """A second process on the same database, as far as a thread can be one."""
    store: Store = open_store(database_url)
    yield Application(store, PROMISE)
    store.close()


def events_of(record: Record, day: date = DAY) -> list[Any]:
    return list(record.store.event_store.get(desk_id(day)))


class TestAtOnce:
    def test_eight_threads_of_two_processes_lose_nothing(self, record: Record, other: Application) -> None:
        both = (record.application, other)

        def line(number: int) -> None:
            application = both[number % 2]
            for count in range(6):
                name, begin = f"{number}-{count}", TEN + timedelta(seconds=10 * count)
                told(application, call(name, "offered", begin))
                told(application, call(name, "answered", begin + timedelta(seconds=number), "agent:anna"))
            person = Principal(f"agent-{number}", frozenset({Role.FRONT_AGENT}))
            application.at_desk(order(person, "on"), DAY, SignOn(place=Place.FRONT))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(line, range(8)))
        desk = other.desk(DAY)
        assert desk is not None
        assert (len(desk.calls), desk.waiting, len(desk.present)) == (48, {}, 8)
        stored = events_of(record)
        assert [event.originator_version for event in stored] == list(range(1, len(stored) + 1))
        counted = Counter(type(event) for event in stored)
        assert (counted[happened.CallOffered], counted[happened.CallAnswered]) == (48, 48)
        times = [event.occurred_at for event in stored]
        assert times == sorted(times)

    def test_two_caretakers_and_a_call_open_one_peak(self, record: Record, other: Application) -> None:
        told(record.application, call("a", "offered", TEN))
        caretakers = [Caretaker([Peaks(one), Days(one)]) for one in (record.application, other) * 4]
        with ThreadPoolExecutor(8) as threads:
            rounds = list(threads.map(lambda one: one.round(TEN + timedelta(minutes=1)), caretakers))
        assert sum(one.total for one in rounds) == 1
        (opened,) = (event for event in events_of(record) if isinstance(event, happened.PeakOpened))
        assert opened.occurred_at == TEN + timedelta(seconds=30, microseconds=1)
        assert (opened.actor, opened.causation_id) == (
            "system:caretaker",
            f"deadline:peak_opens:{opened.occurred_at.isoformat()}",
        )

    def test_every_turn_of_a_day_is_made_once(self, record: Record) -> None:
        caretaker, now = Caretaker([Peaks(record.application)]), TEN
        turns = []
        for name in "ab":
            told(record.application, call(name, "offered", now))
            turns.append(caretaker.round(now + timedelta(minutes=1)).total)
            told(record.application, call(name, "answered", now + timedelta(minutes=2)))
            turns += [caretaker.round(now + timedelta(minutes=minutes)).total for minutes in (3, 30, 31)]
            now += timedelta(hours=1)
        assert turns == [1, 0, 1, 0] * 2
        kinds = [type(event) for event in events_of(record)]
        peaks = [kind for kind in kinds if kind in (happened.PeakOpened, happened.PeakClosed)]
        assert peaks == [happened.PeakOpened, happened.PeakClosed] * 2


class TestQuiet:
    def test_a_repeat_and_another_batch_with_the_same_events(self, record: Record) -> None:
        first = told(record.application, call("a", "offered", TEN))
        again = told(record.application, call("a", "offered", TEN))
        assert (again.repeated, again.position, again.aggregate.version) == (True, first.position, 2)
        more = told(record.application, call("a", "offered", TEN), call("b", "offered", TEN))
        assert (more.repeated, more.aggregate.version) == (False, 3)

    def test_what_is_so_already_stores_nothing_and_answers_with_how_it_is(self, record: Record) -> None:
        first = record.application.at_desk(order(ANNA, "1"), DAY, SignOn(place=Place.FRONT))
        again = record.application.at_desk(order(ANNA, "2"), DAY, SignOn(place=Place.FRONT))
        assert (again.repeated, again.position) == (True, first.position)
        assert record.sql("SELECT count(*) FROM commands")[0][0] == 1
        record.application.at_desk(order(ANNA, "3"), DAY, SignOff(reason="break"))
        assert record.application.at_desk(order(ANNA, "4"), DAY, SignOff()).repeated

    def test_a_batch_is_taken_whole_or_not_at_all(self, record: Record) -> None:
        with pytest.raises(Conflict, match="unknown_call"):
            told(record.application, call("a", "offered", TEN), call("b", "answered", TEN))
        assert record.application.desk(DAY) is None


class TestMidnight:
    LATE = datetime(2026, 3, 2, 22, 59, 50, tzinfo=UTC)  # ten seconds to midnight in Germany

    def test_a_call_stays_at_the_desk_that_it_reached(self, record: Record) -> None:
        application = record.application
        told(application, call("a", "offered", self.LATE))
        done = told(application, call("a", "answered", self.LATE + timedelta(seconds=25)))
        assert (done.aggregate.day, done.aggregate.waiting) == ("2026-03-02", {})
        assert application.desk(DAY + timedelta(days=1)) is None
        told(application, call("b", "offered", self.LATE + timedelta(seconds=26)))
        told(application, call("a", "ended", self.LATE + timedelta(seconds=60)))
        today = application.desk(DAY + timedelta(days=1))
        assert today is not None
        assert list(today.calls) == ["b"]

    def test_one_batch_over_midnight_is_one_transaction_on_two_desks(self, record: Record) -> None:
        after = self.LATE + timedelta(seconds=20)
        told(
            record.application,
            call("a", "offered", self.LATE),
            call("b", "offered", after),
            call("a", "answered", after + timedelta(seconds=1)),
            call("b", "abandoned", after + timedelta(seconds=2)),
        )
        desks = [record.application.desk(DAY + timedelta(days=days)) for days in (0, 1)]
        assert [list(desk.calls) for desk in desks if desk is not None] == [["a"], ["b"]]
        assert {event.command_id for event in events_of(record)} == {
            event.command_id for event in events_of(record, DAY + timedelta(days=1))
        }

    def test_the_day_is_closed_after_it_by_whoever_comes_first(self, record: Record, other: Application) -> None:
        record.application.at_desk(order(ANNA, "on"), DAY, SignOn(place=Place.FRONT))
        midnight = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
        for application in (record.application, other):
            caretaker = Caretaker([Days(application)])
            assert caretaker.round(midnight - timedelta(seconds=1)).total == 0
        rounds = [Caretaker([Days(one)]).round(midnight) for one in (record.application, other)]
        assert [one.total for one in rounds] == [1, 0]
        closed = record.application.desk(DAY)
        assert closed is not None
        assert (closed.closed, closed.present) == (True, {})

    def test_days_that_a_view_knows_are_closed_after_weeks(self, record: Record) -> None:
        record.application.at_desk(order(ANNA, "on"), DAY, SignOn(place=Place.FRONT))
        later = TEN + timedelta(days=60)
        assert Caretaker([Days(record.application)]).round(later).total == 0
        assert Caretaker([Days(record.application, lambda: [DAY])]).round(later).total == 1
        signed_off, closed = events_of(record)[-2:]
        assert (signed_off.reason, signed_off.occurred_at) == ("day_over", datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
        assert (closed.occurred_at, closed.timestamp) == (signed_off.occurred_at, later)

    def test_a_day_is_not_over_before_what_happened_on_it(self, record: Record) -> None:
        after = datetime(2026, 3, 2, 23, 5, tzinfo=UTC)
        told(record.application, call("a", "offered", after - timedelta(minutes=6)), call("a", "answered", after))
        assert Caretaker([Days(record.application)]).round(after + timedelta(hours=8)).total == 1
        assert events_of(record)[-1].occurred_at == after


class TestWhoMay:
    def test_front_agents_sign_on_at_the_front_only(self, record: Record) -> None:
        with pytest.raises(Forbidden, match="place_not_allowed"):
            record.application.at_desk(order(ANNA, "on"), DAY, SignOn(place=Place.BACKGROUND))
        for place in Place:
            record.application.at_desk(order(HANNA, place), DAY, SignOn(place=place))

    def test_only_a_supervisor_signs_others_on_and_off(self, record: Record) -> None:
        with pytest.raises(Forbidden, match="not_for_others"):
            record.application.at_desk(order(ANNA, "on"), DAY, SignOn(place=Place.FRONT, person="agent:bernd"))
        on = SignOn(place=Place.BACKGROUND, person="agent:hanna")
        assert record.application.at_desk(order(SVEN, "on"), DAY, on).aggregate.present == {"agent:hanna": "background"}
        off = SignOff(person="agent:hanna")
        assert record.application.at_desk(order(SVEN, "off"), DAY, off).aggregate.present == {}

    @pytest.mark.parametrize("who", [ANNA, SVEN], ids=["agent", "supervisor"])
    def test_only_the_telephone_system_tells_of_calls(self, record: Record, who: Principal) -> None:
        with pytest.raises(Forbidden, match="role_not_allowed"):
            record.application.record_calls(order(who, "x"), call("a", "offered", TEN))
        with pytest.raises(Forbidden, match="role_not_allowed"):
            record.application.at_desk(order(TELEPHONE, "on"), DAY, SignOn(place=Place.FRONT))
