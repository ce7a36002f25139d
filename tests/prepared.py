"""Databases with all tables in them, made once a session and copied for each test: making them takes a second."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.services.postgres import create_database, drop_database

Prepare = Callable[[str], None]
"""Makes the tables at an address, and lets go of it."""


class Prepared:
    """What is copied is made when it is first asked for, on each database by itself."""

    def __init__(self, prepare: Prepare, request: pytest.FixtureRequest) -> None:
        self._prepare = prepare
        self._request = request
        self._files: Path | None = None
        self._template: tuple[str, str] | None = None

    def sqlite(self, folder: Path) -> str:
        if self._files is None:
            made: Path = self._request.getfixturevalue("tmp_path_factory").mktemp("prepared")
            self._prepare(f"sqlite:///{made}/casebackbone.sqlite")
            self._files = made
        shutil.copytree(self._files, folder, dirs_exist_ok=True)
        return f"sqlite:///{folder}/casebackbone.sqlite"

    def postgres(self, server: str, name: str) -> str:
        if self._template is None:
            template = f"prepared_{uuid4().hex}"
            self._prepare(create_database(server, template))
            self._template = server, template
        return create_database(server, name, self._template[1])

    def end(self) -> None:
        if self._template is not None:
            with suppress(psycopg.OperationalError):  # the session's own server has gone, and everything with it
                drop_database(*self._template)


def keep(prepare: Prepare, request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """For a fixture of the session."""
    made = Prepared(prepare, request)
    yield made
    made.end()


def copied(prepared: Prepared, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """For a fixture ``database_url`` with the parameters ``sqlite`` and ``postgresql``."""
    if request.param == "sqlite":
        yield prepared.sqlite(folder)
        return
    server, name = request.getfixturevalue("postgres_server"), f"test_{uuid4().hex}"
    yield prepared.postgres(server, name)
    drop_database(server, name)
