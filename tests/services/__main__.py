"""``python -m tests.services [-- COMMAND…]``: both services for a command, or until Ctrl-C; then all is gone again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.processes import ServiceMissing

KAFKA, POSTGRES = "CASEBACKBONE_TEST_KAFKA", "CASEBACKBONE_TEST_POSTGRES"


def main(command: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="casebackbone-services-"))
    signal.signal(signal.SIGTERM, _interrupt)
    started: list[KafkaBroker | PostgresServer] = []
    addresses = {name: os.environ[name] for name in (KAFKA, POSTGRES) if os.environ.get(name)}
    try:
        if KAFKA not in addresses:
            started.append(KafkaBroker(_made(folder / "kafka")).start())
            addresses[KAFKA] = started[-1].bootstrap  # type: ignore[union-attr]
        if POSTGRES not in addresses:
            started.append(PostgresServer(_made(folder / "postgres")).start())
            addresses[POSTGRES] = started[-1].url  # type: ignore[union-attr]
        sys.stdout.write("".join(f"{name}={address}\n" for name, address in addresses.items()))
        sys.stdout.flush()
        if not command:
            signal.pause()
        return subprocess.run(command, env=os.environ | addresses, check=False).returncode
    except ServiceMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for service in started:
            service.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]))
