"""Receiving: every channel, and what is done at once."""

from __future__ import annotations

from typing import Any

import pytest

from casebackbone.reference import normalised
from events.standing import Channel
from tests.api.desk import Desk, key
from tests.api.editing import published


@pytest.mark.parametrize("channel", [channel.value for channel in Channel])
def test_on_every_channel(desk: Desk, channel: str) -> None:
    response = desk.post("anna", "/inquiries", {"channel": channel, "question": "Wann?"})
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/inquiries/{response.json['id']}"
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Casebackbone-Position"] == "1"
    assert response.json.items() >= {"channel": channel, "state": "open", "holder": "desk:front", "version": 1}.items()
    assert normalised(response.json["reference"]) == response.json["reference"]
    # Tuesday ten o'clock; 24 service hours of ten a day: Thursday, two in the afternoon.
    assert response.json["due_at"] == "2026-11-26T14:00:00+01:00"
    assert desk.get("anna", response.headers["Location"]).json == response.json


def test_answered_and_resolved_at_first_contact(desk: Desk) -> None:
    article = published(desk)
    body = {
        "channel": "phone",
        "question": "Wann wird der Sperrmüll geholt?",
        "contact": {"name": "Erika Mustermann", "phone": "0621 115"},
        "service": "99107006012000",
        "answer": {"text": "Am Dienstag.", "article_id": article.id, "article_version": 1},
        "resolve": {"outcome": "answered"},
    }
    response = desk.post("anna", "/inquiries", body)
    assert response.status_code == 201
    assert response.json.items() >= {"state": "resolved", "version": 3, "holder": None, "due_at": None}.items()
    history = desk.get("anna", f"/inquiries/{response.json['id']}/history").json["items"]
    assert [item["label"] for item in history] == ["eingegangen", "beantwortet", "erledigt"]
    assert history[1]["data"]["first_contact"] is True
    assert len({item["command_id"] for item in history}) == 1


def test_forwarded_at_once(desk: Desk) -> None:
    case = desk.received(forward={"to": "Tiefbau", "note": "Loch in der Straße."})
    assert case.body.items() >= {"offered_to": "Tiefbau", "holder": "desk:front", "version": 2}.items()


def test_what_a_department_receives_is_its_own(desk: Desk) -> None:
    assert desk.received("tim").body.items() >= {"holder": "department:Tiefbau", "department": "Tiefbau"}.items()


def test_all_or_nothing(desk: Desk) -> None:
    body = {"channel": "phone", "question": "Wann?", "forward": {"to": "Tiefbau"}, "resolve": {"outcome": "referred"}}
    response = desk.post("anna", "/inquiries", body)
    assert (response.status_code, response.json["code"]) == (409, "offer_pending")
    assert desk.events() == 0


def test_stays_quiet_on_repeat(desk: Desk) -> None:
    again, body = key(), {"channel": "phone", "question": "Wann?", "answer": {"text": "Morgen."}}
    first = desk.post("anna", "/inquiries", body, key=again)
    desk.clock.forward(days=1)
    repeated = desk.post("anna", "/inquiries", body, key=again)
    assert (repeated.status_code, repeated.json) == (201, first.json)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert desk.events() == 2
    other = desk.post("anna", "/inquiries", {**body, "question": "Wo?"}, key=again)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"channel": None}, "/channel", "null"),
        ({"channel": "fax"}, "/channel", "unknown_value"),
        ({"channel": 1}, "/channel", "wrong_type"),
        ({"question": ""}, "/question", "blank"),
        ({"question": "a\x00b"}, "/question", "control_character"),
        ({"question": "x" * 20_001}, "/question", "too_long"),
        ({"question": ["Wann?"]}, "/question", "wrong_type"),
        ({"contact": {}}, "/contact", "required"),
        ({"contact": []}, "/contact", "wrong_type"),
        ({"contact": {"fax": "1"}}, "/contact/fax", "unknown"),
        ({"contact": {"phone": "a\nb"}}, "/contact/phone", "control_character"),
        ({"service": "../../etc"}, "/service", "wrong_form"),
        ({"language": "klingon"}, "/language", "unknown_value"),
        ({"occurred_at": "2026-11-24T10:00:00"}, "/occurred_at", "wrong_form"),
        ({"occurred_at": 2**63}, "/occurred_at", "wrong_form"),
        ({"answer": {}}, "/answer/text", "required"),
        ({"answer": {"text": "Ja.", "article_id": "1"}}, "/answer/article_id", "wrong_form"),
        ({"answer": {"text": "Ja.", "article_version": 1}}, "/answer/article_version", "incomplete"),
        (
            {"answer": {"text": "Ja.", "article_id": "11111111-2222-4333-8444-555555555555", "article_version": 2**63}},
            "/answer/article_version",
            "out_of_range",
        ),
        ({"forward": {"to": "Tiefbau", "reason": "because"}}, "/forward/reason", "unknown_value"),
        ({"resolve": {"outcome": "gone"}}, "/resolve/outcome", "unknown_value"),
        ({"id": "11111111-2222-4333-8444-555555555555"}, "/id", "unknown"),
        ({"state": "resolved"}, "/state", "unknown"),
        ({"holder": "agent:anna"}, "/holder", "unknown"),
        ({"actor": "agent:bert"}, "/actor", "unknown"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown"),
    ],
)
def test_every_wrong_value_is_pointed_at(desk: Desk, change: dict[str, Any], pointer: str, code: str) -> None:
    response = desk.post("anna", "/inquiries", {"channel": "phone", "question": "Wann?", **change})
    assert response.status_code == 422, response.text
    assert [(error["pointer"], error["code"]) for error in response.json["errors"]] == [(pointer, code)]
    assert desk.events() == 0


def test_all_wrong_values_at_once(desk: Desk) -> None:
    response = desk.post("anna", "/inquiries", {"question": 1, "language": "x", "more": True})
    assert {error["pointer"] for error in response.json["errors"]} == {"/channel", "/question", "/language", "/more"}
