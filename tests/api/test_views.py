"""The views over HTTP: what is in them, how fresh they are, page by page."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.desk import Case, Desk


def ids(desk: Desk, who: str, path: str) -> list[str]:
    response = desk.get(who, path)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json["items"]]


def test_each_list_has_what_is_to_be_done_there(desk: Desk) -> None:
    front, mine, back = desk.received(), desk.received().done("anna", "claim"), desk.received()
    back.done("anna", "background")
    offered, work, sent_back = desk.received().offered(), desk.received().accepted(), desk.received().offered()
    sent_back.done("tim", "rejection", {"reason": "not_responsible"})
    call = desk.received().done("anna", "callbacks")
    resolved = desk.received().resolved()
    desk.project()
    assert ids(desk, "anna", "/worklists/front-desk") == sorted(
        (front.id, offered.id, sent_back.id, call.id), key=ids(desk, "anna", "/worklists/front-desk").index
    )
    assert ids(desk, "anna", "/worklists/mine") == [mine.id]
    assert ids(desk, "hanna", "/worklists/background") == [back.id]
    assert ids(desk, "tim", "/worklists/departments/Tiefbau/inbox") == [offered.id]
    assert ids(desk, "tiefbau-system", "/worklists/departments/Tiefbau/work") == [work.id]
    assert set(ids(desk, "anna", "/worklists/forwarded")) == {offered.id, work.id, sent_back.id}
    assert ids(desk, "anna", "/worklists/callbacks") == [call.id]
    assert resolved.id not in str(desk.get("anna", "/worklists/front-desk").json)


def test_pages_show_everything_once_and_say_where_to_go_on(desk: Desk) -> None:
    cases = {desk.received().id for _ in range(7)}
    desk.project()
    seen: list[str] = []
    path = "/worklists/front-desk?limit=3&state=open"
    sizes = []
    while path:
        response = desk.get("anna", path)
        seen += [item["id"] for item in response.json["items"]]
        sizes.append(len(response.json["items"]))
        link = response.headers.get("Link", "")
        assert (response.json["next_cursor"] is None) == (link == "")
        path = link.partition("<")[2].partition(">")[0]
    assert sizes == [3, 3, 1]
    assert len(seen) == 7
    assert set(seen) == cases


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("service=99107006012000", {"served"}),
        ("department=Tiefbau", {"owned"}),
        ("state=waiting", {"paused"}),
        ("channel=email", {"served"}),
        ("due_before=2026-11-26T15:00:00%2B01:00", {"plain", "served", "owned"}),
        ("due_after=2026-11-26T15:00:00%2B01:00", {"paused"}),
        ("due_after=2026-11-26T13:00:00Z&service=99107006012000", {"served"}),
        ("service=none", set()),
    ],
)
def test_filters(desk: Desk, filters: str, found: set[str]) -> None:
    named = {
        desk.received().done("anna", "claim").id: "plain",
        desk.received(channel="email", service="99107006012000").done("anna", "claim").id: "served",
        desk.received().done("anna", "claim").done("anna", "pause").id: "paused",
        desk.received("tim").done("sven", "notes", {"text": "x"}).id: "owned",
    }
    desk.project()
    path = "/nobody-lost?show=all&" + filters if "=Tiefbau" in filters else "/worklists/mine?" + filters
    who = "sven" if "=Tiefbau" in filters else "anna"
    assert {named[id_] for id_ in ids(desk, who, path)} == found - ({"owned"} if who == "anna" else set())


def test_how_fresh_it_is(desk: Desk) -> None:
    desk.received()
    desk.clock.forward(seconds=30)
    before = desk.get("anna", "/worklists/front-desk").json
    assert before["items"] == []
    assert before["meta"] == {
        "as_of_position": 0,
        "as_of": None,
        "lag": {"events": 1, "seconds": 30.0},
        "stale": False,
    }
    desk.project()
    assert desk.get("anna", "/worklists/front-desk").json["meta"] == {
        "as_of_position": 1,
        "as_of": "2026-11-24T10:00:00+01:00",
        "lag": {"events": 0, "seconds": 0.0},
        "stale": False,
    }


def test_a_stale_view_never_says_all_clear(desk: Desk) -> None:
    desk.project()
    assert desk.get("audrey", "/nobody-lost/summary").json["all_clear"] is True
    desk.received()
    assert desk.get("audrey", "/nobody-lost/summary").json["meta"]["stale"] is False
    desk.clock.forward(seconds=61)
    stale = desk.get("audrey", "/nobody-lost/summary").json
    assert (stale["at_risk"], stale["meta"]["stale"], stale["all_clear"]) == (0, True, False)
    desk.project()
    assert desk.get("audrey", "/nobody-lost/summary").json["all_clear"] is True


def test_read_your_own_write(desk: Desk) -> None:
    response = desk.post("anna", "/inquiries", {"channel": "phone", "question": "Wann?"})
    position = response.headers["Casebackbone-Position"]
    early = desk.get("anna", f"/worklists/front-desk?min_position={position}")
    assert (early.status_code, early.json["code"], early.headers["Retry-After"]) == (503, "not_caught_up", "1")
    desk.project()
    assert len(ids(desk, "anna", f"/worklists/front-desk?min_position={position}")) == 1
    never = desk.get("anna", f"/worklists/front-desk?min_position={int(position) + 1}")
    assert (never.status_code, never.json["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1.0",
        "limit=",
        "limit=1&limit=2",
        "limit=99999999999999999999",
        "cursor=nonsense",
        "cursor=%00",
        "cursor=" + "a" * 501,
        "cursor=W10",
        "min_position=-1",
        "state=lost",
        "due_before=2026-11-26",
        "due_before=2026-11-26T13:00:00+01:00",  # a plus that was not escaped is a space
        "service=%00",
        "service=%ff",
        "page=2",
        "Limit=2",
    ],
)
def test_parameters_that_cannot_be_used(desk: Desk, query: str) -> None:
    response = desk.get("anna", f"/worklists/front-desk?{query}")
    assert response.status_code == 422, response.text
    assert response.json["errors"][0]["pointer"].startswith("/")


def test_a_cursor_belongs_to_its_list(desk: Desk) -> None:
    for _ in range(2):
        desk.received()
    desk.project()
    cursor = desk.get("sven", "/worklists/front-desk?limit=1").json["next_cursor"]
    response = desk.get("sven", f"/audit/trail?cursor={quote(cursor)}")
    assert (response.status_code, response.json["code"]) == (422, "invalid_cursor")


def test_nobody_is_lost(desk: Desk) -> None:
    lost, back, fine = desk.received(), desk.received().offered(), desk.received()
    back.done("tim", "rejection", {"reason": "not_responsible"})
    desk.clock.forward(days=3)
    fine.done("sven", "due", {"due_at": "2026-12-24T10:00:00+01:00", "reason": "supervisor"})
    desk.project()
    items = {item["id"]: item for item in desk.get("dora", "/nobody-lost?show=all").json["items"]}
    assert set(items) == {lost.id, back.id, fine.id}
    assert {"overdue", "silent"} <= {reason["code"] for reason in items[lost.id]["reasons"]}
    assert {"sent_back", "overdue"} <= {reason["code"] for reason in items[back.id]["reasons"]}
    assert items[fine.id]["reasons"] == []
    assert items[lost.id]["holder"] == "desk:front"
    assert set(ids(desk, "dora", "/nobody-lost")) == {lost.id, back.id}
    assert ids(desk, "dora", "/nobody-lost?reason=sent_back") == [back.id]
    summary = desk.get("dora", "/nobody-lost/summary").json
    assert (summary["open"], summary["at_risk"], summary["all_clear"]) == (3, 2, False)
    assert summary["by_reason"]["overdue"] == 2


def test_accounting_at_any_time(desk: Desk) -> None:
    desk.received().resolved()
    desk.received().accepted()
    desk.clock.forward(days=7)
    desk.received()
    desk.project()
    now = desk.get("audrey", "/audit/accounting").json
    assert (now["received"], now["open"], now["resolved"], now["merged"], now["conserved"]) == (3, 2, 1, 0, True)
    assert now["open_by_department"]["Tiefbau"] == now["overdue_by_department"]["Tiefbau"] == now["open_overdue"] == 1
    then = desk.get("audrey", "/audit/accounting?as_of=2026-11-24T12:00:00Z").json
    assert (then["received"], then["open"], then["open_overdue"]) == (2, 1, 0)
    before = desk.get("audrey", "/audit/accounting?as_of=2026-11-23T12:00:00Z").json
    assert (before["received"], before["open"], before["conserved"]) == (0, 0, True)


def test_who_did_what(desk: Desk) -> None:
    case = desk.received().offered()
    case.done("tim", "rejection", {"reason": "not_responsible", "suggestion": "Grünflächen"})
    desk.received()
    desk.project()
    trail = desk.get("audrey", f"/audit/trail?inquiry_id={case.id}").json["items"]
    assert [(item["label"], item["actor"], item["version"]) for item in trail] == [
        ("eingegangen", "agent:anna", 1),
        ("weitergeleitet (angeboten)", "agent:anna", 2),
        ("Weiterleitung abgelehnt", "agent:tim", 3),
    ]
    assert trail[2]["reason"] == "not_responsible"
    by_tim = desk.get("audrey", "/audit/trail?actor=agent:tim").json["items"]
    assert [item["inquiry_id"] for item in by_tim] == [case.id]
    assert len(desk.get("audrey", "/audit/trail?type=casebackbone.inquiry.received.v1").json["items"]) == 2
    assert desk.get("audrey", f"/audit/trail?inquiry_id={case.id}&actor=agent:tim").status_code == 422


def test_in_whose_hands_it_was(desk: Desk) -> None:
    case = desk.received()
    desk.clock.forward(hours=1)
    case.done("anna", "claim")
    desk.clock.forward(hours=2)
    desk.project()
    custody = desk.get("anna", f"{case.path}/custody").json
    assert [item["holder"] for item in custody["items"]] == ["desk:front", "agent:anna"]
    assert custody["items"][1]["valid_to"] is None
    assert custody["seconds_by_holder"] == {"desk:front": 3600.0, "agent:anna": 7200.0}


def test_how_it_stood(desk: Desk) -> None:
    case = desk.received()
    desk.clock.forward(hours=1)
    case.resolved()
    path = case.path
    assert desk.get("anna", f"{path}?version=1").json.items() >= {"version": 1, "state": "open"}.items()
    assert desk.get("anna", f"{path}?as_of=2026-11-24T09:30:00Z").json["version"] == 1
    assert desk.get("anna", f"{path}?as_of=2026-11-24T10:00:00Z").json["version"] == 3
    assert desk.get("anna", f"{path}?version=4").status_code == 404
    assert desk.get("anna", f"{path}?as_of=2026-11-24T08:59:59Z").status_code == 404
    assert desk.get("anna", f"{path}?version=1&as_of=2026-11-24T10:00:00Z").status_code == 422


def test_by_the_reference_as_it_is_said(desk: Desk) -> None:
    case = desk.received()
    assert desk.get("anna", f"/inquiries?reference={case.body['reference']}").status_code == 404
    desk.project()
    said = case.body["reference"].replace("-", " ").lower()
    assert desk.get("anna", f"/inquiries?reference={quote(said)}").json["id"] == case.id
    assert desk.get("anna", "/inquiries?reference=AAAA-AAAA-AAAA").status_code == 404
    assert desk.get("anna", "/inquiries").status_code == 422


def test_no_view_and_no_event_holds_what_people_said(desk: Desk) -> None:
    canary = "Kanarienvogel-7315"
    case = desk.received(
        question=canary,
        contact={"name": canary, "note": canary},
        answer={"text": canary},
        forward={"to": "Tiefbau", "note": canary},
    )
    case.done("tim", "rejection", {"reason": "incomplete", "note": canary}).done("anna", "notes", {"text": canary})
    desk.project()
    paths = [case.path, f"{case.path}/history", f"{case.path}/custody", "/audit/trail", "/nobody-lost?show=all"]
    paths += ["/worklists/front-desk", "/worklists/forwarded", f"/inquiries?reference={case.body['reference']}"]
    for path in paths:
        response = desk.get("sven", path)
        assert response.status_code == 200
        assert canary not in response.text
    assert canary not in desk.get("audrey", "/events").text
    assert canary in desk.get("sven", f"{case.path}/contents?purpose=supervision").text


def test_what_is_quarantined_is_shown_and_nothing_is_all_clear(desk: Desk) -> None:
    """An event that a view cannot apply: its inquiry is in the list, with the reason, before all others."""
    from events.channel import Delivery
    from projections.projector import Projector

    case = desk.received()
    projector = Projector(desk.system.views, desk.system.views.live())
    poison = Delivery(0, 1, None, None, None, "value is not JSON in UTF-8", "{}")
    projector.apply([poison], desk.system.store_source)
    items = desk.get("audrey", "/nobody-lost").json["items"]
    assert items[0]["reasons"] == [{"code": "quarantined", "label": "nicht verarbeitet"}]
    assert (items[0]["id"], items[0]["record"]) == (None, f"{desk.system.store_source}/0/1")
    summary = desk.get("audrey", "/nobody-lost/summary").json
    assert (summary["unattributed"], summary["all_clear"]) == (1, False)
    assert isinstance(case, Case)
