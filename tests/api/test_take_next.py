"""Taking the next inquiry: the oldest due first, each by one person, and never nothing while there is something."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.auth import issue_development_token
from tests.api.desk import PEOPLE, Desk, key
from tests.api.test_desk import peak


def take(desk: Desk, who: str = "anna", **more: Any) -> TestResponse:
    return desk.post(who, "/worklists/next", **more)


def received(desk: Desk, count: int) -> list[str]:
    """The first is due first."""
    made = []
    for _ in range(count):
        made.append(desk.received().id)
        desk.clock.forward(minutes=1)
    desk.project()
    return made


class TestInOrder:
    def test_the_oldest_due_first_and_then_nothing(self, desk: Desk) -> None:
        waiting = received(desk, 3)
        got = [take(desk, who) for who in ("anna", "bert", "anna")]
        assert [(one.status_code, one.json["id"], one.json["holder"]) for one in got] == [
            (200, waiting[0], "agent:anna"),
            (200, waiting[1], "agent:bert"),
            (200, waiting[2], "agent:anna"),
        ]
        assert got[0].headers["ETag"] == '"v2"'
        assert int(got[2].headers["Casebackbone-Position"]) == desk.system.head()
        desk.project()
        nothing = take(desk)
        assert (nothing.status_code, nothing.data) == (204, b"")

    def test_the_same_key_gets_the_same_one(self, desk: Desk) -> None:
        waiting = received(desk, 2)
        again = key()
        first = take(desk, key=again)
        events = desk.events()
        repeated = take(desk, key=again)
        assert (repeated.json, repeated.headers["Idempotency-Replayed"]) == (first.json, "true")
        assert (first.json["id"], desk.events()) == (waiting[0], events)
        assert take(desk, key=key()).json["id"] == waiting[1]

    def test_what_is_offered_to_a_department_or_waits_for_the_citizen_is_left(self, desk: Desk) -> None:
        desk.received().offered()
        desk.received().done("anna", "pause")
        (free,) = received(desk, 1)
        assert take(desk).json["id"] == free
        desk.project()
        assert take(desk).status_code == 204
        desk.clock.forward(days=300)
        assert take(desk).status_code == 200  # nobody came back; now somebody looks again

    def test_it_comes_back_to_the_queue(self, desk: Desk) -> None:
        (only,) = received(desk, 1)
        got = take(desk)
        desk.project()
        assert take(desk, "bert").status_code == 204
        desk.post("anna", f"/inquiries/{only}/release", version=got.json["version"])
        assert take(desk, "bert").status_code == 503
        desk.project()
        assert take(desk, "bert").json["id"] == only


class TestFromWhere:
    def test_background_staff_take_from_the_front_during_a_peak_only(self, desk: Desk) -> None:
        front = desk.received().id
        desk.clock.forward(minutes=1)
        back = desk.received().done("anna", "background").id
        desk.project()
        assert take(desk, "hanna").json["id"] == back
        desk.project()
        assert take(desk, "hanna").status_code == 204
        peak(desk)
        assert take(desk, "hanna").json["id"] == front

    def test_by_due_time_across_both_queues(self, desk: Desk) -> None:
        ids = []
        for background in (False, True, False, True):
            case = desk.received()
            ids.append(case.done("anna", "background").id if background else case.id)
            desk.clock.forward(minutes=1)
        peak(desk)
        assert [take(desk, "hanna").json["id"] for _ in ids] == ids

    def test_front_agents_leave_the_background_alone_and_supervisors_take_from_both(self, desk: Desk) -> None:
        back = desk.received().done("anna", "background").id
        desk.project()
        assert take(desk, "anna").status_code == 204
        assert take(desk, "sven").json["id"] == back

    def test_departments_take_their_own(self, desk: Desk) -> None:
        theirs = desk.received().accepted().id
        desk.received()
        desk.project()
        assert take(desk, "gina").status_code == 204
        got = take(desk, "tim")
        assert (got.json["id"], got.json["holder"]) == (theirs, "agent:tim")
        desk.project()
        assert take(desk, "tim").status_code == 204

    @pytest.mark.parametrize("who", ["audrey", "dora", "adam", "tiefbau-system", "telefonanlage"])
    def test_nobody_else(self, desk: Desk, who: str) -> None:
        assert take(desk, who).json["code"] == "role_not_allowed"


class TestALaggingView:
    def test_says_503_rather_than_nothing(self, desk: Desk) -> None:
        desk.project()
        desk.received()
        behind = take(desk)
        assert (behind.status_code, behind.json["code"]) == (503, "not_caught_up")
        assert behind.headers["Retry-After"] == "1"
        desk.project()
        assert take(desk).status_code == 200

    def test_waits_for_it_as_long_as_is_allowed(self, desk: Desk) -> None:
        desk.project()
        only = desk.received().id
        catching_up = threading.Timer(0.05, desk.project)
        catching_up.start()
        got = take(desk)
        catching_up.join()
        assert (got.status_code, got.json["id"]) == (200, only)

    def test_does_not_hide_what_changed_since(self, desk: Desk) -> None:
        (only,) = received(desk, 1)
        desk.post("anna", f"/inquiries/{only}/notes", {"text": "Eilt."}, version=1)
        got = take(desk, "bert")
        assert (got.status_code, got.json["id"], got.json["version"]) == (200, only, 3)

    def test_is_not_believed_about_what_is_gone(self, desk: Desk) -> None:
        first, second = received(desk, 2)
        desk.post("anna", f"/inquiries/{first}/claim", version=1)
        assert take(desk, "bert").json["id"] == second

    @pytest.mark.parametrize(("noun", "body"), [("background", None), ("forwardings", {"to": "Tiefbau"})])
    def test_nor_about_what_was_sent_elsewhere(self, desk: Desk, noun: str, body: Any) -> None:
        first, second = received(desk, 2)
        assert desk.post("anna", f"/inquiries/{first}/{noun}", body, version=1).status_code == 200
        assert take(desk, "bert").json["id"] == second
        desk.project()
        assert take(desk, "bert").status_code == 204


def agents(desk: Desk, count: int) -> list[str]:
    """Front agents with tokens."""
    names = [f"agent-{number}" for number in range(count)]
    for name in names:
        desk.tokens[name] = issue_development_token(desk.settings, "front_agent", None, name)
    assert not set(names) & set(PEOPLE)
    return names


def test_a_hundred_at_once_get_a_hundred(desk: Desk, database_url: str, tmp_path: Path) -> None:
    """Through two processes, as far as threads can be two: they share nothing but the database."""
    waiting = received(desk, 100)
    names = agents(desk, 100)
    other = Desk(database_url, tmp_path)
    other.tokens = desk.tokens  # its clock is behind
    begin = threading.Barrier(100)

    def ask(number: int) -> TestResponse:
        begin.wait(timeout=60)
        return take((desk, other)[number % 2], names[number])

    try:
        with ThreadPoolExecutor(100) as threads:
            answers = list(threads.map(ask, range(100)))
    finally:
        other.close()
    assert Counter(one.status_code for one in answers) == {200: 100}
    assert sorted(one.json["id"] for one in answers) == sorted(waiting)
    assert [one.json["holder"] for one in answers] == [f"agent:{name}" for name in names]
    desk.project()
    assert take(desk).status_code == 204


def test_more_people_than_work(desk: Desk) -> None:
    waiting = received(desk, 5)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda who: take(desk, who), agents(desk, 20)))
    got = [one.json["id"] for one in answers if one.status_code == 200]
    assert sorted(got) == sorted(waiting)
    # Whoever got nothing was told so, or to come again: the view had not yet seen what the others took.
    assert {one.status_code for one in answers} <= {200, 204, 503}
