"""The search at the desk: what may be told, at every keystroke; and by the citizen's own words, which is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.desk import Desk
from tests.api.editing import BULKY, drafted, published
from tests.api.test_contents import looks as recorded
from tests.api.test_rendering import demand_inert

PASSPORT = {
    "question": "Wie lange dauert ein Reisepass?",
    "answer": "Vier Wochen.",
    "services": ["99085001000000"],
    "departments": ["Bürgerbüro"],
}
HOSTILE = {
    "question": "Sperrmüll <img src=x onerror=alert(1)>?",
    "answer": "Sperrmüll [hier](javascript:alert(1)) <script>alert(1)</script> \u202ekcilk",
    "keywords": ["<b>Sperrmüll</b>"],
}


def search(desk: Desk, q: str, who: str = "anna", **more: Any) -> list[dict[str, Any]]:
    response = desk.ask(who, "GET", "/articles/search", query_string={"q": q, **more})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json["items"]
    return items


def test_it_finds_what_may_be_told_and_shows_where_it_matches(desk: Desk) -> None:
    article = published(desk)
    published(desk, **PASSPORT)
    drafted(desk, question="Sperrmüll im Entwurf?")
    desk.project()
    before = desk.events(), desk.system.store.last_position()
    (hit,) = search(desk, "sperrmuell abholen")
    assert (hit["article_id"], hit["edition"], hit["answer"]) == (article.id, 1, BULKY["answer"])
    begin, end = hit["highlights"]["question"][0]
    assert hit["question"][begin:end] == "Sperrmüll"
    assert hit["question_html"].count("<mark>") == len(hit["highlights"]["question"])
    assert hit["answer_html"].startswith("<p>Nach <strong>")
    assert (desk.events(), desk.system.store.last_position()) == before


def test_filters_time_limit_and_words_that_are_being_typed(desk: Desk) -> None:
    published(desk)
    passport = published(desk, **PASSPORT)
    desk.project()
    assert [hit["question"] for hit in search(desk, "Wochen", service="99085001000000")] == [PASSPORT["question"]]
    assert [hit["question"] for hit in search(desk, "Wochen", department="Tiefbau")] == [BULKY["question"]]
    assert len(search(desk, "Wochen", limit=1)) == 1
    assert search(desk, "Reisepass", at="2026-11-24T08:59:59Z") == []
    assert [hit["article_id"] for hit in search(desk, "reisep", instant="true")] == [passport.id]
    (sofa,) = search(desk, "Sofa", limit=1)
    assert sofa["highlights"]["keywords"] == [[], [[0, 4]]]


@pytest.mark.parametrize("query", ["", "?q=", "?q=a&limit=51", "?q=a&instant=ja", "?q=a&at=morgen", "?q=a&x=1"])
def test_what_cannot_be_asked(desk: Desk, query: str) -> None:
    desk.project()
    assert desk.get("anna", f"/articles/search{query}").status_code == 422


def test_what_is_retired_wrong_or_not_yet_valid_is_not_found(desk: Desk) -> None:
    published(desk).done("sven", "retirement")
    published(desk).refuted()
    drafted(desk).published(valid_from="2026-12-01T00:00:00+01:00")
    desk.project()
    assert search(desk, "Sperrmüll") == []
    desk.clock.forward(days=10)
    assert len(search(desk, "Sperrmüll")) == 1


def test_hostile_words_are_inert(desk: Desk) -> None:
    published(desk, **HOSTILE)
    desk.project()
    response = desk.get("anna", "/articles/search?q=Sperrm%C3%BCll")
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "\u202e" not in response.text
    (hit,) = response.json["items"]
    for shown in (hit["answer_html"], hit["question_html"], hit["excerpt_html"]):
        demand_inert(shown)
    assert hit["question"] == HOSTILE["question"]


def test_synonyms_come_from_the_directory(desk: Desk) -> None:
    published(desk)
    described = {"service": "99012003000000", "name": "Sperrmüll", "synonyms": ["Hausrat", "Entrümpelung"]}
    desk.project()
    assert search(desk, "Entrümpelung") == []
    assert desk.post("adam", "/directory/services", described).status_code == 200
    desk.project()
    assert [hit["question"] for hit in search(desk, "Entrümpelung")] == [BULKY["question"]]


def test_the_citizens_own_words_are_the_search_and_the_look_is_recorded(desk: Desk) -> None:
    article = published(desk)
    other = published(desk, question="Was kostet Sperrmüll abholen?", services=["99085001000000"])
    inquiry = desk.received(question="Guten Tag, mein altes Sofa, also Sperrmüll, wann holen Sie das?")
    desk.project()
    path = f"{inquiry.path}/articles"
    assert desk.get("anna", path).status_code == 422
    assert desk.get("audrey", f"{path}?purpose=handling").status_code == 403
    before = len(recorded(desk))
    found = desk.get("anna", f"{path}?purpose=handling")
    assert found.status_code == 200, found.text
    assert {hit["article_id"] for hit in found.json["items"]} == {article.id, other.id}
    assert "altes" not in found.text
    (look,) = recorded(desk)[before:]
    assert (look["actor"], look["purpose"]) == ("agent:anna", "handling")
    assert desk.get("gina", f"{path}?purpose=handling").status_code == 404


def test_articles_about_the_inquirys_service_come_first_or_alone(desk: Desk) -> None:
    published(desk)
    other = published(desk, question="Was kostet Sperrmüll, den wir abholen?", services=["99085001000000"])
    inquiry = desk.received(question="Wann wird der Sperrmüll abgeholt?", service="99085001000000")
    unclassified = desk.received(question="Wann wird der Sperrmüll abgeholt?")
    desk.project()

    def found(service: str, of: Any = inquiry) -> list[bool]:
        items = desk.get("anna", f"{of.path}/articles?purpose=handling&service={service}").json["items"]
        return [hit["article_id"] == other.id for hit in items]

    assert found("any") == [False, True]
    assert found("only") == [True]
    assert (found("only", unclassified), found("closer", unclassified)) == ([], [False, True])
    closer = desk.get("anna", f"{inquiry.path}/articles?purpose=handling").json["items"]
    anyhow = desk.get("anna", f"{inquiry.path}/articles?purpose=handling&service=any").json["items"]
    score, more = ({hit["article_id"]: hit["score"] for hit in items} for items in (anyhow, closer))
    assert more[other.id] == pytest.approx(1.5 * score[other.id], rel=1e-4)
