"""Three per command: it does it, it refuses it, it stays quiet when it is sent again."""

from __future__ import annotations

import pytest

from tests.api.command_table import TABLE, Row
from tests.api.desk import Desk, key

every_command = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.noun)


@every_command
def test_does_it(desk: Desk, row: Row) -> None:
    case = row.prepare(desk)
    before = desk.events()
    response = case.do(row.who, row.noun, row.body)
    assert response.status_code == 200, response.text
    assert response.json.items() >= row.does.items()
    assert response.json["version"] == case.version + 1
    assert response.headers["ETag"] == f'"v{case.version + 1}"'
    assert int(response.headers["Casebackbone-Position"]) == desk.system.head()
    assert desk.events() == before + row.events
    assert desk.get("sven", case.path).json == response.json


@every_command
def test_refuses_it_and_nothing_happened(desk: Desk, row: Row) -> None:
    case = row.refused(desk)
    before = desk.events()
    response = case.do(row.who, row.noun, row.body if row.refused_body is None else row.refused_body)
    assert (response.status_code, response.json["code"]) == (row.status, row.code), response.text
    assert response.mimetype == "application/problem+json"
    assert desk.events() == before


@every_command
def test_stays_quiet_on_repeat(desk: Desk, row: Row) -> None:
    case = row.prepare(desk)
    again = key()
    first = case.do(row.who, row.noun, row.body, key=again)
    assert first.status_code == 200, first.text
    assert "Idempotency-Replayed" not in first.headers
    events = desk.events()
    desk.clock.forward(days=400)
    repeated = case.do(row.who, row.noun, row.body, key=again)
    assert (repeated.status_code, repeated.json) == (200, first.json)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.headers["ETag"] == first.headers["ETag"]
    assert repeated.headers["Casebackbone-Position"] == first.headers["Casebackbone-Position"]
    assert desk.events() == events


@every_command
def test_the_version_must_be_said_and_be_the_last(desk: Desk, row: Row) -> None:
    case = row.prepare(desk)
    missing = case.do(row.who, row.noun, row.body, version=None)
    assert (missing.status_code, missing.json["code"]) == (428, "precondition_required")
    case.done("anna" if row.who == "dora" else row.who, "notes", {"text": "Etwas anderes."})
    old = case.do(row.who, row.noun, row.body, version=case.version - 1)
    assert (old.status_code, old.json["code"]) == (412, "stale_version")
    assert [step["label"] for step in old.json["since"]] == ["Notiz hinzugefügt"]
    assert old.json["version"] == case.version


@pytest.mark.parametrize("header", ["*", 'W/"v1"', "v1", '"v0"', '"1"', '"v1", "v2"', '"v99999999999"', "", '"v١"'])
def test_versions_that_are_none(desk: Desk, header: str) -> None:
    case = desk.received()
    response = desk.post("anna", f"{case.path}/claim", headers={"If-Match": header})
    assert (response.status_code, response.json["code"]) == (422, "invalid_precondition")


@pytest.mark.parametrize("bad", [" ", "a" * 129, "ä", "a\tb", ""])
def test_keys_that_are_none(desk: Desk, bad: str) -> None:
    response = desk.received().do("anna", "claim", key=bad)
    assert (response.status_code, response.json["code"]) == (422, "invalid_idempotency_key")


def test_the_same_key_for_something_else(desk: Desk) -> None:
    case, again = desk.received(), key()
    case.done("anna", "notes", {"text": "Eins."}, key=again)
    before = desk.events()
    for noun, body, version in (
        ("notes", {"text": "Zwei."}, case.version - 1),
        ("notes", {"text": "Eins."}, case.version),
        ("answers", {"text": "Eins."}, case.version - 1),
    ):
        response = case.do("anna", noun, body, key=again, version=version)
        assert (response.status_code, response.json["code"]) == (422, "idempotency_key_reused")
    assert desk.events() == before


def test_a_key_belongs_to_one_person(desk: Desk) -> None:
    case, again = desk.received(), key()
    case.done("anna", "notes", {"text": "Eins."}, key=again)
    assert "Idempotency-Replayed" not in case.do("bert", "notes", {"text": "Eins."}, key=again).headers


def test_json_written_another_way_is_the_same_request(desk: Desk) -> None:
    again, written = key(), '{"question": "Wann?", "channel": "phone"}'
    other = '{ "channel":"phone",\n"question":"\\u0057ann?" }'
    first = desk.post("anna", "/inquiries", key=again, data=written, content_type="application/json")
    second = desk.post("anna", "/inquiries", key=again, data=other, content_type="application/json; charset=utf-8")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert second.headers["Location"] == first.headers["Location"]


def test_business_time_may_be_said_but_not_in_the_future(desk: Desk) -> None:
    case = desk.received(occurred_at="2026-11-23T15:00:00+01:00")
    assert case.body["received_at"] == "2026-11-23T15:00:00+01:00"
    response = case.do("anna", "claim", {"occurred_at": "2026-11-24T10:06:00+01:00"})
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/occurred_at")
    earlier = case.do("anna", "claim", {"occurred_at": "2026-11-22T10:00:00+01:00"})
    assert (earlier.status_code, earlier.json["code"]) == (409, "before_the_last_event")


@pytest.mark.parametrize("due_at", ["2026-11-24T09:00:00+01:00", "2037-01-01T00:00:00Z"])
def test_promises_are_for_the_future_but_not_absurdly_far(desk: Desk, due_at: str) -> None:
    response = desk.received().do("anna", "callbacks", {"due_at": due_at})
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/due_at")


def test_merging_and_back(desk: Desk) -> None:
    goes_on, same = desk.received(), desk.received()
    same.done("anna", "merge", {"into": goes_on.id})
    assert same.body.items() >= {"state": "merged", "merged_into": goes_on.id, "holder": None, "due_at": None}.items()
    third = desk.received()
    response = third.do("anna", "merge", {"into": same.id})
    assert (response.status_code, response.json["code"]) == (409, "target_merged")
    assert same.done("anna", "unmerge").body["holder"] == "desk:front"


def test_merging_with_what_is_not_there_or_with_itself(desk: Desk) -> None:
    case = desk.received()
    response = case.do("anna", "merge", {"into": "00000000-0000-4000-8000-000000000000"})
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/into")
    assert case.do("anna", "merge", {"into": case.id}).json["code"] == "merge_with_itself"


def test_erasing_one_text_of_several(desk: Desk) -> None:
    case = desk.received(contact={"name": "Erika Mustermann", "phone": "0621 115"})
    contact = next(content["content_id"] for content in case.body["contents"] if content["kind"] == "contact")
    case.done("dora", "erasure", {"basis": "request", "content_ids": [contact]})
    assert [content["kind"] for content in case.body["contents"]] == ["question"]
    assert case.do("dora", "erasure", {"basis": "request", "content_ids": []}).status_code == 422
