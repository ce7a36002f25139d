"""The desk's day. It is Wednesday, 3 June 2026, in a town in Rheinland-Pfalz; tomorrow is Fronleichnam.

Three people sit at the front, four in the background. There is a peak at ten, a wrong door, a department that does not
answer, a holiday in between, and a citizen who calls again. Told through REST, on both feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.town import BACKGROUND, BULKY_WASTE, FRONT, ROAD_DAMAGE, Town

WEDNESDAY, FRONLEICHNAM, FRIDAY = 3, 4, 5


@pytest.fixture(params=["in-process", "kafka"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    if request.param == "in-process":
        made = Town(f"sqlite:///{tmp_path}/town.db", tmp_path)
    else:
        found = request.getfixturevalue
        made = Town(found("postgres_url"), tmp_path, found("kafka_bootstrap"), found("topic"))
    yield made
    made.close()


def test_the_desks_day(town: Town) -> None:
    town.at(WEDNESDAY, 7, 55).has_a_directory()

    # --- Eight in the morning. Three at the front, four behind.
    town.at(WEDNESDAY, 8)
    for agent in (*FRONT, *BACKGROUND):
        desk = town.says(agent, "/desk/sign-on")
    assert (desk["front"], desk["background"], desk["peak"]["open"]) == (3, 4, False)

    # --- Somebody asks for the bulky waste. Anna answers while he is on the phone: done at first contact.
    town.at(WEDNESDAY, 8, 5).rings("call-1").answers("anna", "call-1")
    town.says(
        "anna",
        "/inquiries",
        {
            "channel": "phone",
            "question": "Wann wird mein Sperrmüll geholt?",
            "service": BULKY_WASTE,
            "answer": {"text": "Am Montag, bitte bis sechs Uhr an die Straße stellen."},
            "resolve": {},
        },
    )

    # --- Nine. A pothole. Bert asks the directory in the citizen's words, and sends it somewhere else all the same.
    town.at(WEDNESDAY, 9).rings("call-2").answers("bert", "call-2").news_spreads()
    town.at(WEDNESDAY, 9, 5)
    told = town.reads("bert", "/directory/responsibility", q="Wer ist für ein Schlagloch zuständig?")
    assert (told["code"], told["candidates"][0]["department"]["department"]) == ("responsible", "Tiefbau")
    pothole = town.case(
        town.says(
            "bert",
            "/inquiries",
            {
                "channel": "phone",
                "question": "In der Fackelstraße ist ein Schlagloch, da ist schon jemand gestürzt!",
                "contact": {"phone": "+49 631 0000"},
                "service": ROAD_DAMAGE,
            },
        )
    )
    reference = pothole.body["reference"]
    pothole.done("bert", "claim").done("bert", "forwardings", {"to": "Grünflächen"})
    assert (pothole.body["forwarding"]["proposed"], pothole.body["forwarding"]["other_than_proposed"]) == (
        "Tiefbau",
        True,
    )
    assert pothole.body["holder"] == "agent:bert"  # an offer is not a handover

    # --- A wrong door: before ten the parks department says that it is not theirs, and whose it might be.
    town.at(WEDNESDAY, 9, 55)
    pothole.done("gina", "rejection", {"reason": "not_responsible", "suggestion": "Tiefbau"})
    assert (pothole.body["holder"], pothole.body["sent_back"]) == ("desk:front", 1)

    # --- Ten. A peak: four call within seconds, and everybody at the front is on the phone.
    town.at(WEDNESDAY, 10).rings("call-3", "call-4", "call-5", "call-6").news_spreads()
    peak = town.reads("hanna", "/worklists/background")
    assert peak["peak"]["open"]
    assert [row["id"] for row in peak["items"]] == [pothole.id]  # background staff see the front queue now
    town.answers("anna", "call-3").answers("bert", "call-4").answers("hanna", "call-5")
    town.at(WEDNESDAY, 10, 1).hangs_up("call-6")
    town.at(WEDNESDAY, 10, 2).news_spreads()
    taken = town.case(town.says("hanna", "/worklists/next"))
    assert (taken.id, taken.body["holder"]) == (pothole.id, "agent:hanna")
    town.news_spreads()
    assert town.post("ida", "/worklists/next", {}).status_code == 204  # and nobody else gets the same one
    town.at(WEDNESDAY, 10, 30)
    assert town.caretaker_looks() == {"peaks_turned": 1}  # nobody has waited for a while: it is over
    assert town.get("ida", "/worklists/front-desk").json["code"] == "no_peak"

    # --- Four in the afternoon. Hanna sends the pothole where the directory says. Nobody there answers.
    town.at(WEDNESDAY, 16)
    taken.done("hanna", "forwardings")
    assert (taken.body["offered_to"], taken.body["forwarding"]["other_than_proposed"]) == ("Tiefbau", False)
    town.news_spreads()
    (sent,) = town.reads("hanna", "/worklists/forwarded")["items"]
    assert (sent["id"], sent["offer_state"]) == (pothole.id, "pending")

    # --- The evening: whoever is still signed on is signed off with the day. The holiday: no clock runs.
    town.at(FRONLEICHNAM, 11).news_spreads()
    assert town.caretaker_looks() == {"days_closed": 1}
    town.at(FRONLEICHNAM, 23)
    assert town.caretaker_looks() == {}

    # --- Friday. Two service hours on Wednesday and two today: at ten the offer is over, not a minute before.
    town.at(FRIDAY, 9, 59)
    assert town.caretaker_looks() == {}
    town.at(FRIDAY, 10)
    assert town.caretaker_looks() == {"expired": 1}
    (at_risk,) = town.reads("audrey", "/nobody-lost")["items"]
    assert (at_risk["id"], at_risk["holder"], at_risk["sent_back"]) == (pothole.id, "desk:front", 2)

    # --- It was sent twice. Nobody may send it a third time but the supervisor, who does, and makes a call.
    pothole = town.case(town.reads("sven", f"/inquiries/{pothole.id}"))
    assert pothole.do("bert", "forwardings").json["code"] == "needs_supervisor"
    pothole.done("sven", "forwardings", {"to": "Tiefbau"})
    town.at(FRIDAY, 10, 20)
    pothole.done("tim", "acceptance", {"personally": True})
    assert (pothole.body["holder"], pothole.body["department"]) == ("agent:tim", "Tiefbau")
    index = pothole.body["marathon"]
    assert (index["doors_before_acceptance"], index["bounces"]) == (3, 2)
    assert index["lost_minutes"] == 50 + 365 + 240  # at the wrong door, back at the desk, where nobody answered

    # --- Tim has it repaired, and says so.
    town.at(FRIDAY, 13)
    pothole.done("tim", "answers", {"text": "Die Stelle ist seit heute Mittag ausgebessert."}).done("tim", "resolution")
    town.news_spreads()
    assert town.reads(None, f"/status/{reference}")["state"] == "resolved"

    # --- The citizen calls again: it is not so. Carla writes down a new inquiry, and sees that it is the same matter.
    town.at(FRIDAY, 14).rings("call-7").answers("carla", "call-7")
    again = town.case(town.says("carla", "/inquiries", {"channel": "phone", "question": "Das Loch ist immer noch da!"}))
    town.news_spreads()
    found = town.reads("carla", "/inquiries", reference=reference)
    assert found["id"] == pothole.id
    pothole = town.case(found).done("carla", "contradictions", {"text": "Das Loch ist immer noch da!"})
    assert (pothole.body["state"], pothole.body["holder"]) == ("open", "department:Tiefbau")
    again.done("carla", "claim").done("carla", "merge", {"into": pothole.id})
    town.news_spreads()
    assert town.reads(None, f"/status/{again.body['reference']}")["merged"] is True
    (seen,) = town.reads("tim", "/worklists/departments/Tiefbau/work")["items"]
    assert (seen["id"], seen["attention"] is not None) == (pothole.id, True)  # its holder is told

    # --- This time it is repaired indeed.
    town.at(FRIDAY, 16)
    pothole = town.case(town.reads("tim", f"/inquiries/{pothole.id}")).done("tim", "claim")
    pothole.done("tim", "answers", {"text": "Jetzt ist es zu, hier das Foto."}).done("tim", "resolution")

    # --- The evening. Nobody is lost, and what the auditor counts adds up.
    town.at(FRIDAY, 18).news_spreads()
    summary = town.reads("audrey", "/nobody-lost/summary")
    assert (summary["open"], summary["all_clear"]) == (0, True)
    counted = town.reads("audrey", "/audit/accounting", as_of=town.clock.now.isoformat())
    assert [counted[name] for name in ("received", "open", "resolved", "merged")] == [3, 0, 2, 1]
    whole = {"from": "2026-06-01T00:00:00+02:00", "to": "2026-06-08T00:00:00+02:00"}
    in_time = town.reads("sven", "/figures/calls_in_time", **whole)["total"]
    assert (in_time["counted"], in_time["met"]) == (7, 6)
    first_contact = town.reads("sven", "/figures/first_contact_resolution", **whole)["total"]
    assert first_contact["met"] == 1
    expired = town.reads("sven", "/figures/forwards_expired", **whole)["total"]
    assert (expired["counted"], expired["met"]) == (3, 1)
