"""Many rows at once are the rows that one at a time would be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from projections import tables
from projections.applying import is_transient
from projections.custody_sums import SUMS
from projections.database import Database
from projections.tables import upsert
from projections.worklist_rows import ROWS
from tests.examples import NOON, inquiry_id
from tests.projections.model import ReadModel

MANY = tables.MANY


def row(number: int, **changes: Any) -> dict[str, Any]:
    """One of the work list, which has a column of every kind but yes or no."""
    known: dict[str, Any] = dict.fromkeys(column.name for column in ROWS.columns)
    known |= dict.fromkeys(("version", "forwards", "sent_back", "lost_minutes", "circles"), number)
    known |= dict.fromkeys(("due_at", "received_at", "last_step_at"), NOON)
    known |= {"inquiry_id": inquiry_id(number), "callback_attempts": 0, "reference": "ÄÖÜ\t\\N\n", "channel": "phone"}
    return known | {"state": "open", "holder": "desk:front"} | changes


def written(database: Database, *batches: list[dict[str, Any]]) -> list[Any]:
    with database.write(database.live()) as connection:
        for rows in batches:
            upsert(connection, ROWS, rows, kept=("offer_state",))
    with database.read() as connection:
        return list(connection.execute(select(ROWS).order_by(ROWS.c.version)))


def test_that_many_rows_are_what_few_are(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    rows = [
        row(number, escalated_at=(NOON + timedelta(microseconds=number)).astimezone(elsewhere))
        for number in range(MANY)
    ]
    many = written(database, rows)
    with database.write(database.live()) as connection:
        connection.execute(ROWS.delete())
    monkeypatch.setattr(tables, "MANY", MANY + 1)
    assert many == written(database, rows)
    assert many[7].escalated_at == datetime(2026, 3, 2, 11, 0, 0, 7, tzinfo=UTC)


def test_that_many_rows_replace_what_is_there_and_keep_what_is_to_be_kept(database: Database) -> None:
    before = [row(number, offer_state="pending", service="a") for number in range(MANY)]
    after = [row(number, offer_state=None, service=None) for number in range(10, MANY + 10)]
    rows = written(database, before, after)
    assert [one.version for one in rows] == list(range(MANY + 10))
    assert [one.offer_state for one in rows] == ["pending"] * MANY + [None] * 10
    assert [one.service for one in rows] == ["a"] * 10 + [None] * MANY


@pytest.mark.parametrize("many", [1, MANY])
def test_that_numbers_are_added_to_what_is_there(database: Database, many: int) -> None:
    with database.write(database.live()) as connection:
        for number in (3, 4, -1):
            rows = [{**dict.fromkeys(SUMS.c.keys(), "x"), "partition": n, "number": number} for n in range(many)]
            upsert(connection, SUMS, rows, added=("number",))
        assert connection.scalars(select(SUMS.c.number)).all() == [6] * many


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_at", NOON.replace(tzinfo=None)),
        ("version", 2**63),
        ("inquiry_id", "nobody"),
        ("reference", "\ud800"),
        ("state", None),
    ],
)
def test_that_a_value_that_cannot_be_stored_says_so_and_nothing_of_the_machine(
    database: Database, name: str, value: Any
) -> None:
    rows = [row(number) for number in range(MANY)]
    rows[20] |= {name: value}
    with pytest.raises(Exception) as refused:
        written(database, rows)
    assert not is_transient(refused.value)
    assert written(database) == []


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**40])
def test_that_no_number_is_cut_off(database: Database, number: int) -> None:
    """As the binary form of COPY would do without a word. SQLite has room for it."""
    rows = [row(place) for place in range(MANY)]
    rows[20]["forwards"] = number
    with database.read() as connection:
        if connection.dialect.name == "sqlite":
            return
    with pytest.raises(OverflowError):
        written(database, rows)


def test_that_an_error_of_the_server_is_one_of_the_machine(model: ReadModel) -> None:
    """Its tables are gone: then no event is to blame."""
    with model.database.write(model.generation) as connection:
        ROWS.drop(connection)
    with pytest.raises(DBAPIError) as refused:
        written(model.database, [row(number) for number in range(MANY)])
    assert is_transient(refused.value)


def test_that_what_was_rolled_back_is_not_written_with_the_next(database: Database) -> None:
    first, second = ([row(number) for number in range(start, start + MANY)] for start in (0, MANY))
    with database.write(database.live()) as connection:
        with connection.begin_nested() as savepoint:
            upsert(connection, ROWS, first)
            savepoint.rollback()
        upsert(connection, ROWS, second)
        upsert(connection, ROWS, [*first[:1], row(1, version=-1), *first[2:]])
    rows = written(database)
    assert len(rows) == 2 * MANY
    assert rows[0].inquiry_id == UUID(str(inquiry_id(1)))
