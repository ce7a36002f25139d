"""Work lists: what lies where, in order of due times, without what is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from events.standing import Channel, State
from projections import worklist
from projections.cursor import BadCursor
from projections.worklist import Filters
from tests.examples import ANNA, BERT, NOON, Story
from tests.projections.model import ReadModel
from tests.projections.plans import plans


def ids(rows: list[Any]) -> list[Any]:
    return [row.inquiry_id for row in rows]


def test_the_desks_each_see_their_own(model: ReadModel) -> None:
    log = count(1)
    front = Story("front", positions=log).received()
    back = Story("back", positions=log).received().claimed().sent_to_background()
    mine = Story("mine", positions=log).received().claimed(ANNA)
    model.given(front, back, mine)
    assert ids(model.all_of(worklist.front_desk)) == [front.id]
    assert ids(model.all_of(worklist.background)) == [back.id]
    assert ids(model.all_of(worklist.mine, ANNA)) == [mine.id]
    assert model.all_of(worklist.mine, BERT) == []


def test_a_row_says_what_the_standing_says(model: ReadModel) -> None:
    story = Story().received(Channel.EMAIL, "99012003000000").later().claimed().later().callback_promised().forwarded()
    model.given(story)
    (row,) = model.all_of(worklist.mine, ANNA)
    standing = story.standing
    assert (row.channel, row.state, row.due_at) == (Channel.EMAIL, State.OPEN, standing.due_at)
    assert (row.service, row.offered_to, row.offer_state) == ("99012003000000", "tiefbau", "pending")
    assert (row.version, row.forwards, row.received_at) == (4, 1, NOON)
    assert (row.callback_due_at, row.last_step_at) == (standing.callback_due_at, NOON + timedelta(hours=2))
    assert row.reference == standing.reference


def test_a_department_sees_what_is_offered_and_what_is_theirs(model: ReadModel) -> None:
    offered = Story("offered").received().forwarded("tiefbau")
    theirs = Story("theirs").received().forwarded("tiefbau").accepted().claimed("agent:gerd")
    model.given(offered, theirs)
    assert ids(model.all_of(worklist.department_inbox, "tiefbau")) == [offered.id]
    assert ids(model.all_of(worklist.department_work, "tiefbau")) == [theirs.id]
    assert model.all_of(worklist.department_inbox, "ordnungsamt") == []


OFFERS = {
    "pending": Story("pending").received().forwarded(),
    "accepted": Story("accepted").received().forwarded().accepted().claimed("agent:gerd"),
    "sent_back": Story("sent back").received().forwarded().rejected().claimed(BERT),
    "expired": Story("expired").received().forwarded().expired(),
    "recalled": Story("recalled").received().forwarded().recalled().noted(),
    "recalled from a department": (Story("department").received().forwarded("a").accepted().forwarded("b").recalled()),
    "back after the end": Story("back").received().forwarded().accepted().answered().resolved().reopened(),
    "back, once sent back": Story("bounced").received().forwarded().rejected().answered().resolved().reopened(),
}
BECAME = {"expired": "sent_back", "recalled from a department": "recalled", "back after the end": "accepted"}
BECAME["back, once sent back"] = "sent_back"


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("name", OFFERS)
def test_who_passed_it_on_sees_what_became_of_it(model: ReadModel, name: str, size: int) -> None:
    model.given(OFFERS[name], size=size)
    (row,) = model.all_of(worklist.forwarded_by, ANNA)
    assert row.offer_state == BECAME.get(name, name)


def test_what_was_never_passed_on_has_no_offer(model: ReadModel) -> None:
    model.given(Story().received().answered().resolved().reopened())
    assert model.all_of(worklist.front_desk)[0].offer_state is None


@pytest.mark.parametrize("size", [1, 100])
def test_closed_ones_leave_and_come_back(model: ReadModel, size: int) -> None:
    closed = Story("closed").received().answered().resolved().noted()
    merged = Story("merged").received().merged()
    again = Story("again").received().answered().resolved().reopened()
    apart = Story("apart").received().merged().unmerged()
    model.given(closed, merged, again, apart, size=size)
    assert set(ids(model.all_of(worklist.front_desk))) == {again.id, apart.id}
    with model.database.read() as connection:
        assert len(connection.execute(worklist.ROWS.select()).all()) == 2


def test_callbacks_in_order_of_their_own_time(model: ReadModel) -> None:
    late = Story("late").received().callback_promised(timedelta(hours=20))
    soon = Story("soon").received().callback_promised(timedelta(hours=2))
    kept = Story("kept").received().callback_promised(timedelta(hours=1)).contacted()
    missed = Story("missed").received().callback_promised(timedelta(hours=3)).contacted(reached=False)
    model.given(late, soon, kept, missed)
    tomorrow = NOON + timedelta(hours=21)
    assert ids(model.all_of(worklist.callbacks_due, tomorrow, limit=1)) == [soon.id, missed.id, late.id]
    assert ids(model.all_of(worklist.callbacks_due, NOON + timedelta(hours=3))) == [soon.id]


def test_whose_window_has_begun_may_be_called_now(model: ReadModel) -> None:
    log = count(1)
    anytime = Story("anytime", positions=log).received().callback_promised()
    morning = Story("morning", positions=log).received()
    morning.callback_promised(timedelta(hours=24), not_before=timedelta(hours=21)).contacted(reached=False)
    model.given(anytime, morning)

    def found(hours: int, begun: bool) -> list[Any]:
        now = NOON + timedelta(hours=hours)
        return ids(model.all_of(worklist.callbacks_due, NOON + timedelta(days=9), begun=begun, now=now))

    assert (found(20, True), found(20, False)) == ([anytime.id], [morning.id])
    assert (set(found(21, True)), found(21, False)) == ({anytime.id, morning.id}, [])
    (row,) = [row for row in model.all_of(worklist.front_desk) if row.inquiry_id == morning.id]
    assert (row.callback_attempts, row.callback_not_before) == (1, NOON + timedelta(hours=21))


def test_what_wants_to_be_looked_at(model: ReadModel) -> None:
    log = count(1)
    flagged = Story("flagged", positions=log).received().contradicted().claimed().released()
    seen = Story("seen", positions=log).received().contradicted().noted(by_holder=True)
    model.given(flagged, seen, Story("quiet", positions=log).received())
    found = model.all_of(worklist.front_desk, Filters(attention=True))
    assert [(row.inquiry_id, row.attention, row.attention_since) for row in found] == [
        (flagged.id, "contradicted", NOON)
    ]
    assert len(model.all_of(worklist.front_desk, Filters(attention=False))) == 2


def test_an_offer_to_a_department_that_is_gone_was_withdrawn(model: ReadModel) -> None:
    log = count(1)
    asked = Story("asked", positions=log).received().forwarded("tiefbau").rerouted("department:tiefbau")
    taken = Story("taken", positions=log).received().forwarded("tiefbau").accepted()
    model.given(asked, taken.rerouted("department:tiefbau", "gruen"))
    found = {row.inquiry_id: row.offer_state for row in model.all_of(worklist.forwarded_by, ANNA)}
    assert found == {asked.id: "withdrawn", taken.id: "accepted"}


def test_filters(model: ReadModel) -> None:
    log = count(1)
    plain = Story("plain", positions=log).received()
    rubbish = Story("rubbish", positions=log).received(Channel.WEB, "99000000000001").later()
    waiting = Story("waiting", positions=log).received().paused(timedelta(days=9))
    model.given(plain, rubbish, waiting)

    def found(**filters: Any) -> set[Any]:
        return set(ids(model.all_of(worklist.front_desk, Filters(**filters))))

    assert found() == {plain.id, rubbish.id, waiting.id}
    assert found(service="99000000000001") == {rubbish.id}
    assert found(channel=Channel.PHONE) == {plain.id, waiting.id}
    assert found(state=State.WAITING) == {waiting.id}
    assert found(department="tiefbau") == set()
    due = plain.standing.due_at
    assert due is not None
    assert found(due_before=due) == set()
    assert found(due_after=due) == {plain.id, rubbish.id, waiting.id}
    assert found(due_after=due + timedelta(seconds=1)) == {waiting.id}
    assert found(due_before=due + timedelta(seconds=1), channel=Channel.WEB) == {rubbish.id}


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_pages_lose_and_repeat_nothing_among_equal_due_times(model: ReadModel, limit: int) -> None:
    stories = [Story(number, at=NOON + timedelta(hours=number // 4)).received() for number in range(11)]
    model.given(*stories)
    rows = model.all_of(worklist.front_desk, limit=limit)
    assert [(row.due_at, row.inquiry_id) for row in rows] == sorted((row.due_at, row.inquiry_id) for row in rows)
    assert set(ids(rows)) == {story.id for story in stories}
    assert len(rows) == 11


def test_a_page_stays_where_it_was_when_rows_leave(model: ReadModel) -> None:
    stories = [Story(number, at=NOON + timedelta(hours=number)).received() for number in range(4)]
    model.given(*stories)
    first = model.ask(worklist.front_desk, limit=2)
    with model.database.write(model.generation) as connection:
        connection.execute(worklist.ROWS.delete().where(worklist.ROWS.c.inquiry_id == stories[0].id))
    second = model.ask(worklist.front_desk, after=first.next_cursor, limit=2)
    assert ids(second.rows) == [stories[2].id, stories[3].id]
    assert second.next_cursor is None


def test_limits_and_foreign_cursors_are_refused(model: ReadModel) -> None:
    model.given(Story("a").received(), Story("b").received())
    cursor = model.ask(worklist.front_desk, limit=1).next_cursor
    with pytest.raises(BadCursor):
        model.ask(worklist.background, after=cursor)
    for limit in (0, 201):
        with pytest.raises(ValueError, match="limit"):
            model.ask(worklist.front_desk, limit=limit)


def test_times_without_a_zone_are_refused(model: ReadModel) -> None:
    with pytest.raises(Exception, match="time zone"):
        model.ask(worklist.callbacks_due, NOON.replace(tzinfo=None))


@pytest.mark.parametrize("query", [worklist.front_desk, partial(worklist.mine, actor="agent:anna")])
def test_what_somebody_holds_is_read_in_order_from_an_index(model: ReadModel, query: Callable[..., Any]) -> None:
    with model.database.read() as connection:
        (plan,) = plans(connection, lambda: query(connection))
    assert "worklist_holder" in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan
