"""The same matter twice, and what a citizen says against it: both histories stay, and everything can be taken back."""

from __future__ import annotations

import pytest

from events.standing import State
from tests.casebackbone.desk import (
    ANNA,
    ANSWER,
    ANSWERED,
    CLAIMED,
    MERGED,
    OTHER,
    PAUSED,
    RESOLVED,
    Desk,
    Step,
    accepted,
    due,
    offered,
)

CONTRADICTED: Step = ("contradict", {"contents": [ANSWER]})
UNMERGED: Step = ("unmerge", {"due": due(48), "merged_into": OTHER})


class TestMerging:
    def test_merged_and_back_where_it_was(self) -> None:
        desk = Desk().given(offered(), accepted(), CLAIMED)
        before = desk.inquiry.standing
        merged = desk.step(MERGED).standing
        assert (merged.state, merged.holder, merged.due_at) == (State.MERGED, None, None)
        assert (merged.merged_into, desk.other.duplicates) == (desk.other.id, [desk.inquiry.id])
        back = desk.step(UNMERGED).standing
        assert (back.state, back.holder, back.department, back.due_at) == (State.OPEN, ANNA, "strassen", due(48).at)
        assert (back.merged_into, back.attention, desk.other.duplicates) == (None, "unmerged", [])
        assert (back.forwards, back.service, back.reference) == (before.forwards, before.service, before.reference)

    def test_the_holder_of_the_other_one_sees_both(self) -> None:
        desk = Desk().given(MERGED)
        added = desk.other.pending_events[-1]
        assert (added.duplicate, added.standing.attention) == (desk.inquiry.id, "duplicate_added")
        assert added.standing.attention_since == desk.now
        desk.given(UNMERGED)
        assert desk.other.standing.attention == "duplicate_removed"
        assert [type(event).__name__ for event in desk.other.pending_events] == [
            "Received",
            "DuplicateAdded",
            "DuplicateRemoved",
        ]

    def test_merging_makes_nobody_wait_longer(self) -> None:
        later = Desk().given(MERGED)  # due after the other one
        assert later.other.standing.due_at == due(12).at
        sooner = Desk().given(("change_due", {"due": due(6), "reason": "law"}), MERGED)
        assert (sooner.other.standing.due_at, sooner.other.standing.due_policy) == (due(6).at, "test@1")

    def test_not_with_itself_and_not_apart_without_having_been_one(self) -> None:
        desk = Desk()
        desk.refuses("merge_with_itself", "merge", into=desk.inquiry)
        desk.refuses("not_merged", UNMERGED)

    def test_not_into_what_is_closed(self) -> None:
        desk = Desk()
        desk.other.resolve("withdrawn")
        desk.refuses("merge_into_closed", MERGED)

    def test_not_while_it_is_offered_or_a_call_is_promised(self) -> None:
        Desk().given(offered()).refuses("offer_pending", MERGED)
        desk = Desk().given(("promise_callback", {"due_at": due(8).at}))
        desk.refuses("callback_promised", MERGED)
        assert desk.given(("contact", {"reached": True})).step(MERGED).standing.state is State.MERGED

    def test_what_waits_comes_back_open(self) -> None:
        standing = Desk().given(PAUSED, MERGED).step(UNMERGED).standing
        assert (standing.state, standing.waiting_since) == (State.OPEN, None)

    def test_apart_from_what_was_resolved_meanwhile(self) -> None:
        desk = Desk().given(MERGED)
        desk.other.resolve("withdrawn")
        assert desk.step(UNMERGED).standing.holder == "desk:front"
        assert (desk.other.standing.holder, desk.other.standing.attention) == (None, None)


class TestContradiction:
    def test_the_holder_is_to_look_and_stays_the_holder(self) -> None:
        desk = Desk().given(CLAIMED)
        standing = desk.step(CONTRADICTED, actor="agent:hotline").standing
        assert (standing.holder, standing.attention, standing.attention_since) == (ANNA, "contradicted", desk.now)

    @pytest.mark.parametrize(
        "idle",
        [
            ("release", {"reason": "end_of_shift"}),
            ("note", {"contents": [ANSWER]}),
            ("classify", {"service": "99000000000000"}),
            ("change_due", {"due": due(48), "reason": "law"}),
        ],
        ids=lambda step: step[0],
    )
    def test_it_stays_until_somebody_does_something_about_it(self, idle: Step) -> None:
        desk = Desk().given(CLAIMED, CONTRADICTED)
        assert desk.step(idle).standing.attention == "contradicted"
        if idle[0] == "release":
            assert desk.step(CLAIMED).standing.attention == "contradicted"

    @pytest.mark.parametrize(
        "seen",
        [
            ANSWERED,
            offered(),
            PAUSED,
            ("note", {"contents": [ANSWER], "by_holder": True}),
            ("contact", {"reached": False}),
            ("promise_callback", {"due_at": due(8).at}),
            ("resolve", {"outcome": "withdrawn"}),
        ],
        ids=lambda step: step[0],
    )
    def test_then_it_is_gone(self, seen: Step) -> None:
        standing = Desk().given(CLAIMED, CONTRADICTED).step(seen).standing
        assert (standing.attention, standing.attention_since) == (None, None)

    def test_reopened_it_says_why(self) -> None:
        desk = Desk().given(ANSWERED, RESOLVED)
        assert desk.step("reopen", due=due(48), reason="contradicted").standing.attention == "contradicted"
        desk = Desk().given(ANSWERED, RESOLVED)
        assert desk.step("reopen", due=due(48), reason="wrong_answer").standing.attention == "reopened"
