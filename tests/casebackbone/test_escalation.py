"""When somebody above is told: for each cause, again, after an acknowledgement, and through what happens in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from casebackbone.escalation import ACKNOWLEDGEMENT_ENDED, AGAIN, DueEscalation
from casebackbone.inquiry_events import STORED
from casebackbone.refusals import Conflict
from casebackbone.translation import PUBLISHED
from projections.nobody_lost_rows import NO_STEPS, STEPS
from tests.casebackbone.desk import ANSWER, MONDAY, PAUSED, QUESTION, Desk, due

HOUR = timedelta(hours=1)
SILENT = 20 * HOUR
"""In these tests all hours are service hours."""
NOTED = ("note", {"contents": [ANSWER]})


def at(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def found(desk: Desk, hours: float) -> DueEscalation | None:
    return desk.inquiry.due_escalation(desk.inquiry.last_step_at + SILENT, at(hours))


def told(desk: Desk, hours: float) -> tuple[str, float, str]:
    """Escalates what is due then: kind, deadline in hours, reason."""
    due_ = found(desk, hours)
    assert due_ is not None
    _at(
        desk,
        hours,
        "escalate_due",
        due=due_,
        to="agent:chef",
        silent_at=desk.inquiry.last_step_at + SILENT,
        again_at=at(hours + 10),
    )
    return due_.kind, (due_.deadline - MONDAY) / HOUR, due_.reason


def _at(desk: Desk, hours: float, name: Any, **arguments: Any) -> Any:
    return desk.step(name, after=at(hours) - desk.now, **arguments)


def quiet(desk: Desk, hours: float) -> None:
    assert found(desk, hours) is None


def received(due_in: int = 24) -> Desk:
    desk = Desk()
    if due_in != 24:
        _at(desk, 0, "change_due", due=due(due_in), reason="law")
    return desk


def test_overdue_at_its_time_and_once() -> None:
    desk = received(10)
    quiet(desk, 9.99)
    assert told(desk, 10) == ("overdue", 10, "overdue")
    standing = desk.inquiry.standing
    assert (standing.escalated_to, standing.escalated_at, standing.escalated_for) == ("agent:chef", at(10), "overdue")
    assert (standing.escalate_again_at, standing.holder) == (at(20), "desk:front")
    quiet(desk, 19.99)


def test_silent_since_the_last_step_of_the_city() -> None:
    desk = received(100)
    _at(desk, 5, NOTED)
    _at(desk, 6, "contradict", contents=[QUESTION])
    quiet(desk, 24.99)
    assert told(desk, 25) == ("silent", 25, "silent")


def test_a_call_that_was_not_made() -> None:
    desk = received()
    _at(desk, 1, "promise_callback", due_at=at(8))
    _at(desk, 2, "contact", reached=False)
    quiet(desk, 7.99)
    assert told(desk, 9) == ("callback_missed", 8, "callback_missed")


def test_a_call_that_was_made_is_nothing_to_tell() -> None:
    desk = received()
    _at(desk, 1, "promise_callback", due_at=at(8))
    _at(desk, 2, "contact", reached=True)
    quiet(desk, 20)


def test_waiting_is_not_silent_but_has_an_end() -> None:
    desk = received()
    _at(desk, 1, PAUSED)
    quiet(desk, 239.9)
    assert told(desk, 240) == ("waiting_over", 240, "waiting_over")


def test_a_call_promised_to_somebody_who_is_waited_for() -> None:
    desk = received()
    _at(desk, 1, PAUSED)
    _at(desk, 2, "promise_callback", due_at=at(30))
    assert told(desk, 30) == ("callback_missed", 30, "callback_missed")


def test_of_several_causes_the_gravest_and_then_quiet() -> None:
    desk = received()
    _at(desk, 0, "promise_callback", due_at=at(23))
    assert told(desk, 100) == ("callback_missed", 23, "callback_missed")
    quiet(desk, 109.9)
    _at(desk, 105, "contact", reached=True)
    assert told(desk, 110) == (AGAIN, 110, "overdue")


def test_again_and_again_until_acknowledged_and_again_after_that() -> None:
    desk = received(10)
    told(desk, 10)
    assert told(desk, 20) == (AGAIN, 20, "overdue")
    assert told(desk, 31) == (AGAIN, 30, "overdue")
    _at(desk, 32, "acknowledge", until=at(52))
    quiet(desk, 51.9)
    assert told(desk, 52) == (ACKNOWLEDGEMENT_ENDED, 52, "overdue")
    assert told(desk, 62) == (AGAIN, 62, "overdue")


def test_silence_is_told_when_nothing_else_is_left_to_tell() -> None:
    desk = received(10)
    told(desk, 10)
    _at(desk, 11, "change_due", due=due(500), reason="law")
    quiet(desk, 30.9)
    assert told(desk, 31) == ("silent", 31, "silent")


def test_without_a_cause_nothing_is_repeated() -> None:
    desk = received(10)
    told(desk, 10)
    _at(desk, 11, "change_due", due=due(25), reason="law")
    quiet(desk, 24)
    assert told(desk, 25) == ("overdue", 25, "overdue")


def test_news_are_told_although_an_earlier_escalation_was_acknowledged() -> None:
    desk = received(30)
    assert told(desk, 20) == ("silent", 20, "silent")
    _at(desk, 21, "acknowledge", until=at(400))
    quiet(desk, 29.9)
    assert told(desk, 30) == ("overdue", 30, "overdue")


def test_who_was_told_of_silence_need_not_be_told_of_it_before_a_step() -> None:
    desk = received(300)
    told(desk, 20)
    _at(desk, 21, "acknowledge", until=at(60))
    quiet(desk, 59)
    _at(desk, 30, NOTED)
    quiet(desk, 49.9)
    assert told(desk, 50) == ("silent", 50, "silent")


def test_acknowledged_before_it_was_repeated() -> None:
    desk = received(10)
    told(desk, 10)
    _at(desk, 11, "acknowledge", until=at(15))
    assert told(desk, 15) == (ACKNOWLEDGEMENT_ENDED, 15, "overdue")


def test_paused_and_resumed() -> None:
    desk = received(10)
    told(desk, 10)
    _at(desk, 11, PAUSED)
    quiet(desk, 40)
    _at(desk, 40, "resume", due=due(39))
    assert told(desk, 40) == ("overdue", 39, "overdue")


def test_the_end_ends_it_and_a_reopening_begins_anew() -> None:
    desk = received(10)
    told(desk, 10)
    _at(desk, 11, "resolve", outcome="withdrawn")
    quiet(desk, 1000)
    standing = desk.inquiry.standing
    assert (standing.escalated_to, standing.escalated_at, standing.escalated_for) == (None, None, None)
    _at(desk, 12, "reopen", due=due(30), reason="new_facts")
    quiet(desk, 29.9)
    assert told(desk, 30) == ("overdue", 30, "overdue")


def test_a_persons_word_is_repeated_until_acknowledged_and_not_after_that() -> None:
    desk = received(100)
    _at(desk, 1, "escalate", to="agent:chef", reason="complaint", again_at=at(11))
    quiet(desk, 10.9)
    assert told(desk, 11) == (AGAIN, 11, "complaint")
    assert told(desk, 21) == (AGAIN, 21, "complaint")
    _at(desk, 22, NOTED)
    _at(desk, 22, "acknowledge", until=at(30))
    quiet(desk, 41.9)


def test_a_persons_word_is_not_lost_among_deadlines() -> None:
    desk = received(8)
    _at(desk, 1, "escalate", to="agent:chef", reason="complaint", again_at=at(11))
    assert told(desk, 8) == ("overdue", 8, "overdue")
    assert desk.inquiry.standing.escalated_for == "complaint"
    _at(desk, 9, "change_due", due=due(100), reason="law")
    assert told(desk, 18) == (AGAIN, 18, "complaint")


def test_only_what_is_due_can_be_escalated_as_due() -> None:
    desk = received(10)
    wrong = DueEscalation("overdue", at(9), "overdue")
    silent_at = desk.inquiry.last_step_at + SILENT
    more = {"to": "agent:chef", "silent_at": silent_at, "again_at": at(30)}
    desk.refuses("not_due", "escalate_due", due=wrong, **more)
    right = DueEscalation("overdue", at(10), "overdue")
    desk.refuses("not_due", "escalate_due", due=right, **more)
    _at(desk, 12, "escalate_due", due=right, **more)
    desk.refuses("not_due", "escalate_due", due=right, **more)
    _at(desk, 13, "resolve", outcome="withdrawn")
    desk.refuses("closed", "escalate_due", due=right, **more)


def test_an_acknowledgement_has_to_last() -> None:
    desk = received(10)
    told(desk, 10)
    with pytest.raises(Conflict, match="acknowledged_for_no_time"):
        _at(desk, 11, "acknowledge", until=at(11))


def test_the_domain_and_the_view_have_the_same_steps() -> None:
    steps = {PUBLISHED[event] for event in STORED.values() if event.STEP}
    assert steps == set(STEPS)
    assert {PUBLISHED[event] for event in STORED.values()} - steps == set(NO_STEPS)
