"""PostgreSQL in a folder of its own, from the programs of an installed server."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from tests.services.processes import ProgramMissing, ServiceMissing, die_with_parent, free_port, wait_until

INSTALLED = Path("/usr/lib/postgresql")
_SETTINGS = ("max_connections=200", "dynamic_shared_memory_type=mmap")  # mmap: nothing outside of its folder
_UNPRIVILEGED = ("postgres", "nobody")
_COPIES_THROUGH_THE_LOG = 150_000
"""The version since which a server copies a database page by page through its log, if it is not told otherwise."""


def _programs() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(INSTALLED.glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise ProgramMissing(
        "The tests need a real PostgreSQL: install its server (initdb and postgres), "
        "or give an address in CASEBACKBONE_TEST_POSTGRES (postgresql://user@host:port)."
    )


class PostgresServer:
    """One server on loopback; ``url`` has no database in it. It refuses to be root, so then it runs as somebody else.

    ``folder`` lies in one that is this server's alone: that user has to get there.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        """``options`` are settings as in ``fsync=off``."""
        self._folder = folder
        self._options = options
        self._data = folder / "data"
        self._bin = _programs()
        self._user = self._somebody_else(folder) if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.url = f"postgresql://casebackbone@127.0.0.1:{self._port}"
        made = self._run("initdb", "-D", str(self._data), "-U", "casebackbone", "-A", "trust", "-E", "UTF8", "-N")
        if made.wait():
            raise ServiceMissing(f"initdb has failed: {self._log()}")

    @staticmethod
    def _somebody_else(folder: Path) -> str:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = next(name for name in _UNPRIVILEGED if name in known)
        shutil.chown(folder, user)
        folder.parent.chmod(0o711)
        return user

    def start(self) -> PostgresServer:
        """Returns when it takes connections. Raises ServiceMissing with the end of its log."""
        place = ["-D", str(self._data), "-p", str(self._port), "-k", str(self._folder), "-h", "127.0.0.1"]
        options = [part for setting in (*_SETTINGS, *self._options) for part in ("-c", setting)]
        self._process = self._run("postgres", *place, *options)
        try:
            wait_until(lambda: answers(self.url), "PostgreSQL does not answer", self._failed)
        except BaseException:
            self.kill()
            raise
        return self

    def kill(self) -> None:
        """At once, as a power cut would (immediate shutdown)."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def _failed(self) -> str | None:
        ended = self._process is None or self._process.poll() is not None
        return f"PostgreSQL has ended: {self._log()}" if ended else None

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._bin / program), *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=self._user,
                preexec_fn=die_with_parent,
                start_new_session=True,  # Ctrl-C is for the tests, which still need it while they clear up
                env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
            )

    def _log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-2_000:]


def answers(server_url: str) -> bool:
    """Whether it takes connections."""
    try:
        psycopg.connect(f"{server_url}/postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def create_database(server_url: str, name: str, template: str = "template1") -> str:
    """A fresh database on a server, like ``template``, which nobody may be connected to; returns its address."""
    made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        if connection.info.server_version >= _COPIES_THROUGH_THE_LOG:
            made += SQL(" STRATEGY FILE_COPY")  # a ninth of the time, with the hundreds of small files that ours have
        connection.execute(made)
    return f"{server_url}/{name}"


def drop_database(server_url: str, name: str) -> None:
    """Gone, whoever is still connected."""
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
