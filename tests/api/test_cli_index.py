"""``casebackbone db index``: the search over texts takes in what is stored."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.api.desk import Desk
from tests.story.commands import Casebackbone, embedded


@pytest.fixture
def casebackbone(tmp_path: Path) -> Casebackbone:
    return embedded(tmp_path)


@pytest.fixture
def filled(casebackbone: Casebackbone, tmp_path: Path) -> Casebackbone:
    desk = Desk(casebackbone.environment["CASEBACKBONE_DATABASE_URL"], tmp_path)
    for _ in range(3):
        desk.received(contact={"name": "Erika Mustermann"})
    desk.close()
    return casebackbone


def test_takes_in_everything_once(filled: Casebackbone) -> None:
    assert filled("db", "index", "--json").data == {"texts": 6, "position": 3}
    assert filled("db", "index", "--json").data == {"texts": 0, "position": 3}
    assert "0 texts" in filled("db", "index").out


def test_again_fills_it_anew(filled: Casebackbone) -> None:
    filled("db", "index")
    before = terms(filled)
    assert filled("db", "index", "--again", "--json").data == {"texts": 6, "position": 3}
    assert terms(filled) == before != []


def test_needs_a_record(casebackbone: Casebackbone) -> None:
    ended = casebackbone("db", "index", code=1)
    assert "casebackbone db upgrade" in ended.err
    assert "Traceback" not in ended.err


def test_the_caretaker_does_it_as_well(filled: Casebackbone) -> None:
    filled("project", "run", "--until-caught-up")
    filled("caretaker", "--once")
    assert filled("db", "index", "--json").data == {"texts": 0, "position": 3}
    assert "Mustermann" not in filled.logs


def terms(casebackbone: Casebackbone) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(casebackbone.folder / "casebackbone.sqlite")
    found = sorted(connection.execute("SELECT * FROM content_terms"))
    connection.close()
    return found
