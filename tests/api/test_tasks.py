"""Tasks over REST: a lesson becomes one, it has an owner and a due time, and what came of it is measured."""

from __future__ import annotations

from typing import Any

import pytest

from projections import lessons
from tests.api.desk import Desk
from tests.api.editing import published
from tests.api.test_lessons import QUESTIONS, asked, groups, looks, sent_for_nothing

ABSENT = "00000000-0000-4000-8000-000000000000"


def opened(desk: Desk, **more: Any) -> Any:
    """A task because of three questions, for Hanna."""
    asked(desk, *QUESTIONS)
    key = groups(desk)["items"][0]["key"]
    body = {"lesson": "unanswered_question", "key": key, "owner": "agent:hanna", **more}
    response = desk.post("sven", "/tasks", body)
    assert response.status_code == 201, response.text
    desk.project()
    return response.json


def do(desk: Desk, task: Any, who: str, noun: str, body: Any, **more: Any) -> Any:
    more.setdefault("version", task["version"])
    return desk.post(who, f"/tasks/{task['id']}/{noun}", body, **more)


def test_a_lesson_becomes_a_task_once(desk: Desk) -> None:
    task = opened(desk)
    assert (task["kind"], task["lesson"], task["state"], task["version"]) == ("write", "unanswered_question", "open", 1)
    told = desk.get("hanna", f"/tasks/{task['id']}")
    assert (told.status_code, told.headers["ETag"]) == (200, '"v1"')
    assert (told.json["occurrences"], len(told.json["inquiries"]), told.json["opened_by"]) == (3, 3, "agent:sven")
    assert groups(desk)["items"][0]["task"]["id"] == task["id"]
    again = desk.post("sven", "/tasks", {"lesson": task["lesson"], "key": task["key"], "owner": "agent:anna"})
    assert (again.status_code, again.json["code"]) == (409, "task_exists")


def test_a_repeat_opens_none_and_reads_nothing_again(desk: Desk) -> None:
    asked(desk, *QUESTIONS)
    body = {"lesson": "unanswered_question", "key": groups(desk)["items"][0]["key"], "owner": "agent:hanna"}
    first = desk.post("sven", "/tasks", body, key="once")
    desk.project()
    seen, stored = len(looks(desk)), desk.events()
    again = desk.post("sven", "/tasks", body, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert (len(looks(desk)), desk.events()) == (seen, stored)


def test_of_two_who_open_one_at_the_same_time_the_second_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The views show neither; between the look at the lesson and the store somebody else is faster."""
    asked(desk, *QUESTIONS)
    body = {"lesson": "unanswered_question", "key": groups(desk)["items"][0]["key"], "owner": "agent:hanna"}
    application, faster = desk.system.application, []
    store = application.open_task

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.undo()
        faster.append(desk.post("sven", "/tasks", body))
        return store(*arguments)

    monkeypatch.setattr(application, "open_task", overtaken)
    second = desk.post("sven", "/tasks", {**body, "owner": "agent:anna"})
    third = desk.post("sven", "/tasks", body)
    assert [one.status_code for one in (*faster, second, third)] == [201, 409, 409]
    assert (second.json["code"], third.json["code"]) == ("task_exists", "task_exists")
    assert faster[0].json["id"] in second.json["detail"]


def test_after_it_was_done_there_is_another_and_the_first_stays_done(desk: Desk) -> None:
    first = opened(desk)
    done = do(desk, first, "hanna", "completion", {"outcome": "not_needed"}).json
    desk.project()
    body = {"lesson": first["lesson"], "key": first["key"], "owner": "agent:anna"}
    second = desk.post("sven", "/tasks", body)
    assert second.status_code == 201, second.text
    assert second.json["id"] != first["id"]
    desk.project()
    refused = do(desk, done, "sven", "reopening", {"owner": "agent:hanna", "reason": "did_not_help"})
    assert (refused.status_code, refused.json["code"]) == (409, "task_exists")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"key": "none"}, 404, "lesson_not_found"),
        ({"lesson": "wrong_door", "key": "|desk|nowhere"}, 404, "lesson_not_found"),
        ({"lesson": "unused_article", "key": f"{ABSENT}|1"}, 404, "lesson_not_found"),
        ({"owner": "Hanna"}, 422, "invalid"),
        ({"owner": "desk:front"}, 422, "invalid"),
        ({"due_at": "2026-11-01T10:00:00Z"}, 409, "window_over"),
    ],
)
def test_what_is_no_task(desk: Desk, body: dict[str, str], status: int, code: str) -> None:
    asked(desk, *QUESTIONS)
    known = {"lesson": "unanswered_question", "key": groups(desk)["items"][0]["key"], "owner": "agent:hanna"}
    stored = desk.events()
    response = desk.post("sven", "/tasks", {**known, **body})
    assert (response.status_code, response.json["code"]) == (status, code)
    assert desk.events() == stored


def test_it_is_passed_on_deferred_finished_and_taken_up_again(desk: Desk) -> None:
    task = opened(desk, due_at="2026-12-01T10:00:00+01:00")
    article = published(desk)
    task = do(desk, task, "sven", "assignment", {"owner": "agent:anna"}).json
    assert task["owner"] == "agent:anna"
    task = do(desk, task, "sven", "deferral", {"due_at": "2026-12-08T10:00:00+01:00", "reason": "more_work"}).json
    assert task["due_at"] == "2026-12-08T10:00:00+01:00"
    done = {"outcome": "article_written", "article_id": article.id}
    task = do(desk, task, "anna", "completion", done).json
    assert (task["state"], task["owner"], task["due_at"], task["outcome"]) == ("done", None, None, "article_written")
    desk.project()
    assert desk.get("sven", "/tasks").json["items"] == []
    (listed,) = desk.get("sven", "/tasks?state=done&owner=agent:anna").json["items"]
    assert (listed["made_article_id"], listed["last_owner"]) == (article.id, "agent:anna")
    task = do(desk, task, "sven", "reopening", {"owner": "agent:hanna", "reason": "did_not_help"}).json
    assert (task["state"], task["owner"], task["outcome"]) == ("open", "agent:hanna", None)
    desk.project()
    assert [one["reopened"] for one in desk.get("sven", "/tasks").json["items"]] == [1]


@pytest.mark.parametrize(
    ("who", "noun", "body", "status", "code"),
    [
        ("bert", "completion", {"outcome": "not_needed"}, 403, "not_your_task"),
        ("tim", "completion", {"outcome": "not_needed"}, 404, "task_not_found"),
        ("hanna", "assignment", {"owner": "agent:anna"}, 403, "role_not_allowed"),
        ("hanna", "completion", {"outcome": "article_written"}, 409, "article_needed"),
        ("hanna", "completion", {"outcome": "article_written", "article_id": ABSENT}, 404, "article_not_found"),
        ("sven", "assignment", {"owner": "agent:hanna"}, 409, "unchanged"),
        ("sven", "deferral", {"due_at": "2026-11-01T10:00:00Z", "reason": "more_work"}, 409, "window_over"),
        ("sven", "reopening", {"owner": "agent:anna", "reason": "not_done"}, 409, "task_open"),
    ],
)
def test_refused(desk: Desk, who: str, noun: str, body: Any, status: int, code: str) -> None:
    task = opened(desk)
    stored = desk.events()
    response = do(desk, task, who, noun, body)
    assert (response.status_code, response.json["code"]) == (status, code)
    assert desk.events() == stored


def test_what_has_changed_meanwhile_is_told(desk: Desk) -> None:
    task = opened(desk)
    do(desk, task, "sven", "assignment", {"owner": "agent:anna"})
    stale = do(desk, task, "sven", "assignment", {"owner": "agent:bert"})
    assert (stale.status_code, stale.json["since"][0]["label"]) == (412, "Aufgabe übergeben")
    without = do(desk, task, "sven", "assignment", {"owner": "agent:bert"}, version=None)
    assert without.status_code == 428


def test_what_is_late_is_on_its_list_and_in_the_overview(desk: Desk) -> None:
    task = opened(desk, due_at="2026-12-01T10:00:00+01:00")
    assert desk.get("sven", "/tasks?overdue=true").json["items"] == []
    desk.clock.forward(days=10)
    (late,) = desk.get("hanna", "/tasks?overdue=true").json["items"]
    assert (late["id"], late["overdue"]) == (task["id"], True)
    overview = desk.get("sven", "/lessons").json
    assert overview["tasks"] == {"open": 1, "overdue": 1, "done": 0}
    assert [one["id"] for one in overview["overdue"]] == [task["id"]]
    assert desk.get("sven", "/tasks?owner=agent:anna&format=csv").text.count("\n") == 1


def test_departments_see_their_own_and_finish_them(desk: Desk) -> None:
    other = opened(desk)
    sent_for_nothing(desk)
    (door,) = desk.get("sven", "/lessons/doors").json["items"]
    body = {"lesson": "wrong_door", "key": door["key"], "owner": "department:Tiefbau"}
    mine = desk.post("sven", "/tasks", body).json
    desk.project()
    assert mine["kind"] == "reroute"
    for query in ("", "?owner=me", "?owner=department:Tiefbau"):
        assert [one["id"] for one in desk.get("tim", f"/tasks{query}").json["items"]] == [mine["id"]], query
    assert desk.get("tim", "/tasks?owner=agent:hanna").json["items"] == []
    assert desk.get("gina", "/tasks").json["items"] == []
    for path in ("", "/effect"):
        assert desk.get("tim", f"/tasks/{other['id']}{path}").status_code == 404
        assert desk.get("tim", f"/tasks/{mine['id']}{path}").status_code == 200
    assert do(desk, mine, "tim", "completion", {"outcome": "rerouted"}).status_code == 200
    desk.project()
    assert desk.get("tim", f"/tasks/{mine['id']}").json["state"] == "done"


def test_whether_it_helped_is_measured_by_what_is_asked_again(desk: Desk) -> None:
    task = opened(desk)
    article = published(desk)
    do(desk, task, "hanna", "completion", {"outcome": "article_written", "article_id": article.id})
    desk.clock.forward(days=8)
    asked(desk, "Wann holen Sie den Sperrmüll?", "Was kostet ein Reisepass?")
    before = len(looks(desk))
    effect = desk.get("sven", f"/tasks/{task['id']}/effect").json["effect"]
    assert (effect["before"]["occurrences"], effect["after"]["occurrences"], effect["answers"]) == (3, 1, 0)
    assert effect["code"] == "better"
    assert len(looks(desk)) == before + 5  # the three of the task, and what was asked since
    hidden = desk.get("audrey", f"/tasks/{task['id']}/effect").json["effect"]
    assert (hidden["code"], hidden["after"]) == ("not_shown", None)
    assert len(looks(desk)) == before + 5


def test_of_too_many_to_compare_the_latest_are_in_the_time_that_they_took(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = opened(desk)
    do(desk, task, "hanna", "completion", {"outcome": "not_needed"})
    for days in (28, 2):
        desk.clock.forward(days=days)
        asked(desk, "Wann holen Sie den Sperrmüll?", "Wann kommt der Sperrmüll weg?")
    desk.clock.forward(days=2)
    monkeypatch.setattr(lessons, "MOST_QUESTIONS", 2)
    effect = desk.get("sven", f"/tasks/{task['id']}/effect").json["effect"]
    assert (effect["after"]["occurrences"], effect["code"]) == (2, "worse")
    assert effect["after"]["per_week"] > effect["before"]["per_week"] == 3
