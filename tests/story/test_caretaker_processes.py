"""The caretaker as processes: killed at each step, two at once, a month away; each deadline fires exactly once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.story.backlog import Backlog, backlog
from tests.story.commands import PATIENCE, ROOT, Casebackbone, embedded, running, until


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Casebackbone:
    """Without a broker, on each database."""
    made = embedded(tmp_path)
    made.environment = {**made.environment, "CASEBACKBONE_DATABASE_URL": database_url}
    made("db", "upgrade")
    return made


def _filled(installation: Casebackbone, times: int) -> Backlog:
    made = backlog(installation.environment, times)
    installation("project", "run", "--until-caught-up")
    return made


@pytest.fixture
def month(installation: Casebackbone) -> Iterator[Backlog]:
    made = _filled(installation, 3)
    yield made
    made.system.close()


def _start(installation: Casebackbone, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.story.caretaker_process", *(str(argument) for argument in arguments)]
    others = {name: value for name, value in os.environ.items() if not name.startswith("CASEBACKBONE_")}
    env = {**others, **installation.environment, "CASEBACKBONE_RUN_DIR": str(installation.folder / "run")}
    with installation.log.open("ab") as log:
        return subprocess.Popen(
            command, env=env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )


def _go(*processes: subprocess.Popen[str]) -> list[dict[str, Any] | None]:
    """Lets them begin together; what they say that they did, None for one that died."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    return [json.loads(lines) if lines else None for lines in said]


@pytest.mark.parametrize("point", ["caretaker.claimed", "caretaker.issued"])
def test_killed_at_each_step_and_started_again(installation: Casebackbone, month: Backlog, point: str) -> None:
    done = []
    for after in (0, 1, 5):
        process = _start(installation, point, after)
        assert _go(process) == [None]
        assert process.returncode == -signal.SIGKILL
        done.append(month.done)
    assert done == ([0, 1, 5] if point == "caretaker.claimed" else [1, 2, 6])
    (said,) = _go(_start(installation))
    assert said is not None
    assert (said["failed"], month.fired()) == (0, month.expected)
    installation("project", "run", "--until-caught-up")
    again = installation("caretaker", "--once", "--json").data
    assert (again["expired"], again["escalated"], again["overtaken"]) == (0, 0, 0)
    assert month.fired() == month.expected


def test_two_at_once_do_it_once(installation: Casebackbone, month: Backlog) -> None:
    said = _go(_start(installation), _start(installation))
    counts = [one["expired"] + one["escalated"] for one in said if one is not None]
    assert (len(counts), sum(counts)) == (2, month.total)
    assert month.fired() == month.expected


def test_a_month_away_without_a_broker(installation: Casebackbone, month: Backlog) -> None:
    with running(installation) as start:
        workers = [start("project", "run"), start("caretaker", "--poll-seconds", "0.2")]
        until(lambda: month.done >= month.total)
        assert [worker.poll() for worker in workers] == [None, None], installation.logs
    # All may be done before the projector has begun: then it does not know yet how to end in good order.
    assert {worker.returncode for worker in workers} <= {0, -signal.SIGTERM}, installation.logs
    installation("project", "run", "--until-caught-up")
    assert installation("caretaker", "--once", "--json").data["escalated"] == 0
    assert month.fired() == month.expected


def test_a_month_away_with_a_broker(production: Casebackbone) -> None:
    production("db", "upgrade")
    production("topics", "create")
    month = backlog(production.environment, 3)
    with running(production) as start:
        workers = [start("relay"), start("project", "run"), *(start("caretaker") for _ in range(2))]
        until(lambda: month.done >= month.total)
        assert [worker.poll() for worker in workers] == [None] * 4, production.logs
    assert [worker.returncode for worker in workers] == [0] * 4, production.logs
    production("relay", "--until-caught-up")
    production("project", "run", "--until-caught-up")
    assert production("caretaker", "--once", "--json").data["escalated"] == 0
    assert month.fired() == month.expected
    assert production("audit", "reconcile", "--json").data["differences"] == []
    month.system.close()
