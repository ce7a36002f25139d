"""What falls due, through REST, the views and the caretaker as it is wired: once each, with its cause, and visible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.workers import caretaker_of
from tests.api.caring import care, local, standing, steps, told
from tests.api.desk import Case, Desk

SECOND = timedelta(seconds=1)
THURSDAY_10 = local(26, 10)
"""20 service hours after Tuesday at 10: by then it is silent."""
THURSDAY_14 = local(26, 14)
"""24 service hours: by then it is overdue."""


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """It is Tuesday, ten o'clock."""
    made = Desk(database_url, tmp_path, supervisor="agent:sven")
    yield made
    made.close()


def noted(desk: Desk, case: Case, at: Any) -> Case:
    """A step, so that it is not silent."""
    desk.clock.now = at
    return case.done("anna", "notes", {"text": "Der Bauhof weiß Bescheid."})


# --- each kind ---------------------------------------------------------------------------------------------------


def test_an_offer_that_nobody_accepts_goes_back_to_the_desk_after_four_service_hours(desk: Desk) -> None:
    case = desk.received().offered()
    assert care(desk, local(24, 14) - SECOND).total == 0
    assert care(desk, local(24, 14)).done["expired"] == 1
    assert steps(desk, case) == [("forward_expired", f"deadline:offer:{local(24, 14).isoformat()}")]
    (item,) = desk.get("anna", "/worklists/front-desk").json["items"]
    assert (item["id"], item["sent_back"]) == (case.id, 1)
    assert care(desk).total == 0


def test_silent_after_twenty_service_hours_without_a_step(desk: Desk) -> None:
    case = desk.received()
    assert care(desk, THURSDAY_10 - SECOND).total == 0
    assert care(desk, THURSDAY_10).done["escalated"] == 1
    assert steps(desk, case) == [told("silent", THURSDAY_10)]
    assert (standing(desk, case).escalated_to, standing(desk, case).holder) == ("agent:sven", "desk:front")
    assert care(desk, THURSDAY_14 - SECOND).total == 0


def test_overdue_is_news_also_for_who_knows_that_it_is_silent(desk: Desk) -> None:
    case = desk.received()
    care(desk, THURSDAY_10)
    assert care(desk, THURSDAY_14).done["escalated"] == 1
    assert steps(desk, case) == [told("silent", THURSDAY_10), told("overdue", THURSDAY_14)]


def test_again_after_ten_service_hours_until_somebody_acknowledges_and_when_that_ends(desk: Desk) -> None:
    case = noted(desk, desk.received(), local(25, 12))
    care(desk, THURSDAY_14)
    assert care(desk, local(27, 14) - SECOND).total == 0
    assert care(desk, local(27, 14)).done["escalated"] == 1, "Friday at 14: ten service hours later"
    desk.clock.now = local(27, 15)
    case.body = desk.get("sven", case.path).json
    case.done("sven", "acknowledgement", {})
    assert care(desk, local(1, 15, 12) - SECOND).total == 0
    assert care(desk, local(1, 15, 12)).done["escalated"] == 1, "Tuesday at 15: twenty service hours later"
    assert steps(desk, case) == [
        told("overdue", THURSDAY_14),
        told("escalate_again", local(27, 14)),
        told("acknowledgement_ended", local(1, 15, 12)),
    ]


def test_nothing_is_told_of_what_was_done_in_time(desk: Desk) -> None:
    case = desk.received().resolved()
    open_ = desk.received().offered().done("tim", "acceptance")
    desk.clock.now = local(26, 9)
    open_.done("tim", "answers", {"text": "Erledigt."}).done("tim", "resolution")
    assert care(desk, local(3, 12, 12)).total == 0
    assert steps(desk, case) == steps(desk, open_) == []


def test_a_call_that_was_promised_and_not_made(desk: Desk) -> None:
    case = desk.received().done("anna", "callbacks", {})
    due_at = standing(desk, case).callback_due_at
    assert due_at == local(25, 10)
    assert care(desk, due_at - SECOND).total == 0
    assert care(desk, due_at).done["escalated"] == 1
    assert steps(desk, case) == [told("callback_missed", due_at)]
    (item,) = desk.get("sven", "/nobody-lost", query_string={"reason": "escalated"}).json["items"]
    assert [reason["code"] for reason in item["reasons"]] == ["escalated"]
    desk.clock.now = due_at + SECOND
    (item,) = desk.get("sven", "/nobody-lost", query_string={"reason": "callback_missed"}).json["items"]
    assert (item["id"], item["escalated_for"]) == (case.id, "callback_missed")


def test_waiting_for_the_citizen_comes_to_an_end(desk: Desk) -> None:
    case = desk.received().done("anna", "pause", {})
    until = standing(desk, case).due_at
    assert care(desk, until - SECOND).total == 0, "it is not silent, and not overdue"
    assert care(desk, until).done["escalated"] == 1
    assert steps(desk, case) == [told("waiting_over", until)]


def test_a_complaint_is_repeated_until_acknowledged(desk: Desk) -> None:
    case = desk.received().done("anna", "escalations", {"to": "Leitung", "reason": "complaint"})
    assert care(desk, local(25, 10)).done["escalated"] == 1
    assert steps(desk, case) == [told("escalate_again", local(25, 10))]
    assert standing(desk, case).escalated_for == "complaint"


# --- who is told -------------------------------------------------------------------------------------------------


def test_where_nobody_is_named_whoever_has_the_role_is_told(database_url: str, tmp_path: Path) -> None:
    desk = Desk(database_url, tmp_path)
    case = desk.received()
    care(desk, THURSDAY_14)
    assert standing(desk, case).escalated_to == "role:supervisor"
    assert [item["id"] for item in desk.get("sven", "/worklists/escalations").json["items"]] == [case.id]
    desk.close()


def test_supervisors_see_all_escalations_and_others_their_own(desk: Desk) -> None:
    mine, his = desk.received(), desk.received()
    mine.done("anna", "escalations", {"to": "agent:bert", "reason": "complaint"})
    care(desk, THURSDAY_14)
    assert standing(desk, his).escalated_to == standing(desk, mine).escalated_to == "agent:sven"

    def listed(who: str, **query: str) -> set[str]:
        return {item["id"] for item in desk.get(who, "/worklists/escalations", query_string=query).json["items"]}

    third = desk.received()
    third.done("anna", "escalations", {"to": "agent:bert", "reason": "complaint"})
    desk.project()
    assert listed("sven") == {mine.id, his.id, third.id}
    assert listed("sven", to="me") == {mine.id, his.id}
    assert listed("bert") == listed("bert", to="anybody") == {third.id}
    assert listed("anna") == set()
    assert desk.get("audrey", "/worklists/escalations").status_code == 403
    (item,) = desk.get("bert", "/worklists/escalations").json["items"]
    assert (item["escalated_for"], item["acknowledged_until"]) == ("complaint", None)


def test_a_list_of_escalations_loses_nothing_between_pages(desk: Desk) -> None:
    cases = {desk.received().id for _ in range(5)}
    care(desk, THURSDAY_14)
    found, path = [], "/worklists/escalations?limit=2"
    while path:
        page = desk.get("sven", path)
        found += [item["id"] for item in page.json["items"]]
        cursor = page.json["next_cursor"]
        path = f"/worklists/escalations?limit=2&cursor={cursor}" if cursor else ""
    assert sorted(found) == sorted(cases)


# --- views that lag, and long silence ------------------------------------------------------------------------------


def test_a_view_that_lags_only_delays(desk: Desk) -> None:
    """It says that an offer has expired that was accepted long ago, and knows nothing of what came later."""
    case = desk.received().offered()
    desk.project()
    case.done("tim", "acceptance")
    later = desk.received()
    desk.clock.now = THURSDAY_14
    round_ = caretaker_of(desk.system).round(THURSDAY_14)
    assert (round_.done["expired"], steps(desk, later)) == (0, [])
    assert steps(desk, case) == [told("overdue", THURSDAY_14)], "of that the inquiry itself says that it is due"
    assert care(desk).done["escalated"] == 1
    assert steps(desk, later) == [told("overdue", THURSDAY_14)]


def test_a_week_away_and_everything_is_told_once(desk: Desk) -> None:
    kept = desk.received().offered().done("tim", "acceptance")
    cases = [desk.received() for _ in range(4)]
    cases[1].done("anna", "callbacks", {})
    cases[2].offered()
    cases[3].done("anna", "pause", {})
    desk.clock.now = local(25, 9)
    kept.done("tim", "answers", {"text": "Erledigt."}).done("tim", "resolution")
    week = local(3, 12, 12)
    round_ = care(desk, week)
    assert (round_.done["expired"], round_.done["escalated"], round_.failed) == (1, 3, 0)
    assert steps(desk, kept) == steps(desk, cases[3]) == []
    assert steps(desk, cases[0]) == [told("overdue", THURSDAY_14)]
    assert steps(desk, cases[1]) == [told("callback_missed", local(25, 10))]
    assert [step for step, _ in steps(desk, cases[2])] == ["forward_expired", "escalated"], "in order of their times"
    assert care(desk).total == 0
