"""The citizen's look-up: by reference, without login, telling nothing about anybody."""

from __future__ import annotations

from pathlib import Path

from tests.api.desk import Desk


def test_how_it_stands(desk: Desk) -> None:
    case = desk.received(contact={"name": "Erika Mustermann"}).accepted()
    desk.project()
    response = desk.get(None, f"/status/{case.body['reference'].lower().replace('-', ' ')}")
    told = {name: value for name, value in response.json.items() if name != "meta"}
    assert told == {
        "reference": case.body["reference"],
        "state": "open",
        "label": "in Bearbeitung",
        "received_on": "2026-11-24",
        "due_on": "2026-11-26",
        "department": "Tiefbau",
        "last_step_on": "2026-11-24",
        "merged": False,
        "_links": {"feedback": f"/api/v1/status/{case.body['reference']}/feedback"},
    }
    case.done("tim", "answers", {"text": "Erledigt."}).done("tim", "resolution")
    desk.project()
    assert (
        desk.get(None, f"/status/{case.body['reference']}").json.items()
        >= {"label": "erledigt", "due_on": None}.items()
    )


def test_a_slip_looks_like_what_never_was(desk: Desk) -> None:
    reference = desk.received().body["reference"]
    desk.project()
    slipped = ("A" if reference[0] != "A" else "B") + reference[1:]
    answers = [desk.get(None, f"/status/{said}") for said in (slipped, "2222-2222-2222", "x")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["detail"] for answer in answers}) == 1
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1


def test_asking_around_is_stopped(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path, status_per_minute=3)
    answers = [desk.get(None, "/status/x") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 20
    elsewhere = desk.get(None, "/status/x", environ_overrides={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 404
    forged = desk.get(None, "/status/x", headers={"X-Forwarded-For": "192.0.2.10"})
    assert forged.status_code == 429
    desk.close()


def test_behind_a_proxy_the_citizen_is_counted_and_not_the_proxy(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path, status_per_minute=1, trusted_proxies=1)
    answers = [
        desk.get(None, "/status/x", headers={"X-Forwarded-For": forwarded}).status_code
        for forwarded in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "10.0.0.1, 192.0.2.1")
    ]
    assert answers == [404, 404, 429, 429]
    desk.close()
