"""How a town learns. It is June 2026.

A question comes up five times, each time in other words, and nobody has an article for it. It becomes a task, the task
an article, and the next one who asks is answered while they are on the phone. The lesson says so. And a road that is
sent to the wrong door until somebody changes the directory. Told through REST, on both feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.story.town import ROAD_DAMAGE, Town

QUESTIONS = (
    "Darf ich im Garten ein Lagerfeuer machen?",
    "Ist ein Lagerfeuer im eigenen Garten erlaubt?",
    "Wir wollen am Samstag im Garten ein Lagerfeuer, dürfen wir das?",
    "Lagerfeuer im Garten: muss ich das anmelden?",
    "Mein Nachbar hat ein Lagerfeuer im Garten, darf er das?",
)
ARTICLE = {
    "question": "Ist ein Lagerfeuer im Garten erlaubt?",
    "answer": "Ja, klein und **beaufsichtigt**, mit trockenem Holz und Abstand zum Nachbarn.",
    "keywords": ["Feuer", "Feuerschale"],
}


@pytest.fixture(params=["in-process", "kafka"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    if request.param == "in-process":
        made = Town(f"sqlite:///{tmp_path}/town.db", tmp_path)
    else:
        found = request.getfixturevalue
        made = Town(found("postgres_url"), tmp_path, found("kafka_bootstrap"), found("topic"))
    yield made
    made.close()


def calls_about(town: Town, question: str, text: str, **answer: Any) -> Any:
    """A citizen calls, Anna answers, the call is over."""
    told = {"channel": "phone", "question": question, "answer": {"text": text, **answer}, "resolve": {}}
    return town.says("anna", "/inquiries", told)


def test_a_question_becomes_a_task_then_an_article_then_an_answer_at_first_contact(town: Town) -> None:
    town.at(1, 8).has_a_directory()

    # --- The first week. Every day somebody asks about fires in the garden; Anna says what she believes.
    asked = []
    for day, question in enumerate(QUESTIONS, start=1):
        town.at(day, 10)
        asked.append(calls_about(town, question, "Das weiß ich leider nicht genau, vermutlich schon."))
    calls_about(town, "Wo ist das Fundbüro?", "Im Rathaus, Zimmer 3.")
    town.news_spreads()

    # --- Monday. Sven looks at what was asked and had no article.
    town.at(8, 9)
    overview = town.reads("sven", "/lessons")
    assert [item["occurrences"] for item in overview["items"] if item["lesson"] == "unanswered_question"] == [6]
    listed = town.reads("sven", "/lessons/questions")
    (lesson,) = listed["items"]
    assert (lesson["times"], lesson["words"][:2]) == (5, ["garten", "lagerfeuer"])
    assert lesson["inquiries"] == [one["id"] for one in asked]
    assert (lesson["nearest_article"], lesson["task"], lesson["texts"]) == (None, None, None)

    # --- He sets Hanna the task to write it down, due by the service promise.
    task = town.says("sven", "/tasks", {"lesson": "unanswered_question", "key": lesson["key"], "owner": "agent:hanna"})
    assert (task["kind"], task["state"], task["owner"]) == ("write", "open", "agent:hanna")
    assert task["due_at"].startswith("2026-06-22T09:00")  # ten service days
    town.news_spreads()
    (mine,) = town.reads("hanna", "/tasks", owner="me")["items"]
    assert (mine["id"], mine["occurrences"], mine["overdue"]) == (task["id"], 5, False)

    # --- Wednesday. Hanna has asked the fire brigade and writes; Anna reviews, Sven publishes.
    town.at(10, 11)
    article = town.says("hanna", "/articles", ARTICLE)
    for who, step in (("anna", "review"), ("sven", "publication")):
        article = town.says(who, f"/articles/{article['id']}/{step}", version=article["version"])
    done = {"outcome": "article_written", "article_id": article["id"]}
    town.says("hanna", f"/tasks/{task['id']}/completion", done, version=task["version"])
    town.news_spreads()
    assert town.reads("hanna", "/tasks", owner="me")["items"] == []
    effect = town.reads("sven", f"/tasks/{task['id']}/effect")["effect"]
    assert (effect["code"], effect["answers"]) == ("too_early", 0)

    # --- Friday. Somebody asks again. Anna finds the article while he speaks, and he is done.
    town.at(12, 15)
    (hit, *_) = town.reads("anna", "/articles/search", q="darf ich lagerfeuer im garten", instant="true")["items"]
    assert hit["question"] == ARTICLE["question"]
    from_article = {"article_id": article["id"], "article_version": 1}
    answered = calls_about(town, "Darf man im Garten Lagerfeuer machen?", "Ja, klein.", **from_article)
    town.news_spreads()

    # --- He follows the link in his confirmation: it helped.
    town.says(None, f"/status/{answered['reference']}/feedback", {"verdict": "helped"})
    town.news_spreads()

    # --- Ten days later the lesson itself says so.
    town.at(20, 9)
    (lesson,) = town.reads("sven", "/lessons/questions")["items"]
    assert (lesson["times"], lesson["task"]["state"], lesson["task"]["outcome"]) == (5, "done", "article_written")
    assert lesson["nearest_article"]["article_id"] == article["id"]
    effect = lesson["effect"]
    assert (effect["code"], effect["answers"], effect["at_first_contact"]) == ("better", 1, 1)
    assert (effect["before"]["occurrences"], effect["after"]["occurrences"]) == (5, 0)
    assert effect["said"] == (
        "Es ist besser geworden: Frage ohne Artikel, vorher 5-mal (5,0 je Woche), seit der Erledigung 0-mal "
        "(0,0 je Woche); aus dem Artikel seitdem 1-mal geantwortet, davon 1-mal beim ersten Kontakt."
    )
    (edition,) = town.reads("sven", "/lessons/articles")["items"]
    assert (edition["answers"], edition["citizens_helped"], edition["lessons"]) == (1, 1, [])


def test_a_wrong_door_becomes_a_line_in_the_directory(town: Town) -> None:
    town.at(1, 8).has_a_directory()

    # --- Three times a broken playground is sent to the road people, who send it back. The parks take it.
    town.says(
        "adam",
        "/directory/services",
        {"service": "99107006099000", "name": "Spielplatz", "valid_from": "2020-01-01T00:00:00+01:00"},
    )
    town.says("adam", "/directory/services/99107006099000/responsibilities", {"department": "Tiefbau"})
    for day in (1, 2, 3):
        town.at(day, 10)
        about = {"channel": "phone", "question": "Die Schaukel ist kaputt.", "service": "99107006099000"}
        case = town.case(town.says("anna", "/inquiries", {**about, "forward": {}}))
        assert case.body["offered_to"] == "Tiefbau"
        town.at(day, 12)
        case.done("tim", "rejection", {"reason": "not_responsible", "suggestion": "Grünflächen"})
        town.at(day, 13)
        case.done("anna", "forwardings", {"to": "Grünflächen"}).done("gina", "acceptance")
    town.news_spreads()

    # --- Sven sees it, with what it has cost and what would help.
    town.at(8, 9)
    (door,) = town.reads("sven", "/lessons/doors")["items"]
    assert (door["sender"], door["department"], door["times"], door["lost_minutes"]) == ("desk", "Tiefbau", 3, 540)
    assert (door["accepted_by"], door["change"]["code"]) == ({"Grünflächen": 3}, "assign")
    assert (door["change"]["department"], door["change"]["instead_of"]) == ("Grünflächen", "Tiefbau")
    assert town.reads("anna", "/lessons/doors")["items"][0]["change"]["command"] is None  # she may not say it
    task = town.says("sven", "/tasks", {"lesson": "wrong_door", "key": door["key"], "owner": "agent:sven"})
    assert task["kind"] == "reroute"

    # --- One step: the command as it is offered.
    command = door["change"]["command"]
    town.says("sven", command["href"], command["body"])
    town.says("sven", f"/tasks/{task['id']}/completion", {"outcome": "rerouted"}, version=task["version"])
    town.at(10, 10).news_spreads()
    about = {"channel": "phone", "question": "Die Rutsche ist kaputt.", "service": "99107006099000"}
    case = town.case(town.says("anna", "/inquiries", {**about, "forward": {}}))
    assert case.body["offered_to"] == "Grünflächen"
    case.done("gina", "acceptance")
    town.news_spreads()

    # --- A fortnight later nobody has knocked at the wrong door again.
    town.at(22, 10)
    (door,) = town.reads("sven", "/lessons/doors")["items"]
    assert (door["change"]["code"], door["effect"]["code"]) == ("already_assigned", "better")
    assert ROAD_DAMAGE not in {door["service"]}
