"""Who leaves leaves nothing behind: what they hold moves on in the same step, and visibly."""

from __future__ import annotations

import pytest

from tests.api.city import filled, said, say
from tests.api.desk import Case, Desk, key


@pytest.fixture
def city(desk: Desk) -> Desk:
    return filled(desk)


def holder(desk: Desk, case: Case) -> str:
    return str(desk.get("sven", case.path).json["holder"])


def test_a_person_who_leaves_leaves_nothing_behind(city: Desk) -> None:
    mine, theirs = city.received().done("anna", "claim"), city.received().done("bert", "claim")
    done = city.received().done("anna", "claim").answered().done("anna", "resolution")
    city.project()
    answer = said(city, "people/agent:anna/deactivation")
    assert answer["moved"] == 1
    assert (holder(city, mine), holder(city, theirs)) == ("desk:front", "agent:bert")
    assert city.get("sven", done.path).json["state"] == "resolved"
    steps = city.get("sven", f"{mine.path}/history").json["items"]
    assert (steps[-1]["label"], steps[-1]["data"]["reason"]) == ("umgeleitet", "person_left")
    assert steps[-1]["actor"] == "agent:adam"
    refused = city.received("bert").do("anna", "claim")
    assert (refused.status_code, refused.json["code"]) == (409, "person_inactive")


def test_what_a_closed_department_had_goes_to_its_successor(city: Desk) -> None:
    accepted, claimed = city.received().accepted(), city.received().accepted().done("tim", "claim")
    offered = city.received().offered()
    city.project()
    answer = said(city, "departments/Tiefbau/closing", {"successor": "Grünflächen"})
    assert answer["moved"] == 3
    assert [holder(city, case) for case in (accepted, claimed, offered)] == [
        *("department:Grünflächen", "department:Grünflächen", "desk:front"),
    ]
    assert city.get("sven", offered.path).json["offered_to"] is None
    refused = city.received().do("anna", "forwardings", {"to": "Tiefbau"})
    assert (refused.status_code, refused.json["code"]) == (409, "department_closed")
    assert "Grünflächen" in refused.json["detail"]


def test_without_a_successor_it_goes_back_to_the_desk(city: Desk) -> None:
    case = city.received().accepted()
    city.project()
    said(city, "departments/Tiefbau/closing")
    assert holder(city, case) == "desk:front"


def test_what_takes_effect_later_moves_nothing_now(city: Desk) -> None:
    case = city.received().done("anna", "claim")
    answer = said(city, "people/agent:anna/deactivation", {"valid_from": "2026-12-01T00:00:00+01:00"})
    assert (answer["moved"], holder(city, case)) == (0, "agent:anna")


def test_nothing_is_done_while_the_views_are_behind(city: Desk) -> None:
    case = city.received().done("anna", "claim")
    response = say(city, "people/agent:anna/deactivation")
    assert (response.status_code, response.json["code"]) == (503, "not_caught_up")
    assert holder(city, case) == "agent:anna"


def test_a_repeat_moves_nothing_more(city: Desk) -> None:
    city.received().done("anna", "claim")
    city.project()
    sent = key()
    first = said(city, "people/agent:anna/deactivation", key=sent)
    said(city, "people/agent:anna/reactivation")
    later = city.received().done("anna", "claim")
    assert said(city, "people/agent:anna/deactivation", key=sent) == first
    assert holder(city, later) == "agent:anna"


def test_it_is_seen_when_the_last_supervisor_leaves(city: Desk) -> None:
    said(city, "people/agent:sven/memberships", {"unit": "desk", "function": "supervisor"})
    city.clock.forward(minutes=1)
    city.project()
    assert said(city, "people/agent:sven/deactivation")["without_supervisor"] == ["desk"]


def test_whoever_is_not_there_is_given_nothing_next(city: Desk) -> None:
    waiting = city.received()
    city.project()
    said(city, "people/agent:anna/deactivation")
    city.project()
    refused = city.post("anna", "/worklists/next", {})
    assert (refused.status_code, refused.json["code"]) == (409, "person_inactive")
    assert holder(city, waiting) == "desk:front"
