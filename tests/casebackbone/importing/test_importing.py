"""Cases into the record: as a whole or not at all, once, and with what has happened since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import DescribeDepartment, Note
from casebackbone.content import Text
from casebackbone.deadlines import load_promise
from casebackbone.directory import DIRECTORY_ID
from casebackbone.directory_events import Department
from casebackbone.importing.importing import Importer, inquiry_id
from casebackbone.importing.mapping import Mapping
from casebackbone.importing.rows import Row
from casebackbone.store import open_store, upgrade_store
from events.standing import State
from tests.casebackbone.importing.test_cases import CITY, PERMITS, city_row, step_row

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("6a3c4f0e-0000-4000-8000-000000000368")
OPEN = {"closed_dt": "", "closure_reason": ""}


@pytest.fixture
def application(database_url: str) -> Iterator[Application]:
    upgrade_store(database_url)
    store = open_store(database_url)
    yield Application(store, load_promise())
    store.close()


def _import(application: Application, *rows: Row, mapping: Mapping = CITY) -> tuple[Importer, list[tuple[int, str]]]:
    importer = Importer(application, mapping, lambda: NOW)
    return importer, [(refusal.line, refusal.code) for refusal in importer.run(rows)]


def test_a_case_becomes_an_inquiry_with_the_times_of_the_file(application: Application) -> None:
    importer, refused = _import(application, city_row())
    assert (refused, importer.summary.imported, importer.summary.events) == ([], 1, 5)
    history = list(application.history(inquiry_id(CITY.name, "101")))
    assert [type(event).__name__ for event in history] == [
        *("Received", "Forwarded", "ForwardAccepted", "Answered", "Resolved")
    ]
    assert {event.actor for event in history} == {"import:city-requests-2019"}
    assert {event.timestamp for event in history} == {NOW}
    assert [event.occurred_at.day for event in history] == [1, 1, 1, 2, 2]
    at_noon = application.inquiry_at(history[0].originator_id, datetime(2019, 7, 1, 18, tzinfo=UTC)).standing
    assert (at_noon.holder, at_noon.due_at) == ("department:PWDx", datetime(2019, 7, 3, 14, tzinfo=UTC))
    (ref,) = history[3].contents
    (closure,) = application.store.read_contents([ref.content_id])
    assert (closure.kind, closure.text) == ("closure", "Case Closed. Fixed.")


def test_departments_of_the_past_need_not_be_in_the_directory(application: Application) -> None:
    at = NOW - timedelta(days=1)
    cause = Cause(actor="agent:adam", command_id=DIRECTORY_ID, correlation_id=NAMES, occurred_at=at, recorded_at=at)
    adam = Principal("adam", frozenset({Role.ADMINISTRATOR}))
    order = Order(principal=adam, cause=cause, subject=DIRECTORY_ID, request_digest="")
    application.direct(order, DescribeDepartment(department="Tiefbau", described=Department("Tiefbauamt")))
    importer, refused = _import(application, city_row())
    assert (refused, importer.summary.imported) == ([], 1)


def test_the_same_again_is_known(application: Application) -> None:
    _import(application, city_row(), city_row(3, case_enquiry_id="102", **OPEN))
    importer, refused = _import(application, city_row(), city_row(3, case_enquiry_id="102", **OPEN))
    assert (refused, importer.summary.repeated, importer.summary.events) == ([], 2, 0)
    assert application.store.last_position() == 8


def test_what_was_open_is_closed_by_a_later_export_once(application: Application) -> None:
    _import(application, city_row(**OPEN))
    for continued in (1, 0):
        importer, refused = _import(application, city_row())
        assert (refused, importer.summary.continued, importer.summary.repeated) == ([], continued, 1 - continued)
    assert application.inquiry(inquiry_id(CITY.name, "101")).standing.state is State.RESOLVED
    assert application.store.last_position() == 5


def test_steps_that_were_added_are_taken_on(application: Application) -> None:
    first = step_row(2, "Group 1", "2011-10-11 09:00:00+02:00", **{"case:enddate": ""})
    second = step_row(3, "Group 2", "2011-10-12 09:00:00+02:00", **{"case:enddate": ""})
    _import(application, first, mapping=PERMITS)
    importer, refused = _import(application, first, second, mapping=PERMITS)
    assert (refused, importer.summary.continued, importer.summary.events) == ([], 1, 2)
    assert application.inquiry(inquiry_id(PERMITS.name, "case-1")).doors == ["Group-1", "Group-2"]


def test_what_contradicts_the_record_is_refused(application: Application) -> None:
    _import(application, city_row(**OPEN))
    _, refused = _import(application, city_row(8, department="ISD"))
    assert refused == [(8, "differs_from_record")]
    assert application.store.last_position() == 3


def test_a_case_that_people_work_on_is_left_to_them(application: Application) -> None:
    _import(application, city_row(**OPEN))
    eva = Principal("eva", frozenset({Role.SUPERVISOR}))
    id_ = inquiry_id(CITY.name, "101")
    cause = Cause(actor=eva.actor, command_id=id_, correlation_id=id_, occurred_at=NOW, recorded_at=NOW)
    order = Order(principal=eva, cause=cause, subject=id_, request_digest="0" * 64)
    application.handle(order, Note(texts=[Text("note", "Bin dran.")]))
    _, refused = _import(application, city_row(8))
    assert refused == [(8, "worked_on_since")]


def test_a_case_is_refused_as_a_whole_with_all_its_rows(application: Application) -> None:
    rows = [
        step_row(2, "Group 1", "2011-10-11 09:00:00+02:00"),
        step_row(3, "???", "2011-10-12 09:00:00+02:00"),
        step_row(4, "Group 1", "2011-10-11 09:00:00+02:00", **{"case:concept:name": "case-2"}),
    ]
    importer, refused = _import(application, *rows, mapping=PERMITS)
    assert refused == [(2, "case_refused"), (3, "department_unusable")]
    assert (importer.summary.imported, importer.summary.refused) == (1, 2)
    assert importer.summary.refused_by_code == {"case_refused": 1, "department_unusable": 1}


def test_a_year_without_holidays_is_refused(application: Application) -> None:
    _, refused = _import(application, city_row(2, open_dt="1950-01-01 10:00:00"))
    assert refused == [(2, "year_unknown")]


def test_without_a_due_time_the_promise_counts_from_the_import(application: Application) -> None:
    mapping = replace(CITY, missing_due=None)
    _import(application, city_row(sla_target_dt="", **OPEN), mapping=mapping)
    standing = application.inquiry(inquiry_id(CITY.name, "101")).standing
    assert standing.due_at is not None
    assert standing.due_at > NOW
    importer, refused = _import(application, city_row(sla_target_dt=""), mapping=mapping)
    assert (refused, importer.summary.continued) == ([], 1)
