"""The directory over REST: what is said, what is refused, and what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.city import BULKY, TIEFBAU, TREES, asked, filled, said, say
from tests.api.desk import Desk, key


@pytest.fixture
def city(desk: Desk) -> Desk:
    return filled(desk)


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
