"""The projector and its positions: they move with the rows, and whoever is stale is fenced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from events.channel import Delivery
from projections import worklist
from projections.catalogue import VIEWS
from projections.database import Database, Fenced, GenerationRetired
from projections.projector import Projector
from projections.quarantine import Problem, quarantined
from projections.state import POSITIONS, positions
from tests.examples import Story, deliveries
from tests.projections.model import SOURCE, ReadModel, unreadable


def test_positions_move_with_the_rows_and_for_what_is_ignored_too(model: ReadModel) -> None:
    story = Story().received().noted()
    model.take([*deliveries(story.events), unreadable(story.events[0], 7, subject=None)])
    position = model.ask(positions, SOURCE)[0]
    assert (position.next_offset, position.last_position) == (8, 2)


def test_two_projectors_on_one_partition_and_the_stale_one_is_fenced(model: ReadModel) -> None:
    story = Story().received().claimed().answered()
    records = deliveries(story.events)
    stale, fresh = model.open(), model.open()
    fresh.apply(records[:2], SOURCE)
    before = model.digests(all_columns=True)
    with pytest.raises(Fenced):
        stale.apply(records[:1], SOURCE)
    fresh.apply(records[2:], SOURCE)
    other = model.open()
    assert other.positions_for(SOURCE)([0]) == {0: 4}
    with pytest.raises(Fenced):
        Projector(model.database, model.generation).apply(records, SOURCE)
    assert model.digests(all_columns=True) != before


def test_who_was_stopped_for_a_while_and_goes_on_is_fenced_too(model: ReadModel) -> None:
    """Both have read a position; one is overtaken with a batch in hand."""
    story = Story().received().claimed().answered()
    records = deliveries(story.events)
    model.take(records[:1])
    stopped, other = model.open(), model.open()
    other.apply(records[1:2], SOURCE)
    before = model.digests(all_columns=True)
    for late in (records[1:2], records[1:]):
        with pytest.raises(Fenced):
            stopped.apply(late, SOURCE)
    assert model.digests(all_columns=True) == before
    assert model.ask(positions, SOURCE)[0].next_offset == 3
    other.apply(records[2:], SOURCE)


def test_a_fenced_batch_leaves_nothing_behind(model: ReadModel) -> None:
    first, second = Story("first").received(), Story("second").received()
    stale = model.open()
    model.open().apply(deliveries(first.events), SOURCE)
    before = model.digests(all_columns=True)
    with pytest.raises(Fenced):
        stale.apply([Delivery(1, 1, second.events[0]), Delivery(0, 1, second.events[0])], SOURCE)
    assert model.digests(all_columns=True) == before
    assert set(model.ask(positions, SOURCE)) == {0}


def test_a_retired_generation_is_not_written_to(model: ReadModel) -> None:
    with model.database.rebuilding("test") as building:
        model.database.switch(building)
    with pytest.raises(GenerationRetired):
        model.given(Story().received())


def test_what_is_wrong_with_the_machine_ends_the_batch(database_url: str, database: Database) -> None:
    """Disk full, connection lost, deadlock: nobody is quarantined for that."""

    def apply(connection: Any, batch: Any) -> None:
        raise OperationalError("INSERT", {}, type("OperationalError", (Exception,), {})("disk is full"))

    sick = Database(database_url, [replace(VIEWS[0], apply=apply), *VIEWS[1:]])
    try:
        model = ReadModel(sick)
        with pytest.raises(OperationalError):
            model.given(Story().received())
        assert model.ask(quarantined).rows == []
        assert model.ask(positions, SOURCE) == {}
    finally:
        sick.close()


def test_values_that_a_database_cannot_take_hold_up_their_inquiry(postgres_url: str) -> None:
    """A text with NUL is refused by PostgreSQL in the middle of a batch."""
    database = Database(postgres_url, VIEWS)
    database.prepare()
    try:
        model = ReadModel(database)
        good, bad = Story("good").received(), Story("bad").received(service="a\0b")
        model.given(good, bad)
        assert [held.subject for held in model.ask(quarantined).rows] == [bad.id]
        assert len(model.all_of(worklist.front_desk)) == 1
    finally:
        database.close()


def test_an_index_entry_that_is_too_large_holds_up_its_inquiry(postgres_url: str) -> None:
    """PostgreSQL calls it a limit of the program; it will not go away by trying again."""
    database = Database(postgres_url, VIEWS)
    database.prepare()
    try:
        model = ReadModel(database)
        long = "".join(str(number) for number in range(30_000))
        model.given(Story("good").received(), Story("bad").received(holder=long))
        assert [held.problem for held in model.ask(quarantined).rows] == [Problem.CANNOT_APPLY]
    finally:
        database.close()


def test_sources_have_positions_of_their_own(model: ReadModel) -> None:
    story = Story().received().claimed()
    records = deliveries(story.events)
    model.take(records)
    other = Projector(model.database, model.generation)
    other.positions_for("kafka:other")([0])
    summary = other.apply(records, "kafka:other")
    assert summary.duplicates == 2
    with model.database.read() as connection:
        assert connection.execute(POSITIONS.select()).rowcount != 0
        assert positions(connection, "kafka:other")[0].next_offset == 3
