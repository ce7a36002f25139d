"""Figures over HTTP: the formulas, the rows, the events behind each number; as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from api.csv_answer import csv_answer
from projections.figures_formulas import FORMULAS
from tests.api.desk import Case, Desk

PASSPORT, BUILDING = "99083004012000", "99012003000000"
DONE: dict[str, Any] = {"answer": {"text": "Ja."}, "resolve": {"outcome": "answered"}}


@pytest.fixture
def cases(desk: Desk) -> dict[str, Case]:
    """Two days at the desk: Monday until Tuesday at ten."""
    desk.clock.forward(days=-1)
    made = {
        "done": desk.received(service=PASSPORT, **DONE),
        "later": desk.received(service=BUILDING),
        "web": desk.received(channel="web", **DONE),
    }
    desk.clock.forward(hours=1)
    made["first"] = desk.received(service=BUILDING).offered()
    desk.clock.forward(hours=1)
    made["first"].done("tim", "acceptance")
    made["back"] = desk.received().offered().done("tim", "rejection", {"reason": "not_responsible"})
    desk.clock.forward(hours=22)
    made["late_call"] = desk.received().done("anna", "callbacks")
    made["later"].answered()
    desk.project()
    return made


def asked(desk: Desk, address: str, who: str = "sven") -> Any:
    response = desk.get(who, f"/figures/{address}")
    assert response.status_code == 200, response.text
    return response.json


def rows(desk: Desk, address: str) -> dict[str, tuple[int, int | None, int | None]]:
    items = asked(desk, address)["items"]
    return {item["key"]: (item["counted"], item["met"], item["undecided"]) for item in items if item["counted"]}


def test_each_formula_says_what_it_counts_and_what_is_promised(desk: Desk) -> None:
    items = desk.get("audrey", "/figures").json["items"]
    assert [item["code"] for item in items] == list(FORMULAS)
    targets = {item["code"]: item["target"] for item in items if item["target"]}
    assert {code: target["share_percent"] for code, target in targets.items()} == {
        "calls_in_time": 75,
        "first_contact_resolution": 65,
        "reply_in_time": 100,
        "callbacks_in_time": 100,
    }
    assert targets["calls_in_time"]["within_seconds"] == 30
    assert targets["reply_in_time"]["within_service_minutes"] == 24 * 60
    assert targets["reply_in_time"]["policy"] == "115@2026-01"
    assert all(item["version"] == 1 and item["definition"] and item["definition_en"] for item in items)


def test_by_day_with_the_target_beside_it(desk: Desk, cases: dict[str, Case]) -> None:
    answer = asked(desk, "first_contact_resolution")
    assert answer["by"] == "day"
    assert answer["time_zone"] == "Europe/Berlin"
    assert (answer["from"], answer["to"]) == ("2026-10-26T00:00:00+01:00", "2026-11-24T10:00:01+01:00")
    assert len(answer["items"]) == 30
    assert answer["items"][-2:] == [
        counted("2026-11-23", counted=4, met=1, share_percent=25.0, kept=False),
        counted("2026-11-24", counted=1, met=0, share_percent=0.0, kept=False),
    ]
    assert answer["total"] == {
        key: value
        for key, value in counted("", counted=5, met=1, share_percent=20.0, kept=False).items()
        if key != "key"
    }
    assert answer["formula"]["target"]["share_percent"] == 65
    assert answer["meta"]["lag"]["events"] == 0


def counted(key: str, **known: Any) -> dict[str, Any]:
    nothing = {"undecided": 0, "measured": 0, "value_sum": None, "value_mean": None, "ages": None}
    return {"key": key, **nothing, **known}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("first_contact_resolution?by=service", {"(none)": (2, 0, 0), BUILDING: (2, 0, 0), PASSPORT: (1, 1, 0)}),
        ("first_contact_resolution?by=service&service=(none)", {"(none)": (2, 0, 0)}),
        ("reply_in_time?by=department", {"(none)": (1, 1, 2)}),
        ("reply_in_time?by=department&department=Tiefbau", {}),
        ("forwards_accepted?by=department", {"Tiefbau": (2, 1, 0)}),
        (f"forwards_accepted?by=day&service={BUILDING}", {"2026-11-23": (1, 1, 0)}),
        ("forwards_rejected?by=service", {"(none)": (1, 1, 0), BUILDING: (1, 0, 0)}),
        ("forwards_accepted?from=2026-11-24T00:00:00%2B01:00", {}),
        ("callbacks_in_time", {}),
        ("backlog_by_age?by=age", {"under_1_day": (3, None, None), "1_to_3_days": (1, None, None)}),
        ("backlog_by_age?by=department", {"(none)": (3, None, None), "Tiefbau": (1, None, None)}),
        ("backlog_by_age?by=age&to=2026-11-23T10:30:00%2B01:00", {"under_1_day": (1, None, None)}),
        ("backlog_by_age?by=department&to=2027-01-01T00:00:00Z&department=Tiefbau", {"Tiefbau": (1, None, None)}),
        ("marathon_bounces?by=service", {"(none)": (1, 0, 0), BUILDING: (1, 1, 0)}),
    ],
)  # fmt: skip
def test_each_cut(desk: Desk, cases: dict[str, Case], address: str, expected: dict[str, Any]) -> None:
    assert rows(desk, address) == expected


def test_a_callback_that_is_overdue_is_missed_without_anybody_saying_so(desk: Desk, cases: dict[str, Case]) -> None:
    assert asked(desk, "callbacks_in_time")["total"]["undecided"] == 1
    desk.clock.forward(days=3)
    total = asked(desk, "callbacks_in_time")["total"]
    assert (total["counted"], total["met"], total["undecided"], total["kept"]) == (1, 0, 0, False)


def test_calls(desk: Desk) -> None:
    for call, begin, end, what in (("a", 0, 30, "answered"), ("b", 1, 32, "answered"), ("c", 2, 9, "abandoned")):
        for event, second in (("offered", begin), (what, end)):
            at = f"2026-11-24T09:00:{second:02}+01:00"
            response = desk.post("telefonanlage", "/calls", {"call": call, "event": event, "occurred_at": at})
            assert response.status_code == 200, response.text
    desk.project()
    total = asked(desk, "calls_in_time")["total"]
    assert (total["counted"], total["met"], total["share_percent"], total["kept"]) == (3, 1, 33.3333, False)
    assert total["value_sum"] == 30 + 31 + 7
    assert asked(desk, "calls_abandoned")["total"]["met"] == 1


# --- the events behind a number --------------------------------------------------------------------------------------


def test_the_events_behind_a_number_can_be_had_and_are_there(desk: Desk, cases: dict[str, Case]) -> None:
    answer = asked(desk, f"forwards_accepted/events?verdict=met&service={BUILDING}")
    first = cases["first"]
    [item] = answer["items"]
    assert (answer["code"], answer["version"]) == ("forwards_accepted", 1)
    assert (item["subject"], item["department"], item["met"], item["value"]) == (first.id, "Tiefbau", True, 60)
    assert item["events"] == [f"{first.id}:2", f"{first.id}:3"]
    trail = desk.get("audrey", f"/audit/trail?inquiry_id={first.id}").json["items"]
    found = {f"{one['inquiry_id']}:{one['version']}": one["type"].split(".")[2] for one in trail}
    assert [found[name] for name in item["events"]] == ["forwarded", "forward_accepted"]


def test_as_many_as_were_counted_page_by_page(desk: Desk, cases: dict[str, Case]) -> None:
    seen: list[str] = []
    address = "/figures/first_contact_resolution/events?limit=2"
    while address:
        response = desk.get("sven", address)
        seen += [item["subject"] for item in response.json["items"]]
        address = response.headers.get("Link", "").partition("<")[2].partition(">")[0]
        desk.clock.forward(hours=1)  # the next page is one of the same period
    assert sorted(seen) == sorted(cases[name].id for name in ("done", "later", "first", "back", "late_call"))


@pytest.mark.parametrize(
    ("verdict", "names"), [("met", ["done"]), ("missed", ["later", "first", "back", "late_call"]), ("undecided", [])]
)
def test_only_one_verdict(desk: Desk, cases: dict[str, Case], verdict: str, names: list[str]) -> None:
    items = asked(desk, f"first_contact_resolution/events?verdict={verdict}")["items"]
    assert [item["subject"] for item in items] == [cases[name].id for name in names]


def test_who_is_in_a_class_of_age(desk: Desk, cases: dict[str, Case]) -> None:
    items = asked(desk, "backlog_by_age/events?age=1_to_3_days")["items"]
    assert [(item["subject"], item["outcome"], item["value"]) for item in items] == [
        (cases["later"].id, "1_to_3_days", 24)
    ]


# --- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"path": "&format=csv"}, {"accept": "text/csv"}])
def test_rows_as_csv(desk: Desk, cases: dict[str, Case], how: dict[str, str]) -> None:
    address = f"/figures/first_contact_resolution?by=service{how.get('path', '')}"
    response = desk.get("sven", address, headers={"Accept": how["accept"]} if "accept" in how else {})
    assert response.mimetype == "text/csv"
    lines = list(csv.DictReader(io.StringIO(response.text)))
    assert [(line["key"], line["counted"], line["met"], line["target_percent"], line["kept"]) for line in lines] == [
        ("(none)", "2", "0", "65", "false"),
        (BUILDING, "2", "0", "65", "false"),
        (PASSPORT, "1", "1", "65", "true"),
    ]
    assert {(line["figure"], line["version"], line["stale"]) for line in lines} == {
        ("first_contact_resolution", "1", "false")
    }


def test_json_is_what_is_given_without_a_word(desk: Desk, cases: dict[str, Case]) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json, text/csv;q=0.5"}):
        assert desk.get("sven", "/figures/reply_in_time", headers=headers).is_json
    response = desk.get("sven", "/figures/reply_in_time?format=json", headers={"Accept": "text/csv"})
    assert response.is_json


def test_events_as_csv(desk: Desk, cases: dict[str, Case]) -> None:
    response = desk.get("sven", "/figures/forwards_accepted/events?format=csv&limit=1")
    [line] = csv.DictReader(io.StringIO(response.text))
    first = cases["first"].id
    assert (line["met"], line["events"]) == ("true", f"{first}:2 {first}:3")
    assert 'rel="next"' in response.headers["Link"]
    assert "format=csv" in response.headers["Link"]


def test_a_cell_is_no_formula_for_a_spreadsheet(desk: Desk) -> None:
    """A call's id and a department's come from elsewhere."""
    with desk.app.app_context():
        answer = csv_answer(["key"], [{"key": text} for text in ("=1+1", "+1", "-1", "@x", "\tx")], {})
    assert [line[:1] for line in answer.get_data(as_text=True).splitlines()[1:]] == ["'"] * 5


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "pointer", "code"),
    [
        ("nothing", 404, None, None),
        ("nothing/events", 404, None, None),
        ("reply_in_time?by=week", 422, "/by", "unknown_value"),
        ("reply_in_time?by=age", 422, "/by", "no_such_dimension"),
        ("calls_in_time?by=service", 422, "/by", "no_such_dimension"),
        ("calls_in_time?department=Tiefbau", 422, "/department", "no_such_dimension"),
        ("reply_in_time/events?age=under_1_day", 422, "/age", "no_such_dimension"),
        ("backlog_by_age/events?verdict=met", 422, "/verdict", "no_such_dimension"),
        ("reply_in_time?from=2026-11-24", 422, "/from", "wrong_form"),
        ("reply_in_time?from=2026-11-24T00:00:00Z&to=2026-11-24T00:00:00Z", 422, "/to", "period_reversed"),
        ("reply_in_time?from=2025-01-01T00:00:00Z", 422, "/from", "period_too_long"),
        ("reply_in_time?service=%3D1%2B1", 422, "/service", "wrong_form"),
        ("reply_in_time?when=now", 422, "/when", "unknown"),
        ("reply_in_time/events?cursor=x", 422, "/cursor", "invalid_cursor"),
        ("reply_in_time/events?limit=201", 422, "/limit", "out_of_range"),
        ("reply_in_time?min_position=9", 422, "/min_position", "unknown_position"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, address: str, status: int, pointer: str | None, code: str | None) -> None:
    desk.project()
    response = desk.get("sven", f"/figures/{address}")
    assert response.status_code == status, response.text
    if pointer:
        assert [(one["pointer"], one["code"]) for one in response.json["errors"]] == [(pointer, code)]


def test_a_long_period_goes_without_days(desk: Desk, cases: dict[str, Case]) -> None:
    assert asked(desk, "reply_in_time?from=2010-01-01T00:00:00Z&by=service")["total"]["counted"] == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [("sven", 200), ("audrey", 200), ("adam", 200), ("anna", 403), ("tim", 403), ("dora", 403), (None, 401)],
)
def test_who_may_see_figures(desk: Desk, who: str | None, status: int) -> None:
    desk.project()
    for address in ("", "/reply_in_time", "/reply_in_time/events"):
        assert desk.get(who, f"/figures{address}").status_code == status


def test_figures_say_when_they_are_behind(desk: Desk, cases: dict[str, Case]) -> None:
    desk.received()
    desk.clock.forward(minutes=10)
    meta = asked(desk, "reply_in_time")["meta"]
    assert (meta["lag"]["events"], meta["stale"]) == (1, True)


def test_the_document_says_that_there_is_csv(desk: Desk) -> None:
    paths = desk.get(None, "/openapi.json").json["paths"]
    for address in ("/figures/{code}", "/figures/{code}/events"):
        assert set(paths[f"/api/v1{address}"]["get"]["responses"]["200"]["content"]) == {"application/json", "text/csv"}
