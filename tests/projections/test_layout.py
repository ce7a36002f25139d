"""Tables that are of another program, not there yet, or made by many at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from projections.catalogue import VIEWS
from projections.database import Database, LayoutChanged, NotPrepared
from projections.runner import rebuild
from tests.projections.model import Log
from tests.projections.running import catch_up, lives, never


@pytest.fixture
def other_layout(database_url: str) -> Iterator[Database]:
    changed = Database(database_url, VIEWS[1:])
    yield changed
    changed.close()


def test_another_layout_asks_for_a_rebuild_and_gets_it(database: Database, other_layout: Database) -> None:
    log = Log(*lives(1))
    catch_up(database, log.in_process)
    with pytest.raises(LayoutChanged, match="project rebuild"):
        catch_up(other_layout, log.in_process)
    with pytest.raises(LayoutChanged), other_layout.read():
        pass
    rebuild(log.in_process, other_layout, stop=never)
    assert catch_up(other_layout, log.in_process)
    with pytest.raises(LayoutChanged), database.read():
        pass


def test_before_it_is_prepared_it_says_so(empty_url: str) -> None:
    database = Database(empty_url, VIEWS)
    try:
        with pytest.raises(NotPrepared, match="db upgrade"), database.read():
            pass
        with pytest.raises(NotPrepared, match="db upgrade"):
            database.live()
        with pytest.raises(NotPrepared, match="db upgrade"):
            database.generations()
        assert database.prepare() == database.prepare() == database.live()
    finally:
        database.close()


def test_many_may_prepare_at_once(empty_url: str) -> None:
    databases = [Database(empty_url, VIEWS) for _ in range(8)]
    made: list[Any] = []
    threads = [threading.Thread(target=lambda one=one: made.append(one.prepare())) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in made] == [1] * 8
    assert len(databases[0].generations()) == 1
    for one in databases:
        one.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises((ValueError, ModuleNotFoundError)):
        Database(url, VIEWS)
