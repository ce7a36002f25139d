"""The projector: each event once in effect, whatever the batches; what is wrong with one inquiry holds up only that."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from itertools import count
from typing import Any

import psycopg
import pytest

from events.catalogue import FAMILIES
from events.channel import Delivery
from events.cloudevents import raw_text, to_message
from events.inquiry import InquiryEvent, InquiryForwardAccepted
from projections import audit_trail, nobody_lost, worklist
from projections.catalogue import VIEWS
from projections.database import Database
from projections.nobody_lost import Clock, Reason
from projections.projector import Projector
from projections.quarantine import Problem, quarantined, unattributed
from projections.replaying import replay
from projections.view import View
from tests.examples import NOON, Story, deliveries, whole_life
from tests.projections.model import SOURCE, ReadModel, store_of, told, unreadable

CLOCK = Clock(NOON, NOON)


def stories(number: int = 5) -> list[Story]:
    """Whole lives at the same time, and one that has only begun."""
    log = count(1)
    lives = [whole_life(name, positions=log) for name in range(number)]
    return [*lives, Story("open", positions=log).received().claimed()]


def without(events: list[InquiryEvent], *versions: int, of: Story) -> list[InquiryEvent]:
    return [event for event in events if event.inquiry_id != of.id or event.version not in versions]


def forged(event: InquiryEvent, **changes: Any) -> InquiryEvent:
    return replace(event, provenance=replace(event.provenance, **{"hash": "f" * 64} | changes))


def failing(view: View, fails: Any) -> View:
    """``view`` with a bug: it raises where ``fails`` says so."""

    def apply(connection: Any, batch: Any) -> None:
        for event in batch.events:
            if fails(event):
                raise KeyError("the citizen said: secret words")
        view.apply(connection, batch)

    return replace(view, apply=apply)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_handles_or_ignores_every_event(view: View) -> None:
    assert view.handles | view.ignores == {event for family in view.families for event in FAMILIES[family]}
    assert not view.handles & view.ignores


def test_the_same_rows_whatever_the_size_of_batches(model: ReadModel) -> None:
    lives = stories()
    model.given(*lives)
    expected = model.digests(all_columns=True)
    for size in (1, 7):
        with model.database.rebuilding("test") as building:
            ReadModel(model.database, building).given(*lives, size=size)
            model.database.switch(building)
        assert model.digests(all_columns=True) == expected


def test_duplicates_change_nothing(model: ReadModel) -> None:
    lives = stories()
    records = deliveries(told(*lives))
    model.take(records)
    before = model.digests(all_columns=True)
    again = [replace(record, offset=record.offset + len(records)) for record in records]
    (summary,) = model.take(again)
    assert (summary.applied, summary.duplicates, summary.quarantined) == (0, len(records), 0)
    assert model.digests(all_columns=True) == before


def test_a_gap_is_filled_from_the_store(model: ReadModel) -> None:
    life = whole_life()
    model.open(store_of(life))
    (summary,) = model.take(deliveries(without(life.events, 3, 4, of=life)))
    assert (summary.refetched, summary.applied, summary.quarantined) == (2, len(life.events), 0)
    rows = model.all_of(audit_trail.of_inquiry, life.id)
    assert [row.version for row in rows] == [event.version for event in life.events]


def test_without_a_store_a_gap_holds_up_its_inquiry_and_nobody_else(model: ReadModel) -> None:
    lives = stories()
    model.given(*lives)
    clean = model.digests()
    with model.database.rebuilding("test") as building:
        other = ReadModel(model.database, building)
        other.take(deliveries(without(told(*lives), 4, of=lives[1])), size=10)
        model.database.switch(building)
    (held,) = other.ask(quarantined).rows
    assert (held.subject, held.problem, held.version) == (lives[1].id, Problem.GAP, 5)
    assert held.parked == len(lives[1].events) - 4
    assert other.all_of(audit_trail.of_inquiry, lives[2].id)[-1].version == len(lives[2].events)
    assert other.all_of(audit_trail.of_inquiry, lives[1].id)[-1].version == 3

    nothing_there = other.open().replay(lives[1].id)
    assert not nothing_there.released
    assert nothing_there.problem is Problem.GAP
    healed = other.open(store_of(*lives)).replay(lives[1].id)
    assert (healed.released, healed.applied) == (True, len(lives[1].events) - 3)
    assert other.digests() == clean


def test_a_store_that_fails_is_a_gap_too(model: ReadModel) -> None:
    life = whole_life()

    def broken(*_: Any) -> list[InquiryEvent]:
        raise RuntimeError("no store today")

    model.open(broken)
    (summary,) = model.take(deliveries(without(life.events, 2, of=life)))
    assert summary.quarantined == 1
    assert model.open(store_of(life)).replay(life.id).released


def test_a_view_that_fails_holds_up_only_that_inquiry(database_url: str, database: Database) -> None:
    lives = stories()
    ReadModel(database).given(*lives)
    clean = database_digests(database)

    def poison(event: InquiryEvent) -> bool:
        return event.inquiry_id == lives[2].id and isinstance(event, InquiryForwardAccepted)

    views = [failing(view, poison) if view.name == "custody" else view for view in VIEWS]
    buggy = Database(database_url, views)
    try:
        with database.rebuilding("test") as building:
            model = ReadModel(buggy, building)
            records = deliveries(told(*lives))
            model.take(records, size=40)
            database.switch(building)
        (held,) = model.ask(quarantined).rows
        assert (held.subject, held.problem) == (lives[2].id, Problem.CANNOT_APPLY)
        assert (held.view, held.exception) == ("custody", "KeyError")
        assert "secret" not in json.dumps([str(value) for value in vars_of(held)])
        poisoned = next(event for event in lives[2].events if poison(event))
        assert model.all_of(audit_trail.of_inquiry, lives[2].id)[-1].version == poisoned.version - 1
        assert model.all_of(audit_trail.of_inquiry, lives[3].id)[-1].version == len(lives[3].events)
        assert not model.open().replay(lives[2].id).released
    finally:
        buggy.close()

    repaired = Projector(database, database.live())
    (replay,) = repaired.replay_all()
    assert (replay.released, replay.applied) == (True, len(lives[2].events) - poisoned.version + 1)
    assert database_digests(database) == clean


def database_digests(database: Database) -> dict[str, str]:
    return ReadModel(database).digests(all_columns=True)


def vars_of(row: Any) -> list[Any]:
    return [getattr(row, name) for name in type(row).__slots__]


def test_a_first_event_in_quarantine_is_still_not_lost(model: ReadModel) -> None:
    story = Story("lost").received().claimed().forwarded()
    model.take(deliveries(story.events[1:]))
    (row,) = model.all_of(nobody_lost.page, CLOCK)
    assert (row.inquiry_id, row.reasons, row.problem) == (story.id, (Reason.QUARANTINED,), "gap")
    assert model.ask(nobody_lost.counts, CLOCK).by_reason[Reason.QUARANTINED] == 1


def test_an_inquiry_in_quarantine_keeps_its_row_and_shows_why(model: ReadModel) -> None:
    story = Story().received().claimed().forwarded().noted()
    model.take(deliveries(without(story.events, 3, of=story)))
    (row,) = model.all_of(nobody_lost.page, CLOCK)
    assert (row.holder, row.version, row.reasons, row.problem) == ("agent:anna", 2, (Reason.QUARANTINED,), "gap")


def test_an_unreadable_event_waits_and_the_store_heals_it(model: ReadModel) -> None:
    story = Story().received().claimed().answered().resolved()
    records = deliveries(story.events)
    records[1] = unreadable(story.events[1], 2)
    (summary,) = model.take(records)
    assert (summary.applied, summary.quarantined, summary.parked) == (1, 1, 3)
    assert model.projector.replay(story.id).problem is Problem.UNREADABLE
    replay = model.open(store_of(story)).replay(story.id)
    assert (replay.released, replay.applied, replay.set_aside) == (True, 3, 1)
    (kept,) = model.ask(unattributed).rows
    assert (kept.subject, kept.offset) == (story.id, 2)


def test_a_new_version_of_the_program_can_read_what_the_old_one_could_not(model: ReadModel) -> None:
    story = Story().received().claimed()
    message = to_message(story.events[1])
    readable = raw_text(message.key, message.headers, message.value)
    model.take([*deliveries(story.events[:1]), unreadable(story.events[1], 2, raw=readable)])
    assert model.projector.replay(story.id).released
    assert model.all_of(worklist.mine, "agent:anna")[0].version == 2


def test_an_unreadable_version_that_was_passed_long_ago_holds_up_nobody(model: ReadModel) -> None:
    story = Story().received().claimed()
    (summary,) = model.take([*deliveries(story.events), unreadable(story.events[0], 3)])
    assert (summary.applied, summary.quarantined) == (2, 0)
    assert len(model.ask(unattributed).rows) == 1


def test_a_record_of_no_inquiry_is_kept_and_shown(model: ReadModel) -> None:
    story = Story().received()
    stray = unreadable(story.events[0], 2, subject=None, version=None)
    model.take([*deliveries(story.events), stray])
    (row,) = model.all_of(nobody_lost.page, CLOCK)
    assert (row.inquiry_id, row.record) == (None, f"{SOURCE}/0/2")
    assert model.ask(nobody_lost.counts, CLOCK).unattributed == 1


def test_versions_beyond_all_measure_do_no_harm(model: ReadModel) -> None:
    story = Story().received()
    far = forged(replace(story.events[0], version=2**62))
    huge = unreadable(story.events[0], 9, version=10**19)
    model.take([*deliveries(story.events), Delivery(0, 8, far), huge])
    (held,) = model.ask(quarantined).rows
    assert (held.problem, held.parked) == (Problem.GAP, 2)


def test_a_forged_successor_is_refused_by_its_hash(model: ReadModel) -> None:
    story = Story().received().claimed().answered()
    false = forged(story.events[1], previous_hash="a" * 64)
    records = deliveries([story.events[0], false, *story.events[1:]])
    (summary,) = model.take(records)
    assert (summary.applied, summary.quarantined) == (1, 1)
    assert model.ask(quarantined).rows[0].problem is Problem.HASH_CONFLICT

    assert model.projector.replay(story.id).problem is Problem.HASH_CONFLICT
    replay = model.open(store_of(story)).replay(story.id)
    assert (replay.released, replay.set_aside) == (True, 1)
    assert model.all_of(audit_trail.of_inquiry, story.id)[-1].hash == story.last.provenance.hash
    assert model.ask(unattributed).rows[0].problem is Problem.HASH_CONFLICT


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_forged_duplicate_is_noticed_however_old(model: ReadModel, version: int) -> None:
    story = Story().received().claimed().answered()
    model.take(deliveries(story.events))
    model.take([Delivery(0, 4, forged(story.events[version - 1]))])
    (held,) = model.ask(quarantined).rows
    assert (held.problem, held.version) == (Problem.HASH_CONFLICT, version)
    assert model.open(store_of(story)).replay(story.id).released


def test_events_of_an_inquiry_in_quarantine_are_parked_once_and_in_order(model: ReadModel) -> None:
    story = Story().received().claimed().answered().noted().resolved()
    missing = deliveries(without(story.events, 2, of=story))
    model.take([*missing, *(replace(record, offset=record.offset + 10) for record in missing)], size=2)
    (held,) = model.ask(quarantined).rows
    assert held.parked == 3
    later = deliveries(story.events, first_offset=30)
    model.take(later[1:2])
    assert model.projector.replay(story.id).released
    assert model.all_of(audit_trail.of_inquiry, story.id)[-1].version == 5


def test_what_arrives_while_its_inquiry_is_released_is_not_parked_for_ever(postgres_url: str) -> None:
    """The replay has not committed yet: the projector has to wait for it, and then apply."""
    database = Database(postgres_url, VIEWS)
    database.prepare()
    model = ReadModel(database)
    story = Story().received().claimed().answered().noted()
    records = deliveries(story.events)
    model.take([records[0], records[2]])
    model.take([replace(records[1], offset=3)])
    projector = threading.Thread(target=model.projector.apply, args=([replace(records[3], offset=4)], SOURCE))
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    try:
        with psycopg.connect(postgres_url, autocommit=True) as onlooker, database.write(model.generation) as connection:
            assert replay(connection, VIEWS, story.id, None).released
            projector.start()
            while projector.is_alive() and onlooker.execute(waiting).fetchone() is None:
                onlooker.execute("SELECT pg_sleep(0.01)")
        projector.join(60)
        assert model.ask(quarantined).rows == []
        assert model.all_of(audit_trail.of_inquiry, story.id)[-1].version == 4
    finally:
        database.close()


def test_replay_of_an_inquiry_that_waits_for_nothing(model: ReadModel) -> None:
    replay = model.projector.replay(Story().id)
    assert (replay.released, replay.applied) == (True, 0)
