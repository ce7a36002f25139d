"""Following, catching up, rebuilding beside the live generation: nothing is lost, nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count, islice
from typing import Any
from uuid import UUID

import pytest

from events.channel import Feed
from events.inquiry import InquiryEvent
from projections import audit_trail, runner, worklist
from projections.catalogue import VIEWS
from projections.database import Database, RebuildRunning
from projections.errors import Fenced, GenerationRetired
from projections.projector import Projector
from projections.quarantine import quarantined
from projections.runner import Interrupted, Progress, follow, rebuild, run
from projections.state import positions
from tests.examples import Story
from tests.projections.model import SOURCE, Log, ReadModel, told
from tests.projections.running import catch_up, lives, never


def expected(database: Database, *stories: Story) -> dict[str, str]:
    """What the read model must be: the same told at once, in a generation of its own."""
    with database.rebuilding("expected") as building:
        ReadModel(database, building).given(*stories)
        database.switch(building)
    return ReadModel(database).digests(all_columns=True)


class Following:
    """A projector that follows in a thread until the block ends; what it raises is raised there."""

    def __init__(self, database: Database, open_feed: Callable[[], Feed], **options: Any) -> None:
        self._options = options
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(database, open_feed))

    def _run(self, database: Database, open_feed: Callable[[], Feed]) -> None:
        try:
            follow(open_feed, database, stop=self._stop, batch=7, **self._options)
        except BaseException as error:
            self._error = error

    def __enter__(self) -> Following:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error


def wait_until(holds: Callable[[], bool]) -> None:
    """Gives up after a minute, so that a test that cannot succeed ends."""
    pause = threading.Event()
    for _ in range(6000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


def reached(database: Database) -> int:
    with database.read() as connection:
        found = positions(connection, SOURCE)
        return found[0].next_offset if found else 0


def test_a_gap_is_asked_for_again_until_the_store_is_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (life,) = lives(1)
    log = Log()
    log.add(*(event for event in life.events if event.version != 4))
    asked = threading.Event()

    def refetch(subject: UUID, after: int, up_to: int) -> list[InquiryEvent]:
        if not asked.is_set():
            asked.set()
            raise RuntimeError("no store at this moment")
        return [event for event in life.events if after < event.version <= up_to]

    monkeypatch.setattr(runner, "_AGAIN_SECONDS", 0.0)
    with Following(database, log.in_process, refetch=refetch):
        wait_until(lambda: reached(database) > len(log.events) and ReadModel(database).ask(quarantined).rows == [])
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(1))


@pytest.mark.parametrize("batch", [1, 10, 500])
def test_until_caught_up(database: Database, batch: int) -> None:
    log = Log(*lives())
    reports: list[Progress] = []
    assert catch_up(database, log.in_process, batch=batch, progress=reports.append)
    assert reports[0].remaining == len(log.events) + 1
    assert (reports[-1].remaining, reports[-1].applied) == (0, len(log.events))
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives())


def test_of_an_empty_store_it_is_caught_up_at_once(database: Database) -> None:
    assert catch_up(database, Log().in_process)
    assert catch_up(database, lambda: Log().partition(0, 1, 2))


def test_it_goes_on_where_it_was(database: Database) -> None:
    log = Log(*lives(2))
    catch_up(database, log.in_process)
    log.add(*told(*lives(2, first=2)))
    reports: list[Progress] = []
    catch_up(database, log.in_process, progress=reports.append)
    assert reports[-1].records == len(told(*lives(2)))
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(2), *lives(2, first=2))


def test_told_to_stop_it_stops(database: Database) -> None:
    answers = iter([False, True])
    log = Log(*lives())
    assert not follow(log.in_process, database, stop=lambda: next(answers, True), until_caught_up=True, batch=5)
    assert not follow(log.in_process, database, stop=lambda: True)
    assert reached(database) < len(log.events)


def test_partitions_that_another_member_reads_count_too(database: Database) -> None:
    log = Log(*lives(9))
    with Following(database, lambda: log.partition(0, 1)):
        assert catch_up(database, lambda: log.partition(2))
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(9))


def test_two_on_the_same_partition_end_up_with_the_same_rows(database: Database) -> None:
    log = Log(*lives(9))
    with Following(database, log.in_process), Following(database, log.in_process):
        assert catch_up(database, log.in_process, batch=3)
        log.add(*told(*lives(3, first=9)))
        wait_until(lambda: reached(database) == log.events[-1].provenance.position + 1)
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(9), *lives(3, first=9))


def test_a_position_that_another_moved_ends_a_run(database: Database) -> None:
    log = Log(*lives())
    stale = Projector(database, database.live())

    class Slow:
        source = SOURCE
        feed = log.in_process()

        def open(self, positions_for: Any) -> None:
            self.feed.open(positions_for)
            catch_up(database, log.in_process)

        def poll(self, limit: int, timeout_seconds: float) -> Sequence[Any]:
            return self.feed.poll(limit, timeout_seconds)

        def ends(self) -> Any:
            return self.feed.ends()

        def close(self) -> None: ...

    with pytest.raises(Fenced):
        run(Slow(), stale, never)


def test_a_rebuild_gives_the_same_rows_from_either_feed(database: Database) -> None:
    log = Log(*lives())
    catch_up(database, log.in_process)
    before = ReadModel(database).digests(all_columns=True)
    first = rebuild(log.in_process, database, stop=never)
    assert (first.number, first.state, first.source) == (2, "live", SOURCE)
    assert ReadModel(database).digests(all_columns=True) == before
    second = rebuild(lambda: log.partition(0, 1, 2), database, stop=never, batch=11)
    assert second.source == "kafka:test"
    assert ReadModel(database).digests(all_columns=True) == before


def test_the_other_feed_has_to_be_read_once_more_and_changes_nothing(database: Database) -> None:
    log = Log(*lives())
    rebuild(log.in_process, database, stop=never)
    before = ReadModel(database).digests(all_columns=True)
    reports: list[Progress] = []
    assert catch_up(database, lambda: log.partition(0, 1, 2), progress=reports.append)
    assert (reports[-1].records, reports[-1].applied) == (len(log.events), 0)
    assert ReadModel(database).digests(all_columns=True) == before


def test_what_the_live_one_showed_at_the_last_moment_is_not_gone_after_the_switch(database: Database) -> None:
    """The new generation has arrived for the second time, and would be switched to; then the live one goes on."""
    log = Log(*lives(2))
    catch_up(database, log.in_process)
    arrivals: list[Progress] = []
    seen: list[int] = []

    def goes_on(progress: Progress) -> None:
        arrivals.extend([progress] if progress.remaining == 0 else [])
        if len(arrivals) == 2 and not seen:
            log.add(*told(*lives(2, first=2)))
            catch_up(database, log.in_process)
            seen.append(reached(database))

    rebuild(log.in_process, database, stop=never, progress=goes_on)
    assert seen == [reached(database)] == [log.events[-1].provenance.position + 1]
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(2), *lives(2, first=2))


def test_the_live_one_goes_on_while_another_is_built_and_follows_the_switch(database: Database) -> None:
    log = Log(*lives(6))
    more = iter(told(*lives(3, first=6)))

    def while_building(progress: Progress) -> None:
        log.add(*islice(more, 5))

    with Following(database, log.in_process):
        built = rebuild(log.in_process, database, stop=never, batch=20, progress=while_building)
        log.add(*more)
        wait_until(lambda: reached(database) == log.events[-1].provenance.position + 1)
        assert database.live().number == built.number
    assert ReadModel(database).digests(all_columns=True) == expected(database, *lives(6), *lives(3, first=6))


def test_what_came_while_building_is_there_at_the_switch(database: Database) -> None:
    log = Log(*lives(2))
    late = told(*lives(1, first=2))

    def at_the_end(progress: Progress) -> None:
        if progress.remaining == 0:
            log.add(*late)
            late.clear()

    rebuild(log.in_process, database, stop=never, progress=at_the_end)
    assert reached(database) == log.events[-1].provenance.position + 1


def test_what_came_just_before_the_switch_is_not_left_behind(database: Database) -> None:
    """Nothing follows it, so the live projector must notice the switch by itself."""
    stories = lives(2)
    log = Log(*stories)
    with Following(database, log.in_process):
        with database.rebuilding("by hand") as building:
            old = ReadModel(database, building)
            old.given(*stories)
            late = Story("late", positions=count(900)).received()
            log.add(late.last)
            wait_until(lambda: reached(database) == 901)
            database.switch(building)
        wait_until(lambda: reached(database) == 901)
    assert ReadModel(database).all_of(audit_trail.of_inquiry, late.id)


def test_queries_see_the_old_rows_until_the_switch(database: Database) -> None:
    log = Log(*lives(3), Story("open").received())
    catch_up(database, log.in_process)
    seen: list[int] = []

    def look(progress: Progress) -> None:
        with database.read() as connection:
            seen.append(len(worklist.front_desk(connection).rows))

    rebuild(log.in_process, database, stop=never, batch=3, progress=look)
    assert set(seen) == {1}


def test_a_query_that_runs_is_not_disturbed_by_the_switch(database: Database) -> None:
    log = Log(Story("open").received())
    catch_up(database, log.in_process)
    with database.read() as connection:
        rebuild(log.in_process, database, stop=never)
        assert len(worklist.front_desk(connection).rows) == 1


def test_two_rebuilds_refuse_each_other(database_url: str, database: Database) -> None:
    other = Database(database_url, VIEWS)
    try:
        with database.rebuilding("one"), pytest.raises(RebuildRunning), other.rebuilding("two"):
            pass
        rebuild(Log().in_process, other, stop=never)
    finally:
        other.close()


def test_an_abandoned_rebuild_is_cleaned_up_by_the_next(database: Database) -> None:
    log = Log(*lives())
    catch_up(database, log.in_process)
    before = ReadModel(database).digests(all_columns=True)
    answers = iter([False, False])
    with pytest.raises(Interrupted):
        rebuild(log.in_process, database, stop=lambda: next(answers, True), batch=3)
    assert [(one.number, one.state) for one in database.generations()] == [(1, "live"), (2, "building")]
    assert ReadModel(database).digests(all_columns=True) == before
    rebuild(log.in_process, database, stop=never)
    rebuild(log.in_process, database, stop=never)
    assert [(one.number, one.state) for one in database.generations()] == [
        (1, "dropped"),
        (2, "dropped"),
        (3, "retired"),
        (4, "live"),
    ]
    assert ReadModel(database).digests(all_columns=True) == before


def test_a_projector_of_a_dropped_generation_is_told_so(database: Database) -> None:
    model = ReadModel(database)
    for _ in range(2):
        rebuild(Log().in_process, database, stop=never)
    for act in (
        model.projector.demand_in_use,
        lambda: model.projector.positions(SOURCE),
        lambda: model.given(Story().received()),
        lambda: model.projector.positions_for(SOURCE)([0]),
    ):
        with pytest.raises(GenerationRetired):
            act()
