"""Rounds of the caretaker over duties that only write down what they are asked: order, backlogs, failures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from eventsourcing.persistence import OperationalError

from casebackbone.caretaker import Caretaker, Due, Round, Task
from casebackbone.refusals import Conflict, Forbidden, InquiryNotFound, Invalid, KeyReused, Refused, Stale, StillRunning

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("5d1f0a52-0000-4000-8000-000000000115")


def _did(round_: Round) -> tuple[int, int, int]:
    return sum(round_.done.values()), round_.overtaken, round_.failed


class Noted:
    """A duty that writes down what it was asked; ``wrong`` says what it answers to which."""

    def __init__(self, kind: str, log: list[tuple[str, int]], *hours: int, wrong: Any = None) -> None:
        self.kind = kind
        self._log = log
        self._wrong = wrong or {}
        self._due = [Due(uuid5(NAMES, f"{kind} {hour}"), MONDAY + timedelta(hours=hour), hour) for hour in hours]

    def due(self, now: datetime, after: Due | None, limit: int) -> Sequence[Due]:
        rest = self._due[self._due.index(after) + 1 :] if after is not None else self._due
        return [due for due in rest if due.at <= now][:limit]

    def task(self, due: Due, now: datetime) -> Task | None:
        self._log.append((self.kind, due.found))
        if (error := self._wrong.get(due.found)) is not None:
            raise error
        return None


LATER = MONDAY + timedelta(days=30)


def test_in_order_of_deadlines_across_all_duties() -> None:
    log: list[tuple[str, int]] = []
    caretaker = Caretaker([Noted("a", log, 1, 4, 6), Noted("b", log, 2, 3, 5, 7)])
    assert _did(caretaker.round(MONDAY + timedelta(hours=6))) == (0, 6, 0)
    assert log == [("a", 1), ("b", 2), ("b", 3), ("a", 4), ("b", 5), ("a", 6)]


def test_a_backlog_is_worked_off_from_where_the_last_round_ended() -> None:
    log: list[tuple[str, int]] = []
    caretaker = Caretaker([Noted("a", log, *range(0, 900, 2)), Noted("b", log, *range(1, 300, 2))], limit=250)
    rounds = [caretaker.round(LATER + timedelta(days=30)) for _ in range(3)]
    assert [round_.more for round_ in rounds] == [True, True, False]
    assert [hour for _, hour in log] == [*range(300), *range(300, 900, 2)]
    assert [round_.reached for round_ in rounds] == [MONDAY + timedelta(hours=hour) for hour in (249, 698, 898)]
    log.clear()
    assert caretaker.round(MONDAY + timedelta(hours=2)).overtaken == 3, "from the beginning again"


def test_what_cannot_be_done_holds_up_nobody_even_if_there_is_more_of_it_than_a_round_takes() -> None:
    log: list[tuple[str, int]] = []
    failed: list[tuple[Any, str]] = []
    wrong = {hour: ValueError("no such year") for hour in range(7)}
    caretaker = Caretaker(
        [Noted("a", log, *range(10), wrong=wrong)],
        limit=4,
        failed=lambda due, error: failed.append((due.found, str(error))),
    )
    rounds = [caretaker.round(LATER) for _ in range(3)]
    assert [(round_.failed, round_.overtaken, round_.more) for round_ in rounds] == [
        (4, 0, True),
        (3, 1, True),
        (0, 2, False),
    ]
    assert failed == [(hour, "no such year") for hour in range(7)]


def test_an_unwell_store_ends_the_round_and_the_next_one_goes_on() -> None:
    log: list[tuple[str, int]] = []
    wrong: dict[int, Exception] = {1: OperationalError("gone")}
    caretaker = Caretaker([Noted("a", log, 0, 1, 2, wrong=wrong)])
    with pytest.raises(OperationalError):
        caretaker.round(LATER)
    assert [hour for _, hour in log] == [0, 1]
    assert _did(caretaker.round(LATER)) == (0, 1, 0)
    wrong.clear()
    caretaker.round(LATER)
    assert [hour for _, hour in log] == [0, 1, 2, 0, 1, 2], "what was given up is tried again"


REFUSALS = [
    (Conflict("closed", "…"), True),
    (Conflict("not_due", "…"), True),
    (Stale(1, 2), True),
    (StillRunning(), True),
    (Conflict("not_moved", "…"), False),
    (Forbidden("role_not_allowed", "…"), False),
    (Invalid("unknown", "…", "/to"), False),
    (KeyReused(), False),
    (InquiryNotFound("unknown"), False),
]


@pytest.mark.parametrize(("refused", "overtaken"), REFUSALS, ids=lambda value: getattr(value, "code", None))
def test_only_who_finds_that_somebody_was_first_is_overtaken(refused: Refused, overtaken: bool) -> None:
    told: list[tuple[Any, Exception]] = []
    duties = [Noted("a", [], 0, wrong={0: refused}), Noted("b", (log := []), 1)]
    caretaker = Caretaker(duties, failed=lambda due, error: told.append((due.found, error)))
    assert _did(caretaker.round(LATER)) == ((0, 2, 0) if overtaken else (0, 1, 1))
    assert told == ([] if overtaken else [(0, refused)])
    assert log == [("b", 1)], "the other duties go on"


def test_what_comes_first_waits_for_no_backlog() -> None:
    log: list[tuple[str, int]] = []
    caretaker = Caretaker([Noted("backlog", log, *range(6))], limit=2, first=[Noted("peak", log, 100, 101)])
    rounds = [caretaker.round(LATER) for _ in range(3)]
    assert [(round_.overtaken, round_.more) for round_ in rounds] == [(4, True), (4, True), (4, False)]
    assert [round_.reached for round_ in rounds] == [MONDAY + timedelta(hours=hour) for hour in (1, 3, 5)]
    peaks = [("peak", 100), ("peak", 101)]
    assert log == [entry for hour in (0, 2, 4) for entry in [*peaks, ("backlog", hour), ("backlog", hour + 1)]]
