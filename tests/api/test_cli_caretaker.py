"""``casebackbone caretaker``: what it says, and how it ends; and the loop that goes on when a database is away."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import OperationalError
from structlog.testing import capture_logs

from api import workers
from casebackbone.caretaker import Round
from tests.api.caring import local
from tests.api.desk import Desk
from tests.story.backlog import Backlog, backlog
from tests.story.commands import Casebackbone, embedded


@pytest.fixture
def casebackbone(tmp_path: Path) -> Casebackbone:
    made = embedded(tmp_path)
    made("db", "upgrade")
    return made


@pytest.fixture
def month(casebackbone: Casebackbone) -> Iterator[Backlog]:
    made = backlog(casebackbone.environment, 1)
    yield made
    made.system.close()


def test_once_says_what_it_did_and_that_the_views_were_behind(casebackbone: Casebackbone, month: Backlog) -> None:
    blind = casebackbone("caretaker", "--once", "--json")
    assert (blind.data["escalated"], blind.data["views_behind"]) == (0, month.system.head())
    assert "casebackbone project run" in blind.err
    casebackbone("project", "run", "--until-caught-up")
    seen = casebackbone("caretaker", "--once", "--json").data
    assert seen == {
        "expired": 1,
        "escalated": 5,
        "rerouted": 0,
        "peaks_turned": 0,
        "days_closed": 0,
        "overtaken": 0,
        "failed": 0,
        "more": False,
        "views_behind": 0,
    }
    casebackbone("project", "run", "--until-caught-up")
    said = casebackbone("caretaker", "--once").out
    assert said == "0 expired, 0 escalated, 0 rerouted, 0 peaks_turned, 0 days_closed; 0 overtaken, 0 failed\n"
    assert month.fired() == month.expected
    assert casebackbone("audit", "verify", "--json").data["findings"] == [], "and all of it was lawful"


def test_what_cannot_be_read_ends_with_3_and_the_others_are_done(casebackbone: Casebackbone, month: Backlog) -> None:
    casebackbone("project", "run", "--until-caught-up")
    broken = next(inquiry_id for inquiry_id, causes in month.expected.items() if causes)
    connection = sqlite3.connect(casebackbone.folder / "casebackbone.sqlite")
    change = "UPDATE casebackbone_events SET state = ? WHERE originator_id = ?"
    assert connection.execute(change, (b"nonsense", broken.hex)).rowcount == 1
    connection.commit()
    connection.close()
    ended = casebackbone("caretaker", "--once", "--json", code=3)
    assert (ended.data["failed"], ended.data["escalated"]) == (1, 4)
    assert str(broken) in ended.err
    assert "Traceback" not in ended.err


def test_progress_on_a_long_backlog(desk: Desk) -> None:
    for _ in range(5):
        desk.received()
    desk.clock.now = local(26, 14)
    desk.project()
    said: list[Round] = []
    total = workers.work_off(desk.system, said.append, limit=2)
    assert [(round_.total, round_.more) for round_ in said] == [(2, True), (2, True), (1, False)]
    assert (total.done["escalated"], total.more) == (5, False)


def test_told_to_stop_it_ends_after_the_round(desk: Desk) -> None:
    for _ in range(3):
        desk.received()
    desk.clock.now = local(26, 14)
    desk.project()
    total = workers.work_off(desk.system, lambda round_: None, stop=lambda: True, limit=1)
    assert (total.total, total.more) == (1, True)


def test_a_database_that_is_away_ends_a_round_and_not_the_caretaker(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = desk.received()
    desk.clock.now = local(26, 14)
    desk.project()
    stop, away = threading.Event(), iter([OperationalError("gone"), None])
    inquiry = desk.system.application.inquiry

    def sometimes(*arguments: Any, **options: Any) -> Any:
        if (error := next(away, None)) is not None:
            raise error
        return inquiry(*arguments, **options)

    monkeypatch.setattr(desk.system.application, "inquiry", sometimes)
    rounds = iter(range(3))
    with capture_logs() as logs:
        workers.run_caretaker(desk.system, stop, 0.0, alive=lambda: next(rounds, None) is None)
    assert [(log["event"], log.get("error"), log.get("escalated")) for log in logs] == [
        ("round_ended", "OperationalError", None),
        ("round", None, 1),
    ]
    assert json.dumps(logs), "what is logged is for machines"
    assert inquiry(UUID(case.id)).escalations == 1
