"""The directory in the store, on both databases: one transaction with what moves, races, repeats, what was known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.commands import (
    Accept,
    Answer,
    AssignResponsibility,
    Claim,
    CloseDepartment,
    Command,
    DeactivatePerson,
    DescribeDepartment,
    DescribeService,
    Forward,
    Resolve,
)
from casebackbone.content import Text
from casebackbone.directory import DIRECTORY_ID
from casebackbone.directory_events import Department, Service
from casebackbone.refusals import Conflict, Forbidden, KeyReused, Stale
from tests.casebackbone.store.record import ANNA, NOW, Record, inquiry_id_of

ADAM = Principal("adam", frozenset({Role.ADMINISTRATOR}))
TIM = Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "streets")
BULKY = "99012003000000"
STREETS = DescribeDepartment(department="streets", described=Department("Tiefbauamt"), valid_from=NOW)
GREEN = DescribeDepartment(department="green", described=Department("Grünflächenamt"), valid_from=NOW)


def order(record: Record, key: str, **more: Any) -> Order:
    return record.order(DIRECTORY_ID, key=key, principal=more.pop("principal", ADAM), **more)


def say(record: Record, key: str, *commands: Command, **more: Any) -> Any:
    return record.application.direct(order(record, key, **more), *commands)


def events(record: Record) -> list[Any]:
    return list(record.store.events_after(0, 1000))


def test_it_begins_with_the_first_statement(record: Record) -> None:
    assert not record.application.directory().departments
    done = say(record, "1", STREETS)
    assert done.aggregate.version == 2
    assert [type(one.event).__name__ for one in events(record)] == ["DirectoryOpened", "DepartmentDescribed"]
    assert record.application.directory().department("streets", NOW) == Department("Tiefbauamt")


def test_it_is_the_same_for_whoever_opens_the_store_next(record: Record, database_url: str) -> None:
    service = DescribeService(service=BULKY, described=Service("Sperrmüll", ("Grobmüll",)), valid_from=NOW)
    say(record, "1", STREETS, service, AssignResponsibility(service=BULKY, department="streets", valid_from=NOW))
    other = Record(database_url)
    found = other.application.directory()
    assert found.responsible(BULKY, None, NOW) == "streets"
    assert found.service(BULKY, NOW) == Service("Sperrmüll", ("Grobmüll",))
    assert found.head == events(record)[-1].event.hash
    other.close()


def test_as_it_was_known(record: Record) -> None:
    say(record, "1", STREETS)
    say(record, "2", DescribeDepartment(department="streets", described=Department("Neu"), valid_from=NOW))
    known = record.application.directory(version=2).department("streets", NOW)
    assert known == Department("Tiefbauamt")
    assert record.application.directory().department("streets", NOW) == Department("Neu")


def test_a_repeat_is_the_same_and_another_request_under_its_key_is_refused(record: Record) -> None:
    first = say(record, "1", STREETS)
    again = say(record, "1", STREETS)
    assert (again.repeated, again.aggregate.version, again.position) == (True, 2, first.position)
    with pytest.raises(KeyReused):
        say(record, "1", GREEN, digest="another")
    assert len(events(record)) == 2


def test_an_expected_version_is_checked(record: Record) -> None:
    say(record, "1", STREETS)
    with pytest.raises(Stale):
        say(record, "2", GREEN, version=1)
    assert say(record, "3", GREEN, version=2).aggregate.version == 3


def test_statements_of_many_at_once_are_all_kept(record: Record) -> None:
    say(record, "0", STREETS)

    def speak(number: int) -> None:
        described = Department(f"Amt {number}")
        say(record, f"n{number}", DescribeDepartment(department=f"d{number}", described=described, valid_from=NOW))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(speak, range(24)))
    directory = record.application.directory()
    assert directory.version == 26
    assert set(directory.departments) == {"streets", *(f"d{number}" for number in range(24))}


def test_who_may_not_speak(record: Record) -> None:
    with pytest.raises(Forbidden):
        say(record, "1", STREETS, principal=ANNA)
    assert events(record) == []


def forwarded(record: Record, number: int, *then: Command) -> None:
    record.receive(number, Forward(to="streets"))
    if then:
        record.application.handle(record.order(inquiry_id_of(number), key="take", principal=TIM), *then)


def holder(record: Record, number: int) -> str | None:
    return record.application.inquiry(inquiry_id_of(number)).standing.holder


def test_closing_moves_what_lies_there_in_one_transaction(record: Record) -> None:
    say(record, "1", STREETS, GREEN)
    forwarded(record, 1, Accept())
    forwarded(record, 2, Accept(personally=True))
    forwarded(record, 3)
    record.receive(4)
    before = len(events(record))
    everything = [inquiry_id_of(number) for number in (1, 2, 3, 4, 1)]
    done = say(record, "2", CloseDepartment(department="streets", successor="green", inquiries=everything))
    assert done.aggregate.moved == 3
    stored = events(record)[before:]
    assert sorted(type(one.event).__name__ for one in stored) == ["DepartmentClosed", *["Rerouted"] * 3]
    assert {one.event.command_id for one in stored} == {stored[-1].event.command_id}
    assert done.position == stored[-1].position
    assert [holder(record, number) for number in (1, 2, 3, 4)] == [
        *("department:green", "department:green", "desk:front", "desk:front"),
    ]


def test_what_takes_effect_later_moves_nothing_now(record: Record) -> None:
    say(record, "1", STREETS)
    forwarded(record, 1, Accept())
    record.receive(2, Claim())
    later, ids = NOW + timedelta(days=1), [inquiry_id_of(1), inquiry_id_of(2)]
    closing = say(record, "2", CloseDepartment(department="streets", valid_from=later, inquiries=ids))
    leaving = say(record, "3", DeactivatePerson(person=ANNA.actor, valid_from=later, inquiries=ids))
    past = say(
        record,
        "4",
        DeactivatePerson(person=ANNA.actor, valid_from=NOW - timedelta(days=1), valid_to=NOW, inquiries=ids),
    )
    assert [done.aggregate.moved for done in (closing, leaving, past)] == [0, 0, 0]
    assert (holder(record, 1), holder(record, 2)) == ("department:streets", ANNA.actor)


def test_a_refused_closing_moves_nothing(record: Record) -> None:
    say(record, "1", STREETS)
    forwarded(record, 1, Accept())
    before = len(events(record))
    with pytest.raises(Conflict):
        say(record, "2", CloseDepartment(department="streets", successor="nowhere", inquiries=[inquiry_id_of(1)]))
    assert (len(events(record)), holder(record, 1)) == (before, "department:streets")


def test_a_person_who_leaves_while_somebody_works_on_the_same_inquiries(record: Record) -> None:
    for number in range(1, 9):
        record.receive(number, Claim())
    ids = [inquiry_id_of(number) for number in range(1, 9)]

    def finish(number: int) -> None:
        record.application.handle(
            record.order(inquiry_id_of(number), key="done"), Answer(texts=[Text("answer", "Ja.")]), Resolve()
        )

    with ThreadPoolExecutor(5) as threads:
        leaving = threads.submit(say, record, "2", DeactivatePerson(person=ANNA.actor, inquiries=ids))
        finishing = [threads.submit(finish, number) for number in range(1, 5)]
        moved = leaving.result().aggregate.moved
        for one in finishing:
            assert one.exception() is None or isinstance(one.exception(), Forbidden)
    states = [record.application.inquiry(one).standing for one in ids]
    assert all(standing.holder in ("desk:front", None) for standing in states)
    assert moved == sum(type(one.event).__name__ == "Rerouted" for one in events(record))


def test_whoever_is_not_there_takes_nothing(record: Record) -> None:
    say(record, "1", STREETS, DeactivatePerson(person=TIM.actor))
    forwarded(record, 1, Accept())
    forwarded(record, 2)
    for number, command in ((1, Claim()), (2, Accept(personally=True))):
        with pytest.raises(Conflict) as refused:
            record.application.handle(record.order(inquiry_id_of(number), key="again", principal=TIM), command)
        assert refused.value.code == "person_inactive"
    assert (holder(record, 1), holder(record, 2)) == ("department:streets", "desk:front")
