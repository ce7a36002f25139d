"""Killed at each crash point, again and again: the rows are the same as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from events.crashpoints import arm
from projections.database import Database
from projections.runner import follow
from tests.projections.crashing import stories
from tests.projections.model import SOURCE, Log, ReadModel


def run_until_it_dies(url: str, point: str, batches: int) -> int:
    command = [sys.executable, "-m", "tests.projections.crashing", url, point, str(batches)]
    return subprocess.run(command, check=False, timeout=120).returncode


@pytest.mark.parametrize("point", ["projector.polled", "projector.in_transaction", "projector.committed"])
def test_a_killed_projector_loses_and_doubles_nothing(database_url: str, database: Database, point: str) -> None:
    offsets = []
    for batches in (0, 2, 3):
        assert run_until_it_dies(database_url, point, batches) == -signal.SIGKILL
        found = ReadModel(database).projector.positions(SOURCE)
        offsets.append(found[0].next_offset if found else 0)
    committed = point == "projector.committed"
    assert offsets == ([8, 29, 57] if committed else [0, 15, 36])
    assert follow(Log(*stories()).in_process, database, stop=lambda: False, until_caught_up=True, batch=50)
    survived = ReadModel(database).digests(all_columns=True)
    with database.rebuilding("expected") as building:
        ReadModel(database, building).given(*stories())
        database.switch(building)
    assert survived == ReadModel(database).digests(all_columns=True)


def test_only_known_points_can_be_armed() -> None:
    with pytest.raises(ValueError, match=r"projector\.committed"):
        arm("projector.nowhere")
