"""Whose inquiry is it: what is out of scope is absent, and looks like what never was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.command_table import TABLE
from tests.api.desk import Case, Desk

ABSENT = "00000000-0000-4000-8000-000000000000"
GIVEN_BY_DEPARTMENTS = [row for row in TABLE if row.noun not in ("background", "acknowledgement", "erasure", "unmerge")]


def like(body: dict[str, Any], case: Case) -> dict[str, Any]:
    """A problem without what is different in every answer."""
    told = {name: value for name, value in body.items() if name != "instance"}
    return {**told, "detail": str(told["detail"]).replace(case.id, "ID").replace(ABSENT, "ID")}


@pytest.mark.parametrize("noun", [row.noun for row in GIVEN_BY_DEPARTMENTS])
def test_a_foreign_inquiry_cannot_be_told_from_none(desk: Desk, noun: str) -> None:
    """Every command that departments may give."""
    row = next(row for row in GIVEN_BY_DEPARTMENTS if row.noun == noun)
    case = desk.received()
    foreign = case.do("tim", noun, row.body)
    absent = desk.post("tim", f"/inquiries/{ABSENT}/{noun}", row.body, version=1)
    assert foreign.status_code == absent.status_code == 404
    assert like(foreign.json, case) == like(absent.json, case)
    assert set(foreign.headers.keys()) == set(absent.headers.keys())
    assert desk.events() == 1


@pytest.mark.parametrize("look", ["", "?version=1", "/history", "/custody", "/contents?purpose=handling"])
def test_nor_be_looked_at(desk: Desk, look: str) -> None:
    case = desk.received()
    desk.project()
    foreign, absent = desk.get("tim", case.path + look), desk.get("tim", f"/inquiries/{ABSENT}{look}")
    assert foreign.status_code == absent.status_code == 404
    assert like(foreign.json, case) == like(absent.json, case)


def test_an_offer_opens_it_and_a_rejection_closes_it(desk: Desk) -> None:
    case = desk.received().offered()
    assert desk.get("tim", case.path).status_code == 200
    assert desk.get("gina", case.path).status_code == 404
    case.done("tim", "rejection", {"reason": "not_responsible"})
    assert desk.get("tim", case.path).status_code == 404


def test_by_reference_as_well(desk: Desk) -> None:
    case = desk.received()
    desk.project()
    path = f"/inquiries?reference={case.body['reference']}"
    assert desk.get("anna", path).status_code == 200
    assert desk.get("tim", path).status_code == 404


@pytest.mark.parametrize("part", ["inbox", "work"])
def test_another_departments_lists_do_not_exist(desk: Desk, part: str) -> None:
    assert desk.get("tim", f"/worklists/departments/Tiefbau/{part}").status_code == 200
    assert desk.get("sven", f"/worklists/departments/Gr%C3%BCnfl%C3%A4chen/{part}").status_code == 200
    assert desk.get("tim", f"/worklists/departments/Gr%C3%BCnfl%C3%A4chen/{part}").status_code == 404
    assert desk.get("tim", f"/worklists/departments/none/{part}").status_code == 404


@pytest.mark.parametrize("bad", ["%00", "%ED%A0%80", "..", "a%0Ab", "x" * 101])
def test_departments_that_cannot_be(desk: Desk, bad: str) -> None:
    assert desk.get("sven", f"/worklists/departments/{bad}/inbox").status_code in (404, 308)


def test_what_the_desk_has_is_not_in_a_departments_view_of_the_lists(desk: Desk) -> None:
    desk.received()
    desk.project()
    for name in ("front-desk", "background", "mine", "forwarded", "callbacks"):
        assert desk.get("tim", f"/worklists/{name}").json["items"] == []
        assert desk.get("tim", f"/worklists/{name}?department=Gr%C3%BCnfl%C3%A4chen").status_code == 404


def test_what_another_holds_is_not_yours_to_change(desk: Desk) -> None:
    case = desk.received().done("anna", "claim")
    for noun, body in (("answers", {"text": "Ja."}), ("release", None), ("forwardings", {"to": "Tiefbau"})):
        response = case.do("bert", noun, body)
        assert (response.status_code, response.json["code"]) == (403, "held_by_another")
    assert case.do("bert", "notes", {"text": "Ich war dabei."}).status_code == 200


def test_the_third_forward_needs_a_supervisor(desk: Desk) -> None:
    case = desk.received()
    for department, who in (("Tiefbau", "tim"), ("Grünflächen", "gina")):
        case.done("anna", "forwardings", {"to": department}).done(who, "rejection", {"reason": "not_responsible"})
    third = case.do("anna", "forwardings", {"to": "Ordnungsamt"})
    assert (third.status_code, third.json["code"]) == (403, "needs_supervisor")
    assert case.done("sven", "forwardings", {"to": "Ordnungsamt"}).body["forwards"] == 3
