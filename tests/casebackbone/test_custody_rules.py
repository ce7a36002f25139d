"""The check of the record finds nothing in what the aggregate does, and each breach that is put in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from casebackbone.custody import NO_OFFER
from casebackbone.custody_rules import MAY_CHANGE, custody_findings
from casebackbone.inquiry_events import STORED, InquiryEvent, Received
from casebackbone.refusals import Refused
from events.standing import State
from tests.casebackbone.desk import (
    ANNA,
    ANSWERED,
    CLAIMED,
    MERGED,
    MONDAY,
    PAUSED,
    RESOLVED,
    Desk,
    Step,
    accepted,
    offered,
    rejected,
)
from tests.casebackbone.test_inquiry_properties import steps


@settings(max_examples=300, deadline=None)
@given(steps=steps)
def test_whatever_the_aggregate_does_is_lawful(steps: list[Step]) -> None:
    desk = Desk()
    for step in steps:
        with suppress(Refused):
            desk.step(step, after=timedelta(hours=1))
    for one in (desk.inquiry, desk.other):
        assert list(custody_findings(one.pending_events)) == []


def test_every_kind_of_event_has_its_rule() -> None:
    assert set(MAY_CHANGE) == set(STORED.values()) - {Received}


def test_what_earlier_events_did_not_say_is_no_breach() -> None:
    """They named no former holder where a withdrawn offer took an inquiry back to the desk."""
    events = _told(CLAIMED, offered(), CLOSED)
    object.__setattr__(events[3], "moved_from", None)
    assert list(custody_findings(events)) == []
    _changed(events[3], holder="desk:background")
    assert [finding.code for finding in custody_findings(events)] == ["moved_unsaid", "moved_elsewhere"]


def _told(*steps: Step) -> list[InquiryEvent]:
    return list(Desk().given(*steps).inquiry.pending_events)


def _changed(event: InquiryEvent, **standing: Any) -> None:
    object.__setattr__(event, "standing", replace(event.standing, **standing))


GONE: Step = ("reroute", {"gone": ANNA, "to": None, "reason": "left"})
CLOSED: Step = ("reroute", {"gone": "department:strassen", "to": None, "reason": "closed"})
BREACHES = [
    pytest.param([CLAIMED], 2, {"holder": None}, "open_without_holder", id="nobody has it"),
    pytest.param([CLAIMED], 2, {"holder": "nowhere"}, "open_without_holder", id="an unknown place has it"),
    pytest.param([CLAIMED], 2, {"due_at": None}, "open_without_due", id="due at no time"),
    pytest.param([CLAIMED], 2, {"due_at": MONDAY}, "changes_too_much", id="a due time moved on the side"),
    pytest.param([CLAIMED], 2, {"holder": "desk:front"}, "not_a_person", id="claimed by nobody"),
    pytest.param([offered()], 2, {"holder": "department:strassen"}, "changes_too_much", id="an offer that moves it"),
    pytest.param([offered()], 2, {"offered_to": "gruen"}, "offered_to_another", id="offered to another"),
    pytest.param([offered()], 2, {"offer_expires_at": None}, "offer_without_end", id="an offer without an end"),
    pytest.param([offered()], 2, {"forwards": 0}, "forward_not_counted", id="a forward that was not counted"),
    pytest.param([offered(), accepted()], 3, {"holder": "department:gruen"}, "taken_by_another", id="another took it"),
    pytest.param([offered(), accepted()], 3, {"department": "gruen"}, "matter_of_another", id="another's matter"),
    pytest.param([offered(), rejected()], 3, {"holder": "department:strassen"}, "not_at_the_desk", id="not sent back"),
    pytest.param([offered(), rejected()], 3, {"sent_back": 0}, "sent_back_not_counted", id="sent back, not counted"),
    pytest.param(
        [offered(), ("recall", {})], 3, {"holder": "desk:background"}, "changes_too_much", id="recall moves it"
    ),
    pytest.param([ANSWERED, RESOLVED], 3, {"holder": "desk:front"}, "closed_with_holder", id="resolved and held"),
    pytest.param([ANSWERED, RESOLVED], 3, {"state": State.OPEN}, "not_resolved", id="resolved and open"),
    pytest.param([PAUSED], 2, {"waiting_since": None}, "waiting_since_never", id="waiting since no time"),
    pytest.param([MERGED], 2, {"merged_into": None}, "merged_into_nothing", id="merged into nothing"),
    pytest.param([CLAIMED, GONE], 3, {"holder": ANNA}, "not_moved_on", id="rerouted to where it was"),
    pytest.param([CLAIMED, GONE], 3, {"holder": "agent:eve"}, "moved_elsewhere", id="rerouted to somebody"),
    pytest.param([CLAIMED, GONE], 3, {"department": "gruen"}, "moved_elsewhere", id="rerouted, the matter of another"),
    pytest.param([CLAIMED, GONE], 3, {"sent_back": 1}, "sent_back_not_counted", id="rerouted, and sent back by nobody"),
    pytest.param([CLAIMED, offered(), GONE], 4, NO_OFFER, "withdrawn_unsaid", id="rerouted, and an offer is gone"),
    pytest.param(
        [CLAIMED, offered(), CLOSED], 4, {"holder": "agent:eve"}, "moved_elsewhere", id="withdrawn, and moved"
    ),
    pytest.param([offered(), CLOSED], 3, {"holder": "agent:eve"}, "moved_unsaid", id="withdrawn, and moved unsaid"),
    pytest.param([CLAIMED, GONE], 3, {"forwards": 1}, "changes_too_much", id="rerouted, and a forward appears"),
]


@pytest.mark.parametrize(("steps", "version", "change", "code"), BREACHES)
def test_a_breach_is_found_where_it_is(steps: list[Step], version: int, change: dict[str, Any], code: str) -> None:
    events = _told(*steps)
    assert list(custody_findings(events)) == []
    _changed(events[version - 1], **change)
    found = [(finding.version, finding.code) for finding in custody_findings(events)]
    assert (version, code) in found


def test_versions_with_a_gap_are_found() -> None:
    events = _told(CLAIMED, ANSWERED)
    assert [finding.code for finding in custody_findings([events[0], events[2]])] == ["version_gap"]
    assert "begins_late" in [finding.code for finding in custody_findings(events[1:])]


def test_an_offer_that_expires_early_is_found() -> None:
    desk = Desk().given(offered())
    desk.step("expire_offer", after=timedelta(hours=5))
    events = list(desk.inquiry.pending_events)
    assert list(custody_findings(events)) == []
    object.__setattr__(events[2], "occurred_at", MONDAY + timedelta(hours=1))
    assert [finding.code for finding in custody_findings(events)] == ["expired_early"]


def test_events_after_the_end_are_found() -> None:
    events, going_on = _told(ANSWERED, RESOLVED), _told(ANSWERED, ANSWERED, CLAIMED)
    found = [(finding.version, finding.code) for finding in custody_findings([*events, going_on[3]])]
    assert (4, "after_the_end") in found
