"""Nobody gets lost: who is at risk, and why, at a time that the asker says."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from events.channel import Delivery
from projections import nobody_lost
from projections.cursor import BadCursor
from projections.nobody_lost import Clock, Filters, Reason
from projections.nobody_lost_due import expired_offers
from tests.examples import ANNA, NOON, Story, deliveries
from tests.projections.model import ReadModel, told


def clock(hours: float = 0, silent_after: float = 10_000) -> Clock:
    now = NOON + timedelta(hours=hours)
    return Clock(now, now - timedelta(hours=silent_after))


def reasons(model: ReadModel, when: Clock, **filters: Any) -> dict[Any, tuple[Reason, ...]]:
    return {row.inquiry_id: row.reasons for row in model.all_of(nobody_lost.page, when, Filters(**filters))}


def test_all_is_well_at_first(model: ReadModel) -> None:
    model.given(Story().received())
    assert reasons(model, clock()) == {}
    (row,) = model.all_of(nobody_lost.page, clock(), only_at_risk=False)
    assert (row.holder, row.last_step, row.last_step_at, row.hops) == (
        "desk:front",
        "casebackbone.inquiry.received.v1",
        NOON,
        0,
    )


def test_overdue_from_the_moment_after_it_was_due(model: ReadModel) -> None:
    story = Story().received()
    model.given(story)
    assert reasons(model, clock(48)) == {}
    assert reasons(model, clock(48.001)) == {story.id: (Reason.OVERDUE,)}


def test_silent_since_the_last_step(model: ReadModel) -> None:
    story = Story().received().later(3).noted()
    model.given(story)
    assert reasons(model, clock(5, silent_after=2)) == {}
    assert reasons(model, clock(5.1, silent_after=2)) == {story.id: (Reason.SILENT,)}


@pytest.mark.parametrize("size", [1, 100])
def test_to_notice_silence_does_not_end_it(model: ReadModel, size: int) -> None:
    story = Story().received().later(30).escalated(reason="silent").acknowledged()
    model.given(story, size=size)
    (row,) = model.all_of(nobody_lost.page, clock(30, silent_after=2))
    assert (row.reasons, row.last_step_at) == ((Reason.SILENT,), NOON)
    assert (row.version, row.escalated_to) == (3, "agent:chefin")
    assert row.acknowledged_until == NOON + timedelta(hours=54)


def test_who_waits_for_the_citizen_is_not_silent(model: ReadModel) -> None:
    model.given(Story().received().paused())
    assert reasons(model, clock(30, silent_after=2)) == {}


def test_a_service_may_be_silent_sooner_or_later_than_others(model: ReadModel) -> None:
    log = count(1)
    quick, slow, plain, none = (
        Story(name, positions=log).received(service=service)
        for name, service in (("quick", "q"), ("slow", "s"), ("plain", "p"), ("none", None))
    )
    model.given(quick, slow, plain, none)
    when = clock(10, silent_after=5)
    own = {"q": NOON + timedelta(hours=9), "s": NOON - timedelta(hours=9)}
    assert set(reasons(model, Clock(when.now, when.silent_before, own))) == {quick.id, plain.id, none.id}
    assert set(reasons(model, Clock(NOON, NOON - timedelta(hours=1), own))) == {quick.id}


def test_a_call_that_was_not_made(model: ReadModel) -> None:
    story = Story().received().callback_promised(timedelta(hours=3)).later(2).contacted(reached=False)
    model.given(story)
    assert reasons(model, clock(3)) == {}
    assert reasons(model, clock(3.1)) == {story.id: (Reason.CALLBACK_MISSED,)}
    (row,) = model.all_of(nobody_lost.page, clock(3.1))
    assert row.callback_due_at == NOON + timedelta(hours=3)


def test_sent_in_a_circle_and_still_open(model: ReadModel) -> None:
    story = Story().received().forwarded("a").accepted().forwarded("b").accepted().forwarded("a").accepted()
    model.given(story)
    assert reasons(model, clock()) == {story.id: (Reason.CIRCLES,)}
    (row,) = model.all_of(nobody_lost.page, clock())
    assert row.circles == 1


def test_escalated_until_somebody_has_seen_it_and_when_that_is_over(model: ReadModel) -> None:
    told_, seen = Story("told").received().escalated(), Story("seen").received().escalated().acknowledged()
    model.given(told_, seen)
    assert reasons(model, clock()) == {told_.id: (Reason.ESCALATED,)}
    assert reasons(model, clock(24)) == {told_.id: (Reason.ESCALATED,), seen.id: (Reason.ESCALATED,)}
    (row, _) = model.all_of(nobody_lost.page, clock(24))
    assert (row.escalated_for, row.escalated_at) == ("overdue", NOON)


def test_an_offer_that_nobody_accepted(model: ReadModel) -> None:
    story = Story().received().claimed().forwarded("tiefbau")
    model.given(story)
    assert reasons(model, clock(4)) == {}
    assert reasons(model, clock(4.1)) == {story.id: (Reason.FORWARD_NOT_ACCEPTED,)}
    (offer,) = model.ask(expired_offers, NOON + timedelta(hours=4))
    assert (offer.inquiry_id, offer.offered_to, offer.at) == (story.id, "tiefbau", NOON + timedelta(hours=4))
    assert model.ask(expired_offers, NOON + timedelta(hours=3.9)) == []


def test_sent_back_until_somebody_takes_it(model: ReadModel) -> None:
    lying = Story("lying").received().forwarded().rejected()
    taken = Story("taken").received().forwarded().rejected().claimed()
    model.given(lying, taken)
    assert reasons(model, clock()) == {lying.id: (Reason.SENT_BACK,)}


def test_several_reasons_and_none_after_the_end(model: ReadModel) -> None:
    log = count(1)
    bad = Story("bad", positions=log).received().forwarded().rejected().later().forwarded("x")
    done = Story("done", positions=log).received().forwarded().rejected().answered().resolved()
    model.given(bad, done)
    assert reasons(model, clock(100, silent_after=1)) == {
        bad.id: (Reason.OVERDUE, Reason.SILENT, Reason.FORWARD_NOT_ACCEPTED, Reason.SENT_BACK)
    }


def lost_and_found(model: ReadModel) -> list[Story]:
    """Two records of no inquiry, two inquiries without a row, one with a row in quarantine, five open ones."""
    log = count(1)
    open_ = [Story(number, positions=log).received(service=f"s{number % 2}") for number in range(5)]
    held = Story("held", positions=log).received(service="s0").claimed().noted()
    rowless = [Story(f"rowless {number}", positions=log).received().claimed() for number in range(2)]
    events = told(*open_, held, *rowless)
    missing = {(held.id, 2), *((story.id, 1) for story in rowless)}
    records = deliveries([event for event in events if (event.inquiry_id, event.version) not in missing])
    model.take([*records, *(Delivery(0, 100 + number, None, raw="{}") for number in range(2))])
    return [*open_, held, *rowless]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_what_has_no_row_comes_first_and_pages_lose_nothing(model: ReadModel, limit: int) -> None:
    stories = lost_and_found(model)
    rows = model.all_of(nobody_lost.page, clock(), only_at_risk=False, limit=limit)
    assert [row.record for row in rows[:2]] == ["store:test/0/100", "store:test/0/101"]
    assert {row.inquiry_id for row in rows[2:4]} == {story.id for story in stories[-2:]}
    assert sorted(row.inquiry_id for row in rows[2:]) == sorted(story.id for story in stories)
    assert len(rows) == 10


def test_only_those_at_risk_or_with_one_reason(model: ReadModel) -> None:
    stories = lost_and_found(model)
    assert len(model.all_of(nobody_lost.page, clock())) == 5
    assert reasons(model, clock(), service="s0") == {stories[5].id: (Reason.QUARANTINED,)}
    assert reasons(model, clock(), holder=ANNA) == {}
    assert len(model.all_of(nobody_lost.page, clock(), Filters(reason=Reason.QUARANTINED))) == 5
    assert reasons(model, clock(), reason=Reason.OVERDUE) == {}
    assert len(reasons(model, clock(49), reason=Reason.OVERDUE, holder="desk:front")) == 6


def test_counts(model: ReadModel) -> None:
    lost_and_found(model)
    counted = model.ask(nobody_lost.counts, clock(49, silent_after=50))
    assert (counted.open, counted.at_risk, counted.unattributed) == (6, 8, 2)
    assert counted.by_reason == {
        Reason.OVERDUE: 6,
        Reason.SILENT: 0,
        Reason.FORWARD_NOT_ACCEPTED: 0,
        Reason.SENT_BACK: 0,
        Reason.CALLBACK_MISSED: 0,
        Reason.CIRCLES: 0,
        Reason.ESCALATED: 0,
        Reason.QUARANTINED: 3,
    }
    only = model.ask(nobody_lost.counts, clock(49), Filters(service="s1"))
    assert (only.open, only.at_risk, only.by_reason[Reason.QUARANTINED]) == (2, 2, 0)


def test_foreign_cursors_are_refused(model: ReadModel) -> None:
    with pytest.raises(BadCursor):
        model.ask(nobody_lost.page, clock(), after="bm8")
