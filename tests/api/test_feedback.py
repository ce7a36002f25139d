"""The citizen's word on the answer: by reference, without login, once, and nothing but one of two codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.desk import Case, Desk


def say(desk: Desk, case: Case, verdict: Any = "helped") -> Any:
    return desk.post(None, f"/status/{case.body['reference']}/feedback", {"verdict": verdict})


def test_after_an_answer_once_and_nothing_else_changes(desk: Desk) -> None:
    case = desk.received().resolved()
    desk.project()
    before = desk.get("anna", case.path).json
    response = say(desk, case, "did_not_help")
    assert response.status_code == 200, response.text
    assert response.json == {
        "reference": case.body["reference"],
        "verdict": "did_not_help",
        "label": "hat nicht geholfen",
    }
    after = desk.get("anna", case.path).json
    assert {name for name in after if after[name] != before[name]} == {"version", "last_step_at"} - (
        {"last_step_at"} if after["last_step_at"] == before["last_step_at"] else set()
    )
    last = desk.get("anna", f"{case.path}/history").json["items"][-1]
    assert (last["type"], last["actor"]) == ("casebackbone.inquiry.feedback_given.v1", "system:feedback")
    assert (last["data"]["verdict"], last["data"]["article_id"]) == ("did_not_help", None)


@pytest.mark.parametrize("second", ["helped", "did_not_help"])
def test_the_first_word_stands(desk: Desk, second: str) -> None:
    case = desk.received().answered()
    desk.project()
    assert say(desk, case).status_code == 200
    events = desk.events()
    again = say(desk, case, second)
    assert (again.status_code, again.json["code"]) == (409, "feedback_given")
    assert desk.events() == events


def test_what_was_not_answered_did_not_help_and_nobody_says_more_than_a_code(desk: Desk) -> None:
    case = desk.received()
    desk.project()
    early = say(desk, case)
    assert (early.status_code, early.json["code"]) == (409, "not_answered")
    for body in ({}, {"verdict": "Frau Weber war unfreundlich"}, {"verdict": "helped", "text": "Danke"}):
        assert desk.post(None, f"/status/{case.body['reference']}/feedback", body).status_code == 422
    slipped = desk.post(None, "/status/2222-2222-2222/feedback", {"verdict": "helped"})
    assert (slipped.status_code, slipped.json["code"]) == (404, "inquiry_not_found")


def test_a_repeat_with_its_key_is_told_the_same_and_a_key_of_somebody_else_is_no_matter(desk: Desk) -> None:
    one, other = desk.received().answered(), desk.received().answered()
    desk.project()
    told = []
    for case in (one, one, other):
        path = f"/status/{case.body['reference']}/feedback"
        told.append(desk.post(None, path, {"verdict": "helped"}, key="mine"))
    assert [response.status_code for response in told] == [200, 200, 200]
    assert told[0].headers["Casebackbone-Position"] == told[1].headers["Casebackbone-Position"]
    assert desk.events() == 6


def test_trying_references_is_stopped(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path, status_per_minute=2)
    desk.project()
    answers = [desk.post(None, "/status/x/feedback", {"verdict": "helped"}).status_code for _ in range(3)]
    assert answers == [404, 404, 429]
    desk.close()
