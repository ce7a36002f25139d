"""Load, revise, retire and search while the views are made anew: what may not be told is never offered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bootstrap import System
from api.settings import Settings
from api.workers import run_projector
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.article import Words
from casebackbone.cause import Cause
from casebackbone.commands import Command, RetireArticle
from casebackbone.importing.article_file import FileArticle
from casebackbone.importing.articles import ArticleImporter, article_id
from projections.runner import rebuild

SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))
BATCH, BATCHES = 12, 5
PATIENCE = 120


class House:
    """One installation. ``retired`` are questions that the views know to be over, ``old`` answers likewise."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.system = System(Settings(database_url=database_url, run_dir=folder))
        self.system.upgrade()
        self.retired: set[str] = set()
        self.coming: set[str] = set()
        self.old: set[tuple[str, str]] = set()
        self.loaded: list[str] = []

    def load(self, *questions: str, answer: str = "Ja.", valid_from: datetime | None = None) -> None:
        rows = [
            FileArticle(f"question:{question}", 2, Words(question=question, answer=answer), {"valid_from": valid_from})
            for question in questions
        ]
        importer = ArticleImporter(self.system.application, "faq", publish=True, now=self.system.clock)
        assert list(importer.run(iter(rows))) == []
        self.project()

    def retire(self, question: str) -> None:
        self._edit(article_id("faq", f"question:{question}"), RetireArticle(reason="service_ended"))
        self.project()
        self.retired.add(question)

    def _edit(self, id_: UUID, command: Command) -> None:
        now, command_id = self.system.clock(), uuid4()
        cause = Cause(
            actor=SVEN.actor, command_id=command_id, correlation_id=command_id, occurred_at=now, recorded_at=now
        )
        order = Order(principal=SVEN, cause=cause, subject=id_, request_digest="")
        self.system.application.edit(order, command)

    def project(self) -> None:
        run_projector(self.system, threading.Event(), until_caught_up=True)

    def offered(self, text: str = "Abholung") -> list[tuple[str, str]]:
        at = self.system.clock()
        with self.system.views.read() as connection:
            found = self.system.article_search.search(connection, text, at=at, limit=200)
        return [(one.edition.question, one.edition.answer) for one in found]


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    made = House(database_url, tmp_path)
    yield made
    made.system.close()


@contextmanager
def again_and_again(*work: Callable[[], Any]) -> Iterator[None]:
    """Each in a thread of its own until the end; what goes wrong there goes wrong here."""
    stop, wrong = threading.Event(), []

    def keep(what: Callable[[], Any]) -> None:
        try:
            while not stop.is_set():
                what()
        except BaseException as failed:
            wrong.append(failed)

    threads = [threading.Thread(target=keep, args=(one,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    if wrong:
        raise wrong[0]


def test_load_revise_retire_and_search_while_the_rebuild_runs(house: House) -> None:
    rebuilt, searched = [], []

    def make_anew() -> None:
        system = house.system
        rebuilt.append(rebuild(system.open_rebuild_feed, system.views, refetch=system.refetch, stop=lambda: False))

    def search() -> None:
        gone, old, coming = set(house.retired), set(house.old), set(house.coming)  # what was over before the search
        found = house.offered()
        searched.append(len(found))
        assert not gone & {question for question, _ in found}
        assert not coming & {question for question, _ in found}
        assert not old & set(found)
        assert len({question for question, _ in found}) == len(found)

    house.load("Abholung am Anfang?")
    with again_and_again(make_anew, search):
        for batch in range(BATCHES):
            questions = [f"Abholung {batch} {number}?" for number in range(BATCH)]
            future = f"Abholung {batch} erst morgen?"
            house.coming.add(future)
            house.load(*questions)
            house.load(future, valid_from=house.system.clock() + timedelta(days=1))
            house.load(questions[0], answer="Nein.")
            house.old.add((questions[0], "Ja."))
            house.retire(questions[1])
            house.loaded += [question for question in questions if question != questions[1]]
    assert len(rebuilt) >= 2
    assert len(searched) >= 2
    house.project()
    assert {question for question, _ in house.offered()} == {"Abholung am Anfang?", *house.loaded}
    make_anew()
    search()
    assert {question for question, _ in house.offered()} == {"Abholung am Anfang?", *house.loaded}
