"""A city's directory over REST, for tests: what is said of it, and what it is asked."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.api.desk import Desk

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


def filled(desk: Desk) -> Desk:
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
