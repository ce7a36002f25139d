"""Passing on over REST: who is responsible, what went in a circle, and that the sender stays the holder."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.commands import Reroute
from casebackbone.directory import Directory
from casebackbone.directory_events import Department, Service
from tests.api.desk import Case, Desk

WASTE = "99107006012000"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def directory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Directory:
    """Green spaces do the waste of the city, and the roads department that of one place."""
    known = Directory.open(_cause(LONG_AGO, "system:test"))
    for department in ("Tiefbau", "Grünflächen"):
        known.describe_department(department, Department(department), LONG_AGO)
    known.describe_service(WASTE, Service("Sperrmüll abholen lassen"), LONG_AGO)
    known.assign(WASTE, "Grünflächen", None, LONG_AGO)
    known.assign(WASTE, "Tiefbau", "07315000", LONG_AGO)
    monkeypatch.setattr(desk.system.application, "directory", lambda: known)
    return known


def _cause(at: datetime, actor: str) -> Cause:
    return Cause(actor=actor, command_id=uuid4(), correlation_id=uuid4(), occurred_at=at, recorded_at=at)


def rerouted(desk: Desk, case: Case, gone: str, to: str | None = None) -> None:
    """As when somebody leaves (casebackbone/directory.py)."""
    principal = Principal("adam", frozenset({Role.ADMINISTRATOR}))
    cause = _cause(desk.clock(), principal.actor)
    order = Order(principal=principal, cause=cause, subject=UUID(case.id), request_digest="0" * 64)
    desk.system.application.handle(order, Reroute(gone=gone, to=to, reason="left"))
    case.body = desk.get("sven", case.path).json


def sent(desk: Desk, who: str = "anna") -> dict[str, tuple[str, str]]:
    """What somebody forwarded: whose hands it is in, and what became of it."""
    desk.project()
    items = desk.get(who, "/worklists/forwarded").json["items"]
    return {item["id"]: (item["holder"], item["offer_state"]) for item in items}


class TestProposal:
    def test_the_department_for_its_service_and_area(self, desk: Desk, directory: Directory) -> None:
        case = desk.received(service=WASTE)
        found = desk.get("anna", f"{case.path}/proposal").json
        assert found == {
            "service": WASTE,
            "area": None,
            "department": "Grünflächen",
            "been_there": False,
            "doors": [],
            "needs_supervisor": False,
        }
        case.done("anna", "classification", {"service": WASTE, "area": "07315000"})
        assert desk.get("anna", f"{case.path}/proposal").json["department"] == "Tiefbau"

    def test_it_goes_there_unless_another_is_named(self, desk: Desk, directory: Directory) -> None:
        case = desk.received(service=WASTE, area="07315000").done("anna", "forwardings")
        forwarding = case.body["forwarding"]
        assert (case.body["offered_to"], forwarding["proposed"], forwarding["warnings"]) == ("Tiefbau", "Tiefbau", [])
        at_once = desk.received(service=WASTE, forward={})
        assert at_once.body["offered_to"] == "Grünflächen"

    def test_another_one_is_warned_of_and_stays_so(self, desk: Desk, directory: Directory) -> None:
        case = desk.received(service=WASTE).done("anna", "forwardings", {"to": "Tiefbau"})
        for body in (case.body, desk.get("sven", case.path).json):
            forwarding = body["forwarding"]
            assert (forwarding["proposed"], forwarding["other_than_proposed"]) == ("Grünflächen", True)
            assert [warning["code"] for warning in forwarding["warnings"]] == ["other_than_proposed"]
            assert "Grünflächen" in forwarding["warnings"][0]["detail"]

    def test_nobody_is_named(self, desk: Desk) -> None:
        case = desk.received(service=WASTE)
        assert desk.get("anna", f"{case.path}/proposal").json["department"] is None
        before = desk.events()
        response = case.do("anna", "forwardings")
        assert (response.status_code, response.json["code"]) == (409, "nobody_responsible")
        assert desk.events() == before
        assert case.done("anna", "forwardings", {"to": "Tiefbau"}).body["forwarding"]["other_than_proposed"] is False

    def test_a_department_that_is_not_there(self, desk: Desk, directory: Directory) -> None:
        response = desk.received().do("anna", "forwardings", {"to": "Hafenamt"})
        assert (response.status_code, response.json["code"]) == (409, "unknown_department")

    def test_out_of_scope_is_absent(self, desk: Desk) -> None:
        case = desk.received()
        assert desk.get("tim", f"{case.path}/proposal").status_code == 404
        assert desk.get("tim", f"{case.path}/marathon").status_code == 404


class TestCircle:
    def test_again_to_who_rejected_it(self, desk: Desk) -> None:
        case = desk.received().offered().done("tim", "rejection", {"reason": "not_responsible"}).offered()
        assert case.body["circles"] == 1
        assert [warning["code"] for warning in case.body["forwarding"]["warnings"]] == ["circular"]

    def test_back_to_the_department_that_had_it(self, desk: Desk) -> None:
        """Tiefbau received it itself, Grünflächen took it from there, and wants to give it back."""
        case = desk.received("tim").done("tim", "forwardings", {"to": "Grünflächen"}).done("gina", "acceptance")
        assert case.body["forwarding"]["circular"] is False
        assert desk.get("gina", f"{case.path}/proposal").json["been_there"] is False
        case.done("gina", "forwardings", {"to": "Tiefbau"})
        assert (case.body["forwarding"]["circular"], case.body["doors"]) == (True, ["Grünflächen", "Tiefbau"])

    def test_who_recalls_may_ask_again(self, desk: Desk) -> None:
        case = desk.received().offered().done("anna", "recall").offered()
        assert (case.body["forwarding"]["circular"], case.body["forwards"]) == (False, 2)


class TestThirdForward:
    def test_needs_a_supervisor_also_after_recalls(self, desk: Desk) -> None:
        case = desk.received().offered().done("anna", "recall").offered().done("anna", "recall")
        assert desk.get("anna", f"{case.path}/proposal").json["needs_supervisor"] is True
        response = case.do("anna", "forwardings", {"to": "Grünflächen"})
        assert (response.status_code, response.json["code"]) == (403, "needs_supervisor")
        assert case.done("sven", "forwardings", {"to": "Grünflächen"}).body["forwards"] == 3


class TestTheSender:
    def test_stays_the_holder_and_sees_what_becomes_of_it(self, desk: Desk) -> None:
        case = desk.received().done("anna", "claim").offered()
        assert sent(desk) == {case.id: ("agent:anna", "pending")}
        case.done("tim", "acceptance")
        assert sent(desk) == {case.id: ("department:Tiefbau", "accepted")}

    def test_sees_a_rejection_with_its_suggestion(self, desk: Desk) -> None:
        case = desk.received().offered()
        missing = case.do("tim", "rejection", {"note": "Nein."})
        assert (missing.status_code, missing.json["errors"][0]["pointer"]) == (422, "/reason")
        case.done("tim", "rejection", {"reason": "not_responsible", "suggestion": "Grünflächen"})
        assert sent(desk) == {case.id: ("desk:front", "sent_back")}
        assert case.body["forwarding"]["suggestion"] == "Grünflächen"

    def test_sees_that_it_was_recalled(self, desk: Desk) -> None:
        case = desk.received().done("anna", "claim").offered().done("anna", "recall")
        assert sent(desk) == {case.id: ("agent:anna", "recalled")}

    def test_sees_it_when_the_department_is_gone(self, desk: Desk) -> None:
        asked, taken = desk.received().done("anna", "claim").offered(), desk.received().accepted()
        rerouted(desk, asked, "department:Tiefbau")
        rerouted(desk, taken, "department:Tiefbau", "Grünflächen")
        assert sent(desk) == {
            asked.id: ("desk:front", "withdrawn"),
            taken.id: ("department:Grünflächen", "accepted"),
        }
        assert (asked.body["forwarding"]["outcome"], asked.body["attention"]) == ("withdrawn", "rerouted")

    def test_who_is_gone_leaves_the_offer_open(self, desk: Desk) -> None:
        case = desk.received().done("anna", "claim").offered()
        rerouted(desk, case, "agent:anna")
        assert (case.body["holder"], case.body["offered_to"]) == ("desk:front", "Tiefbau")
        assert case.done("tim", "acceptance").body["holder"] == "department:Tiefbau"


class TestTaking:
    def test_the_desk_takes_nothing_from_a_department_and_no_department_from_the_desk(self, desk: Desk) -> None:
        case = desk.received().accepted()
        refused = case.do("anna", "claim")
        assert (refused.status_code, refused.json["code"]) == (403, "held_by_another")
        offered = desk.received().offered()
        refused = offered.do("tim", "claim")
        assert (refused.status_code, refused.json["code"]) == (403, "held_by_another")
        assert case.done("tim", "claim").body["holder"] == "agent:tim"

    def test_a_supervisor_may(self, desk: Desk) -> None:
        assert desk.received().accepted().done("sven", "claim").body["holder"] == "agent:sven"

    def test_who_has_left_takes_nothing(self, desk: Desk, directory: Directory) -> None:
        directory.deactivate("agent:tim", LONG_AGO)
        case = desk.received(service=WASTE, area="07315000").done("anna", "forwardings")
        refused = case.do("tim", "acceptance", {"personally": True})
        assert (refused.status_code, refused.json["code"]) == (409, "person_inactive")


def test_a_step_that_is_told_later_than_it_happened_is_refused_and_no_more(desk: Desk) -> None:
    """Told to have happened before the inquiry began to wait: not an error of ours."""
    case = desk.received().offered()
    desk.clock.forward(hours=1)
    case.done("anna", "pause")
    response = case.do("anna", "recall", {"occurred_at": "2026-11-24T10:30:00+01:00"})
    assert (response.status_code, response.json["code"]) == (409, "before_the_last_event")
