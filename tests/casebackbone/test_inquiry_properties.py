"""After any sequence of commands: one holder, one due time, versions without gaps, and the fold is the state.

On two inquiries without a store, so that thousands of sequences take seconds; ``CASEBACKBONE_TEST_SCHEDULES``
multiplies them. The same against the real application: ``tests/api/test_any_schedule.py``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from casebackbone.inquiry import Inquiry
from casebackbone.inquiry_events import Claimed, ForwardAccepted, Forwarded, ForwardRecalled, InquiryEvent
from casebackbone.refusals import Refused
from events.standing import State
from tests.casebackbone.desk import ANNA, ANSWER, BERND, MONDAY, OTHER, QUESTION, Desk, Step, due

DEPARTMENTS = ("strassen", "gruen", "soziales")

departments = st.sampled_from(DEPARTMENTS)
agents = st.sampled_from([ANNA, BERND])


def _step(name: str, **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


hours = st.integers(1, 400)
later = hours.map(lambda count: due(count))
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        _step("claim", agent=agents),
        _step("release", reason=st.just("peak")),
        _step("send_to_background", reason=st.just("peak")),
        _step(
            "forward",
            to=departments,
            reason=st.just("responsible"),
            expires_at=hours.map(lambda count: MONDAY + timedelta(hours=count)),
            supervised=st.booleans(),
        ),
        _step("accept", department=departments),
        _step("reject", department=departments, reason=st.just("not_responsible")),
        _step("expire_offer"),
        _step("recall"),
        _step("answer", contents=st.just([ANSWER])),
        _step("promise_callback", due_at=later.map(lambda it: it.at)),
        _step("contact", reached=st.booleans()),
        _step("pause", reason=st.just("waiting_for_citizen"), remaining_minutes=st.integers(-600, 600), until=later),
        _step("resume", due=later),
        _step("note", contents=st.just([ANSWER])),
        _step("change_due", due=later, reason=st.just("law")),
        _step(
            "escalate",
            to=st.just("agent:chef"),
            reason=st.just("overdue"),
            again_at=later.map(lambda it: it.at),
        ),
        _step("acknowledge", until=later.map(lambda it: it.at)),
        _step("resolve", outcome=st.sampled_from(["answered", "withdrawn"])),
        _step("reopen", due=later, reason=st.just("contradicted")),
        _step("merge", into=st.just(OTHER)),
        _step("unmerge", due=later, merged_into=st.just(OTHER)),
        _step("contradict", contents=st.just([ANSWER])),
        _step(
            "reroute",
            gone=st.sampled_from([ANNA, BERND, *(f"department:{name}" for name in DEPARTMENTS)]),
            to=st.none() | departments,
            reason=st.just("left"),
        ),
        _step("erase", content_ids=st.just([QUESTION.content_id]), basis=st.just("request")),
    ),
    min_size=1,
    max_size=30,
)


EXAMPLES = max(1500, 25 * int(os.environ.get("CASEBACKBONE_TEST_SCHEDULES", "0")))


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=steps, actor=agents)
def test_nobody_is_ever_lost(steps: list[Step], actor: str) -> None:
    desk = Desk()
    for step in steps:
        before = _versions(desk), _state(desk.inquiry), _state(desk.other)
        try:
            desk.step(step, actor=actor, after=timedelta(hours=1))
        except Refused:
            assert (_versions(desk), _state(desk.inquiry), _state(desk.other)) == before, "refused is as if never asked"
        else:
            assert _versions(desk) != before[0], "only an event changes anything"
    for one in (desk.inquiry, desk.other):
        events = list(one.pending_events)
        assert [event.originator_version for event in events] == list(range(1, len(events) + 1))
        for before, event in zip([None, *events], events, strict=False):
            _holds_after(before, event)  # type: ignore[arg-type]
        folded = None
        for event in events:
            folded = event.mutate(folded)
        assert isinstance(folded, Inquiry)
        assert _state(folded) == _state(one)
    assert (desk.inquiry.standing.merged_into == desk.other.id) == (desk.inquiry.id in desk.other.duplicates)


@settings(max_examples=EXAMPLES // 5, deadline=None)
@given(earlier=steps, meanwhile=steps)
def test_unmerging_takes_back_what_merging_took(earlier: list[Step], meanwhile: list[Step]) -> None:
    desk = Desk()
    for step in earlier:
        with suppress(Refused):
            desk.step(step, after=timedelta(hours=1))
    before = desk.inquiry.standing
    try:
        desk.step("merge", into=desk.other)
    except Refused:
        return
    for step in (step for step in meanwhile if step[0] in ("note", "erase")):  # what else can happen to a closed one
        with suppress(Refused):
            desk.step(step)
    desk.step("unmerge", due=due(900), merged_into=desk.other)
    after = desk.inquiry.standing
    assert (after.state, after.due_at, after.attention) == (State.OPEN, due(900).at, "unmerged")
    assert replace(after, **{name: getattr(before, name) for name in _ANEW}) == before
    assert desk.other.duplicates == []


_ANEW = (
    *("state", "due_at", "due_policy", "waiting_since", "attention", "attention_since"),
    *("escalated_to", "escalated_at", "escalated_for", "escalate_again_at", "acknowledged_until"),
)
"""What an unmerged inquiry has anew, or has no more: it is due again, and nobody above has been told."""


def _versions(desk: Desk) -> tuple[int, int]:
    return desk.inquiry.version, desk.other.version


def _state(inquiry: Inquiry) -> dict[str, Any]:
    """All that it is, but for what a command brings with it and what the store knows."""
    return {name: value for name, value in vars(inquiry).items() if name not in _PASSING}


_PASSING = {"cause", "head", "_pending_events", "_modified_on"}


def _holds_after(before: InquiryEvent | None, event: InquiryEvent) -> None:
    standing = event.standing
    assert (standing.holder is not None) == standing.state.is_open
    assert (standing.due_at is not None) == standing.state.is_open
    assert (standing.offered_to is None) == (standing.offer_expires_at is None)
    if standing.offered_to:
        assert standing.state.is_open
    if isinstance(event, Forwarded | ForwardRecalled):
        assert before is not None
        assert standing.holder == before.standing.holder, "an offer moves nothing"
    if isinstance(event, ForwardAccepted):
        assert before is not None
        assert before.standing.offered_to == event.department == standing.department
    if isinstance(event, Claimed):
        assert standing.holder in (ANNA, BERND)
