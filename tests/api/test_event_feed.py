"""Events over HTTP: the same CloudEvents, in order, and only what concerns whoever asks."""

from __future__ import annotations

from typing import Any

from events.cloudevents import from_document
from tests.api.desk import Desk


def followed(desk: Desk, who: str, path: str = "/events?limit=2") -> list[dict[str, Any]]:
    """Goes on from Link to Link until there is nothing more."""
    found: list[dict[str, Any]] = []
    head = desk.system.head()
    while True:
        response = desk.get(who, path)
        assert response.status_code == 200, response.text
        assert response.mimetype == "application/cloudevents-batch+json"
        found += response.json
        if int(response.headers["Casebackbone-Position"]) >= head:
            return found
        path = response.headers["Link"].partition("<")[2].partition(">")[0]


def test_all_of_them_in_order_for_those_who_oversee(desk: Desk) -> None:
    desk.received().accepted()
    desk.received().resolved()
    found = followed(desk, "audrey")
    assert [document["position"] for document in found] == [str(position) for position in range(1, 7)]
    assert [from_document(document) for document in found] == list(desk.system.read(0, 100))
    assert found[0]["specversion"] == "1.0"
    assert followed(desk, "adam", "/events?after=4&limit=200") == found[4:]


def test_a_department_gets_what_concerns_it_and_learns_when_it_leaves(desk: Desk) -> None:
    case = desk.received()
    desk.received().resolved()
    case.offered().done("anna", "recall")
    case.offered().done("tim", "acceptance")
    case.done("sven", "forwardings", {"to": "Grünflächen"}).done("gina", "acceptance")
    case.done("gina", "notes", {"text": "Nicht mehr Tiefbau."})
    found = followed(desk, "tiefbau-system")
    assert {document["subject"] for document in found} == {case.id}
    assert [document["type"].split(".")[2] for document in found] == [
        "forwarded",
        "forward_recalled",
        "forwarded",
        "forward_accepted",
        "forwarded",
        "forward_accepted",
    ]


def test_a_department_cannot_ask_for_another(desk: Desk) -> None:
    desk.received().done("anna", "forwardings", {"to": "Grünflächen"})
    path = "/events?department=Gr%C3%BCnfl%C3%A4chen"
    assert followed(desk, "tiefbau-system", path) == []
    assert len(followed(desk, "audrey", path)) == 1


def test_nothing_yet_says_where_to_go_on(desk: Desk) -> None:
    response = desk.get("audrey", "/events?after=0&wait=0")
    assert response.json == []
    assert response.headers["Link"] == '</api/v1/events?after=0&limit=50>; rel="next"'


def test_waiting_ends_with_the_first_event(desk: Desk) -> None:
    desk.received()
    assert len(desk.get("audrey", "/events?after=0&wait=20").json) == 1
