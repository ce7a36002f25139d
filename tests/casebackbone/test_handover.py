"""Doors: what was proposed, what went in a circle, what was lost in between, and who is no longer there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.casebackbone.desk import ANNA, BERND, CLAIMED, MONDAY, Desk, Step, accepted, due, offered, rejected


def gone(who: str, to: str | None = None, **more: int) -> Step:
    return "reroute", {"gone": who, "to": to, "reason": "left", **more}


class TestProposal:
    def test_what_the_directory_named_is_kept_beside_what_was_chosen(self) -> None:
        desk = Desk()
        event = desk.step(offered("gruen"), proposed="strassen")
        assert (event.to, event.proposed, event.circular) == ("gruen", "strassen", False)
        forwarding = desk.inquiry.forwarding
        assert forwarding is not None
        assert (forwarding.to, forwarding.other_than_proposed, forwarding.outcome) == ("gruen", True, "pending")

    def test_nobody_proposed_is_not_another_one(self) -> None:
        desk = Desk().given(offered("gruen"))
        assert desk.inquiry.forwarding is not None
        assert desk.inquiry.forwarding.other_than_proposed is False

    @pytest.mark.parametrize(
        ("end", "outcome"),
        [
            (accepted(), "accepted"),
            (rejected(), "rejected"),
            (("recall", {}), "recalled"),
            (gone("department:strassen"), "withdrawn"),
        ],
    )
    def test_what_became_of_it(self, end: Step, outcome: str) -> None:
        desk = Desk().given(offered(), end)
        assert desk.inquiry.forwarding is not None
        assert desk.inquiry.forwarding.outcome == outcome

    def test_a_suggestion_is_kept(self) -> None:
        desk = Desk().given(offered())
        desk.step(rejected(), suggestion="gruen")
        assert desk.inquiry.forwarding is not None
        assert desk.inquiry.forwarding.suggestion == "gruen"


class TestCircle:
    def test_back_to_a_door_that_rejected_it(self) -> None:
        desk = Desk().given(offered("a"), rejected("a"))
        event = desk.step(offered("a"))
        assert (event.circular, event.standing.circles) == (True, 1)

    def test_back_to_a_department_that_had_it_without_having_been_asked(self) -> None:
        """A received it itself, B took it from A, and now B offers it to A."""
        desk = Desk(department="a").given(offered("b"), accepted("b"))
        assert desk.inquiry.doors == ["b"]
        event = desk.step(offered("a"))
        assert (event.circular, event.standing.circles) == (True, 1)

    def test_an_offer_that_expired_was_a_visit(self) -> None:
        desk = Desk().given(offered("a"))
        desk.step("expire_offer", after=timedelta(hours=5))
        assert desk.step(offered("a")).circular is True

    def test_an_offer_that_was_recalled_was_none(self) -> None:
        desk = Desk().given(offered("a"), ("recall", {}))
        event = desk.step(offered("a"))
        assert (event.circular, event.standing.circles, event.standing.forwards) == (False, 0, 2)


class TestLostTime:
    def test_at_doors_that_did_not_take_it_and_between_them(self) -> None:
        desk = Desk()
        desk.step(offered("a"))
        desk.step(rejected("a"), offered_minutes=30)
        assert desk.inquiry.came_back_at == desk.now
        assert desk.step(offered("b"), between_minutes=10).standing.lost_minutes == 40
        desk.step("expire_offer", after=timedelta(hours=5), offered_minutes=240)
        assert desk.inquiry.standing.lost_minutes == 280
        desk.step(offered("c"), supervised=True, between_minutes=0)
        assert desk.step(accepted("c"), offered_minutes=60).standing.lost_minutes == 280, "who accepts loses no time"
        assert desk.inquiry.came_back_at is None

    def test_what_was_closed_in_between_is_not_between_doors(self) -> None:
        desk = Desk().given(offered("a"), rejected("a"), ("resolve", {"outcome": "withdrawn"}))
        assert desk.inquiry.came_back_at is None

    def test_waiting_for_the_citizen_is_known(self) -> None:
        desk = Desk()
        desk.step("pause", reason="waiting_for_citizen", remaining_minutes=600, until=due(240))
        since = desk.now
        assert desk.inquiry.waits(MONDAY + timedelta(hours=9)) == [(since, MONDAY + timedelta(hours=9))]
        assert desk.inquiry.waits(since) == [], "for a step that is told later than it happened"
        desk.step("resume", due=due(34), after=timedelta(hours=2))
        assert desk.inquiry.waits(due(99).at) == [(since, desk.now)]


class TestRerouting:
    def test_a_person_is_gone_it_goes_home(self) -> None:
        assert Desk().given(CLAIMED).step(gone(ANNA)).standing.holder == "desk:front"
        event = Desk().given(offered(), accepted(), ("claim", {"agent": BERND})).step(gone(BERND))
        assert (event.standing.holder, event.moved_from) == ("department:strassen", BERND)
        assert (event.standing.attention, event.withdrawn_from) == ("rerouted", None)

    def test_a_person_is_gone_their_offer_stays(self) -> None:
        standing = Desk().given(CLAIMED, offered()).step(gone(ANNA)).standing
        assert (standing.holder, standing.offered_to, standing.forwarded_by) == ("desk:front", "strassen", ANNA)

    def test_a_department_is_gone_its_successor_has_it(self) -> None:
        event = Desk().given(offered(), accepted()).step(gone("department:strassen", "bau"))
        assert (event.standing.holder, event.standing.department) == ("department:bau", "bau")

    def test_also_what_one_of_its_people_holds(self) -> None:
        desk = Desk().given(offered(), accepted(), ("claim", {"agent": BERND}))
        event = desk.step(gone("department:strassen"))
        assert (event.standing.holder, event.standing.department, event.moved_from) == ("desk:front", None, BERND)

    def test_a_department_that_was_asked_is_gone(self) -> None:
        event = Desk().given(CLAIMED, offered()).step(gone("department:strassen", offered_minutes=25))
        standing = event.standing
        assert (standing.holder, standing.offered_to, standing.sent_back) == ("desk:front", None, 1)
        assert (standing.lost_minutes, event.withdrawn_from, event.moved_from) == (25, "strassen", ANNA)
        event = Desk().given(offered()).step(gone("department:strassen"))
        assert (event.standing.holder, event.withdrawn_from, event.moved_from) == ("desk:front", "strassen", None)

    def test_its_successor_had_been_asked_and_need_not_decide_any_more(self) -> None:
        desk = Desk().given(offered("a"), accepted("a"), offered("b"))
        event = desk.step(gone("department:a", "b"))
        assert (event.standing.holder, event.standing.offered_to, event.withdrawn_from) == ("department:b", None, "b")

    def test_who_has_nothing_to_do_with_it(self) -> None:
        Desk().given(CLAIMED).refuses("not_there", gone(BERND))
        Desk().given(offered(), accepted()).refuses("not_moved", gone("department:strassen", "strassen"))
