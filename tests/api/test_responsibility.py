"""Who is responsible? Asked in German words, for a service, or for an inquiry, before anyone forwards."""

from __future__ import annotations

import pytest

from tests.api.city import BULKY, TREES, asked, filled, said
from tests.api.desk import Desk


@pytest.fixture
def city(desk: Desk) -> Desk:
    return filled(desk)


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


def test_an_area_is_a_key_and_no_word(city: Desk) -> None:
    for area in ("Mitte", "7314", "00000000"):
        response = city.get("anna", "/directory/responsibility", query_string={"service": TREES, "area": area})
        assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/area"), area


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
