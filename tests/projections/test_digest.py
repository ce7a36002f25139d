"""One hash a read model: equal for the same cases, whatever the database, the batches and the order of arrival."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.directory import ServiceDescribed
from projections.catalogue import VIEWS
from projections.database import Database
from projections.digest import digest
from tests.casebackbone.editor import Editor
from tests.casebackbone.editor import told as told_articles
from tests.casebackbone.todo import Todo
from tests.casebackbone.todo import told as told_tasks
from tests.examples import Story, deliveries, whole_life
from tests.projections.model import ReadModel, told
from tests.projections.mornings import a_morning, published
from tests.projections.test_directory import WASTE, Talk


def lives(salt: str = "") -> list[Story]:
    log = count(1)
    made = [whole_life(number, positions=log, salt=salt) for number in range(3)]
    return [*made, Story("open", positions=log, salt=salt).received(service="99").claimed().forwarded()]


def every_family(model: ReadModel) -> ReadModel:
    """Something has happened in every view."""
    model.given(*lives())
    model.take(deliveries(published(a_morning()), first_offset=100_000))
    talk = Talk().described("tiefbau", "Tiefbauamt").say(ServiceDescribed, service="99012003000000", **WASTE)
    article = Editor().published().step("rate", 1, "helped").step("retire", reason="service_ended")
    task = Todo("one").step("finish", "article_written", article_id=article.id)
    answered = (
        Story("from an article", positions=count(900_000)).received().answered(article_id=article.id, article_version=1)
    )
    model.take(deliveries(answered.events, 1, 190_000))
    model.take(deliveries([*talk.events, *told_articles(article), *told_tasks(task, Todo("two"))], 1, 200_000))
    return model


def test_the_same_on_both_databases(sqlite_url: str, postgres_url: str) -> None:
    found = []
    for url in (sqlite_url, postgres_url):
        database = Database(url, VIEWS)
        database.prepare()
        model = every_family(ReadModel(database))
        found.append((model.digests(), model.digests(all_columns=True)))
        database.close()
    assert found[0] == found[1]
    assert set(found[0][0]) == {view.name for view in VIEWS}
    assert len(set(found[0][0].values())) == len(VIEWS)


def test_another_import_of_the_same_cases_is_the_same_without_volatile_columns(database: Database) -> None:
    first = ReadModel(database).given(*lives())
    stable, everything = first.digests(), first.digests(all_columns=True)
    with database.rebuilding("test") as building:
        ReadModel(database, building).given(*lives(salt="drawn again"))
        database.switch(building)
    assert first.digests() == stable
    changed = {name for name, value in first.digests(all_columns=True).items() if value != everything[name]}
    assert changed == {"worklist", "nobody_lost", "audit_trail", "status"}


def test_it_changes_when_anything_changes(model: ReadModel) -> None:
    every_family(model)
    before = model.digests()
    for view in VIEWS:
        for table in view.tables:
            for column in table.columns:
                if column.primary_key or column.info.get("volatile") or column.type.python_type is not str:
                    continue
                with model.database.write(model.generation) as connection:
                    savepoint = connection.begin_nested()
                    connection.execute(table.update().values({column.name: "changed"}))
                    assert digest(connection, view) != before[view.name], column
                    savepoint.rollback()
    assert model.digests() == before


@st.composite
def interleavings(draw: st.DrawFn) -> tuple[list[Any], int]:
    """The same events, each inquiry's in order, the inquiries mixed at will."""
    histories = [list(story.events) for story in lives()]
    mixed = []
    while any(histories):
        history = draw(st.sampled_from([history for history in histories if history]))
        mixed += [history.pop(0) for _ in range(min(len(history), draw(st.integers(1, 9))))]
    return mixed, draw(st.sampled_from((1, 7, 50, 500)))


@pytest.fixture
def told_in_order(database: Database) -> dict[str, str]:
    return ReadModel(database).given(*lives()).digests(all_columns=True)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(interleavings())
def test_any_order_across_inquiries_gives_the_same_rows(
    database: Database, told_in_order: dict[str, str], arrival: tuple[list[Any], int]
) -> None:
    mixed, size = arrival
    with database.rebuilding("mixed") as building:
        model = ReadModel(database, building)
        model.take([replace(record, partition=0) for record in deliveries(mixed)], size)
        database.switch(building)
    assert sorted(event.id for event in mixed) == sorted(event.id for event in told(*lives()))
    assert model.digests(all_columns=True) == told_in_order
