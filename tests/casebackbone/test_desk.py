"""The desk of a day: people, calls and peaks; given, when, then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebackbone import desk_events as happened
from casebackbone.refusals import Conflict
from tests.casebackbone.phone_desk import LATE, RULE, PhoneDesk, at

ANNA, HANNA = "agent:anna", "agent:hanna"


@pytest.fixture
def phone() -> PhoneDesk:
    return PhoneDesk()


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


class TestPeople:
    def test_signs_on_at_one_place(self, phone: PhoneDesk) -> None:
        (event,) = phone.step(1, "sign_on", ANNA, "front", RULE)
        assert (event.person, event.place, phone.desk.present) == (ANNA, "front", {ANNA: "front"})

    def test_signing_on_elsewhere_moves_them(self, phone: PhoneDesk) -> None:
        phone.step(1, "sign_on", HANNA, "background", RULE)
        off, on = phone.step(2, "sign_on", HANNA, "front", RULE)
        assert (off.place, off.reason, on.place) == ("background", "moved", "front")
        assert phone.desk.present == {HANNA: "front"}

    def test_twice_is_quiet(self, phone: PhoneDesk) -> None:
        phone.step(1, "sign_on", ANNA, "front", RULE)
        assert phone.step(2, "sign_on", ANNA, "front", RULE) == []
        (off,) = phone.step(3, "sign_off", ANNA, RULE, reason="break")
        assert (off.place, off.reason, phone.desk.present) == ("front", "break", {})
        assert phone.step(4, "sign_off", ANNA, RULE, reason="break") == []

    def test_nobody_signs_on_when_the_day_is_over(self, phone: PhoneDesk) -> None:
        phone.step(1, "close_day", RULE)
        phone.refuses("day_over", 2, "sign_on", ANNA, "front", RULE)


class TestCalls:
    @pytest.mark.parametrize(("waited", "begun", "in_time"), [(0, 0, True), (30, 30, True), (30.2, 31, False)])
    def test_how_long_it_waited_is_told_once(self, phone: PhoneDesk, waited: float, begun: int, in_time: bool) -> None:
        phone.offered("a", 10)
        (*_, event) = (one for one in phone.answered("a", 10 + waited, ANNA) if isinstance(one, happened.CallAnswered))
        assert (event.waited_seconds, event.in_time, event.person) == (begun, in_time, ANNA)
        assert phone.desk.waiting == {}

    def test_an_abandoned_call_and_an_ended_one(self, phone: PhoneDesk) -> None:
        phone.offered("a", 1)
        (gone,) = phone.abandoned("a", 13.5)
        phone.offered("b", 14)
        phone.answered("b", 15)
        (over,) = phone.ended("b", 75)
        assert (gone.waited_seconds, over.talked_seconds) == (13, 60)
        assert phone.ended("a", 14) == []  # some systems end every call

    def test_a_repeat_is_quiet_at_every_step(self, phone: PhoneDesk) -> None:
        for _ in range(2):
            steps = [phone.offered("a", 1), phone.answered("a", 2), phone.ended("a", 3)]
            steps += [phone.offered("b", 4), phone.abandoned("b", 5), phone.ended("b", 5)]
        assert steps == [[]] * 6
        assert kinds(phone.desk.pending_events[1:]) == [
            "CallOffered",
            "CallAnswered",
            "CallEnded",
            "CallOffered",
            "CallAbandoned",
        ]

    @pytest.mark.parametrize("step", ["answer", "abandon", "end"])
    def test_of_an_unknown_call_the_offer_is_asked_for(self, phone: PhoneDesk, step: str) -> None:
        phone.refuses("unknown_call", 1, step, "a", at(1), RULE)

    def test_what_contradicts_what_was_told(self, phone: PhoneDesk) -> None:
        phone.offered("a", 1)
        phone.refuses("call_not_answered", 2, "end", "a", at(2), RULE)
        phone.refuses("call_known", 2, "offer", "a", at(2), RULE)
        phone.refuses("call_times_reversed", 2, "answer", "a", at(0.5), RULE)
        phone.refuses("call_times_reversed", 2, "abandon", "a", at(0.5), RULE)
        phone.answered("a", 3)
        phone.refuses("call_over", 4, "answer", "a", at(4), RULE)
        phone.refuses("call_over", 4, "abandon", "a", at(4), RULE)
        phone.refuses("call_times_reversed", 4, "end", "a", at(2.5), RULE)
        phone.ended("a", 5)
        phone.refuses("call_over", 6, "end", "a", at(6), RULE)
        phone.offered("b", 7)
        phone.abandoned("b", 8)
        phone.refuses("call_over", 9, "answer", "b", at(9), RULE)
        phone.refuses("call_over", 9, "abandon", "b", at(9), RULE)


class TestLate:
    def test_what_is_told_late_is_not_lost_and_keeps_its_own_time(self, phone: PhoneDesk) -> None:
        phone.offered("a", 100)
        (offered,) = phone.offered("b", 95)
        (answered,) = phone.answered("b", 99)
        assert (offered.told_at, offered.occurred_at) == (at(95), at(100))
        assert (answered.told_at, answered.occurred_at, answered.waited_seconds) == (at(99), at(100), 4)

    def test_late_news_opens_no_peak_before_the_rest_of_it_has_come(self, phone: PhoneDesk) -> None:
        phone.offered("a", 100)
        assert kinds(phone.offered("b", 50)) == ["CallOffered"]  # 50 seconds ago, and answered at once
        assert kinds(phone.answered("b", 52)) == ["CallAnswered"]
        assert phone.looked(101) == []

    def test_but_the_next_look_does(self, phone: PhoneDesk) -> None:
        phone.offered("a", 100)
        phone.offered("b", 50)
        assert kinds(phone.looked(101)) == ["PeakOpened"]
        assert phone.peaks() == [("waited_too_long", at(100))]

    def test_people_may_be_behind_the_telephones_clock(self, phone: PhoneDesk) -> None:
        phone.offered("a", 10)
        (event,) = phone.step(8, "sign_on", ANNA, "front", RULE)
        assert event.occurred_at == at(10)


class TestPeaks:
    def test_opens_with_too_many_and_says_why(self, phone: PhoneDesk) -> None:
        phone.offered("a", 1)
        phone.offered("b", 2)
        assert kinds(phone.offered("c", 3)) == ["CallOffered", "PeakOpened"]
        event = phone.desk.pending_events[-1]
        assert (event.reason, event.waiting, event.longest_wait_seconds) == ("calls_waiting", 3, 2)
        assert (phone.desk.peak_open, phone.desk.peak_reason) == (True, "calls_waiting")

    def test_opens_by_mere_waiting_at_its_own_moment_whoever_looks_when(self, phone: PhoneDesk) -> None:
        phone.offered("a", 1)
        assert phone.looked(31) == []
        assert kinds(phone.looked(300)) == ["PeakOpened"]
        assert phone.peaks() == [("waited_too_long", at(31) + LATE)]
        assert phone.looked(300) == []

    def test_an_event_sees_what_waiting_had_decided_before_it(self, phone: PhoneDesk) -> None:
        phone.offered("a", 1)
        assert kinds(phone.answered("a", 40)) == ["PeakOpened", "CallAnswered"]

    def test_closes_after_calm_and_not_before(self, phone: PhoneDesk) -> None:
        for number, call in enumerate("abc"):
            phone.offered(call, number)
        phone.answered("a", 5)
        phone.answered("b", 10)  # calm from here on: one waits, and not too long
        phone.answered("c", 12)
        assert phone.looked(129) == []
        assert kinds(phone.looked(500)) == ["PeakClosed"]
        assert phone.peaks() == [("calls_waiting", at(2)), ("calm", at(130))]

    def test_calm_that_is_interrupted_begins_anew(self, phone: PhoneDesk) -> None:
        for number, call in enumerate("abc"):
            phone.offered(call, number)
        for call in "abc":
            phone.answered(call, 10)
        phone.offered("d", 60)
        phone.offered("e", 61)  # two are more than one
        phone.answered("d", 62)
        phone.answered("e", 63)
        assert phone.looked(181) == []
        phone.looked(182)
        assert phone.peaks()[-1] == ("calm", at(182))

    def test_one_that_waits_too_long_interrupts_the_calm_without_any_event(self, phone: PhoneDesk) -> None:
        for number, call in enumerate("abc"):
            phone.offered(call, number)
        for call in "abc":
            phone.answered(call, 10)
        phone.offered("d", 20)
        phone.looked(51)
        phone.answered("d", 60)  # waited 40 seconds
        phone.looked(179)
        assert len(phone.peaks()) == 1
        phone.looked(180)
        assert phone.peaks()[-1] == ("calm", at(180))

    def test_how_often_somebody_looks_makes_no_difference(self) -> None:
        def day(looks: int) -> list[tuple[str, Any]]:
            phone = PhoneDesk()
            for second in range(900):
                if looks and second % looks == 0:
                    phone.looked(second)
                if second % 100 in (0, 1, 2) and second < 300:
                    phone.offered(str(second), second)
                if second % 100 in (40, 41, 42) and second < 300:
                    phone.answered(str(second - 40), second)
            phone.looked(900)
            return phone.peaks()

        assert day(1) == day(7) == day(60) == day(0)
        assert len(day(0)) >= 2


class TestTheDaysEnd:
    def test_signs_off_who_is_left_and_closes_the_peak(self, phone: PhoneDesk) -> None:
        phone.step(1, "sign_on", ANNA, "front", RULE)
        phone.step(1, "sign_on", HANNA, "background", RULE)
        for call in "abc":
            phone.offered(call, 2)
        done = phone.step(10, "close_day", RULE)
        assert kinds(done) == ["AgentSignedOff", "AgentSignedOff", "PeakClosed", "DeskClosed"]
        assert {event.reason for event in done[:3]} == {"day_over"}
        assert (phone.desk.present, phone.desk.peak_open, phone.desk.closed) == ({}, False, True)
        assert phone.step(11, "close_day", RULE) == []

    def test_calls_that_still_wait_are_told_of_afterwards_and_open_no_peak(self, phone: PhoneDesk) -> None:
        for call in "ab":
            phone.offered(call, 2)
        phone.step(10, "close_day", RULE)
        assert kinds(phone.offered("c", 9)) == ["CallOffered"]
        (event,) = phone.answered("a", 100)
        assert (event.waited_seconds, event.in_time) == (98, False)
        assert phone.looked(1000) == []

    def test_also_when_the_telephones_clock_is_ahead(self, phone: PhoneDesk) -> None:
        phone.offered("a", 100)
        (closed,) = phone.step(90, "close_day", RULE)
        assert closed.occurred_at == at(100)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offered", "answered", "abandoned", "ended", "looked", "sign_on", "sign_off"]),
        st.sampled_from("abcdef"),
        st.integers(-20, 60),
    ),
    max_size=60,
)


@given(_STEPS)
@settings(deadline=None)
def test_whatever_is_told_time_runs_forwards_and_replay_gives_the_same(
    steps: list[tuple[str, str, int]],
) -> None:
    """A line may be behind. Nothing but a refusal goes wrong, and the events alone make the same desk."""
    phone, clock = PhoneDesk(), 0
    for name, who, ahead in steps:
        clock = max(0, clock + ahead)
        try:
            if name == "looked":
                phone.looked(clock)
            elif name == "sign_on":
                phone.step(clock, name, f"agent:{who}", "front", RULE)
            elif name == "sign_off":
                phone.step(clock, name, f"agent:{who}", RULE, reason="break")
            else:
                getattr(phone, name)(who, clock)
        except Conflict:
            continue
    events = phone.desk.pending_events
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    peaks = [type(event).__name__ for event in events if isinstance(event, happened.PeakOpened | happened.PeakClosed)]
    assert peaks == ["PeakOpened", "PeakClosed"] * (len(peaks) // 2) + ["PeakOpened"] * (len(peaks) % 2)
    again, desk = phone.replayed(), phone.desk
    for name in ("present", "waiting", "calls", "peak_since", "peak_reason", "calm_since", "closed", "day", "version"):
        assert getattr(again, name) == getattr(desk, name), name
    assert again.turn(RULE, at(10_000)) == desk.turn(RULE, at(10_000))
    assert all(since <= at(clock) + timedelta(seconds=2000) for since in desk.waiting.values())
