"""Custody: intervals without holes, and counts as of any time that agree with a naive fold of the events."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from events.inquiry import InquiryEvent
from events.standing import State
from projections import custody
from projections.custody_sums import SUMS, before
from projections.database import Database
from projections.partitions import partition_of
from tests.examples import ANNA, NOON, Story, whole_life
from tests.projections.model import ReadModel, told
from tests.projections.plans import plans

HOUR = timedelta(hours=1)


def test_an_interval_for_each_change_of_hands_state_or_due_time(model: ReadModel) -> None:
    story = Story().received().noted().later().claimed(ANNA).later().due_changed().later().paused().later().resumed()
    story.later().answered().resolved()
    model.given(story)
    rows = model.ask(custody.intervals, story.id)
    assert [(row.seq, row.opened_version, row.holder, row.state) for row in rows] == [
        (1, 1, "desk:front", State.OPEN),
        (2, 3, ANNA, State.OPEN),
        (3, 4, ANNA, State.OPEN),
        (4, 5, ANNA, State.WAITING),
        (5, 6, ANNA, State.OPEN),
        (6, 8, None, State.RESOLVED),
    ]
    assert [row.valid_from for row in rows] == [NOON + hours * HOUR for hours in range(6)]
    assert [row.valid_to for row in rows[:-1]] == [row.valid_from for row in rows[1:]]
    assert rows[-1].valid_to is None


@pytest.mark.parametrize("size", [1, 3, 100])
def test_intervals_do_not_depend_on_batches(model: ReadModel, size: int) -> None:
    story = whole_life()
    model.given(story, size=size)
    rows = model.ask(custody.intervals, story.id)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert all(before.valid_to == after.valid_from for before, after in pairwise(rows))
    custodies = [(e.standing.holder, e.standing.state, e.standing.department, e.standing.due_at) for e in story.events]
    changes = [version for version, (before, after) in enumerate(pairwise(custodies), 2) if before != after]
    assert [row.opened_version for row in rows] == [1, *changes]
    assert len(changes) > 10


def test_the_interval_at_a_time_is_half_open(model: ReadModel) -> None:
    story = Story().received().later().claimed(ANNA)
    model.given(story)
    assert model.ask(custody.at, story.id, NOON - timedelta(microseconds=1)) is None
    assert model.ask(custody.at, story.id, NOON).holder == "desk:front"  # type: ignore[union-attr]
    assert model.ask(custody.at, story.id, NOON + HOUR).holder == ANNA  # type: ignore[union-attr]


def test_time_per_door(model: ReadModel) -> None:
    story = Story().received().later(1).claimed(ANNA).later(2).released().later(3).claimed(ANNA)
    model.given(story)
    doors = model.ask(custody.time_per_door, story.id, NOON + 10 * HOUR)
    assert doors == {"desk:front": 4 * HOUR, ANNA: 6 * HOUR}
    assert model.ask(custody.time_per_door, story.id, NOON + 2 * HOUR) == {"desk:front": HOUR, ANNA: HOUR}
    assert model.ask(custody.time_per_door, story.id, NOON) == {}


def test_handovers_are_between_departments(model: ReadModel) -> None:
    log = count(1)
    direct = Story("direct", positions=log).received().forwarded("a").accepted().forwarded("b").accepted()
    staff = Story("staff", positions=log).received().forwarded("a").accepted().claimed("agent:x").released()
    back = Story("back", positions=log).received().forwarded("a").accepted().forwarded("b").rejected().forwarded("b")
    model.given(direct, staff, back.accepted())
    assert model.ask(custody.accounting, NOON)["handovers"] == 1
    assert model.ask(custody.accounting, NOON - HOUR)["handovers"] == 0


def test_accounting_says_where_everybody_is(model: ReadModel) -> None:
    log = count(1)
    at_desk = Story("desk", positions=log).received()
    at_works = Story("works", positions=log).received().forwarded("works").later(3).accepted()
    waiting = Story("waiting", positions=log).received().paused(timedelta(days=30))
    done = Story("done", positions=log).received().later(60).answered().resolved()
    same = Story("same", positions=log).received().later(2).merged("desk")
    model.given(at_desk, at_works, waiting, done, same)
    assert model.ask(custody.accounting, NOON + 49 * HOUR) == {
        "received": 5,
        "open": 4,
        "open_overdue": 3,
        "resolved": 0,
        "merged": 1,
        "open_by_department": {"(none)": 3, "works": 1},
        "overdue_by_department": {"(none)": 2, "works": 1},
        "handovers": 0,
    }
    assert model.ask(custody.accounting, NOON + 48 * HOUR)["open_overdue"] == 0
    later = model.ask(custody.accounting, NOON + 60 * HOUR)
    assert (later["open"], later["resolved"], later["merged"]) == (3, 1, 1)
    assert model.ask(custody.accounting, NOON - HOUR)["received"] == 0


def test_an_earlier_due_time_of_a_duplicate_begins_an_interval(model: ReadModel) -> None:
    """Merging brings it to the inquiry that goes on: from then on that one is overdue earlier."""
    story = Story().received().later()
    sooner = NOON + timedelta(hours=5)
    model.given(story.duplicate_added(due_at=sooner))
    first, second = model.ask(custody.intervals, story.id)
    assert (first.valid_to, second.valid_from) == (NOON + timedelta(hours=1), NOON + timedelta(hours=1))
    assert (first.due_at, second.due_at) == (NOON + timedelta(hours=48), sooner)
    assert model.ask(custody.accounting, sooner + timedelta(minutes=1))["open_overdue"] == 1


def test_the_ids_of_those_that_were_open(model: ReadModel) -> None:
    stories = [Story(number).received().later(number + 1).resolved() for number in range(7)]
    model.given(*stories)
    found = model.all_of(custody.open_ids_at, NOON + 3 * HOUR, limit=2)
    assert found == sorted(story.id for story in stories[3:])


def test_time_that_seems_to_run_backwards_leaves_no_hole(model: ReadModel) -> None:
    story = Story().received().later(5).claimed(ANNA).later(-3).released().later(4).claimed(ANNA)
    model.given(story)
    rows = model.ask(custody.intervals, story.id)
    assert all(before.valid_to == after.valid_from >= before.valid_from for before, after in pairwise(rows))


@pytest.mark.parametrize("of_day", [timedelta(), timedelta(microseconds=-1), timedelta(hours=9)])
def test_who_falls_due_at_midnight_is_overdue_from_then_on(model: ReadModel, of_day: timedelta) -> None:
    """The sums end at midnight (UTC), overdue begins an instant after the due time: nobody is left out or counted twice
    in between."""
    midnight = datetime(2026, 4, 1, tzinfo=NOON.tzinfo)
    due = midnight + of_day
    log = count(1)
    stories = [Story(name, at=NOON, positions=log).received().due_changed(due) for name in ("still", "late", "in time")]
    for story, end in zip(stories[1:], (due + HOUR, due), strict=True):
        story.now = end
        story.answered().resolved()
    model.given(*stories)
    for after, overdue in ((0, 0), (1, 2), (HOUR // timedelta(microseconds=1), 1)):
        as_of = due + timedelta(microseconds=after)
        counted = model.ask(custody.accounting, as_of)
        assert (counted["open"], counted["open_overdue"]) == (3 - (after >= 0) - (after > 1), overdue)
        assert counted == model.ask(custody.recounted, as_of)


def test_what_is_settled_while_the_citizen_waits_leaves_two_numbers_in_its_partition(model: ReadModel) -> None:
    story = Story().received().answered(True).resolved()
    model.given(story)
    with model.database.read() as connection:
        rows = connection.execute(select(SUMS).order_by(SUMS.c.span, SUMS.c.what)).all()
    assert [(row.span, row.period, row.what, row.number) for row in rows] == [
        ("day", "2026-03-02", "received", 1),
        ("day", "2026-03-02", "resolved", 1),
        ("month", "2026-03", "received", 1),
        ("month", "2026-03", "resolved", 1),
    ]
    assert {row.partition for row in rows} == {partition_of(story.id)}


@pytest.mark.parametrize("size", [1, 100])
def test_sums_do_not_depend_on_batches(model: ReadModel, size: int) -> None:
    """What comes to nothing stays, also when both ends of it come at once."""
    model.given(Story().received().answered().resolved().later().reopened(), size=size)
    with model.database.read() as connection:
        rows = connection.execute(select(SUMS.c.span, SUMS.c.what, SUMS.c.number).order_by(*SUMS.primary_key)).all()
    assert [tuple(row) for row in rows] == [
        ("day", "received", 1),
        ("day", "resolved", 0),
        ("month", "received", 1),
        ("month", "resolved", 0),
    ]


def test_accounting_reads_from_indexes_only_what_it_adds_up(model: ReadModel) -> None:
    """However many have been closed."""
    with model.database.read() as connection:
        (plan,) = plans(connection, lambda: custody.accounting(connection, NOON))
    indexes = [f"custody_{name}" for name in ("begun", "ended", "late", "open")]
    assert [index for index in indexes if index not in plan] == []
    assert "Seq Scan" not in plan
    assert "'SCAN" not in plan


def test_a_plan_for_any_value_still_knows_that_months_are_few() -> None:
    """PostgreSQL makes one from the sixth time on: a parameter instead of the word made it read all days."""
    months, days = before(NOON)
    assert "span = 'month'" in str(months)
    assert "span = 'day'" in str(days)


# --- against a naive fold --------------------------------------------------------------------------------------------


def naive(events: list[InquiryEvent], as_of: datetime) -> dict[str, Any]:
    """The last standing of each inquiry until then, counted."""
    last: dict[Any, InquiryEvent] = {}
    handovers = 0
    for event in events:
        if event.provenance.occurred_at <= as_of:
            before = last.get(event.inquiry_id)
            departments = (before.standing.department if before else None, event.standing.department)
            handovers += None not in departments and departments[0] != departments[1]
            last[event.inquiry_id] = event
    standings = [event.standing for event in last.values()]
    open_ = [standing for standing in standings if standing.state.is_open]
    overdue = [standing for standing in open_ if standing.due_at is not None and standing.due_at < as_of]
    return {
        "received": len(standings),
        "open": len(open_),
        "open_overdue": len(overdue),
        "resolved": sum(standing.state is State.RESOLVED for standing in standings),
        "merged": sum(standing.state is State.MERGED for standing in standings),
        "open_by_department": dict(Counter(standing.department or "(none)" for standing in open_)),
        "overdue_by_department": dict(Counter(standing.department or "(none)" for standing in overdue)),
        "handovers": handovers,
    }


STEPS = ("noted", "claimed", "released", "forwarded", "accepted", "rejected", "paused", "resumed", "due_changed")


@st.composite
def lives(draw: st.DrawFn) -> list[Story]:
    log = count(1)
    made = []
    for number in range(draw(st.integers(1, 6))):
        story = Story(number, at=NOON + draw(st.integers(0, 50)) * HOUR, positions=log).received()
        for step in draw(st.lists(st.sampled_from((*STEPS, "resolved", "merged")), max_size=12)):
            story.later(draw(st.sampled_from((0, 0, 1, 7, 30, 400))))
            _take(story, step, draw)
        made.append(story)
    return made


def _take(story: Story, step: str, draw: st.DrawFn) -> None:
    standing = story.standing
    if standing.state is State.RESOLVED:
        story.reopened()
    elif standing.state is State.MERGED:
        story.unmerged()
    elif standing.offered_to is not None and step in ("resolved", "merged", "forwarded"):
        story.recalled()
    elif step == "forwarded":
        story.forwarded(draw(st.sampled_from(("a", "b", "c"))))
    elif step in ("accepted", "rejected") and standing.offered_to is None:
        story.noted()
    elif step == "resumed" and standing.state is not State.WAITING:
        story.classified()
    else:
        getattr(story, step)()


moments = st.builds(
    lambda hours, instants: NOON + hours * HOUR + timedelta(microseconds=instants),
    st.integers(-1, 200) | st.integers(200, 3_000),
    st.sampled_from((0, 0, -1, 1)),
)
"""Of days and months with something in them, and just before and after something happened."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told_lives=lives(), moments=st.lists(moments, min_size=1, max_size=6), size=st.integers(1, 30))
def test_accounting_equals_a_naive_fold(
    database_url: str, database: Database, told_lives: list[Story], moments: list[datetime], size: int
) -> None:
    with database.rebuilding("test") as building:
        model = ReadModel(database, building)
        model.given(*told_lives, size=size)
        database.switch(building)
    for as_of in moments:
        counted = model.ask(custody.accounting, as_of)
        assert counted == naive(told(*told_lives), as_of) == model.ask(custody.recounted, as_of)
        assert counted["received"] == counted["open"] + counted["resolved"] + counted["merged"]
        assert len(model.all_of(custody.open_ids_at, as_of)) == counted["open"]
