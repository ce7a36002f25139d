"""A generation that is being filled has the indexes that filling needs, and all of them when it is switched to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect

from projections.database import Database, Generation
from projections.runner import rebuild
from tests.projections.model import Log, ReadModel
from tests.projections.running import lives, never


def indexes(database: Database, generation: Generation) -> set[str]:
    with database.read_from(generation) as connection:
        schema = None if connection.dialect.name == "sqlite" else f"views_{generation.number}"
        found = inspect(connection).get_multi_indexes(schema=schema)
        return {str(index["name"]) for of_table in found.values() for index in of_table}


def test_that_a_rebuilt_generation_has_the_indexes_of_the_first(database: Database) -> None:
    first = indexes(database, database.live())
    assert "worklist_holder" in first
    assert indexes(database, rebuild(Log(*lives(1)).in_process, database, stop=never)) == first


def test_that_it_has_them_whoever_switches_to_it(database: Database) -> None:
    first = indexes(database, database.live())
    with database.rebuilding("store:test") as building:
        assert indexes(database, building) < first
        assert indexes(database, database.switch(building)) == first


@contextmanager
def told(kinds: tuple[str, ...]) -> Iterator[list[tuple[str, Any]]]:
    """The statements of these kinds that any engine executes in the block."""
    found: list[tuple[str, Any]] = []

    def take(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(kinds):
            found.append((statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", take)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", take)


def test_that_no_table_is_read_through_while_it_is_filled(database: Database) -> None:
    """An index that is missing then makes a rebuild longer with every event that is already in."""
    with database.read() as connection:
        if connection.dialect.name != "sqlite":  # which tells its plans without a table full of rows
            return
    with database.rebuilding("store:test") as building, told(("SELECT", "UPDATE", "DELETE")) as statements:
        ReadModel(database, building).given(*lives(3), size=7)
        tables = {table.name for view in database.views for table in view.tables}
        of_views = [(said, values) for said, values in statements if any(name in said for name in tables)]
        assert of_views
        with database.read_from(building) as connection:
            plans = {said: plan(connection, said, values) for said, values in of_views}
    assert [said for said, steps in plans.items() if "SCAN main." in steps] == []


def plan(connection: Connection, statement: str, values: Any) -> str:
    driver: Any = connection.connection.driver_connection
    return "; ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))
