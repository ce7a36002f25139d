"""Search over what people said, over HTTP: in scope, recorded first, and without a trace of the words elsewhere."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as database_event
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api import workers
from casebackbone.store.mapper import ChainedMapper
from tests.api.desk import Desk
from tests.api.test_contents import looks

WORD = "Kanarienvogelzucht"


def search(desk: Desk, who: str | None, words: str = "Sperrmüll", **more: Any) -> TestResponse:
    return desk.post(who, "/searches/texts", {"words": words, "purpose": "handling", **more})


def indexed(desk: Desk) -> Desk:
    assert not workers.index_texts(desk.system)
    return desk


def test_what_is_found_is_shown_with_its_inquiry(desk: Desk) -> None:
    case = desk.received(question="Wann werden endlich die Schlaglöcher in der Müllerstraße repariert?").accepted()
    desk.received()
    response = search(indexed(desk), "anna", "Schlagloch Muellerstrasse")
    (item,) = response.json["items"]
    assert (item["inquiry_id"], item["reference"], item["state"]) == (case.id, case.body["reference"], "open")
    assert (item["kind"], item["department"]) == ("question", "Tiefbau")
    assert [item["snippet"][start:end] for start, end in item["matches"]] == ["Schlaglöcher", "Müllerstraße"]
    assert (response.json["next_cursor"], response.json["complete"]) == (None, True)
    assert response.json["meta"]["as_of_position"] == desk.system.head()
    assert response.headers["Cache-Control"] == "no-store"


def test_it_says_when_it_is_not_complete(desk: Desk) -> None:
    desk.received()
    indexed(desk)
    desk.clock.forward(minutes=1)
    desk.received()
    desk.clock.forward(minutes=10)
    body = search(desk, "anna").json
    assert (len(body["items"]), body["complete"]) == (1, False)
    assert (body["meta"]["lag"], body["meta"]["stale"]) == ({"events": 1, "seconds": 600.0}, True)
    assert body["meta"]["as_of"] == "2026-11-24T10:00:00+01:00"
    assert search(indexed(desk), "anna").json["complete"] is True


def test_an_empty_record_is_complete(desk: Desk) -> None:
    body = search(desk, "anna").json
    assert (body["items"], body["complete"], body["meta"]["as_of"]) == ([], True, None)


@pytest.mark.parametrize(
    ("who", "found"),
    [("anna", 2), ("hanna", 2), ("sven", 2), ("dora", 2), ("tim", 1), ("gina", 0)]
    + [(who, None) for who in ("audrey", "adam", "tiefbau-system", "telefonanlage")],
)
def test_scope(desk: Desk, who: str, found: int | None) -> None:
    desk.received()
    desk.received().offered()
    response = search(indexed(desk), who)
    assert response.status_code == (403 if found is None else 200)
    assert found is None or len(response.json["items"]) == found
    assert len(looks(desk)) == (found or 0)


def test_who_calls_again_is_found_by_number_where_contact_details_are_asked_for(desk: Desk) -> None:
    case = desk.received(contact={"name": "Erika Mustermann", "phone": "0621 115-33"})
    indexed(desk)
    assert search(desk, "anna", "+49 621 11533").json["items"] == []
    (item,) = search(desk, "anna", "+49 621 11533", kinds=["contact"]).json["items"]
    assert (item["inquiry_id"], item["kind"]) == (case.id, "contact")
    assert "0621 115-33" in item["snippet"]


def test_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        desk.received()
    first = search(indexed(desk), "anna", limit=2).json
    second = search(desk, "anna", limit=2, cursor=first["next_cursor"]).json
    assert len({item["inquiry_id"] for item in (*first["items"], *second["items"])}) == 3
    assert second["next_cursor"] is None
    response = search(desk, "bert", limit=2, cursor=first["next_cursor"])
    assert (response.status_code, response.json["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/words"),
        ({"words": "x"}, "/purpose"),
        ({"words": "x", "purpose": "curiosity"}, "/purpose"),
        ({"words": "der die das", "purpose": "handling"}, "/words"),
        ({"words": "x" * 301, "purpose": "handling"}, "/words"),
        ({"words": "x", "purpose": "handling", "kinds": []}, "/kinds"),
        ({"words": "x", "purpose": "handling", "kinds": ["gossip"]}, "/kinds/0"),
        ({"words": "x", "purpose": "handling", "limit": 51}, "/limit"),
        ({"words": "x", "purpose": "handling", "q": "y"}, "/q"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, body: dict[str, Any], pointer: str) -> None:
    response = desk.post("anna", "/searches/texts", body)
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, pointer)
    assert looks(desk) == []


def test_the_look_is_recorded(desk: Desk) -> None:
    case = desk.received()
    search(indexed(desk), "anna", purpose="complaint")
    (look,) = looks(desk)
    assert (look["actor"], look["purpose"], str(look["inquiry_id"])) == ("agent:anna", "search", case.id)
    assert json.loads(look["content_ids"]) == [case.body["contents"][0]["content_id"]]
    assert look["search_id"] is not None


@pytest.mark.parametrize("table", ["content_searches", "content_accesses"])
def test_what_cannot_be_recorded_is_not_shown(desk: Desk, table: str) -> None:
    desk.received()
    indexed(desk)
    engine = desk.system.store.engine

    def fail(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(f"INSERT INTO {table}"):
            raise OperationalError(statement, {}, Exception("disk full"))

    database_event.listen(engine, "before_cursor_execute", fail)
    response = search(desk, "anna")
    database_event.remove(engine, "before_cursor_execute", fail)
    assert (response.status_code, response.json["code"]) == (503, "access_not_recorded")
    assert "Retry-After" in response.headers
    assert "Sperrmüll" not in response.text
    assert looks(desk) == []


def test_erased_is_gone(desk: Desk) -> None:
    desk.received().done("dora", "erasure", {"basis": "request"})
    desk.received()
    indexed(desk)
    (item,) = search(desk, "anna").json["items"]
    desk.post("dora", f"/inquiries/{item['inquiry_id']}/erasure", {"basis": "request"}, version=1)
    assert search(desk, "anna").json["items"] == []
    with desk.system.store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM content_terms")).scalar_one() == 0


def test_of_the_words_nothing_is_left_anywhere(desk: Desk, tmp_path: Path, capsys: Any) -> None:
    desk.received()
    indexed(desk).project()
    for who in ("anna", "tim", "audrey"):
        search(desk, who, WORD)
        search(desk, who, f"{WORD} Sperrmüll", match="any", limit=1)
    assert "/searches/texts" in (logged := "".join(capsys.readouterr()))
    assert WORD not in logged
    assert "Sperrmüll" not in logged
    for name, rows in everything(desk.system.store.engine):
        assert not any(WORD.casefold() in repr(row).casefold() for row in rows), name
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files  # with SQLite, the views are in one of these
    assert not any(WORD.casefold().encode() in file.read_bytes().lower() for file in files)


def everything(engine: Any) -> list[tuple[str, list[Any]]]:
    """All rows of all tables, the views' too."""
    found = []
    with engine.connect() as connection:
        known = inspect(connection)
        schemas = [name for name in known.get_schema_names() if not name.startswith(("pg_", "information_schema"))]
        for schema in schemas:
            for table in known.get_table_names(schema=schema):
                rows = connection.execute(text(f'SELECT * FROM "{schema}"."{table}"')).all()
                found.append((table, [tuple(map(plain, row)) for row in rows]))
    names = {name for name, _ in found}
    assert {"contents", "content_terms", "content_searches"} < names
    assert engine.dialect.name == "sqlite" or any("worklist" in name for name in names)
    return found


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_an_event_that_cannot_be_read_is_told_of_and_the_rest_is_found(desk: Desk) -> None:
    desk.received()
    indexed(desk)
    desk.clock.forward(minutes=1)
    spoilt = desk.received()
    own = spoilt.id if desk.system.store.engine.dialect.name == "postgresql" else spoilt.id.replace("-", "")
    with desk.system.store.engine.begin() as connection:
        change = text("UPDATE casebackbone_events SET state = :state WHERE originator_id = :id")
        assert connection.execute(change, {"state": b"nonsense", "id": own}).rowcount == 1
    assert not workers.index_texts(desk.system)
    body = search(desk, "anna").json
    assert (len(body["items"]), body["complete"], body["meta"]["stale"]) == (1, False, True)
    desk.received()
    desk.clock.forward(seconds=5)
    body = search(desk, "anna").json
    assert body["meta"]["lag"] == {"events": 2, "seconds": 5.0}
    assert desk.get(None, "/metrics").status_code == 200


class TestTheCaretaker:
    def test_lets_the_index_take_in_what_is_new(self, desk: Desk) -> None:
        desk.received()
        desk.project()
        workers.run_caretaker(desk.system, threading.Event(), 0.0, Rounds(1))
        assert len(search(desk, "anna").json["items"]) == 1

    def test_also_with_once(self, desk: Desk) -> None:
        desk.received()
        desk.project()
        workers.work_off(desk.system, lambda _: None)
        assert search(desk, "anna").json["complete"] is True

    def test_goes_on_when_an_event_cannot_be_read(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.received()
        desk.project()

        def unreadable(*_: Any) -> Any:
            raise ValueError(WORD)

        monkeypatch.setattr(ChainedMapper, "to_domain_event", unreadable)
        with capture_logs() as logs:
            workers.run_caretaker(desk.system, threading.Event(), 0.0, Rounds(2))
        said = [log for log in logs if log["event"] == "texts_not_indexed"]
        assert [log["error"] for log in said] == ["ValueError"] * 2
        assert WORD not in json.dumps(logs, default=str)


class Rounds:
    """Ends the caretaker after so many."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0
