"""The calls of a day that was recorded here, and ``casebackbone desk simulate --day``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.bootstrap import System
from api.desk_record import calls_of_day
from api.settings import read_settings
from casebackbone.access import Principal, Role
from casebackbone.cause import Cause
from casebackbone.commands import CallStep, RecordCall
from casebackbone.desk_day import Call
from casebackbone.order import Order
from tests.api.simulating import ROWS, answer, written
from tests.story.commands import Casebackbone, embedded

TELEPHONE = Principal("telephone", frozenset({Role.TELEPHONE_SYSTEM}))
TEN = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # in Berlin
DAY = date(2026, 5, 4)
# the day of tests.api.simulating, as the telephone system tells it
STEPS = (
    ("A", "offered", 0), ("A", "answered", 0), ("B", "offered", 10), ("C", "offered", 20), ("C", "abandoned", 45),
    ("A", "ended", 60), ("B", "answered", 60), ("B", "ended", 120), ("D", "offered", 125), ("D", "answered", 125),
    ("D", "ended", 155),
)  # fmt: skip


@pytest.fixture
def casebackbone(tmp_path: Path) -> Casebackbone:
    installation = embedded(tmp_path)
    installation("db", "upgrade")
    return installation


@pytest.fixture
def system(casebackbone: Casebackbone) -> System:
    system = System(read_settings(casebackbone.environment))
    for call, step, seconds in STEPS:
        at = TEN + timedelta(seconds=seconds)
        key = uuid4()
        cause = Cause(actor=TELEPHONE.actor, command_id=key, correlation_id=key, occurred_at=at, recorded_at=at)
        order = Order(principal=TELEPHONE, cause=cause, subject=UUID(int=0), request_digest=key.hex)
        system.application.record_calls(order, RecordCall(call=call, step=CallStep(step), occurred_at=at))
    return system


def test_the_calls_of_a_day(system: System) -> None:
    calls = {call.call_id: call for call in calls_of_day(system, DAY)}
    assert set(calls) == set("ABCD")
    assert calls["B"] == Call(
        call_id="B",
        offered_at=TEN + timedelta(seconds=10),
        answered_at=TEN + timedelta(seconds=60),
        ended_at=TEN + timedelta(seconds=120),
    )
    assert calls["C"] == Call(
        call_id="C", offered_at=TEN + timedelta(seconds=20), abandoned_at=TEN + timedelta(seconds=45)
    )
    assert calls_of_day(system, DAY + timedelta(days=1)) == []


@pytest.mark.usefixtures("system")
def test_what_is_recorded_says_the_same_as_a_file(casebackbone: Casebackbone, tmp_path: Path) -> None:
    options = ("--front", 1, "--front", 3, "--background", 2)
    recorded = casebackbone("desk", "simulate", "--day", DAY, *options, "--json").data
    assert recorded == answer("--calls", written(tmp_path, *ROWS), *options)
    assert [result["answered_in_time"] for result in recorded["results"]] == [2, 3, 4]


@pytest.mark.usefixtures("system")
def test_another_rule_may_be_tried_on_what_is_recorded(casebackbone: Casebackbone, tmp_path: Path) -> None:
    default = Path(__file__).parents[2] / "casebackbone/policies/115.toml"
    text = default.read_text(encoding="utf-8").replace("opens_with_waiting = 3", "opens_with_waiting = 2")
    (tmp_path / "policy.toml").write_text(text.replace('"2026-01"', '"early"'), encoding="utf-8")
    said = casebackbone("desk", "simulate", "--day", DAY, "--front", 1, "--policy", tmp_path / "policy.toml", "--json")
    (peak,) = said.data["results"][0]["peaks"]
    assert (said.data["policy"], peak["reason"], peak["waiting"]) == ("115@early", "calls_waiting", 2)


def test_a_day_without_calls(casebackbone: Casebackbone) -> None:
    ended = casebackbone("desk", "simulate", "--day", DAY, "--front", 1, code=2)
    assert "--day: no call is recorded on 2026-05-04; write another day, or --calls FILE" in ended.err
    assert ended.out == ""
