"""The same matter twice, over REST: both ends change at once, nothing is shown to whom it does not concern."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.api.desk import Case, Desk, key

NOBODY = "00000000-0000-4000-8000-000000000000"


def merged(desk: Desk, into: Case) -> Case:
    return desk.received(question="Der Müll liegt noch da.").done("anna", "merge", {"into": into.id})


def known(desk: Desk, case: Case) -> dict[str, Any]:
    case.body = desk.get("sven", case.path).json
    return case.body


def status(desk: Desk, case: Case) -> dict[str, Any]:
    found: dict[str, Any] = desk.get(None, f"/status/{case.body['reference']}").json
    return found


class TestMerging:
    def test_both_change_in_one_step(self, desk: Desk) -> None:
        goes_on = desk.received().accepted()
        before = goes_on.version
        events = desk.events()
        case = merged(desk, goes_on)
        assert desk.events() == events + 3  # received, and one at each end
        ends = known(desk, goes_on)
        assert (ends["version"], ends["duplicates"], ends["attention"]) == (before + 1, [case.id], "duplicate_added")
        first, second = (desk.get("sven", f"{one.path}/history").json["items"][-1] for one in (case, goes_on))
        assert first["command_id"] == second["command_id"]
        assert second["type"] == "casebackbone.inquiry.duplicate_added.v1"

    def test_who_knew_the_other_one_is_told(self, desk: Desk) -> None:
        goes_on = desk.received()
        merged(desk, goes_on)
        stale = goes_on.do("anna", "claim")
        assert (stale.status_code, stale.json["since"][0]["label"]) == (412, "Doppel hinzugefügt")

    def test_a_repeat_merges_once(self, desk: Desk) -> None:
        goes_on, case, again = desk.received(), desk.received(), key()
        first = case.do("anna", "merge", {"into": goes_on.id}, key=again)
        events = desk.events()
        second = case.do("anna", "merge", {"into": goes_on.id}, key=again)
        assert (second.json, second.headers["Idempotency-Replayed"]) == (first.json, "true")
        assert desk.events() == events

    def test_what_is_refused_changes_neither(self, desk: Desk) -> None:
        resolved, goes_on = desk.received().resolved(), desk.received()
        away = merged(desk, goes_on)
        offered, called = desk.received().offered(), desk.received().done("anna", "callbacks")
        for case, into, expected in (
            (desk.received(), resolved, (409, "merge_into_closed")),
            (desk.received(), away, (409, "target_merged")),
            (offered, goes_on, (409, "offer_pending")),
            (called, goes_on, (409, "callback_promised")),
        ):
            before = desk.events()
            response = case.do("anna", "merge", {"into": into.id})
            assert (response.status_code, response.json["code"]) == expected
            assert desk.events() == before
        called.done("anna", "contacts", {"reached": True}).done("anna", "merge", {"into": goes_on.id})

    def test_only_from_ones_own_hands(self, desk: Desk) -> None:
        theirs, goes_on = desk.received().accepted(), desk.received()
        response = theirs.do("anna", "merge", {"into": goes_on.id})
        assert (response.status_code, response.json["code"]) == (403, "held_by_another")
        theirs.done("sven", "merge", {"into": goes_on.id})

    def test_a_department_merges_what_it_sees(self, desk: Desk) -> None:
        one, other, unseen = desk.received("tim"), desk.received("tim"), desk.received()
        for into in (unseen.id, NOBODY):
            response = one.do("tim", "merge", {"into": into})
            assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/into")
        one.done("tim", "merge", {"into": other.id})
        assert known(desk, other)["duplicates"] == [one.id]


def test_two_who_merge_crosswise_do_not_lose_both(desk: Desk) -> None:
    """A into B and B into A at the same moment: one of them goes on."""
    for _ in range(5):
        one, other = desk.received(), desk.received()
        begin = Barrier(2)

        def merge(case: Case, into: Case, begin: Barrier = begin) -> int:
            begin.wait()
            return case.do("anna", "merge", {"into": into.id}).status_code

        with ThreadPoolExecutor(2) as pool:
            told = sorted(pool.map(merge, (one, other), (other, one)))
        states = sorted(known(desk, case)["state"] for case in (one, other))
        assert (told[0], states) == (200, ["merged", "open"])
        assert told[1] in (409, 412)


class TestUnmerging:
    def test_it_is_where_it_was_and_the_other_one_knows(self, desk: Desk) -> None:
        goes_on, case = desk.received(), desk.received().done("anna", "claim")
        case.done("anna", "merge", {"into": goes_on.id}).done("bert", "unmerge")
        assert (case.body["holder"], case.body["state"], case.body["attention"]) == ("agent:anna", "open", "unmerged")
        assert (known(desk, goes_on)["duplicates"], goes_on.body["attention"]) == ([], "duplicate_removed")

    def test_both_histories_are_kept(self, desk: Desk) -> None:
        goes_on = desk.received()
        case = merged(desk, goes_on).done("anna", "unmerge")
        for one, steps in ((case, ["received", "merged", "unmerged"]), (goes_on, ["received", "duplicate_added"])):
            items = desk.get("sven", f"{one.path}/history").json["items"]
            assert [item["type"].split(".")[2] for item in items][: len(steps)] == steps
        assert desk.get("sven", f"{case.path}?version=2").json["merged_into"] == goes_on.id

    def test_a_department_takes_apart_also_what_it_does_not_see(self, desk: Desk) -> None:
        """Their inquiry was merged into one at the front desk: the way back is theirs all the same."""
        unseen, theirs = desk.received(), desk.received("tim")
        theirs.done("sven", "merge", {"into": unseen.id})
        assert theirs.done("tim", "unmerge").body["holder"] == "department:Tiefbau"
        assert known(desk, unseen)["duplicates"] == []


class TestStatus:
    def test_the_citizen_of_a_duplicate_sees_how_the_matter_stands(self, desk: Desk) -> None:
        goes_on = desk.received().accepted()
        desk.clock.forward(days=1)
        case = merged(desk, goes_on)
        desk.project()
        found = status(desk, case)
        assert found.items() >= {"state": "open", "label": "in Bearbeitung", "merged": True}.items()
        assert (found["department"], found["received_on"]) == ("Tiefbau", "2026-11-25")
        known(desk, goes_on)
        goes_on.done("tim", "answers", {"text": "Ist weg."}).done("tim", "resolution")
        desk.project()
        assert status(desk, case)["state"] == "resolved"
        assert (status(desk, goes_on)["state"], status(desk, goes_on)["merged"]) == ("resolved", False)

    def test_whose_the_other_one_is_nobody_says(self, desk: Desk) -> None:
        goes_on = desk.received()
        case = merged(desk, goes_on)
        desk.project()
        told = desk.get(None, f"/status/{case.body['reference']}").text
        assert goes_on.body["reference"] not in told
        assert goes_on.id not in told

    def test_a_duplicate_of_a_duplicate(self, desk: Desk) -> None:
        last = desk.received()
        middle = desk.received()
        first = merged(desk, middle)
        known(desk, middle)
        middle.done("anna", "merge", {"into": last.id})
        known(desk, last)
        last.done("anna", "pause")
        desk.project()
        assert status(desk, first)["state"] == "waiting"


class TestContradiction:
    TEXT = {"text": "Das stimmt nicht, der Müll liegt noch da."}

    def test_what_was_resolved_is_open_again_and_its_holder_told(self, desk: Desk) -> None:
        case = desk.received().accepted().done("tim", "answers", {"text": "Ist weg."}).done("tim", "resolution")
        case.done("anna", "contradictions", self.TEXT)
        body = case.body
        assert (body["state"], body["holder"], body["reopened"]) == ("open", "department:Tiefbau", 1)
        assert (body["attention"], body["due_at"] is not None) == ("contradicted", True)
        texts = desk.get("tim", f"{case.path}/contents?purpose=handling").json["items"]
        assert [text["text"] for text in texts if text["kind"] == "contradiction"] == [self.TEXT["text"]]

    def test_what_was_merged_is_a_matter_of_its_own_again(self, desk: Desk) -> None:
        goes_on = desk.received()
        case = merged(desk, goes_on).done("bert", "contradictions", self.TEXT)
        assert (case.body["state"], case.body["attention"]) == ("open", "contradicted")
        assert known(desk, goes_on)["duplicates"] == []

    def test_it_stands_in_the_list_until_somebody_does_something(self, desk: Desk) -> None:
        case, quiet = desk.received().done("anna", "claim"), desk.received().done("anna", "claim")
        case.done("bert", "contradictions", self.TEXT)

        def listed(who: str, rule: str, flag: str) -> list[str]:
            desk.project()
            return [item["id"] for item in desk.get(who, f"/worklists/{rule}?attention={flag}").json["items"]]

        assert (listed("anna", "mine", "true"), listed("anna", "mine", "false")) == ([case.id], [quiet.id])
        case.done("anna", "release", {"reason": "end_of_shift"})
        assert listed("bert", "front-desk", "true") == [case.id]
        case.done("sven", "notes", {"text": "Wer kümmert sich?"})  # not its holder
        assert listed("bert", "front-desk", "true") == [case.id]
        case.done("bert", "claim").done("bert", "notes", {"text": "Mit der Kolonne gesprochen."})
        assert listed("bert", "mine", "true") == []

    def test_who_does_not_see_it_contradicts_nothing(self, desk: Desk) -> None:
        case = desk.received()
        assert case.do("tim", "contradictions", self.TEXT).status_code == 404
        assert case.do("audrey", "contradictions", self.TEXT).status_code == 403

    def test_a_repeat_is_the_same_one(self, desk: Desk) -> None:
        case, again = desk.received().resolved(), key()
        first = case.do("anna", "contradictions", self.TEXT, key=again)
        events = desk.events()
        assert case.do("anna", "contradictions", self.TEXT, key=again).json == first.json
        assert desk.events() == events
