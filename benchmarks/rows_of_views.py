"""The rows of all views of the live generation, taken out as the database wants them, and put into empty tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table

from projections.database import Database
from projections.state import APPLIED
from projections.tables import GENERATION


class ReadyRows:
    """All rows are in memory, in the form in which they are quickest to write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables = [APPLIED, *(table for view in database.views for table in view.tables)]
        with database.read() as connection:
            self._ready = {table: _taken(connection, table) for table in self._tables}

    def copied(self) -> float:
        """Seconds that it takes to put them into the tables of a new generation, which has the same indexes."""
        with self._database.rebuilding("benchmark") as building:
            started = time.perf_counter()
            with self._database.write(building) as connection:
                for table, rows in self._ready.items():
                    _put(connection, table, rows)
            return time.perf_counter() - started


def _taken(connection: Connection, table: Table) -> Any:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return driver.execute(f'SELECT * FROM "{table.name}"').fetchall()
    with driver.cursor() as cursor, cursor.copy(f"COPY {_name(connection, table)} TO STDOUT (FORMAT BINARY)") as copy:
        return [bytes(some) for some in copy]


def _put(connection: Connection, table: Table, rows: Sequence[Any]) -> None:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        driver.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {_name(connection, table)} FROM STDIN (FORMAT BINARY)") as copy:
        for some in rows:
            copy.write(some)


def _name(connection: Connection, table: Table) -> str:
    return f'{connection.get_execution_options()["schema_translate_map"][GENERATION]}."{table.name}"'
