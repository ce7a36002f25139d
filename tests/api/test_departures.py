"""Who is gone holds nothing: at the stated time, also what slipped through; and who is told, by the directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from casebackbone.access import Permission, Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.commands import Command, Scene
from casebackbone.directory import DIRECTORY_ID, Directory
from casebackbone.directory_events import Department
from tests.api.caring import care, local, standing, steps, told
from tests.api.desk import Desk

ADAM = Principal("adam", frozenset({Role.ADMINISTRATOR}))
SECOND = timedelta(seconds=1)
TUESDAY = local(24, 10)
WEDNESDAY = local(25, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Command):
    """Any statement about the directory."""

    permission = Permission.OPERATE
    statement: str
    said: dict[str, Any] = field(default_factory=dict)

    def act(self, directory: Directory, scene: Scene) -> None:
        getattr(directory, self.statement)(**self.said)


def say(desk: Desk, statement: str, at: datetime = TUESDAY, **said: Any) -> None:
    command_id = uuid4()
    now = desk.clock()
    cause = Cause(actor=ADAM.actor, command_id=command_id, correlation_id=command_id, occurred_at=now, recorded_at=now)
    order = Order(principal=ADAM, cause=cause, subject=DIRECTORY_ID, request_digest="0" * 64)
    desk.system.application.direct(order, Say(statement=statement, said={"valid_from": at, **said}))


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """It is Tuesday, ten o'clock. There are two departments."""
    made = Desk(database_url, tmp_path, supervisor="agent:otherwise")
    for name in ("Tiefbau", "Grünflächen"):
        say(made, "describe_department", department=name, described=Department(name))
    yield made
    made.close()


def gone(at: datetime) -> tuple[str, str]:
    return "rerouted", f"deadline:gone:{at.isoformat()}"


def test_what_somebody_holds_is_back_at_the_desk_when_they_are_gone(desk: Desk) -> None:
    case = desk.received().done("anna", "claim", {})
    say(desk, "deactivate", WEDNESDAY, person="agent:anna")
    assert care(desk, WEDNESDAY - SECOND).total == 0
    assert standing(desk, case).holder == "agent:anna"
    assert care(desk, WEDNESDAY).done["rerouted"] == 1
    assert steps(desk, case) == [gone(WEDNESDAY)]
    after = standing(desk, case)
    assert (after.holder, after.attention, after.attention_since) == ("desk:front", "rerouted", WEDNESDAY)
    assert care(desk).total == 0


def test_what_one_of_the_departments_people_holds_stays_with_the_department(desk: Desk) -> None:
    case = desk.received().offered().done("tim", "acceptance", {"personally": True})
    assert standing(desk, case).holder == "agent:tim"
    say(desk, "deactivate", WEDNESDAY, person="agent:tim")
    care(desk, WEDNESDAY)
    assert (standing(desk, case).holder, standing(desk, case).department) == ("department:Tiefbau", "Tiefbau")


def test_a_closed_departments_matters_go_to_who_follows_and_its_offers_back(desk: Desk) -> None:
    theirs = desk.received().offered().done("tim", "acceptance")
    held = desk.received().offered().done("tim", "acceptance", {"personally": True})
    asked = desk.received().offered()
    say(desk, "close_department", local(24, 12), department="Tiefbau", successor="Grünflächen")
    assert care(desk, local(24, 12)).done["rerouted"] == 3
    for case in (theirs, held):
        assert (standing(desk, case).holder, standing(desk, case).department) == (
            "department:Grünflächen",
            "Grünflächen",
        )
    assert (standing(desk, asked).holder, standing(desk, asked).offered_to) == ("desk:front", None)
    assert steps(desk, asked) == [gone(local(24, 12))]


def test_without_a_successor_it_goes_to_the_desk(desk: Desk) -> None:
    case = desk.received().offered().done("tim", "acceptance")
    say(desk, "close_department", local(24, 12), department="Tiefbau")
    care(desk, local(24, 13))
    assert (standing(desk, case).holder, standing(desk, case).department) == ("desk:front", None)


def test_a_week_later_it_is_found_all_the_same_and_once(desk: Desk) -> None:
    case = desk.received().done("anna", "claim", {})
    say(desk, "deactivate", WEDNESDAY, person="agent:anna")
    care(desk, local(2, 12, 12))
    care(desk)
    assert steps(desk, case).count(gone(WEDNESDAY)) == 1
    assert standing(desk, case).holder == "desk:front"


def test_what_comes_into_their_hands_once_more_is_moved_once_more(desk: Desk) -> None:
    """They were back, took it again, and then it was said that they had been gone since Wednesday after all."""
    case = desk.received().done("anna", "claim", {})
    say(desk, "deactivate", WEDNESDAY, person="agent:anna")
    care(desk, WEDNESDAY)
    say(desk, "reactivate", WEDNESDAY, person="agent:anna")
    desk.clock.now = local(25, 9)
    case.body = desk.get("anna", case.path).json
    case.done("anna", "claim", {})
    say(desk, "deactivate", WEDNESDAY, person="agent:anna")
    assert care(desk, local(25, 10)).done["rerouted"] == 1
    assert steps(desk, case) == [gone(WEDNESDAY), gone(WEDNESDAY)]
    assert standing(desk, case).holder == "desk:front"


# --- named supervisors -------------------------------------------------------------------------------------------


def test_the_supervisor_of_the_desk_is_told_or_the_deputy_while_they_are_away(desk: Desk) -> None:
    say(desk, "add_member", person="agent:sven", unit="desk", function="supervisor")
    say(desk, "add_member", person="agent:dieter", unit="desk", function="deputy")
    case = desk.received()
    care(desk, local(26, 14))
    assert standing(desk, case).escalated_to == "agent:sven"
    say(desk, "deactivate", local(27, 8), person="agent:sven")
    assert care(desk, local(27, 14)).done["escalated"] == 1
    assert standing(desk, case).escalated_to == "agent:dieter"
    assert [step for step in steps(desk, case) if step[0] == "escalated"] == [
        told("overdue", local(26, 14)),
        told("escalate_again", local(27, 14)),
    ]


def test_each_department_has_its_own_and_the_desk_while_it_is_only_offered(desk: Desk) -> None:
    say(desk, "add_member", person="agent:sven", unit="desk", function="supervisor")
    say(desk, "add_member", person="agent:uta", unit="department:Tiefbau", function="supervisor")
    theirs = desk.received().offered().done("tim", "acceptance")
    others = desk.received()
    desk.clock.now = local(26, 13)
    others.done("anna", "forwardings", {"to": "Tiefbau"})
    care(desk, local(26, 14))
    assert standing(desk, theirs).escalated_to == "agent:uta"
    assert (standing(desk, others).escalated_to, standing(desk, others).offered_to) == ("agent:sven", "Tiefbau")


def test_where_the_directory_names_nobody_the_settings_do(desk: Desk) -> None:
    say(desk, "add_member", person="agent:sven", unit="desk", function="supervisor")
    case = desk.received().offered().done("tim", "acceptance")
    care(desk, local(26, 14))
    assert standing(desk, case).escalated_to == "agent:otherwise"
