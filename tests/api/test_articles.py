"""Articles over REST. Three per command: it does it, it refuses it, it stays quiet when it is sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.desk import Desk, key
from tests.api.editing import BULKY, LATER, Written, drafted, published


@dataclass(frozen=True)
class Row:
    noun: str
    who: str
    prepare: Callable[[Desk], Written]
    body: Any
    does: dict[str, Any]
    refused: Callable[[Desk], Written]
    code: str


def _retired(desk: Desk) -> Written:
    return published(desk).done("sven", "retirement")


TABLE = [
    Row("revision", "anna", published, LATER, {"status": "drafted"}, _retired, "article_retired"),
    Row("review", "hanna", drafted, None, {"status": "reviewed"}, published, "already_reviewed"),
    Row(
        "publication",
        "sven",
        lambda desk: drafted(desk).done("hanna", "review"),
        {"valid_to": "2027-01-01T00:00:00+01:00"},
        {"status": "published"},
        drafted,
        "not_reviewed",
    ),
    Row("retirement", "sven", published, {"reason": "replaced"}, {"status": "retired"}, _retired, "article_retired"),
    Row(
        "editions/1/refutation",
        "sven",
        published,
        {"reason": "law_changed"},
        {"status": "wrong"},
        drafted,
        "not_published",
    ),
    Row(
        "editions/1/ratings",
        "tim",
        published,
        {"verdict": "helped"},
        {"status": "published"},
        lambda desk: Written(desk, {**published(desk).body, "version": 9}),
        "stale_version",
    ),
]
every_command = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.noun)


@every_command
def test_does_it(desk: Desk, row: Row) -> None:
    article = row.prepare(desk)
    response = article.do(row.who, row.noun, row.body)
    assert response.status_code == 200, response.text
    assert response.json.items() >= row.does.items()
    assert response.json["version"] == article.version + 1
    assert response.headers["ETag"] == f'"v{article.version + 1}"'
    seen = desk.get("tim", article.path)
    assert (seen.json, seen.headers["ETag"]) == (response.json, response.headers["ETag"])


@every_command
def test_refuses_it_and_nothing_happened(desk: Desk, row: Row) -> None:
    article = row.refused(desk)
    before = desk.events()
    response = article.do(row.who, row.noun, row.body)
    assert (response.status_code, response.json["code"]) in ((409, row.code), (412, row.code)), response.text
    assert desk.events() == before


@every_command
def test_stays_quiet_on_repeat(desk: Desk, row: Row) -> None:
    article, again = row.prepare(desk), key()
    first = article.do(row.who, row.noun, row.body, key=again)
    events = desk.events()
    desk.clock.forward(days=400)
    repeated = article.do(row.who, row.noun, row.body, key=again)
    assert (repeated.status_code, repeated.json) == (200, first.json)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert desk.events() == events


def test_drafting_and_drafting_once_more_under_the_same_key(desk: Desk) -> None:
    again = key()
    first, second = (desk.post("tim", "/articles", BULKY, key=again) for _ in range(2))
    assert (first.status_code, first.json) == (201, second.json)
    assert first.headers["Location"] == f"/api/v1/articles/{first.json['id']}"
    (edition,) = first.json["editions"]
    assert edition.items() >= {**BULKY, "edition": 1, "language": "de", "written_by": "agent:tim"}.items()
    assert edition["answer_html"] == "<p>Nach <strong>Anmeldung</strong>, innerhalb von vier Wochen.</p>\n"
    assert desk.events() == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({**BULKY, "question": " "}, "/question", "blank"),
        ({**BULKY, "answer": "x" * 50_001}, "/answer", "too_long"),
        ({**BULKY, "keywords": ["a|b"]}, "/keywords/0", "keywords_unusable"),
        ({**BULKY, "services": ["nicht so"]}, "/services/0", "services_unusable"),
        ({**BULKY, "departments": ["Tiefbau"] * 101}, "/departments", "too_many"),
        ({**BULKY, "language": "Deutsch"}, "/language", "wrong_form"),
        ({**BULKY, "html": "<b>"}, "/html", "unknown"),
    ],
)
def test_words_that_cannot_be_written(desk: Desk, body: dict[str, Any], pointer: str, code: str) -> None:
    response = desk.post("anna", "/articles", body)
    assert response.status_code == 422, response.text
    assert [(error["pointer"], error["code"]) for error in response.json["errors"]] == [(pointer, code)]


def test_nobody_reviews_their_own_words_and_only_some_publish(desk: Desk) -> None:
    article = drafted(desk)
    own = article.do("anna", "review")
    assert (own.status_code, own.json["code"]) == (403, "needs_second_person")
    article.done("hanna", "review")
    assert article.do("hanna", "publication").status_code == 403


def test_the_version_must_be_said_and_be_the_last(desk: Desk) -> None:
    article = drafted(desk)
    assert article.do("hanna", "review", version=None).status_code == 428
    article.done("anna", "revision", LATER)
    old = article.do("hanna", "review", version=1)
    assert (old.status_code, [step["label"] for step in old.json["since"]]) == (412, ["überarbeitet"])


def test_the_same_words_for_another_time(desk: Desk) -> None:
    article = published(desk)
    assert article.do("anna", "revision", BULKY).json["code"] == "unchanged"
    article.done("anna", "revision", {**BULKY, "again": True}).published(valid_to="2027-01-01T00:00:00+01:00")
    assert [edition["valid_to"] for edition in article.body["editions"]] == [None, "2027-01-01T00:00:00+01:00"]


def test_as_it_was_after_an_event_and_what_is_not_there(desk: Desk) -> None:
    article = published(desk)
    assert desk.get("anna", f"{article.path}?version=1").json["status"] == "drafted"
    for path in (f"{article.path}?version=9", "/articles/00000000-0000-4000-8000-000000000000"):
        absent = desk.get("anna", path)
        assert (absent.status_code, absent.json["code"]) == (404, "article_not_found")
    inquiry = desk.received()
    assert desk.get("anna", f"/articles/{inquiry.id}").status_code == 404
    assert desk.post("hanna", f"/articles/{inquiry.id}/review", version=1).status_code == 404


def test_lists_and_editions(desk: Desk) -> None:
    wrong = published(desk).revised().refuted(2)
    wrong.do("tim", "editions/1/ratings", {"verdict": "out_of_date"})
    desk.clock.forward(minutes=1)
    drafted(desk, question="Wie lange dauert ein Reisepass?", services=["99085001000000"])
    desk.project()
    listed = desk.get("audrey", "/articles").json
    assert [(item["status"], item["latest"]["edition"]) for item in listed["items"]] == [("drafted", 1), ("wrong", 2)]
    by = {
        name: desk.get("tim", f"/articles?{name}").json["items"] for name in ("status=wrong", "service=99085001000000")
    }
    assert [[item["id"] == wrong.id for item in items] for items in by.values()] == [[True], [False]]
    first = desk.get("anna", "/articles?limit=1")
    assert 'rel="next"' in first.headers["Link"]
    rest = desk.get("anna", f"/articles?limit=1&cursor={first.json['next_cursor']}").json
    assert [item["id"] for item in rest["items"]] == [wrong.id]
    editions = desk.get("anna", f"{wrong.path}/editions").json["items"]
    assert [(row["edition"], row["out_of_date"], row["wrong_reason"]) for row in editions] == [
        (1, 1, None),
        (2, 0, "mistake"),
    ]
    assert (editions[0]["reviewed_by"], editions[0]["published_by"]) == ("agent:hanna", "agent:sven")
    assert desk.get("anna", "/articles/00000000-0000-4000-8000-000000000000/editions").status_code == 404
