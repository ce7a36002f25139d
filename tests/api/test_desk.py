"""The desk over REST: signing on and off, calls, peaks, and looking at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.workers import caretaker_of
from tests.api.desk import Desk, key

PHONE = "telefonanlage"


def told(desk: Desk, call: str, event: str, seconds: float = 0, **more: Any) -> Any:
    """What the telephone system tells, ``seconds`` after ten o'clock."""
    at = desk.clock.now + timedelta(seconds=seconds)
    return desk.post(PHONE, "/calls", {"call": call, "event": event, "occurred_at": at.isoformat(), **more})


def peak(desk: Desk) -> Any:
    """Enough calls for a peak."""
    for number in range(desk.system.promise.policy.peak_opens_with_waiting):
        response = told(desk, f"c{number}", "offered")
    desk.project()
    return response


class TestSigningOn:
    def test_at_the_place_of_the_role_or_at_another(self, desk: Desk) -> None:
        first = desk.post("anna", "/desk/sign-on")
        assert first.status_code == 200, first.text
        assert (first.json["front"], first.json["background"], first.json["day"]) == (1, 0, "2026-11-24")
        assert desk.post("hanna", "/desk/sign-on").json["background"] == 1
        moved = desk.post("hanna", "/desk/sign-on", {"place": "front"}).json
        assert (moved["front"], moved["background"]) == (2, 0)
        desk.project()
        there = desk.get("sven", "/desk", query_string={"min_position": desk.system.head()}).json["people"]
        assert [(one["person"], one["place"]) for one in there] == [("agent:anna", "front"), ("agent:hanna", "front")]
        assert there[0]["since"] == "2026-11-24T10:00:00+01:00"

    def test_is_refused_where_one_does_not_work(self, desk: Desk) -> None:
        before = desk.events()
        for who, body, status, code in (
            ("anna", {"place": "background"}, 403, "place_not_allowed"),
            ("anna", {"person": "bert"}, 403, "not_for_others"),
            ("tim", {}, 403, "role_not_allowed"),
            ("anna", {"place": "cellar"}, 422, "invalid"),
            ("sven", {"person": "a b"}, 422, "invalid"),
        ):
            response = desk.post(who, "/desk/sign-on", body)
            assert (response.status_code, response.json["code"]) == (status, code), body
        assert desk.events() == before

    def test_twice_is_quiet_with_the_same_key_and_without(self, desk: Desk) -> None:
        again = key()
        first = desk.post("anna", "/desk/sign-on", {}, key=again)
        desk.post("bert", "/desk/sign-on")
        before = desk.events()
        repeated = desk.post("anna", "/desk/sign-on", {}, key=again)
        assert (repeated.json, repeated.headers["Idempotency-Replayed"]) == (first.json, "true")
        assert repeated.headers["Casebackbone-Position"] == first.headers["Casebackbone-Position"]
        quiet = desk.post("anna", "/desk/sign-on")
        assert (quiet.status_code, quiet.json["front"], quiet.headers["Idempotency-Replayed"]) == (200, 2, "true")
        assert desk.events() == before

    def test_afterwards_for_a_day(self, desk: Desk) -> None:
        def at(hours: float) -> dict[str, str]:
            return {"occurred_at": (desk.clock.now - timedelta(hours=hours)).isoformat()}

        before = desk.events()
        for noun in ("sign-on", "sign-off"):
            refused = desk.post("anna", f"/desk/{noun}", at(24.1))
            assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "too_old")
        assert desk.events() == before
        late = desk.post("anna", "/desk/sign-on", at(23.9), key="late")
        assert (late.status_code, late.json["day"]) == (200, "2026-11-23"), late.text
        sent = at(23.9)
        desk.clock.forward(hours=1)
        again = desk.post("anna", "/desk/sign-on", sent, key="late")
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")

    def test_off_again_and_for_others(self, desk: Desk) -> None:
        desk.post("sven", "/desk/sign-on", {"person": "agent:hanna", "place": "background"})
        assert desk.post("hanna", "/desk/sign-off", {"reason": "break"}).json["background"] == 0
        assert desk.post("hanna", "/desk/sign-off").status_code == 200
        desk.post("anna", "/desk/sign-on")
        assert desk.post("sven", "/desk/sign-off", {"person": "anna"}).json["front"] == 0
        refused = desk.post("anna", "/desk/sign-off", {"reason": "day_over"})
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_value")


class TestCalls:
    def test_what_became_of_it(self, desk: Desk) -> None:
        assert told(desk, "4711", "offered").json["waiting"] == 1
        answered = told(desk, "4711", "answered", 12, person="anna")
        assert (answered.status_code, answered.json["waiting"]) == (200, 0)
        told(desk, "4711", "ended", 72)
        told(desk, "4712", "offered", 80)
        told(desk, "4712", "abandoned", 119.5)
        desk.project()
        day = desk.get("audrey", "/desk/days/2026-11-24").json
        assert day["calls"] == {
            "offered": 2,
            "answered": 1,
            "answered_in_time": 1,
            "in_time_percent": 100.0,
            "abandoned": 1,
            "waiting": 0,
            "longest_wait_seconds": 40,
        }
        first, second = day["items"]
        assert (first["call"], first["person"], first["waited_seconds"], first["talked_seconds"]) == (
            "4711",
            "agent:anna",
            12,
            60,
        )
        assert (second["abandoned_at"], second["in_time"]) == ("2026-11-24T10:01:59.500000+01:00", None)

    def test_in_the_wrong_order_says_what_to_send_first(self, desk: Desk) -> None:
        for event in ("answered", "abandoned", "ended"):
            response = told(desk, "1", event)
            assert (response.status_code, response.json["code"]) == (409, "unknown_call")
            assert "offered" in response.json["detail"]
        assert desk.events() == 0

    def test_again_without_a_key_is_a_repeat_also_written_otherwise(self, desk: Desk) -> None:
        told(desk, "1", "offered")
        told(desk, "1", "answered", 5)
        before = desk.events()
        local = {"call": "1", "event": "answered", "occurred_at": "2026-11-24T10:00:05+01:00"}
        for response in (told(desk, "1", "answered", 5), desk.post(PHONE, "/calls", local)):
            assert (response.status_code, response.headers["Idempotency-Replayed"]) == (200, "true")
        assert desk.events() == before

    def test_several_at_once_are_all_or_nothing(self, desk: Desk) -> None:
        def event(call: str, name: str, second: int) -> dict[str, str]:
            return {"call": call, "event": name, "occurred_at": f"2026-11-24T10:00:{second:02}+01:00"}

        batch = [event("1", "offered", 0), event("2", "offered", 1), event("1", "answered", 2)]
        refused = desk.post(PHONE, "/calls", {"events": [*batch, event("3", "ended", 3)]})
        assert (refused.status_code, refused.json["code"], desk.events()) == (409, "unknown_call", 0)
        taken = desk.post(PHONE, "/calls", {"events": batch})
        assert (taken.status_code, taken.json["waiting"]) == (200, 1), taken.text
        before = desk.events()
        assert desk.post(PHONE, "/calls", {"events": batch}).headers["Idempotency-Replayed"] == "true"
        assert desk.events() == before
        overlapping = desk.post(PHONE, "/calls", {"events": [*batch, event("2", "answered", 4)]})
        assert (overlapping.status_code, desk.events()) == (200, before + 1)

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/call", "required"),
            ({"call": "1", "event": "rang", "occurred_at": "2026-11-24T10:00:00+01:00"}, "/event", "unknown_value"),
            ({"call": "1", "event": "offered", "occurred_at": "10:00"}, "/occurred_at", "wrong_form"),
            ({"call": "a 1", "event": "offered", "occurred_at": "2026-11-24T10:00:00+01:00"}, "/call", "wrong_form"),
            (
                {"call": "+49", "event": "offered", "occurred_at": "2026-11-24T10:00:00+01:00"},
                "/call",
                "looks_personal",
            ),
            ({"call": "1", "event": "offered", "occurred_at": "2026-11-24T12:00:00Z"}, "/occurred_at", "in_the_future"),
            ({"call": "1", "event": "offered", "occurred_at": "2026-01-01T12:00:00Z"}, "/occurred_at", "too_old"),
            ({"events": []}, "/events", "out_of_range"),
            ({"events": [{"call": "1", "event": "offered"}]}, "/events/0/occurred_at", "required"),
            (
                {"events": [{"call": "1", "event": "offered", "occurred_at": "2027-11-24T10:00:00Z"}]},
                "/events/0/occurred_at",
                "in_the_future",
            ),
            ({"call": "1", "events": []}, "/events", "not_together"),
        ],
    )
    def test_what_cannot_be_taken(self, desk: Desk, body: dict[str, Any], pointer: str, code: str) -> None:
        response = desk.post(PHONE, "/calls", body)
        assert response.status_code == 422, response.text
        assert (pointer, code) in [(error["pointer"], error["code"]) for error in response.json["errors"]]
        assert desk.events() == 0

    def test_only_the_telephone_system_may(self, desk: Desk) -> None:
        body = {"call": "1", "event": "offered", "occurred_at": desk.clock.now.isoformat()}
        for who in ("anna", "sven", "adam", "tiefbau-system"):
            assert desk.post(who, "/calls", body).json["code"] == "role_not_allowed"
        assert desk.get(PHONE, "/worklists/front-desk").status_code == 403


class TestPeaks:
    def test_the_background_sees_the_front_queue_while_it_lasts(self, desk: Desk) -> None:
        front, back = desk.received(), desk.received().done("anna", "background")
        desk.project()
        quiet = desk.get("hanna", "/worklists/background").json
        assert ([row["id"] for row in quiet["items"]], quiet["peak"]["open"]) == ([back.id], False)
        closed = desk.get("hanna", "/worklists/front-desk")
        assert (closed.status_code, closed.json["code"]) == (403, "no_peak")

        opened = peak(desk)
        assert opened.json["peak"] == {
            "open": True,
            "since": "2026-11-24T10:00:00+01:00",
            "reason": "calls_waiting",
        }
        busy = desk.get("hanna", "/worklists/background").json
        assert {row["id"] for row in busy["items"]} == {front.id, back.id}
        assert busy["peak"] == opened.json["peak"]
        assert [row["id"] for row in desk.get("hanna", "/worklists/front-desk").json["items"]] == [front.id]
        assert [row["id"] for row in desk.get("anna", "/worklists/front-desk").json["items"]] == [front.id]

        for number in range(desk.system.promise.policy.peak_opens_with_waiting):
            told(desk, f"c{number}", "answered", 10)
        desk.clock.forward(minutes=30)
        caretaker_of(desk.system).round(desk.clock())
        desk.project()
        assert desk.get("hanna", "/worklists/background").json["peak"]["open"] is False
        assert desk.get("hanna", "/worklists/front-desk").json["code"] == "no_peak"
        (past,) = desk.get("sven", "/desk/peaks").json["items"]
        calm = timedelta(seconds=10, minutes=desk.system.promise.policy.peak_closes_after_minutes)
        assert (past["opened_at"], past["reason"]) == ("2026-11-24T10:00:00+01:00", "calls_waiting")
        assert past["closed_reason"] == "calm"
        assert past["closed_at"] == f"2026-11-24T10:{calm.seconds // 60:02}:{calm.seconds % 60:02}+01:00"

    def test_who_is_signed_on_at_the_front_sees_it_too(self, desk: Desk) -> None:
        desk.post("hanna", "/desk/sign-on", {"place": "front"})
        desk.project()
        assert desk.get("hanna", "/worklists/front-desk").status_code == 200
        desk.post("hanna", "/desk/sign-on", {"place": "background"})
        desk.project()
        assert desk.get("hanna", "/worklists/front-desk").json["code"] == "no_peak"

    def test_one_that_waits_too_long_opens_it_without_any_event(self, desk: Desk) -> None:
        told(desk, "1", "offered")
        desk.clock.forward(minutes=2)
        caretaker = caretaker_of(desk.system)
        assert caretaker.round(desk.clock()).done["peaks_turned"] == 1
        assert caretaker.round(desk.clock()).done["peaks_turned"] == 0
        desk.project()
        now = desk.get("anna", "/desk").json
        assert (now["peak"]["open"], now["peak"]["reason"]) == (True, "waited_too_long")
        within = desk.system.promise.policy.calls_within_seconds
        assert now["peak"]["since"] == f"2026-11-24T10:00:{within:02}.000001+01:00"
        assert now["waiting"] == [{"call": "1", "offered_at": "2026-11-24T10:00:00+01:00", "waited_seconds": 120}]

    def test_the_night_signs_off_who_is_left(self, desk: Desk) -> None:
        desk.post("anna", "/desk/sign-on")
        desk.clock.forward(hours=15)
        assert caretaker_of(desk.system).round(desk.clock()).done["days_closed"] == 1
        desk.project()
        day = desk.get("sven", "/desk/days/2026-11-24").json
        assert [(one["person"], one["reason"]) for one in day["people"]] == [("agent:anna", "day_over")]
        assert day["closed_at"] == "2026-11-25T00:00:00+01:00", "when it was over, and not when somebody looked"
        assert desk.get("anna", "/desk").json["people"] == []
        late = desk.post("anna", "/desk/sign-on", {"occurred_at": "2026-11-24T18:00:00+01:00"})
        assert (late.status_code, late.json["code"]) == (409, "day_over")


class TestLooking:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/desk/days/2026-11-23", 404, "not_found"),
            ("/desk/days/today", 422, "invalid"),
            ("/desk/days/20261124", 422, "invalid"),
            ("/desk/peaks?since=2026-11-24T10:00:00Z&until=2026-11-23T10:00:00Z", 422, "invalid"),
            ("/desk/peaks?cursor=x", 422, "invalid_cursor"),
            ("/desk?min_position=99", 422, "invalid"),
        ],
    )
    def test_what_is_not_there(self, desk: Desk, path: str, status: int, code: str) -> None:
        desk.project()
        response = desk.get("anna", path)
        assert (response.status_code, response.json["code"]) == (status, code)

    def test_pages_of_calls(self, desk: Desk) -> None:
        for number in range(5):
            told(desk, f"c{number}", "offered", number)
        desk.project()
        seen, path = [], "/desk/days/2026-11-24?limit=2"
        while path:
            page = desk.get("anna", path)
            seen += [row["call"] for row in page.json["items"]]
            link = page.headers.get("Link")
            path = link[1 : link.index(">")].removeprefix("/api/v1") if link else ""
        assert seen == [f"c{number}" for number in range(5)]

    def test_nothing_yet(self, desk: Desk) -> None:
        desk.project()
        now = desk.get("adam", "/desk").json
        assert (now["people"], now["waiting"], now["peak"]["open"]) == ([], [], False)
        assert (now["calls"]["offered"], now["calls"]["in_time_percent"]) == (0, None)
        assert desk.get("adam", "/desk/peaks").json["items"] == []
