"""What accounting adds up, for rows that were multiplied: as :mod:`projections.custody_sums` would have, in SQL.

Only the partition is another one, equally many. Whether all is right is shown by counting the rows themselves.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)

from projections.custody_rows import IS_OPEN, LATE, PAST, ROWS
from projections.custody_sums import HANDOVERS, OPEN, OVERDUE, RECEIVED, SUMS
from projections.partitions import PARTITIONS

_NONE = literal("")
_LENGTH = {"month": 7, "day": 10}


def add_up(connection: Connection) -> None:
    """In place of the sums that there are."""
    moves = union_all(*(move for span in _LENGTH for move in _moves(span, connection.dialect.name))).subquery()
    key = [moves.c[column.name] for column in SUMS.primary_key]
    sums = select(*key, func.sum(moves.c.number)).group_by(*key)
    connection.execute(delete(SUMS))
    connection.execute(insert(SUMS).from_select([column.name for column in SUMS.columns], sums))


def _moves(span: str, dialect: str) -> list[Select[Any]]:
    def move(what: Any, at: Any, number: int, *which: ColumnElement[bool], by: Any = _NONE) -> Select[Any]:
        columns = (literal(span), _period(span, at, dialect), _partition(dialect), what, by, literal(number))
        names = [column.name for column in SUMS.columns]
        return select(*(one.label(name) for one, name in zip(columns, names, strict=True))).where(*which)

    begins, ends, due, state = ROWS.c.valid_from, ROWS.c.valid_to, ROWS.c.due_at, ROWS.c.state
    late_from = case((due > begins, due), else_=begins)
    department = func.coalesce(ROWS.c.department, "")
    apart = _period(span, begins, dialect) != _period(span, ends, dialect)
    late_apart = _period(span, late_from, dialect) != _period(span, ends, dialect)
    return [
        move(literal(RECEIVED), begins, 1, ROWS.c.seq == 1),
        move(literal(HANDOVERS), begins, 1, ROWS.c.handover),
        move(state, begins, 1, ~IS_OPEN),
        move(state, ends, -1, ~IS_OPEN, PAST),
        *(move(literal(OPEN), at, n, IS_OPEN, PAST, apart, by=department) for at, n in ((begins, 1), (ends, -1))),
        *(
            move(literal(OVERDUE), at, n, IS_OPEN, LATE, late_apart, by=department)
            for at, n in ((late_from, 1), (ends, -1))
        ),
    ]


def _period(span: str, at: Column[Any] | ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    text = cast(at, String) if dialect == "sqlite" else func.to_char(at, "YYYY-MM-DD")
    return func.substr(text, 1, _LENGTH[span])


def _partition(dialect: str) -> ColumnElement[int]:
    """By what of the id is not the same in all of a copy."""
    place, code = (9, func.unicode) if dialect == "sqlite" else (10, func.ascii)
    text = cast(ROWS.c.inquiry_id, String)
    return (code(func.substr(text, place, 1)) + 3 * code(func.substr(text, place + 1, 1))) % PARTITIONS
