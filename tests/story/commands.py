"""The commands as an operator runs them: processes with an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 300
PATIENCE = 120
"""No test waits for that long; both are there so that what hangs fails the run."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Casebackbone:
    """One installation in ``folder``; ``said`` collects all that its commands wrote to stderr (their logs)."""

    folder: Path
    environment: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def __call__(self, *arguments: object, code: int = 0) -> Ended:
        """Runs a command to its end and demands its exit code."""
        done = subprocess.run(
            self._command(arguments), env=self._env(), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
        )
        self.said.append(done.stderr)
        assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Starts a command; its logs go to a file in the folder. Whoever starts it ends it."""
        with self.log.open("ab") as log:
            return subprocess.Popen(self._command(arguments), env=self._env(), cwd=ROOT, stdout=log, stderr=log)

    @property
    def log(self) -> Path:
        return self.folder / "processes.log"

    @property
    def logs(self) -> str:
        """Everything that was ever said on stderr, or by started commands."""
        return "\n".join([*self.said, self.log.read_text(encoding="utf-8") if self.log.exists() else ""])

    def _command(self, arguments: tuple[object, ...]) -> list[str]:
        return [sys.executable, "-m", "api.cli", *(str(argument) for argument in arguments)]

    def _env(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("CASEBACKBONE_")}
        own = {
            "CASEBACKBONE_RUN_DIR": str(self.folder / "run"),
            "CASEBACKBONE_DEV_KEY_FILE": str(self.folder / "key.pem"),
        }
        return others | own | dict(self.environment)


def embedded(folder: Path) -> Casebackbone:
    """On SQLite, without a broker."""
    url = f"sqlite:///{folder / 'casebackbone.sqlite'}"
    return Casebackbone(folder, {"CASEBACKBONE_DATABASE_URL": url, "CASEBACKBONE_DEV_TOKENS": "on"})


@contextmanager
def half_fed(pipe: Path, file: Path) -> Iterator[Callable[[], None]]:
    """A pipe that gives whoever reads it the first half of ``file``, and the rest when the callable is called."""
    lines = file.read_bytes().splitlines(keepends=True)
    os.mkfifo(pipe)
    opened: list[Any] = []

    def feed() -> None:
        opened.append(pipe.open("wb", buffering=0))
        opened[0].write(b"".join(lines[: len(lines) // 2]))

    def rest() -> None:
        feeder.join(PATIENCE)
        opened[0].write(b"".join(lines[len(lines) // 2 :]))
        opened[0].close()

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield rest
    finally:
        feeder.join(PATIENCE)
        opened[0].close()


@contextmanager
def running(casebackbone: Casebackbone) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts commands, and ends those that still run afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object) -> subprocess.Popen[bytes]:
        started.append(casebackbone.start(*arguments))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE)


def until(holds: Callable[[], bool]) -> None:
    """Waits for something that is bound to come."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
