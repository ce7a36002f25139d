"""The rules of one inquiry: custody, offers, clock, end and return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events.standing import State
from tests.casebackbone.desk import (
    ANNA,
    ANSWER,
    ANSWERED,
    BERND,
    CLAIMED,
    MERGED,
    MONDAY,
    PAUSED,
    QUESTION,
    RESOLVED,
    Desk,
    accepted,
    due,
    offered,
    rejected,
)


def test_a_received_inquiry_lies_at_the_front_desk_with_a_due_time() -> None:
    standing = Desk().inquiry.standing
    assert (standing.state, standing.holder, standing.due_at) == (State.OPEN, "desk:front", due().at)


class TestClaim:
    def test_an_agent_takes_it_from_the_desk(self) -> None:
        event = Desk().step("claim", agent=ANNA)
        assert (event.standing.holder, event.taken_from) == (ANNA, "desk:front")

    def test_an_agent_of_the_department_takes_it_from_the_department(self) -> None:
        event = Desk().given(offered(), accepted()).step("claim", agent=BERND)
        assert (event.standing.holder, event.standing.department) == (BERND, "strassen")

    def test_not_from_another_person(self) -> None:
        Desk().given(CLAIMED).refuses("held_by_another", "claim", agent=BERND)

    def test_not_twice(self) -> None:
        Desk().given(CLAIMED).refuses("already_yours", "claim", agent=ANNA)


class TestRelease:
    def test_back_to_the_front_desk(self) -> None:
        assert Desk().given(CLAIMED).step("release", reason="end_of_shift").standing.holder == "desk:front"

    def test_back_to_the_department_whose_matter_it_is(self) -> None:
        desk = Desk().given(offered(), accepted(), ("claim", {"agent": BERND}))
        assert desk.step("release", reason="end_of_shift").standing.holder == "department:strassen"

    def test_only_what_a_person_holds(self) -> None:
        Desk().refuses("not_claimed", "release", reason="end_of_shift")

    def test_to_the_background_and_not_twice(self) -> None:
        desk = Desk()
        assert desk.step("send_to_background", reason="peak").standing.holder == "desk:background"
        desk.refuses("already_there", "send_to_background", reason="peak")


class TestForwarding:
    def test_offering_leaves_the_holder(self) -> None:
        standing = Desk().given(CLAIMED).step(offered()).standing
        assert (standing.holder, standing.offered_to, standing.forwarded_by) == (ANNA, "strassen", ANNA)
        assert standing.offer_expires_at == MONDAY + timedelta(hours=4)

    def test_accepting_takes(self) -> None:
        event = Desk().given(CLAIMED, offered()).step(accepted())
        assert (event.standing.holder, event.standing.department) == ("department:strassen", "strassen")
        assert (event.standing.offered_to, event.standing.offer_expires_at, event.taken_from) == (None, None, ANNA)

    def test_rejecting_sends_it_to_the_front_desk_visibly(self) -> None:
        standing = Desk().given(CLAIMED, offered()).step(rejected()).standing
        assert (standing.holder, standing.sent_back, standing.offered_to) == ("desk:front", 1, None)

    def test_expiring_sends_it_to_the_front_desk_but_not_before_time(self) -> None:
        desk = Desk().given(CLAIMED, offered())
        desk.refuses("offer_not_expired", "expire_offer")
        standing = desk.step("expire_offer", after=timedelta(hours=5)).standing
        assert (standing.holder, standing.sent_back) == ("desk:front", 1)

    def test_recalling_keeps_it_where_it_was(self) -> None:
        standing = Desk().given(CLAIMED, offered()).step("recall").standing
        assert (standing.holder, standing.offered_to, standing.sent_back) == (ANNA, None, 0)

    def test_only_the_department_that_was_asked_decides(self) -> None:
        desk = Desk().given(offered())
        desk.refuses("not_offered_to_you", "accept", department="gruen")
        desk.refuses("not_offered_to_you", "reject", department="gruen", reason="not_responsible")

    def test_without_an_offer_there_is_nothing_to_decide(self) -> None:
        for step in (accepted(), rejected(), ("recall", {}), ("expire_offer", {})):
            Desk().refuses("no_offer", step)

    def test_one_offer_at_a_time(self) -> None:
        Desk().given(offered()).refuses("offer_pending", offered("gruen"))

    def test_not_to_where_it_is(self) -> None:
        Desk().given(offered(), accepted()).refuses("already_there", offered())

    def test_the_third_forward_needs_a_supervisor(self) -> None:
        desk = Desk().given(offered("a"), rejected("a"), offered("b"), rejected("b"))
        desk.refuses("needs_supervisor", offered("c"))
        assert desk.step(offered("c"), supervised=True).standing.forwards == 3

    def test_recalled_forwards_count_and_so_do_those_before_a_reopening(self) -> None:
        recalled = Desk().given(offered("a"), ("recall", {}), offered("b"), ("recall", {}))
        recalled.refuses("needs_supervisor", offered("c"))
        reopen = ("reopen", {"due": due(48), "reason": "contradicted"})
        reopened = Desk().given(offered("a"), rejected("a"), offered("b"), accepted("b"), ANSWERED, RESOLVED, reopen)
        reopened.refuses("needs_supervisor", offered("c"))

    def test_an_offer_survives_the_release_of_its_sender(self) -> None:
        standing = Desk().given(CLAIMED, offered()).step("release", reason="end_of_shift").standing
        assert (standing.holder, standing.offered_to) == ("desk:front", "strassen")


class TestAnswerAndEnd:
    def test_answered_at_first_contact(self) -> None:
        assert Desk().step("answer", contents=[ANSWER], after=timedelta()).first_contact is True
        assert Desk().step("answer", contents=[ANSWER]).first_contact is False, "as an import tells of it"

    def test_answered_later(self) -> None:
        desk = Desk()
        desk.inquiry.collect_events()
        assert desk.step("answer", contents=[ANSWER]).first_contact is False

    def test_resolved_has_no_holder_and_no_due_time(self) -> None:
        standing = Desk().given(ANSWERED).step("resolve", outcome="answered").standing
        assert (standing.state, standing.holder, standing.due_at) == (State.RESOLVED, None, None)

    def test_answered_needs_an_answer(self) -> None:
        Desk().refuses("not_answered", "resolve", outcome="answered")
        assert Desk().step("resolve", outcome="withdrawn").standing.state is State.RESOLVED

    def test_not_with_an_open_offer(self) -> None:
        Desk().given(ANSWERED, offered()).refuses("offer_pending", "resolve", outcome="answered")

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            CLAIMED,
            offered(),
            ANSWERED,
            RESOLVED,
            PAUSED,
            ("release", {"reason": "peak"}),
            ("send_to_background", {"reason": "peak"}),
            ("promise_callback", {"due_at": MONDAY}),
            ("contact", {"reached": True}),
            ("classify", {"service": "99000000000000"}),
            ("change_due", {"due": due(), "reason": "law"}),
            ("escalate", {"to": "agent:chef", "reason": "overdue", "again_at": MONDAY}),
            ("acknowledge", {"until": MONDAY}),
            MERGED,
            ("contradict", {"contents": [ANSWER]}),
            ("reroute", {"gone": ANNA, "to": None, "reason": "left"}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_closed_is_closed(self, name: str, arguments: dict[str, Any]) -> None:
        Desk().given(ANSWERED, RESOLVED).refuses("closed", name, **arguments)

    def test_a_note_may_still_be_written(self) -> None:
        assert Desk().given(ANSWERED, RESOLVED).step("note", contents=[ANSWER]).standing.state is State.RESOLVED

    def test_reopened_goes_to_the_department_whose_matter_it_was(self) -> None:
        desk = Desk().given(offered(), accepted(), ANSWERED, RESOLVED)
        standing = desk.step("reopen", due=due(48), reason="contradicted").standing
        assert (standing.holder, standing.due_at, standing.reopened) == ("department:strassen", due(48).at, 1)

    def test_reopened_without_a_department_goes_to_the_front_desk(self) -> None:
        desk = Desk().given(ANSWERED, RESOLVED)
        assert desk.step("reopen", due=due(48), reason="contradicted").standing.holder == "desk:front"

    def test_only_the_resolved_is_reopened(self) -> None:
        Desk().refuses("not_resolved", "reopen", due=due(), reason="contradicted")


class TestClock:
    def test_waiting_keeps_a_due_time_and_what_was_left(self) -> None:
        desk = Desk()
        standing = desk.step(PAUSED).standing
        assert (standing.state, standing.due_at, standing.holder) == (State.WAITING, due(240).at, "desk:front")
        assert desk.inquiry.remaining_minutes == 600
        desk.refuses("already_waiting", PAUSED)
        assert desk.step("resume", due=due(34)).standing.due_at == due(34).at
        desk.refuses("not_waiting", "resume", due=due())

    def test_a_changed_due_time_says_what_it_was(self) -> None:
        desk = Desk()
        event = desk.step("change_due", due=due(48), reason="law")
        assert (event.previous_due_at, event.standing.due_at) == (due().at, due(48).at)
        desk.refuses("unchanged", "change_due", due=due(48), reason="law")

    def test_a_step_cannot_lie_before_the_last_one(self) -> None:
        Desk().given(CLAIMED).refuses("before_the_last_event", ANSWERED, after=timedelta(hours=-1))


class TestCallbackAndEscalation:
    def test_a_promised_call_is_kept_when_the_citizen_was_reached(self) -> None:
        desk = Desk().given(("promise_callback", {"due_at": due(8).at}))
        assert desk.step("contact", reached=False).standing.callback_due_at == due(8).at
        assert desk.step("contact", reached=True).standing.callback_due_at is None

    def test_a_window_is_not_over_and_ends_after_it_begins(self) -> None:
        Desk().refuses("window_reversed", "promise_callback", due_at=due(1).at, not_before=due(1).at)
        Desk().refuses("window_over", "promise_callback", due_at=MONDAY + timedelta(minutes=1))

    def test_an_attempt_without_a_promise_is_none_of_a_promised_call(self) -> None:
        desk = Desk().given(("contact", {"reached": False}), ("promise_callback", {"due_at": due(8).at}))
        assert desk.inquiry.standing.callback_attempts == 0

    def test_attempts_are_counted_until_the_citizen_is_reached(self) -> None:
        desk = Desk().given(("promise_callback", {"due_at": due(8).at, "not_before": due(4).at}))
        assert [desk.step("contact", reached=False).standing.callback_attempts for _ in range(2)] == [1, 2]
        reached = desk.step("contact", reached=True)
        assert (reached.promised_until, reached.standing.callback_due_at) == (due(8).at, None)
        assert (reached.standing.callback_not_before, reached.standing.callback_attempts) == (None, 0)

    @pytest.mark.parametrize("outcome", ["answered", "referred", "no_action"])
    def test_a_promised_call_is_not_left_behind(self, outcome: str) -> None:
        desk = Desk().given(ANSWERED, ("promise_callback", {"due_at": due(8).at}))
        desk.refuses("callback_promised", "resolve", outcome=outcome)
        assert desk.given(("contact", {"reached": True})).step("resolve", outcome=outcome).standing.holder is None

    def test_unreachable_is_who_was_called(self) -> None:
        desk = Desk().given(("promise_callback", {"due_at": due(8).at}))
        desk.refuses("never_tried", "resolve", outcome="unreachable")
        standing = desk.given(("contact", {"reached": False})).step("resolve", outcome="unreachable").standing
        assert (standing.callback_due_at, standing.callback_attempts) == (None, 0)

    def test_the_citizen_may_do_without(self) -> None:
        desk = Desk().given(("promise_callback", {"due_at": due(8).at}))
        assert desk.step("resolve", outcome="withdrawn").standing.callback_due_at is None

    def test_escalating_leaves_the_holder_until_somebody_takes_note(self) -> None:
        desk = Desk().given(CLAIMED)
        desk.refuses("not_escalated", "acknowledge", until=due().at)
        standing = desk.step("escalate", to="agent:chef", reason="overdue", again_at=due(1).at).standing
        assert (standing.holder, standing.escalated_to, standing.escalate_again_at) == (ANNA, "agent:chef", due(1).at)
        standing = desk.step("acknowledge", until=due(2).at).standing
        assert (standing.acknowledged_until, standing.escalate_again_at) == (due(2).at, None)


class TestServiceAndContent:
    def test_classified_remembers_what_it_was(self) -> None:
        desk = Desk()
        assert desk.step("classify", service="99108003000000").previous_service is None
        desk.refuses("unchanged", "classify", service="99108003000000")

    def test_erased_once(self) -> None:
        desk = Desk()
        event = desk.step("erase", content_ids=[QUESTION.content_id, uuid4()], basis="request")
        assert event.content_ids == [QUESTION.content_id]
        desk.refuses("nothing_to_erase", "erase", content_ids=[QUESTION.content_id], basis="request")
