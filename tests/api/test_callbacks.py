"""Calls that were promised: in a window, tried, reached, and never left behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.desk import Case, Desk

TOMORROW = "2026-11-25T"


def window(begins: str, ends: str) -> dict[str, str]:
    return {"not_before": f"{TOMORROW}{begins}:00+01:00", "due_at": f"{TOMORROW}{ends}:00+01:00"}


def promised(desk: Desk, body: dict[str, str] | None = None) -> Case:
    return desk.received().done("anna", "callbacks", body)


def listed(desk: Desk, query: str = "") -> list[tuple[str, str, int]]:
    desk.project()
    items = desk.get("anna", f"/worklists/callbacks{query}").json["items"]
    return [(item["id"], item["callback_state"], item["callback_attempts"]) for item in items]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (window("12:00", "10:00"), "/due_at", "window_reversed"),
        (window("10:00", "10:00"), "/due_at", "window_reversed"),
        ({"not_before": "2026-11-24T09:00:00+01:00"}, "/not_before", "in_the_past"),
        ({"due_at": "2026-11-24T09:59:59+01:00"}, "/due_at", "in_the_past"),
        ({"not_before": "2038-01-01T00:00:00Z"}, "/not_before", "too_far"),
    ],
)
def test_windows_that_make_no_sense(desk: Desk, body: dict[str, str], pointer: str, code: str) -> None:
    case = desk.received()
    before = desk.events()
    response = case.do("anna", "callbacks", body)
    assert response.status_code == 422
    assert (response.json["errors"][0]["pointer"], response.json["errors"][0]["code"]) == (pointer, code)
    assert desk.events() == before


def test_without_an_end_the_service_promise_counts_from_the_beginning(desk: Desk) -> None:
    """One service day (ten hours) from Wednesday noon is Thursday noon."""
    case = promised(desk, {"not_before": f"{TOMORROW}12:00:00+01:00"})
    assert case.body["callback_due_at"] == "2026-11-26T12:00:00+01:00"


def test_who_may_be_called_now_and_who_is_coming(desk: Desk) -> None:
    at_once, later = promised(desk), promised(desk, window("15:00", "17:00"))
    assert listed(desk) == [(at_once.id, "callable", 0), (later.id, "coming", 0)]
    assert listed(desk, "?callable=true") == [(at_once.id, "callable", 0)]
    assert listed(desk, "?callable=false") == [(later.id, "coming", 0)]
    desk.clock.forward(days=1, hours=5)
    assert listed(desk) == [(at_once.id, "missed", 0), (later.id, "callable", 0)]
    assert listed(desk, "?callable=false") == []


def test_attempts_are_counted_and_what_was_said_is_kept(desk: Desk) -> None:
    case = promised(desk)
    for _ in range(2):
        case.done("anna", "contacts", {"reached": False, "note": "Mailbox."})
    assert listed(desk) == [(case.id, "callable", 2)]
    case.done("anna", "contacts", {"reached": True, "note": "Alles geklärt."})
    assert listed(desk) == []
    assert (case.body["callback_due_at"], case.body["callback_attempts"]) == (None, 0)
    notes = desk.get("anna", f"{case.path}/contents?purpose=callback").json["items"]
    assert [note["text"] for note in notes if note["kind"] == "note"] == ["Mailbox.", "Mailbox.", "Alles geklärt."]
    told = [item["data"] for item in desk.get("anna", f"{case.path}/history").json["items"]]
    assert [data["reached"] for data in told if "reached" in data] == [False, False, True]
    assert told[-1]["promised_until"] is not None


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("answered", "callback_promised"),
        ("referred", "callback_promised"),
        ("no_action", "callback_promised"),
        ("unreachable", "never_tried"),
    ],
)
def test_no_end_leaves_a_promised_call_behind(desk: Desk, outcome: str, code: str) -> None:
    case = desk.received().answered().done("anna", "callbacks")
    response = case.do("anna", "resolution", {"outcome": outcome})
    assert (response.status_code, response.json["code"]) == (409, code)


@pytest.mark.parametrize(("attempt", "outcome"), [(True, "answered"), (False, "unreachable"), (None, "withdrawn")])
def test_after_a_call_an_attempt_or_a_waiver_it_ends(desk: Desk, attempt: bool | None, outcome: str) -> None:
    case = desk.received().answered().done("anna", "callbacks")
    if attempt is not None:
        case.done("anna", "contacts", {"reached": attempt})
    case.done("anna", "resolution", {"outcome": outcome})
    assert listed(desk) == []
    reopened: dict[str, Any] = case.done("anna", "reopening").body
    assert (reopened["callback_due_at"], reopened["callback_attempts"]) == (None, 0)


def test_departments_see_their_own(desk: Desk) -> None:
    case = desk.received().accepted().done("tim", "callbacks")
    promised(desk)
    desk.project()
    assert [item["id"] for item in desk.get("tim", "/worklists/callbacks").json["items"]] == [case.id]
