"""Each figure of an inquiry, with stories of which a person can count it by hand."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from events.standing import Channel
from projections import figures
from projections.figures import NONE, Count
from tests.examples import NOON, Story
from tests.projections.figuring import behind, by, figure, question, told
from tests.projections.model import ReadModel

HOUR = timedelta(hours=1)
BUILDING, PASSPORT = "99012003000000", "99083004012000"


# --- first contact ---------------------------------------------------------------------------------------------------


def first_contacts() -> list[Story]:
    log = count(1)
    done = Story("done", positions=log).received(service=PASSPORT).answered(True).resolved()
    at_counter = Story("counter", positions=log).received(Channel.COUNTER).answered(True).later(3).resolved()
    open_ = Story("open", positions=log).received().answered(True)
    later = Story("later", positions=log).received().later().classified(BUILDING).answered().resolved()
    passed_on = Story("on", positions=log).received().answered(True).forwarded().recalled().resolved()
    no_answer = Story("none", positions=log).received().resolved("withdrawn")
    letter = Story("letter", positions=log).received(Channel.LETTER).answered(True).resolved()
    merged = Story("merged", positions=log).received().merged()
    return [done, at_counter, open_, later, passed_on, no_answer, letter, merged]


def test_first_contact_resolution(model: ReadModel) -> None:
    stories = first_contacts()
    told(model, *stories)
    assert figure(model, "first_contact_resolution") == Count(counted=7, met=2)
    found = {subject: outcome for subject, outcome, _ in behind(model, "first_contact_resolution")}
    assert [found.get(story.id) for story in stories] == [
        "first_contact",
        "first_contact",
        "answered",
        "later",
        "went_on",
        "later",
        None,
        "later",
    ]
    assert by(model, "first_contact_resolution", "service") == {
        NONE: Count(counted=5, met=1),
        PASSPORT: Count(counted=1, met=1),
        BUILDING: Count(counted=1),
    }


@pytest.mark.parametrize(("hours", "met"), [(1, 0), (14 * 24, 0), (14 * 24 + 0.001, 1)])
def test_who_comes_back_soon_was_not_helped(model: ReadModel, hours: float, met: int) -> None:
    story = Story().received().answered(True).resolved().later(hours).reopened()
    told(model, story, size=1)
    assert figure(model, "first_contact_resolution") == Count(counted=1, met=met)
    story.answered().resolved()
    told(model, story)
    assert figure(model, "first_contact_resolution") == Count(counted=1, met=met)


def test_who_contradicts_before_the_end_was_not_helped(model: ReadModel) -> None:
    told(model, Story().received().answered(True).contradicted().answered().resolved())
    assert behind(model, "first_contact_resolution")[0][1:] == ("came_back", False)


def test_a_callback_or_waiting_is_no_first_contact(model: ReadModel) -> None:
    log = count(1)
    called = Story("called", positions=log).received().answered(True).callback_promised().contacted().resolved()
    waited = Story("waited", positions=log).received().answered(True).paused().resumed().resolved()
    told(model, called, waited)
    assert figure(model, "first_contact_resolution") == Count(counted=2)


def test_what_is_counted_stays_counted_when_the_service_changes_later(model: ReadModel) -> None:
    story = Story().received(service=PASSPORT).answered(True).resolved().later(500).reopened().classified(BUILDING)
    told(model, story)
    assert by(model, "first_contact_resolution", "service") == {PASSPORT: Count(counted=1, met=1)}
    assert by(model, "reply_in_time", "service") == {BUILDING: Count(counted=1)}
    assert by(model, "backlog_by_age", "service").keys() == {BUILDING}


# --- reply -----------------------------------------------------------------------------------------------------------


def reply(model: ReadModel, story: Story) -> list[str | None]:
    """Outcomes of the promised replies, in order; as known at the end of the story."""
    told(model, story)
    rows = model.all_of(figures.evidence, question("reply_in_time", now=story.now + timedelta(microseconds=1)))
    late = model.all_of(
        figures.evidence, question("reply_in_time", now=story.now + timedelta(microseconds=1)), verdict="undecided"
    )
    return [
        row.outcome or ("overdue" if row.met is False else "due") for row in sorted(rows + late, key=lambda r: r.at)
    ]


def test_reply_in_time_at_the_last_moment(model: ReadModel) -> None:
    assert reply(model, Story().received().later(48).answered().resolved()) == ["in_time"]


def test_reply_too_late(model: ReadModel) -> None:
    assert reply(model, Story().received().later(48.001).answered()) == ["late"]


def test_resolved_without_an_answer_is_a_reply(model: ReadModel) -> None:
    assert reply(model, Story().received().later(47).resolved("referred")) == ["in_time"]


def test_only_the_first_answer_counts(model: ReadModel) -> None:
    assert reply(model, Story().received().later().answered().later(100).answered().resolved()) == ["in_time"]


def test_overdue_and_still_open_is_missed(model: ReadModel) -> None:
    story = Story().received().later(49)
    assert reply(model, story) == ["overdue"]
    assert figure(model, "reply_in_time", now=story.now) == Count(counted=1)
    assert figure(model, "reply_in_time", now=NOON + 48 * HOUR) == Count(undecided=1)
    assert figure(model, "reply_in_time", now=NOON + 48 * HOUR, end=NOON + 48 * HOUR) == Count(undecided=1)


def test_first_contact_promises_no_reply(model: ReadModel) -> None:
    assert reply(model, Story().received().answered(True).resolved()) == []


def test_merged_before_the_reply_goes_on_elsewhere_and_back_is_promised_anew(model: ReadModel) -> None:
    assert reply(model, Story().received().merged().later(100).unmerged().later().answered()) == ["in_time"]


def test_each_reopening_promises_a_reply(model: ReadModel) -> None:
    story = Story().received().later().answered().resolved().later(200).reopened().later(49).answered()
    assert reply(model, story) == ["in_time", "late"]


def test_the_clock_stands_while_it_waits_for_the_citizen(model: ReadModel) -> None:
    story = Story().received().later(47).paused().later(24 * 20)
    assert reply(model, story) == ["due"]
    assert reply(model, story.resumed().later(9)) == ["due"]
    assert reply(model, story.later().answered()) == ["in_time"]


def test_answered_while_it_waits_is_in_time(model: ReadModel) -> None:
    assert reply(model, Story().received().later(47).paused().later(24 * 20).answered()) == ["in_time"]


def test_to_wait_does_not_make_overdue_good(model: ReadModel) -> None:
    story = Story().received().later(49).paused().later()
    assert reply(model, story) == ["overdue"]
    assert reply(model, story.answered()) == ["late"]


def test_the_due_time_in_force_counts(model: ReadModel) -> None:
    story = Story().received().later(47).due_changed().later(71).answered()
    assert reply(model, story) == ["in_time"]
    row = model.all_of(figures.evidence, question("reply_in_time"))[0]
    assert row.events == (f"{story.id}:1", f"{story.id}:2", f"{story.id}:3")
    assert row.due_at == NOON + (47 + 72) * HOUR


# --- forwards --------------------------------------------------------------------------------------------------------


def forwards() -> list[Story]:
    log = count(1)
    accepted = Story("a", positions=log).received(service=BUILDING).forwarded("works").later(2).accepted()
    rejected = Story("r", positions=log).received().forwarded("works").later().rejected().forwarded("parks").accepted()
    expired = Story("e", positions=log).received().forwarded("parks").later(5).expired()
    recalled = Story("c", positions=log).received().forwarded("works").recalled().resolved("no_action")
    gone = Story("g", positions=log).received().forwarded("baths").later().rerouted("department:baths")
    pending = Story("p", positions=log).received().forwarded("works")
    return [accepted, rejected, expired, recalled, gone, pending]


def test_what_became_of_forwards(model: ReadModel) -> None:
    told(model, *forwards())
    met = {
        outcome: figure(model, f"forwards_{outcome}").met for outcome in ("accepted", "rejected", "expired", "recalled")
    }
    assert met == {"accepted": 2, "rejected": 1, "expired": 1, "recalled": 1}
    assert figure(model, "forwards_accepted") == Count(
        counted=6, met=2, undecided=1, measured=5, value_sum=120 + 60 + 0 + 300 + 0
    )


def test_forwards_by_the_department_that_was_asked(model: ReadModel) -> None:
    told(model, *forwards())
    rows = by(model, "forwards_accepted", "department")
    assert {key: (row.counted, row.met, row.undecided) for key, row in rows.items()} == {
        "baths": (1, 0, 0),
        "parks": (2, 1, 0),
        "works": (3, 1, 1),
    }
    assert by(model, "forwards_accepted", "service")[BUILDING].met == 1
    assert figure(model, "forwards_expired", department="parks").met == 1


# --- callbacks -------------------------------------------------------------------------------------------------------


def callback(model: ReadModel, story: Story) -> list[tuple[str | None, bool | None]]:
    told(model, story)
    return [row[1:] for row in behind(model, "callbacks_in_time", now=story.now + timedelta(microseconds=1))]


def promised() -> Story:
    return Story().received().later().callback_promised()


def test_called_back_at_the_last_moment(model: ReadModel) -> None:
    assert callback(model, promised().later(2).contacted(False).later(22).contacted()) == [("in_time", True)]
    assert figure(model, "callbacks_in_time") == Count(counted=1, met=1, measured=1, value_sum=2)


def test_called_back_too_late(model: ReadModel) -> None:
    assert callback(model, promised().later(24.001).contacted()) == [("late", False)]


def test_promised_and_never_called(model: ReadModel) -> None:
    assert callback(model, promised().later(25)) == [(None, False)]
    assert figure(model, "callbacks_in_time", now=NOON + 25 * HOUR) == Count(undecided=1)


def test_an_answer_takes_the_place_of_the_call(model: ReadModel) -> None:
    assert callback(model, promised().later(23).answered()) == [("in_time", True)]


@pytest.mark.parametrize(("hours", "expected"), [(23, [("late", False)]), (25, [("late", False), ("late", False)])])
def test_to_promise_again_does_not_make_late_good(
    model: ReadModel, hours: float, expected: list[tuple[str, bool]]
) -> None:
    story = promised().later(hours).callback_promised(timedelta(hours=1)).later(2).contacted()
    assert callback(model, story) == expected


def test_unreachable_counts_as_kept_only_when_it_was_tried_in_time(model: ReadModel) -> None:
    log = count(1)
    tried = Story("tried", positions=log).received().callback_promised().later(23).contacted(False).later(9)
    late = Story("late", positions=log).received().callback_promised().later(25).contacted(False)
    told(model, tried.resolved("unreachable"), late.resolved("unreachable"))
    assert figure(model, "callbacks_in_time") == Count(counted=2, met=1, measured=2, value_sum=1)


def test_a_withdrawn_one_does_not_count(model: ReadModel) -> None:
    assert callback(model, promised().later(30).resolved("withdrawn")) == []


# --- marathon --------------------------------------------------------------------------------------------------------


def marathons() -> list[Story]:
    """First door; third door after two bounces; nobody, given up; only recalled; still at the first door."""
    log = count(1)
    first = Story("first", positions=log).received(service=BUILDING).forwarded("works").later(3).accepted()
    third = Story("third", positions=log).received().forwarded("works").later(2).rejected().later().forwarded("parks")
    third.later(4).expired().forwarded("baths").later().accepted()
    vain = Story("vain", positions=log).received().forwarded("works").later().rejected().answered().resolved()
    recalled = Story("recalled", positions=log).received().forwarded("works").later().recalled().answered().resolved()
    pending = Story("pending", positions=log).received().forwarded("works")
    return [first, third, vain, recalled, pending]


def test_marathon(model: ReadModel) -> None:
    told(model, *marathons())
    counted = {"counted": 3, "met": 1, "undecided": 1, "measured": 3}
    assert figure(model, "marathon_doors") == Count(**counted, value_sum=1 + 3 + 1)
    assert figure(model, "marathon_bounces") == Count(**counted, value_sum=0 + 2 + 1)
    assert figure(model, "marathon_lost_minutes") == Count(**counted, value_sum=0 + (120 + 60 + 240) + 60)
    by_department = by(model, "marathon_doors", "department")
    assert {key: row.value_sum for key, row in by_department.items()} == {"works": 1, "baths": 3, NONE: 1}


def test_a_marathon_that_goes_on_counts_before_anybody_accepts(model: ReadModel) -> None:
    story = Story().received().forwarded("works").later(2).rejected()
    told(model, story)
    assert figure(model, "marathon_bounces") == Count(counted=1, measured=1, value_sum=1)
    assert behind(model, "marathon_bounces")[0][1] == "searching"


def test_searches_of_one_inquiry_add_up_to_its_standing(model: ReadModel) -> None:
    story = Story().received().forwarded("works").later().rejected().later().forwarded("parks").later(2).accepted()
    story.later().forwarded("works").later().expired().later().forwarded("baths").accepted()
    told(model, story, size=2)
    standing = story.standing
    found = [figure(model, f"marathon_{name}") for name in ("doors", "bounces", "lost_minutes")]
    assert [one.counted for one in found] == [2, 2, 2]
    assert [one.value_sum for one in found] == [standing.forwards, standing.sent_back, standing.lost_minutes]
