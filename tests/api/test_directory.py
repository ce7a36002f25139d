"""The directory over REST: said, asked, and who leaves leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.desk import Case, Desk, key

BULKY = "99012003000000"
TREES = "99107006012000"
TIEFBAU = {
    "department": "Tiefbau",
    "name": "Tiefbauamt",
    "area": "07314000",
    "phone": "+49 621 504-0",
    "email": "tiefbau@stadt.example",
    "office": "Rathausplatz 20",
    "opening_hours": "Mo-Th 08:00-12:00,14:00-16:00; Fr 08:00-12:00",
    "valid_from": "2020-01-01T00:00:00+01:00",
}
WASTE = {
    "service": BULKY,
    "name": "Sperrmüllabholung",
    "synonyms": ["Grobmüll", "Sperrgut"],
    "description": "Abholung großer Gegenstände wie Möbel.",
    "valid_from": "2020-01-01T00:00:00+01:00",
}


def say(desk: Desk, path: str, body: Any = None, who: str = "adam", **more: Any) -> TestResponse:
    return desk.post(who, f"/directory/{path}", body, **more)


def said(desk: Desk, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    response = say(desk, path, body, **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json
    return answer


def asked(desk: Desk, path: str, who: str = "anna", **parameters: Any) -> dict[str, Any]:
    response = desk.get(who, f"/directory/{path}", query_string=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json
    return answer


@pytest.fixture
def city(desk: Desk) -> Desk:
    """Two departments, two services; the first department does the first service."""
    said(desk, "departments", TIEFBAU)
    said(
        desk, "departments", {**TIEFBAU, "department": "Grünflächen", "name": "Grünflächenamt", "opening_hours": "24/7"}
    )
    said(desk, "services", WASTE)
    said(desk, "services", {"service": TREES, "name": "Baumfällung", "valid_from": TIEFBAU["valid_from"]})
    said(
        desk,
        f"services/{BULKY}/responsibilities",
        {"department": "Tiefbau", "valid_from": TIEFBAU["valid_from"]},
    )
    desk.project()
    return desk


COMMANDS: list[tuple[str, str, Any, str]] = [
    ("describe_department", "departments", {"department": "Ordnungsamt", "name": "Ordnungsamt"}, ""),
    ("close_department", "departments/Grünflächen/closing", {"successor": "Tiefbau"}, "department_closed"),
    ("describe_service", "services", {"service": "99000000000001", "name": "Fundbüro"}, ""),
    ("withdraw_service", f"services/{BULKY}/withdrawal", {}, "service_withdrawn"),
    ("assign", f"services/{TREES}/responsibilities", {"department": "Grünflächen", "area": "07314"}, ""),
    ("end_responsibility", f"services/{BULKY}/responsibilities/ending", {}, "not_assigned"),
    ("add_member", "people/agent:tim/memberships", {"unit": "department:Tiefbau", "function": "supervisor"}, ""),
    ("deactivate", "people/agent:gina/deactivation", {}, ""),
]


@pytest.mark.parametrize(("path", "body", "again"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_a_statement_is_made_once_and_not_twice(city: Desk, path: str, body: Any, again: str) -> None:
    before, sent = city.events(), key()
    first = say(city, path, body, key=sent)
    assert first.status_code == 200, first.text
    assert first.headers["ETag"] == f'"v{first.json["version"]}"'
    assert int(first.headers["Casebackbone-Position"]) == city.system.head()
    assert city.events() == before + 1
    city.clock.forward(days=3)
    repeated = say(city, path, body, key=sent)
    assert (repeated.status_code, repeated.json) == (200, first.json)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    city.project()
    other = say(city, path, body)
    assert (other.status_code, other.json["code"]) == (409, again or "unchanged")
    assert city.events() == before + 1


TAKEN_BACK = [
    ("departments/Tiefbau/reopening", "departments/Tiefbau/closing", {}, "not_closed"),
    (f"services/{BULKY}/reinstatement", f"services/{BULKY}/withdrawal", {}, "not_withdrawn"),
    ("people/agent:tim/reactivation", "people/agent:tim/deactivation", {}, "person_active"),
    (
        "people/agent:tim/memberships/ending",
        "people/agent:tim/memberships",
        {"unit": "department:Tiefbau"},
        "not_a_member",
    ),
]


@pytest.mark.parametrize(("back", "there", "body", "code"), TAKEN_BACK, ids=[row[3] for row in TAKEN_BACK])
def test_what_was_said_is_taken_back_but_not_before(city: Desk, back: str, there: str, body: Any, code: str) -> None:
    before = say(city, back, body)
    assert (before.status_code, before.json["code"]) == (409, code)
    said(city, there, body)
    city.clock.forward(hours=1)
    sent = key()
    first = said(city, back, body, key=sent)
    assert said(city, back, body, key=sent) == first
    city.project()
    assert say(city, back, body).json["code"] == code


REFUSED: list[tuple[str, Any, int, str]] = [
    ("departments", {"department": "Neu"}, 422, "invalid"),
    ("departments", {"department": "Neu", "name": "Neu", "area": "7314000"}, 422, "malformed_area"),
    ("departments", {"department": "Neu", "name": "Neu", "opening_hours": "Montags"}, 422, "malformed_opening_hours"),
    ("departments", {"department": "Neu", "name": "Neu", "colour": "blue"}, 422, "invalid"),
    (
        "departments",
        {"department": "Neu", "name": "Neu", "valid_to": "2020-01-01T00:00:00Z"},
        422,
        "validity_reversed",
    ),
    ("departments/Nirgends/closing", {}, 409, "unknown_department"),
    ("departments/Tiefbau/closing", {"successor": "Tiefbau"}, 409, "circular_successor"),
    ("services", {"service": "12345678901234", "name": "x"}, 422, "malformed_service"),
    ("services", {"service": 99012003000000, "name": "x"}, 422, "invalid"),
    (f"services/{TREES}/responsibilities", {"department": "Nirgends"}, 409, "unknown_department"),
    ("services/99000000000009/responsibilities", {"department": "Tiefbau"}, 409, "unknown_service"),
    ("people/tim/memberships", {"unit": "department:Tiefbau"}, 422, "malformed_person"),
    ("people/agent:tim/memberships", {"unit": "Tiefbau"}, 422, "unknown_unit"),
    ("people/agent:tim/memberships", {"unit": "desk", "function": "boss"}, 422, "invalid"),
]


@pytest.mark.parametrize(("path", "body", "status", "code"), REFUSED)
def test_refused_and_nothing_said(city: Desk, path: str, body: Any, status: int, code: str) -> None:
    before = city.events()
    response = say(city, path, body)
    assert (response.status_code, response.json["code"]) == (status, code), response.text
    assert response.mimetype == "application/problem+json"
    assert city.events() == before


def test_the_version_is_checked_only_when_it_is_sent(city: Desk) -> None:
    version = said(city, "departments", {"department": "A", "name": "A"})["version"]
    old = say(city, "departments", {"department": "B", "name": "B"}, version=version - 1)
    assert (old.status_code, old.json["code"], old.json["version"]) == (412, "stale_version", version)
    assert [step["label"] for step in old.json["since"]] == ["Stelle beschrieben"]
    assert said(city, "departments", {"department": "B", "name": "B"}, version=version)["version"] == version + 1


def test_only_administrators_and_supervisors_speak(city: Desk) -> None:
    for who in ("anna", "tim", "audrey", "dora", "tiefbau-system"):
        assert say(city, "departments", {"department": "A", "name": "A"}, who=who).status_code == 403
    said(city, "departments", {"department": "A", "name": "A"}, who="sven")


# --- asked -----------------------------------------------------------------------------------------


def test_departments_with_hours_and_people(city: Desk) -> None:
    said(city, "people/agent:tim/memberships", {"unit": "department:Tiefbau", "function": "supervisor"})
    said(city, "people/agent:gina/memberships", {"unit": "department:Tiefbau", "function": "deputy"})
    city.clock.forward(minutes=1)
    city.project()
    green, streets = asked(city, "departments", at="2026-11-24T10:01:00+01:00")["items"]
    assert (green["department"], green["open_now"]) == ("Grünflächen", True)
    told = {name: value for name, value in TIEFBAU.items() if name != "valid_from"}
    assert streets.items() >= {**told, "open_now": True, "closed": False, "supervisor": "agent:tim"}.items()
    assert (streets["deputies"], streets["valid_from"]) == (["agent:gina"], "2020-01-01T00:00:00+01:00")
    said(city, "people/agent:tim/deactivation")
    city.clock.forward(hours=3)
    city.project()
    streets = asked(city, "departments")["items"][1]
    assert (streets["open_now"], streets["supervisor"]) == (False, "agent:gina")


def test_offices_are_closed_on_holidays(city: Desk) -> None:
    city.clock.forward(days=31)  # Friday, 25 December, ten in the morning
    assert city.clock.now.isoformat() == "2026-12-25T09:00:00+00:00"
    city.project()
    assert [one["open_now"] for one in asked(city, "departments")["items"]] == [True, False]


def test_as_of_any_time_as_known_at_any_version(city: Desk) -> None:
    def named(**when: Any) -> list[str]:
        return [one["name"] for one in asked(city, "departments", **when)["items"]]

    known = said(city, "departments", {**TIEFBAU, "name": "Straßenamt", "valid_from": "2027-01-01T00:00:00+01:00"})
    said(city, "departments", {**TIEFBAU, "name": "Mobilitätsamt", "valid_from": "2027-01-01T00:00:00+01:00"})
    said(city, "departments/Grünflächen/closing", {"valid_from": "2027-06-01T00:00:00+02:00"})
    city.project()
    assert named() == ["Grünflächenamt", "Tiefbauamt"]
    assert named(at="2027-01-01T00:00:00+01:00") == ["Grünflächenamt", "Mobilitätsamt"]
    assert named(at="2027-01-01T00:00:00+01:00", known=known["version"]) == ["Grünflächenamt", "Straßenamt"]
    assert named(at="2027-06-01T00:00:00+02:00") == ["Mobilitätsamt"]
    assert named(at="2027-06-01T00:00:00+02:00", state="gone") == ["Grünflächenamt"]
    assert named(at="2027-06-01T00:00:00+02:00", state="all") == ["Grünflächenamt", "Mobilitätsamt"]
    assert named(at="2019-06-01T00:00:00+02:00") == []


def test_pages_of_services_and_responsibilities(city: Desk) -> None:
    keys = []
    for number in range(5):
        keys.append(f"9900000000000{number}")
        said(city, "services", {"service": keys[-1], "name": f"Dienst {number}"})
        said(city, f"services/{keys[-1]}/responsibilities", {"department": "Grünflächen", "area": "07314"})
    city.project()
    first = asked(city, "services", limit=3)
    second = asked(city, "services", limit=3, cursor=first["next_cursor"])
    third = asked(city, "services", limit=3, cursor=second["next_cursor"])
    assert [one["service"] for page in (first, second, third) for one in page["items"]] == sorted([*keys, BULKY, TREES])
    assert third["next_cursor"] is None
    found = asked(city, "responsibilities", department="Grünflächen")["items"]
    assert [(one["service"], one["area"], one["standing_in"]) for one in found] == [
        (service, "07314", "Grünflächen") for service in keys
    ]
    assert [one["department"] for one in asked(city, "responsibilities", service=BULKY)["items"]] == ["Tiefbau"]


def test_history_tells_all_that_was_said(city: Desk) -> None:
    said(city, "departments/Tiefbau/closing", {"successor": "Grünflächen", "valid_from": "2027-01-01T00:00:00Z"})
    said(city, "people/agent:tim/memberships", {"unit": "department:Grünflächen"})
    said(city, f"services/{BULKY}/withdrawal")
    city.project()
    labels = [one["label"] for one in asked(city, "departments/Tiefbau/history")["items"]]
    assert labels == ["Stelle beschrieben", "Zuständigkeit zugewiesen", "Stelle geschlossen"]
    green = asked(city, "departments/Grünflächen/history")["items"]
    assert [one["label"] for one in green] == ["Stelle beschrieben", "Stelle geschlossen", "Person zugeordnet"]
    assert green[1]["details"] == {"department": "Tiefbau", "successor": "Grünflächen", "moved": 0}
    assert [one["label"] for one in asked(city, f"services/{BULKY}/history")["items"]] == [
        *("Leistung beschrieben", "Zuständigkeit zugewiesen", "Leistung zurückgezogen"),
    ]
    assert [one["actor"] for one in asked(city, "people/agent:tim/history")["items"]] == ["agent:adam"]


def test_people_and_who_is_not_there(city: Desk) -> None:
    said(city, "people/agent:tim/memberships", {"unit": "department:Tiefbau"})
    said(city, "people/agent:anna/memberships", {"unit": "desk:front"})
    city.project()
    said(city, "people/agent:gone/deactivation")
    city.project()
    found = {one["person"]: one for one in asked(city, "people")["items"]}
    assert {who: one["active"] for who, one in found.items()} == {
        "agent:anna": True,
        "agent:gone": False,
        "agent:tim": True,
    }
    assert [one["unit"] for one in found["agent:tim"]["memberships"]] == ["department:Tiefbau"]
    assert [one["person"] for one in asked(city, "people", unit="desk:front")["items"]] == ["agent:anna"]


# --- who is responsible? -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["Wer ist für Sperrmüll zuständig?", "sperrmuell abholen", "Grobmüll", "alte Möbel loswerden", BULKY]
)
def test_words_find_the_service_and_who_does_it(city: Desk, words: str) -> None:
    answer = asked(city, "responsibility", q=words)
    assert (answer["code"], answer["candidates"][0]["service"]) == ("responsible", BULKY)
    assert answer["answer"] == "Für „Sperrmüllabholung“ ist zuständig: Tiefbauamt."
    department = answer["candidates"][0]["department"]
    assert (department["phone"], department["open_now"]) == ("+49 621 504-0", True)


def test_words_that_match_are_marked(city: Desk) -> None:
    (found, *_) = asked(city, "responsibility", q="Sperrgut und Möbel")["candidates"]
    begin, end = found["highlights"]["description"][0]
    assert found["description"][begin:end] == "Möbel"
    assert found["highlights"]["synonyms"] == [[], [[0, 8]]]


def test_nobody_is_responsible_and_it_says_whom_to_ask(city: Desk) -> None:
    answer = asked(city, "responsibility", q="Baum fällen")
    assert (answer["code"], answer["candidates"][0]["department"]) == ("nobody_responsible", None)
    assert "niemand" in answer["answer"]
    said(city, "people/agent:sven/memberships", {"unit": "desk", "function": "supervisor"})
    city.clock.forward(minutes=1)
    assert "agent:sven" in asked(city, "responsibility", q="Baum fällen")["answer"]
    nothing = asked(city, "responsibility", q="Zauberei")
    assert (nothing["code"], nothing["candidates"]) == ("service_unknown", [])


def test_by_area_and_at_any_time(city: Desk) -> None:
    said(city, f"services/{TREES}/responsibilities", {"department": "Grünflächen", "area": "07314"})
    later = "2027-01-01T00:00:00+01:00"
    said(city, f"services/{BULKY}/responsibilities", {"department": "Grünflächen", "valid_from": later})
    city.clock.forward(minutes=1)
    city.project()
    open_question = asked(city, "responsibility", service=TREES)
    assert open_question["code"] == "area_needed"
    areas = open_question["candidates"][0]["areas"]
    assert [(one["area"], one["department"]["department"]) for one in areas] == [("07314", "Grünflächen")]
    assert asked(city, "responsibility", service=TREES, area="07314000")["code"] == "responsible"
    assert asked(city, "responsibility", service=TREES, area="07316000")["code"] == "nobody_responsible"
    named = [
        asked(city, "responsibility", q="Sperrmüll", at=at)["candidates"] for at in ("2026-12-31T00:00:00Z", later)
    ]
    assert [found[0]["department"]["department"] for found in named] == ["Tiefbau", "Grünflächen"]
    assert asked(city, "responsibility", q="Sperrmüll", at="2019-01-01T00:00:00Z")["code"] == "service_unknown"


def test_words_or_a_service_but_one_of_them(city: Desk) -> None:
    for parameters in ({}, {"q": "x", "service": BULKY}):
        assert city.get("anna", "/directory/responsibility", query_string=parameters).status_code == 422


def test_an_inquiry_is_proposed_a_department(city: Desk) -> None:
    unclear = city.received("anna", question="Wann wird der Sperrmüll geholt?")
    path = f"{unclear.path}/responsibility"
    assert city.get("anna", path).json["code"] == "service_unknown"
    before = city.system.store.last_position()
    answer = city.get("anna", path, query_string={"purpose": "handling"}).json
    assert (answer["code"], answer["candidates"][0]["department"]["department"]) == ("responsible", "Tiefbau")
    assert city.system.store.last_position() == before
    unclear.done("anna", "classification", {"service": BULKY})
    assert city.get("anna", path).json["answer"] == "Für „Sperrmüllabholung“ ist zuständig: Tiefbauamt."
    assert city.get("audrey", path, query_string={"purpose": "handling"}).status_code == 403
    assert city.get("gina", path).status_code == 404


# --- who leaves leaves nothing behind --------------------------------------------------------------------------------


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
