"""The marathon index over REST: every door of one inquiry, and the sums of a service with the inquiries behind them."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest

from tests.api.desk import Case, Desk

WASTE, DOGS = "99107006012000", "99102013012000"


def passed_around(desk: Desk, **more: str) -> Case:
    """An hour at the wrong door, two hours at the desk, one more until the right one accepts."""
    case = desk.received(**more).offered()
    desk.clock.forward(hours=1)
    case.done("tim", "rejection", {"reason": "not_responsible", "suggestion": "Grünflächen"})
    desk.clock.forward(hours=2)
    case.done("anna", "forwardings", {"to": "Grünflächen"})
    desk.clock.forward(hours=1)
    return case.done("gina", "acceptance")


class TestOfAnInquiry:
    def test_every_door(self, desk: Desk) -> None:
        case = passed_around(desk)
        found = desk.get("anna", f"{case.path}/marathon").json
        assert found["accepted_at"] == "2026-11-24T14:00:00+01:00"
        assert [
            (door["department"], door["outcome"], door["minutes_between"], door["minutes_there"])
            for door in found["doors"]
        ] == [("Tiefbau", "rejected", 0, 60), ("Grünflächen", "accepted", 120, 60)]
        assert [door["version"] for door in found["doors"]] == [2, 4]
        assert found["doors"][0]["suggestion"] == "Grünflächen"
        index = {"doors_before_acceptance": 2, "bounces": 1, "circles": 0, "lost_minutes": 180}
        assert found.items() >= index.items()
        assert case.body["marathon"] == index

    def test_doors_after_the_first_acceptance_are_shown_but_no_search_any_more(self, desk: Desk) -> None:
        case = passed_around(desk).done("sven", "forwardings", {"to": "Tiefbau"})
        desk.clock.forward(minutes=30)
        found = desk.get("sven", f"{case.path}/marathon").json
        assert (len(found["doors"]), found["doors_before_acceptance"]) == (3, 2)
        assert found["doors"][2].items() >= {"outcome": "pending", "minutes_there": 30, "ended_at": None}.items()
        assert (found["doors"][2]["circular"], found["circles"]) == (True, 1)

    def test_only_service_time_counts(self, desk: Desk) -> None:
        desk.clock.forward(hours=7)  # 17:00
        case = desk.received().offered()
        desk.clock.forward(hours=16)  # 9:00 on the next day
        case.done("tim", "rejection", {"reason": "not_responsible"})
        assert case.body["lost_minutes"] == 120

    def test_waiting_for_the_citizen_is_not_lost_between_doors(self, desk: Desk) -> None:
        case = desk.received().offered().done("tim", "rejection", {"reason": "incomplete"})
        desk.clock.forward(hours=1)
        case.done("anna", "pause")
        desk.clock.forward(hours=1)
        case.done("anna", "resumption")
        desk.clock.forward(hours=1)
        case.done("anna", "pause")
        desk.clock.forward(hours=1)
        case.done("anna", "forwardings", {"to": "Grünflächen"})
        assert case.body["lost_minutes"] == 120

    def test_who_never_went_anywhere(self, desk: Desk) -> None:
        case = desk.received()
        assert desk.get("anna", f"{case.path}/marathon").json["doors"] == []
        assert case.body["forwarding"] is None


class TestOfAService:
    @pytest.fixture(autouse=True)
    def _three_inquiries(self, desk: Desk) -> None:
        self.around = passed_around(desk, service=WASTE)
        self.straight = desk.received(service=WASTE, channel="email").accepted()
        self.answered = desk.received(service=WASTE).resolved()
        self.other = desk.received(service=DOGS).offered()
        self.unknown = desk.received()
        self.straight.done("sven", "forwardings", {"to": "Grünflächen"}).done("gina", "acceptance")
        self.around.done("gina", "answers", {"text": "Ist weg."}).done("gina", "resolution")
        desk.project()

    def test_sums(self, desk: Desk) -> None:
        body = desk.get("audrey", "/audit/marathon").json
        assert [item["service"] for item in body["items"]] == [None, DOGS, WASTE]
        assert body["items"][2] == {
            "service": WASTE,
            "inquiries": 3,
            "forwarded": 2,
            "accepted": 2,
            "doors": 3,
            "mean_doors": 1.5,
            "most_doors": 2,
            "more_than_one_door": 1,
            "more_than_one_door_share": 0.5,
            "bounces": 1,
            "circles": 0,
            "lost_minutes": 180,
        }
        assert (body["items"][0]["inquiries"], body["items"][0]["mean_doors"]) == (1, None)
        assert (body["total"]["inquiries"], body["total"]["doors"], body["total"]["service"]) == (5, 4, None)

    def test_of_one_service_and_period(self, desk: Desk) -> None:
        early = desk.get("audrey", f"/audit/marathon?service={WASTE}&received_to=2026-11-24T09:00:01Z").json
        assert (early["total"]["inquiries"], early["total"]["doors"]) == (1, 2)
        late = desk.get("audrey", f"/audit/marathon?service={WASTE}&received_from=2026-11-24T09:00:01Z").json
        assert (late["total"]["inquiries"], late["total"]["doors"]) == (2, 1)
        nothing = desk.get("audrey", "/audit/marathon?received_from=2027-01-01T00:00:00Z").json
        assert (nothing["items"], nothing["total"]["inquiries"], nothing["total"]["most_doors"]) == ([], 0, 0)

    def test_the_inquiries_behind_a_number(self, desk: Desk) -> None:
        found = desk.get("audrey", f"/audit/marathon/inquiries?service={WASTE}&doors_from=2").json["items"]
        assert [item["id"] for item in found] == [self.around.id]
        assert found[0].items() >= {"doors": 2, "accepted_at": "2026-11-24T14:00:00+01:00", "lost_minutes": 180}.items()
        everything = desk.get("audrey", "/audit/marathon/inquiries").json["items"]
        assert len(everything) == 5

    def test_page_by_page(self, desk: Desk) -> None:
        for rule, expected in (("/audit/marathon", 3), ("/audit/marathon/inquiries", 5)):
            seen, cursor = [], ""
            while cursor is not None:
                body = desk.get("audrey", f"{rule}?limit=2" + (f"&cursor={quote(cursor)}" if cursor else "")).json
                seen += [item.get("id", item["service"]) for item in body["items"]]
                cursor = body["next_cursor"]
            assert len(seen) == len(set(seen)) == expected

    def test_as_csv(self, desk: Desk) -> None:
        response = desk.get("audrey", f"/audit/marathon?format=csv&service={WASTE}")
        assert (response.mimetype, response.status_code) == ("text/csv", 200)
        (row,) = csv.DictReader(io.StringIO(response.text))
        assert (row["service"], row["mean_doors"], row["lost_minutes"]) == (WASTE, "1.5", "180")
        rows = list(csv.DictReader(io.StringIO(desk.get("audrey", "/audit/marathon/inquiries?format=csv").text)))
        assert [row["accepted_at"] for row in rows if row["id"] == self.other.id] == [""]
        assert 'rel="next"' in desk.get("audrey", "/audit/marathon?format=csv&limit=1").headers["Link"]

    def test_not_for_agents(self, desk: Desk) -> None:
        for rule in ("/audit/marathon", "/audit/marathon/inquiries"):
            assert desk.get("anna", rule).status_code == 403
