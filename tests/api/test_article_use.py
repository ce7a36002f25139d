"""Articles at work: an answer says where it came from, what was looked at, and everyone is called when it was wrong."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from api.recalling import recall_edition
from casebackbone.access import Principal, Role
from casebackbone.recorded import RecordedEvent
from casebackbone.refusals import Conflict
from tests.api.desk import Case, Desk
from tests.api.editing import Written, drafted, published

SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))
ABSENT = "00000000-0000-4000-8000-000000000000"


def told(article: Written, edition: int = 1) -> dict[str, Any]:
    return {"text": "Nach Anmeldung.", "article_id": article.id, "article_version": edition}


def answered(desk: Desk, article: Written, *, resolve: bool = False) -> Case:
    more = {"resolve": {}} if resolve else {}
    return desk.received(answer=told(article), **more)


def history(desk: Desk, case: Case) -> list[RecordedEvent]:
    return list(desk.system.application.history(UUID(case.id)))


def labels(desk: Desk, case: Case) -> list[str]:
    return [item["label"] for item in desk.get("sven", f"{case.path}/history").json["items"]]


# --- answering -----------------------------------------------------------------------------------------------------


def test_done_at_first_contact_from_an_article_in_one_request(desk: Desk) -> None:
    article = published(desk)
    case = answered(desk, article, resolve=True)
    assert case.body["state"] == "resolved"
    assert case.body["answer"] == {"source": "article", "article_id": article.id, "article_version": 1}
    assert (history(desk, case)[1].first_contact, len(history(desk, case))) == (True, 3)  # type: ignore[attr-defined]


def test_without_an_article_is_said(desk: Desk) -> None:
    case = desk.received()
    assert case.body["answer"] is None
    case.answered()
    assert case.body["answer"] == {"source": "without_article", "article_id": None, "article_version": None}


def test_an_edition_that_may_not_be_told_is_refused(desk: Desk) -> None:
    article = published(desk).revised()
    coming = drafted(desk).published(valid_from="2026-12-01T00:00:00+01:00")
    case = desk.received()
    before = desk.events()
    for which, edition in ((article, 1), (article, 3), (coming, 1), (drafted(desk), 1), (published(desk).refuted(), 1)):
        refused = case.do("anna", "answers", told(which, edition))
        assert (refused.status_code, refused.json["code"]) == (409, "edition_not_offered")
    assert "es gilt Fassung 2" in case.do("anna", "answers", told(article)).json["detail"]
    unknown = case.do("anna", "answers", {"text": "Ja.", "article_id": ABSENT, "article_version": 1})
    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_article")
    whole = {"channel": "phone", "question": "Wann?", "answer": told(article)}
    assert desk.post("anna", "/inquiries", whole).status_code == 409
    assert not [event for event in history(desk, case) if event.originator_version > 1]
    assert desk.events() > before  # the articles
    case.done("anna", "answers", told(article, 2))


def test_what_was_true_when_it_was_told_may_be_recorded_later(desk: Desk) -> None:
    article = published(desk)
    case = desk.received(occurred_at="2026-11-24T10:00:00+01:00")
    desk.clock.forward(minutes=10)
    article.refuted()
    case.done("anna", "answers", {**told(article), "occurred_at": "2026-11-24T10:05:00+01:00"})
    assert case.do("anna", "answers", told(article)).json["code"] == "edition_not_offered"


# --- looking at articles -------------------------------------------------------------------------------------------


def test_an_article_that_was_looked_at_is_noted_once_and_holds_no_silence_up(desk: Desk) -> None:
    article = published(desk)
    case = desk.received()
    desk.clock.forward(minutes=3)
    body = {"article_id": article.id, "article_version": 1}
    first = desk.post("bert", f"{case.path}/consultations", body)
    assert (first.status_code, first.json["version"]) == (200, case.version + 1)
    assert labels(desk, case)[-1] == "Artikel nachgeschlagen"
    again = desk.post("anna", f"{case.path}/consultations", body)
    assert (again.status_code, again.json["version"]) == (200, case.version + 1)
    inquiry = desk.system.application.inquiry(UUID(case.id))
    assert inquiry.last_step_at < inquiry.last_occurred_at


def test_what_was_never_published_or_is_closed_cannot_be_looked_at(desk: Desk) -> None:
    article = published(desk)
    case, closed = desk.received(), desk.received().resolved()
    for where, body, code in (
        (case, {"article_id": drafted(desk).id, "article_version": 1}, "not_published"),
        (case, {"article_id": article.id, "article_version": 2}, "no_such_edition"),
        (case, {"article_id": ABSENT, "article_version": 1}, "unknown_article"),
        (closed, {"article_id": article.id, "article_version": 1}, "closed"),
    ):
        assert desk.post("anna", f"{where.path}/consultations", body).json["code"] == code
    known = {"article_id": article.id, "article_version": 1}
    assert desk.post("gina", f"{case.path}/consultations", known).status_code == 404
    assert desk.post("audrey", f"{case.path}/consultations", known).status_code == 403


# --- when it was wrong ---------------------------------------------------------------------------------------------


def list_of(desk: Desk, article: Written, query: str = "", edition: int = 1) -> dict[str, Any]:
    desk.project()
    response = desk.get("sven", f"{article.path}/editions/{edition}/told{query}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json
    return body


def recall(desk: Desk, article: Written) -> dict[str, Any]:
    desk.project()
    response = desk.post("sven", f"{article.path}/editions/1/recall")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json
    return body


def test_everyone_who_was_told_is_listed(desk: Desk) -> None:
    article, other = published(desk), published(desk)
    cases = [answered(desk, article, resolve=True), answered(desk, article)]
    answered(desk, other)
    desk.received().answered()
    found = list_of(desk, article)
    assert {item["inquiry_id"] for item in found["items"]} == {case.id for case in cases}
    assert (found["told"], found["recalled"], found["put_right"]) == (2, 0, 0)
    assert {item["reference"] for item in found["items"]} == {case.body["reference"] for case in cases}
    first = list_of(desk, article, "?limit=1")
    rest = list_of(desk, article, f"?limit=1&cursor={first['next_cursor']}")
    assert [*first["items"], *rest["items"]] == found["items"]
    as_csv = desk.get("sven", f"{article.path}/editions/1/told?format=csv")
    assert as_csv.mimetype == "text/csv"
    assert [row["inquiry_id"] for row in csv.DictReader(io.StringIO(as_csv.text))] == [
        item["inquiry_id"] for item in found["items"]
    ]
    assert desk.get("anna", f"{article.path}/editions/1/told").status_code == 403
    assert desk.get("sven", f"{article.path}/editions/2/told").json["code"] == "no_such_edition"


def test_all_of_them_are_called_in_one_step_whatever_has_become_of_them(desk: Desk) -> None:
    article = published(desk)
    closed, open_, merged = answered(desk, article, resolve=True), answered(desk, article), answered(desk, article)
    merged.done("anna", "merge", {"into": open_.id})
    promised = answered(desk, article)
    promised.done("anna", "callbacks", {"due_at": "2026-11-24T11:00:00+01:00"})
    passed_on = answered(desk, article).accepted()
    untold = desk.received().answered()
    early = desk.post("sven", f"{article.path}/editions/1/recall")
    assert (early.status_code, early.json["code"]) == (409, "not_proved_wrong")
    article.refuted()
    assert recall(desk, article) == {"told": 5, "recalled": 5, "already": 0, "left": 0, "refused": []}

    for case in (closed, open_, merged, promised, passed_on):
        now = desk.get("sven", case.path).json
        assert (now["state"], now["attention"]) == ("open", "answer_recalled")
        assert now["callback_due_at"] is not None
        last = history(desk, case)[-1]
        assert last.causation_id == f"{article.id}:4"
    assert labels(desk, closed)[-3:] == ["wieder aufgenommen", "Rückruf zugesagt", "falsche Auskunft wird berichtigt"]
    assert history(desk, closed)[-3].reason == "wrong_answer"  # type: ignore[attr-defined]
    assert desk.get("sven", promised.path).json["callback_due_at"] == "2026-11-24T11:00:00+01:00"
    assert desk.get("sven", passed_on.path).json["holder"] == "department:Tiefbau"
    assert desk.get("sven", untold.path).json["attention"] is None
    desk.project()
    waiting = desk.get("sven", "/worklists/callbacks?limit=200").json["items"]
    assert {case.id for case in (closed, open_, merged, promised, passed_on)} <= {item["id"] for item in waiting}


def test_nobody_is_put_on_the_list_twice_and_stragglers_are_found(desk: Desk) -> None:
    article = published(desk)
    first = answered(desk, article, resolve=True)
    desk.clock.forward(minutes=10)
    article.refuted()
    recall(desk, article)
    events = desk.events()
    assert recall(desk, article) == {"told": 1, "recalled": 0, "already": 1, "left": 0, "refused": []}
    assert desk.events() == events
    late = desk.received(occurred_at="2026-11-24T10:01:00+01:00")
    late.done("anna", "answers", {**told(article), "occurred_at": "2026-11-24T10:02:00+01:00"})
    assert recall(desk, article)["recalled"] == 1
    assert {item["recalled_at"] is None for item in list_of(desk, article)["items"]} == {False}
    case = Case(desk, desk.get("sven", first.path).json)
    case.done("sven", "contacts", {"reached": True})
    found = {item["inquiry_id"]: item["put_right_at"] for item in list_of(desk, article)["items"]}
    assert (found[first.id] is None, found[late.id] is None) == (False, True)


def test_it_is_resumed_where_it_stopped(desk: Desk) -> None:
    article = published(desk)
    for _ in range(3):
        answered(desk, article)
    article.refuted()
    desk.project()
    done, count = recall_edition(desk.system, SVEN, UUID(ABSENT), UUID(article.id), 1, limit=2)
    assert (done.recalled, count.told, count.recalled) == (2, 3, 0)
    assert recall(desk, article) == {"told": 3, "recalled": 1, "already": 2, "left": 0, "refused": []}


def test_who_cannot_be_called_stands_in_nobodys_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    article = published(desk)
    cases = [UUID(answered(desk, article).id) for _ in range(5)]
    article.refuted()
    desk.project()
    handle = desk.system.application.handle

    def refusing(order: Any, *commands: Any) -> Any:
        if order.subject in cases[:3]:
            raise Conflict("not_now", "Das geht gerade nicht.")
        return handle(order, *commands)

    monkeypatch.setattr(desk.system.application, "handle", refusing)
    done, count = recall_edition(desk.system, SVEN, UUID(ABSENT), UUID(article.id), 1, limit=1)
    assert (done.recalled, count.told, {one for one, _ in done.refused} <= set(cases[:3])) == (1, 5, True)
    desk.project()
    done, count = recall_edition(desk.system, SVEN, UUID(ABSENT), UUID(article.id), 1, limit=2)
    assert (done.recalled, count.recalled, len(done.refused)) == (1, 1, 3)


def test_it_waits_for_views_that_may_miss_somebody(desk: Desk) -> None:
    article = published(desk)
    answered(desk, article)
    article.refuted()
    behind = desk.post("sven", f"{article.path}/editions/1/recall")
    assert (behind.status_code, behind.json["code"]) == (503, "not_caught_up")
    assert desk.post("hanna", f"{article.path}/editions/1/recall").status_code == 403
