"""Lessons over REST: who may see what, that every look at a question is recorded, pages, CSV, what is erased."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select

from casebackbone.store.tables import content_accesses
from tests.api.desk import Case, Desk
from tests.api.editing import published

QUESTIONS = ("Wann wird der Sperrmüll geholt?", "Holen Sie Sperrmüll ab, und wann?", "Sperrmüll abholen: wann?")


def asked(desk: Desk, *questions: str, **more: Any) -> list[Case]:
    """Answered without an article, an hour each."""
    made = []
    for question in questions:
        made.append(desk.received(question=question, **more).answered())
        desk.clock.forward(hours=1)
    desk.project()
    return made


def looks(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.system.store.engine.connect() as connection:
        rows = connection.execute(select(content_accesses).order_by(content_accesses.c.at)).mappings()
        return [(row["actor"], str(row["inquiry_id"]), row["purpose"]) for row in rows]


def groups(desk: Desk, query: str = "", who: str = "sven") -> Any:
    response = desk.get(who, f"/lessons/questions{query}")
    assert response.status_code == 200, response.text
    return response.json


def test_questions_are_grouped_and_each_look_is_recorded_before(desk: Desk) -> None:
    cases = asked(desk, *QUESTIONS, "Wo ist das Fundbüro?")
    assert looks(desk) == []
    answer = groups(desk)
    (group,) = answer["items"]
    assert group["inquiries"] == [case.id for case in cases[:3]]
    assert (group["key"], group["times"], group["texts"]) == (cases[0].id, 3, None)
    assert (answer["compared"], answer["without_article"]) == (4, 4)
    assert sorted(looks(desk)) == sorted(("agent:sven", case.id, "learning") for case in cases)
    assert not any(question in str(answer) for question in QUESTIONS)
    assert groups(desk, "?texts=true&least=1")["items"][0]["texts"] == list(QUESTIONS)


def test_nothing_is_shown_when_the_look_cannot_be_recorded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def fails(*arguments: Any, **options: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("full"))

    asked(desk, *QUESTIONS)
    monkeypatch.setattr(desk.system.store, "record_accesses", fails)
    response = desk.get("sven", "/lessons/questions")
    assert (response.status_code, response.json["code"]) == (503, "access_not_recorded")


def test_what_is_erased_is_not_there(desk: Desk) -> None:
    cases = asked(desk, *QUESTIONS)
    cases[0].done("dora", "erasure", {"basis": "request"})
    desk.project()
    (group,) = groups(desk)["items"]
    assert group["inquiries"] == [case.id for case in cases[1:]]
    assert cases[0].id not in {inquiry for _, inquiry, _ in looks(desk)}


@pytest.mark.parametrize(
    ("who", "status"), [("anna", 200), ("hanna", 200), ("audrey", 403), ("adam", 403), ("tim", 403)]
)
def test_questions_are_for_those_who_write_articles(desk: Desk, who: str, status: int) -> None:
    desk.project()
    assert desk.get(who, "/lessons/questions").status_code == status


def test_the_nearest_article_is_shown_to_the_editor(desk: Desk) -> None:
    article = published(desk)
    asked(desk, *QUESTIONS)
    (group,) = groups(desk)["items"]
    nearest = group["nearest_article"]
    assert (nearest["article_id"], nearest["edition"]) == (article.id, 1)
    assert nearest["score"] > 0


def test_pages_and_csv(desk: Desk) -> None:
    asked(desk, *QUESTIONS, "Was kostet ein Reisepass?", "Wo ist das Fundbüro?")
    whole = groups(desk, "?least=1")["items"]
    assert [group["times"] for group in whole] == [3, 1, 1]
    paged, cursor = [], ""
    while True:
        page = groups(desk, f"?least=1&limit=1{cursor}")
        paged += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [group["key"] for group in paged] == [group["key"] for group in whole]
    response = desk.get("sven", "/lessons/questions?format=csv")
    (line,) = csv.DictReader(io.StringIO(response.text))
    assert (line["times"], line["inquiries"].split()) == ("3", whole[0]["inquiries"])
    for path in (
        "questions?cursor=nonsense",
        "articles?lesson=none",
        "doors?from=2026-11-25T00:00:00Z&to=2026-11-24T00:00:00Z",
    ):
        assert desk.get("sven", f"/lessons/{path}").status_code == 422, path


def test_a_period_and_a_service(desk: Desk) -> None:
    cases = asked(desk, *QUESTIONS[:2], service="99012003000000")
    asked(desk, QUESTIONS[2])
    first = desk.get("sven", "/lessons/questions?least=1&to=2026-11-24T10:30:00%2B01:00").json["items"]
    assert [group["inquiries"] for group in first] == [[cases[0].id]]
    (named,) = groups(desk, "?service=99012003000000")["items"]
    assert (named["times"], named["services"]) == (2, {"99012003000000": 2})


def test_articles_teach_by_edition(desk: Desk) -> None:
    article = published(desk)
    used = desk.received()
    source = {"article_id": article.id, "article_version": 1}
    used.done("anna", "answers", {"text": "Bald.", **source}).done("anna", "resolution")
    desk.project()
    used.done("anna", "reopening", {"reason": "contradicted"})
    unused = desk.received()
    desk.post("anna", f"{unused.path}/consultations", source)
    unused.body = desk.get("anna", unused.path).json
    unused.answered()
    article.done("anna", "editions/1/ratings", {"verdict": "out_of_date"}, version=None)
    desk.project()
    (row,) = desk.get("audrey", "/lessons/articles").json["items"]
    assert (row["article_id"], row["consulted"], row["unused"], row["answers"], row["came_back"]) == (
        article.id,
        1,
        1,
        1,
        1,
    )
    assert {one["lesson"]: one["occurrences"] for one in row["lessons"]} == {
        "unused_article": 1,
        "misleading_article": 1,
        "out_of_date_article": 1,
    }
    assert len(desk.get("sven", "/lessons/articles?lesson=unused_article").json["items"]) == 1
    overview = desk.get("sven", "/lessons").json
    assert {item["lesson"]: (item["occurrences"], item["lessons"]) for item in overview["items"]} == {
        "unanswered_question": (1, None),
        "unused_article": (1, 1),
        "misleading_article": (1, 1),
        "out_of_date_article": (1, 1),
        "wrong_door": (0, 0),
    }
    for item in overview["items"]:
        assert desk.get("sven", item["href"]).status_code == 200


def sent_for_nothing(desk: Desk, *, times: int = 2, service: str | None = "99012003000000", taken: bool = True) -> None:
    for _ in range(times):
        case = desk.received(**({"service": service} if service else {})).offered()
        case.done("tim", "rejection", {"reason": "not_responsible"})
        if taken:
            case.done("anna", "forwardings", {"to": "Grünflächen"}).done("gina", "acceptance")
    desk.project()


def change(desk: Desk, who: str = "sven") -> Any:
    (door,) = desk.get(who, "/lessons/doors").json["items"]
    return door["change"]


def test_the_change_that_a_wrong_door_suggests_is_taken_over_in_one_step(desk: Desk) -> None:
    for department in ("Tiefbau", "Grünflächen"):
        assert (
            desk.post("adam", "/directory/departments", {"department": department, "name": department}).status_code
            == 200
        )
    desk.project()
    sent_for_nothing(desk)
    assert change(desk)["code"] == "describe_service"
    desk.post("adam", "/directory/services", {"service": "99012003000000", "name": "Sperrmüll"})
    suggested = change(desk)
    assert (suggested["code"], suggested["department"], suggested["instead_of"]) == ("assign", "Grünflächen", None)
    assert change(desk, "anna")["command"] is None
    command = suggested["command"]
    response = desk.ask("sven", command["method"], command["href"], command["body"])
    assert response.status_code == 200, response.text
    assert (change(desk)["code"], change(desk)["command"]) == ("already_assigned", None)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"times": 1}, "no_pattern"),
        ({"taken": False}, "nobody_known"),
        ({"service": None}, "name_service"),
    ],
)
def test_where_nothing_follows_nothing_is_suggested(desk: Desk, told: dict[str, Any], code: str) -> None:
    sent_for_nothing(desk, **told)
    assert (change(desk)["code"], change(desk)["command"]) == (code, None)


def test_hours_of_the_week(desk: Desk) -> None:
    for event, second in (("offered", 0), ("answered", 40)):
        told = {"call": "1", "event": event, "occurred_at": f"2026-11-24T09:00:{second:02}Z"}
        desk.clock.forward(minutes=1)
        assert desk.post("telefonanlage", "/calls", told).status_code == 200
    desk.project()
    (hour,) = desk.get("audrey", "/lessons/hours").json["items"]
    assert (hour["label"], hour["weekday"], hour["hour"]) == ("Dienstag 10–11 Uhr", 2, 10)
    assert (hour["calls"], hour["answered_in_time"], hour["mean_wait_seconds"]) == (1, 0, 40.0)
    assert desk.get("sven", "/lessons/hours?format=csv").text.count("\n") == 2
