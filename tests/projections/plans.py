"""How a database carries out what a query asks: a claim about an index is shown by the plan, not by a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event


def plans(connection: Connection, ask: Callable[[], Any]) -> list[str]:
    """A plan for each statement that ``ask`` executes. PostgreSQL would rather read so small a table whole."""
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    assert asked
    return [str(connection.exec_driver_sql(f"{explain} {sql}", values).all()) for sql, values in asked]
