"""The index of texts: complete, once, and never with what has been erased, whoever crashes or comes in between."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from casebackbone import content_index
from casebackbone.application import Application
from casebackbone.commands import Answer
from casebackbone.content import Text
from casebackbone.content_index import ContentIndex
from casebackbone.store import migration, open_store
from casebackbone.store.engine import open_engine
from casebackbone.store.extras import erasure, unindexing
from tests.casebackbone.searching import ANALYSER, Archive
from tests.casebackbone.store.record import NOW, PROMISE, Record

CANARY = "KANARIENVOGEL"


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    made = Archive(database_url)
    yield made
    made.close()


def filled(archive: Archive, texts: int = 7) -> Archive:
    for number in range(texts):
        archive.said(number, f"Schlagloch Nummer {number}, Straße {number % 3}")
    return archive


class TestCatchingUp:
    def test_takes_in_what_events_brought_and_says_how_far_it_is(self, archive: Archive) -> None:
        filled(archive, 3)
        first = archive.index.catch_up(2)
        assert (first.texts, first.more, first.position) == (2, True, archive.index.position())
        second = archive.index.catch_up(2)
        assert (second.texts, second.more, second.position) == (1, False, archive.store.last_position())
        assert {position for _, _, position in archive.terms()} == {1, 2, 3}

    def test_does_nothing_when_there_is_nothing_new(self, archive: Archive) -> None:
        before = filled(archive).indexed().terms()
        assert (archive.index.catch_up().texts, archive.terms()) == (0, before)

    def test_events_without_texts_are_passed(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch")
        archive.claim(1)
        archive.indexed()
        assert archive.index.position() == archive.store.last_position() == 2

    def test_no_word_can_be_read_in_it(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch")
        ((term, _, _),) = archive.indexed().terms()
        assert b"schlagloch" not in term
        assert len(term) == 16

    def test_another_record_has_other_digests_for_the_same_words(self, archive: Archive, tmp_path: Path) -> None:
        other = Archive(f"sqlite:///{tmp_path / 'other.sqlite'}")
        assert other.index.words.digest("loch") != archive.index.words.digest("loch")
        other.close()

    def test_may_be_filled_anew(self, archive: Archive) -> None:
        before = filled(archive).indexed().terms()
        archive.index.begin_again()
        assert (archive.terms(), archive.index.position()) == (set(), 0)
        assert archive.indexed().terms() == before


class TestCrashesAndOthers:
    @pytest.mark.parametrize("point", ["content_index.in_transaction", "content_index.committed"])
    def test_killed_it_loses_and_doubles_nothing(self, archive: Archive, point: str) -> None:
        filled(archive)
        positions = []
        for pieces in (0, 1):
            command = [sys.executable, "-m", "tests.casebackbone.searching", archive.url, point, str(pieces)]
            assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
            positions.append(archive.index.position())
        assert positions == ([2, 6] if point.endswith("committed") else [0, 2])
        survived = archive.indexed().terms()
        archive.index.begin_again()
        assert survived == archive.indexed().terms() != set()

    def test_two_at_once_take_in_each_text_once(self, archive: Archive, database_url: str) -> None:
        filled(archive, 30)
        stores = [open_store(database_url) for _ in range(2)]
        together = threading.Barrier(2)

        def run(index: ContentIndex) -> int:
            together.wait()
            texts, more = 0, True
            while more:
                done = index.catch_up(3)
                texts, more = texts + done.texts, done.more
            return texts

        with ThreadPoolExecutor(2) as threads:
            taken = list(threads.map(run, [ContentIndex(store, ANALYSER) for store in stores]))
        assert sum(taken) == 30
        survived = archive.terms()
        archive.index.begin_again()
        assert survived == archive.indexed().terms()
        for store in stores:
            store.close()

    def test_who_comes_second_does_nothing(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        filled(archive, 2)
        slow = ContentIndex(archive.store, ANALYSER)
        monkeypatch.setattr(slow, "position", lambda: 0)
        before = archive.indexed().terms()
        done = slow.catch_up()
        assert (done.texts, done.overtaken) == (0, True)
        assert archive.terms() == before


class TestErasure:
    def test_takes_the_terms_along_and_no_others(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch")
        archive.said(2, "Schlagloch")
        archive.indexed().erased(1)
        assert {position for _, _, position in archive.terms()} == {2}

    def test_what_was_erased_before_never_gets_in(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch")
        archive.erased(1)
        assert archive.indexed().terms() == set()
        assert archive.index.position() == 2

    def test_an_erasure_waits_for_an_indexer_at_work_and_then_finds_its_terms(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        archive.said(1, "Schlagloch", "question", Text("note", "Loch"))
        eraser = threading.Thread(target=archive.erased, args=(1,))

        def in_between(point: str) -> None:
            if point.endswith("in_transaction"):
                eraser.start()
                held_up_or_done(archive, eraser)

        monkeypatch.setattr(content_index, "crash_at", in_between)
        assert archive.index.catch_up().texts == 2
        eraser.join()
        assert archive.terms() == set()
        assert archive.numbers("Schlagloch") == []

    def test_an_indexer_waits_for_an_erasure_at_work_and_then_finds_no_text(self, archive: Archive) -> None:
        content_id = next(iter(archive.said(1, "Schlagloch").aggregate.contents))
        own = content_id if archive.store.engine.dialect.name == "postgresql" else content_id.hex
        indexer = threading.Thread(target=archive.index.catch_up)
        with archive.store.engine.begin() as connection:
            for statement in (erasure(":x").replace(":x", ":at", 1), unindexing(":x")):
                connection.execute(text(statement), {"x": own, "at": NOW.isoformat()})
            indexer.start()
            held_up_or_done(archive, indexer)
        indexer.join()
        assert archive.index.position() == 1
        assert archive.terms() == set()

    def test_nothing_is_left_in_the_files(self, archive: Archive) -> None:
        archive.said(1, "Nur Alltägliches")
        archive.application.handle(archive.order(1, key="a"), Answer(texts=[Text("answer", f"{CANARY} im Park")]))
        archive.indexed()
        term = archive.index.words.digest(*ANALYSER.terms(CANARY))
        assert term in on_disk(archive)
        archive.erased(1)
        if archive.store.engine.dialect.name == "postgresql":
            assert term in on_disk(archive)  # that is why there is scrub()
            archive.store.scrub()
        assert term not in on_disk(archive)
        assert CANARY.encode() not in on_disk(archive)

    def test_scrubbing_keeps_what_was_not_erased(self, archive: Archive) -> None:
        before = filled(archive).indexed().terms()
        archive.store.scrub()
        assert archive.terms() == before
        assert archive.numbers("Schlagloch", limit=2) == [6, 5]


def test_nothing_is_left_in_the_servers_statistics(postgres_url: str) -> None:
    """ANALYZE copies samples of columns, where no erasure finds them."""
    archive = filled(Archive(postgres_url), 100).indexed()
    archive.sql("ANALYZE contents")
    archive.sql("ANALYZE content_terms")
    kept = {row[0] for row in archive.sql("SELECT attname FROM pg_stats WHERE tablename LIKE 'content%'")}
    assert {"kind", "inquiry_id"} <= kept
    assert not {"text", "term"} & kept
    archive.close()


def held_up_or_done(archive: Archive, thread: threading.Thread) -> None:
    """Until the thread waits for a lock at the database (which SQLite does not tell: there it may do as it likes)."""
    if archive.store.engine.dialect.name != "postgresql":
        return
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while thread.is_alive() and not archive.sql(waiting):
        pass


def on_disk(archive: Archive) -> bytes:
    """The bytes of the files that hold texts and terms."""
    if archive.store.engine.dialect.name == "postgresql":
        archive.sql("CHECKPOINT")
        names = ("contents", "content_terms", "content_terms_pkey", "ix_content_terms_content_id")
        query = "SELECT pg_read_binary_file(pg_relation_filepath(:name))"
        return b"".join(bytes(archive.sql(query, name=name)[0][0]) for name in names)
    database = Path(str(archive.store.engine.url.database))
    return database.read_bytes() + database.with_name(f"{database.name}-wal").read_bytes()


def test_a_record_from_before_there_was_an_index_is_taken_in(database_url: str) -> None:
    engine, config = open_engine(database_url), migration._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    old = Record.__new__(Record)
    old.store = open_store(database_url)
    old.application = Application(old.store, PROMISE)
    old.first_contact(1)
    old.close()
    archive = Archive(database_url)
    assert archive.indexed().numbers("Frage") == [1]
    archive.close()
