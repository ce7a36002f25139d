"""Workers say that they live, and stop when told."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

from api.worker_health import HEALTHY_SECONDS, Worker, health


def _file(folder: Path) -> Path:
    return folder / f"relay-{os.getpid()}.health"


def test_a_worker_is_healthy_while_it_says_so(tmp_path: Path) -> None:
    assert health("relay", tmp_path, 0.0) == ["no relay is running here"]
    with Worker("relay", tmp_path) as worker:
        assert not worker.stopping()
        said = _file(tmp_path).stat().st_mtime
        assert health("relay", tmp_path, said + HEALTHY_SECONDS) == []
        assert "has said nothing" in health("relay", tmp_path, said + HEALTHY_SECONDS + 1)[0]
        assert health("rel", tmp_path, said) == ["no rel is running here"]
    assert health("relay", tmp_path, said) == ["no relay is running here"]


def test_the_file_of_one_that_was_killed_counts_for_nothing(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / f"relay-{int(ended.stdout)}.health").touch()
    assert health("relay", tmp_path, 0.0) == ["no relay is running here"]


def test_signals_ask_it_to_stop_and_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT):
        with Worker("relay", tmp_path) as worker:
            os.kill(os.getpid(), number)
            assert worker.pause(60)
    assert signal.getsignal(signal.SIGTERM) is before


def test_rubbish_is_looked_for_seldom_while_it_runs(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with Worker("relay", tmp_path):
        assert gc.isenabled()
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
