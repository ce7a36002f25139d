"""Any statements in any order: what the directory says at any moment is what the last statement that covers it says."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from casebackbone import directory_events as happened
from casebackbone.directory_events import Department, Service
from casebackbone.recorded import fold
from casebackbone.refusals import Refused
from events.timeline import Timeline, says, stated, value_at
from tests.casebackbone.directory import Book, year

DAYS = 12
DEPARTMENTS = ("a", "b", "c")
SERVICES = ("99000000000001", "99000000000002")
AREAS = (None, "07", "07314", "07314000")
PEOPLE = ("agent:x", "agent:y")


def day(number: int) -> datetime:
    return year(2026) + timedelta(days=number)


TIMES = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS) | st.none()).map(
    lambda when: (day(when[0]), None if when[1] is None else day(when[0] + when[1]))
)
departments, services, areas = st.sampled_from(DEPARTMENTS), st.sampled_from(SERVICES), st.sampled_from(AREAS)
people = st.sampled_from(PEOPLE)
units = departments.map(lambda department: f"department:{department}") | st.just("desk")
STATEMENTS = st.one_of(
    st.tuples(st.just("describe_department"), st.tuples(departments, st.builds(Department, st.sampled_from("mn")))),
    st.tuples(st.just("describe_service"), st.tuples(services, st.builds(Service, st.sampled_from("mn")))),
    st.tuples(st.just("assign"), st.tuples(services, departments, areas)),
    st.tuples(st.just("end_responsibility"), st.tuples(services, areas)),
    st.tuples(st.just("close_department"), st.tuples(departments)),
    st.tuples(st.just("reopen_department"), st.tuples(departments)),
    st.tuples(st.just("withdraw_service"), st.tuples(services)),
    st.tuples(st.just("reinstate_service"), st.tuples(services)),
    st.tuples(st.just("add_member"), st.tuples(people, units, st.sampled_from(["member", "supervisor", "deputy"]))),
    st.tuples(st.just("remove_member"), st.tuples(people, units)),
    st.tuples(st.just("deactivate"), st.tuples(people)),
    st.tuples(st.just("reactivate"), st.tuples(people)),
)
SAID = st.lists(st.tuples(STATEMENTS, TIMES, st.none() | departments), max_size=40)


def told(said: Sequence[Any]) -> Book:
    """A directory in which the first department and service have been there from the beginning."""
    book = Book()
    book.say("describe_department", "a", Department("m"), day(0))
    book.say("describe_service", SERVICES[0], Service("m"), day(0))
    for (command, arguments), when, successor in said:
        named = {"successor": successor} if command == "close_department" else {}
        try:
            book.say(command, *arguments, *when, **named)
        except Refused:
            continue
    return book


def read(book: Book, at: datetime) -> Any:
    """By brute force: the last event of these types that names all of ``names`` and covers the moment."""

    def last(*types: type[happened.Statement], **names: Any) -> Any:
        found = None
        for event in book.directory.pending_events:
            if (
                isinstance(event, types)
                and all(getattr(event, name) == value for name, value in names.items())
                and event.valid_from <= at
                and (event.valid_to is None or at < event.valid_to)
            ):
                found = event
        return found

    return last


def is_there(book: Book, department: str, at: datetime) -> bool:
    last = read(book, at)
    closed = last(happened.DepartmentClosed, happened.DepartmentReopened, department=department)
    described = last(happened.DepartmentDescribed, department=department)
    return described is not None and not isinstance(closed, happened.DepartmentClosed)


def standing_in(book: Book, department: str, at: datetime, depth: int = 0) -> str | None:
    if is_there(book, department, at):
        return department
    closed = read(book, at)(happened.DepartmentClosed, happened.DepartmentReopened, department=department)
    assert depth < len(DEPARTMENTS), "successors in a circle"
    if not isinstance(closed, happened.DepartmentClosed) or closed.successor is None:
        return None
    return standing_in(book, closed.successor, at, depth + 1)


def responsible(book: Book, service: str, area: str | None, at: datetime) -> str | None:
    last = read(book, at)
    if last(happened.ServiceDescribed, service=service) is None:
        return None
    if isinstance(
        last(happened.ServiceWithdrawn, happened.ServiceReinstated, service=service), happened.ServiceWithdrawn
    ):
        return None
    around = [known for known in AREAS if known is None or (area is not None and area.startswith(known))]
    for known in sorted(around, key=lambda each: -len(each or "")):
        named = last(happened.ResponsibilityAssigned, happened.ResponsibilityEnded, service=service, area=known)
        if isinstance(named, happened.ResponsibilityAssigned):
            found = standing_in(book, named.department, at)
            if found is not None:
                return found
    return None


@settings(max_examples=300, deadline=None)
@given(SAID)
def test_responsible_is_what_the_statements_say(said: Sequence[Any]) -> None:
    book = told(said)
    for at in map(day, range(0, DAYS * 2, 2)):
        for service in SERVICES:
            for area in (*AREAS, "07314000"):
                assert book.directory.responsible(service, area, at) == responsible(book, service, area, at)
        for department in DEPARTMENTS:
            assert (book.directory.department(department, at) is not None) == is_there(book, department, at)
            assert book.directory.standing_in(department, at) == standing_in(book, department, at)


@settings(max_examples=100, deadline=None)
@given(SAID)
def test_people_are_where_the_statements_say(said: Sequence[Any]) -> None:
    book = told(said)
    for at in map(day, range(0, DAYS * 2, 2)):
        last = read(book, at)
        for person in PEOPLE:
            absent = last(happened.PersonDeactivated, happened.PersonReactivated, person=person)
            active = not isinstance(absent, happened.PersonDeactivated)
            assert book.directory.is_active(person, at) == active
            assert book.directory.is_gone(person, at) == (not active)
            there = {one.unit: one.function for one in book.directory.memberships(at, person=person)}
            for unit in ("desk", "department:a", "department:b", "department:c"):
                found = last(happened.MemberAdded, happened.MemberRemoved, person=person, unit=unit)
                assert there.get(unit) == getattr(found, "function", None)


@settings(max_examples=50, deadline=None)
@given(SAID)
def test_folding_the_events_gives_the_same_directory(said: Sequence[Any]) -> None:
    book = told(said)
    events = [copy.copy(event) for event in book.directory.pending_events]
    for event in events:
        event.__dict__["hash"] = "0" * 64
    folded = fold(None, events)
    for name in ("departments", "closures", "services", "withdrawals", "responsibilities", "members", "absences"):
        assert getattr(folded, name) == getattr(book.directory, name)


SPOKEN = st.lists(st.tuples(st.sampled_from(["x", "y", None]), TIMES), max_size=15)


@settings(max_examples=300, deadline=None)
@given(SPOKEN)
def test_a_timeline_is_what_the_last_of_its_statements_says(spoken: Sequence[Any]) -> None:
    timeline: Timeline[str] = ()
    for value, (valid_from, valid_to) in spoken:
        timeline = stated(timeline, value, valid_from, valid_to)
        assert says(timeline, value, valid_from, valid_to)
    for at in map(day, range(-1, DAYS * 2 + 2)):
        covering = [said for said, (since, to) in spoken if since <= at and (to is None or at < to)]
        assert value_at(timeline, at) == (covering[-1] if covering else None)
    assert all(one.valid_to is None or one.valid_from < one.valid_to for one in timeline)
    for one, following in pairwise(timeline):
        assert one.valid_to is not None
        assert one.valid_to <= following.valid_from
        assert one.valid_to < following.valid_from or one.value != following.value
