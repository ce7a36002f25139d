"""Reading what people said: recorded before it is sent, or not sent (promise 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event as database_event
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from casebackbone.store.tables import content_accesses
from tests.api.desk import Desk


def looks(desk: Desk) -> list[dict[str, Any]]:
    with desk.system.store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(content_accesses)).mappings()]


def test_texts_and_the_record_of_the_look(desk: Desk) -> None:
    case = desk.received(contact={"name": "Erika Mustermann", "phone": "0621 115"}, answer={"text": "Am Dienstag."})
    response = desk.get("anna", f"{case.path}/contents?purpose=callback")
    items = {item["kind"]: item for item in response.json["items"]}
    assert items["question"]["text"] == "Wann wird der Sperrmüll geholt?"
    assert items["contact"]["contact"] == {"name": "Erika Mustermann", "phone": "0621 115"}
    assert items["answer"]["text"] == "Am Dienstag."
    assert response.headers["Cache-Control"] == "no-store"
    (look,) = looks(desk)
    assert (look["actor"], look["role"], look["purpose"]) == ("agent:anna", "front_agent", "callback")
    assert str(look["inquiry_id"]) == case.id
    assert set(json.loads(look["content_ids"])) == {item["content_id"] for item in response.json["items"]}


def test_one_text_of_several(desk: Desk) -> None:
    case = desk.received(contact={"name": "Erika Mustermann"})
    contact = next(content["content_id"] for content in case.body["contents"] if content["kind"] == "contact")
    items = desk.get("anna", f"{case.path}/contents?purpose=handling&content_id={contact}").json["items"]
    assert [item["kind"] for item in items] == ["contact"]
    assert json.loads(looks(desk)[0]["content_ids"]) == [contact]


def test_another_inquirys_text_is_not_to_be_had_here(desk: Desk) -> None:
    case, other = desk.received(), desk.received()
    foreign = other.body["contents"][0]["content_id"]
    assert desk.get("anna", f"{case.path}/contents?purpose=handling&content_id={foreign}").status_code == 404
    assert looks(desk) == []


@pytest.mark.parametrize("query", ["", "?purpose=", "?purpose=curiosity"])
def test_not_without_a_purpose(desk: Desk, query: str) -> None:
    response = desk.get("anna", f"{desk.received().path}/contents{query}")
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/purpose")
    assert looks(desk) == []


@pytest.mark.parametrize("who", ["audrey", "adam"])
def test_not_for_those_who_need_it_not(desk: Desk, who: str) -> None:
    assert desk.get(who, f"{desk.received().path}/contents?purpose=handling").status_code == 403
    assert looks(desk) == []


def test_what_cannot_be_recorded_is_not_shown(desk: Desk) -> None:
    case = desk.received()
    engine = desk.system.store.engine
    statements: list[str] = []

    def fail(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)
        if "content_accesses" in statement and statement.startswith("INSERT"):
            raise OperationalError(statement, {}, Exception("disk full"))

    database_event.listen(engine, "before_cursor_execute", fail)
    response = desk.get("anna", f"{case.path}/contents?purpose=handling")
    database_event.remove(engine, "before_cursor_execute", fail)
    assert (response.status_code, response.json["code"]) == (503, "access_not_recorded")
    assert "Retry-After" in response.headers
    assert "Sperrmüll" not in response.text
    assert not any("FROM contents" in statement for statement in statements), "read before it was recorded"


def test_erased_is_gone(desk: Desk) -> None:
    case = desk.received()
    content = case.body["contents"][0]["content_id"]
    case.done("dora", "erasure", {"basis": "request"})
    assert desk.get("anna", f"{case.path}/contents?purpose=handling").json["items"] == []
    assert desk.get("anna", f"{case.path}/contents?purpose=handling&content_id={content}").status_code == 404
