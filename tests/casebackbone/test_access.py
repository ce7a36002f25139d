"""Who may do what to which inquiry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casebackbone.access import INTERNAL, PERMISSIONS, Permission, Principal, Role, demand_on, holds, sees
from casebackbone.refusals import Forbidden, InquiryNotFound
from tests.casebackbone.desk import Desk

STANDING = Desk().inquiry.standing
FRONT = Principal("anna", frozenset({Role.FRONT_AGENT}))
BACKGROUND = Principal("berta", frozenset({Role.BACKGROUND_AGENT}))
STREETS = Principal("carl", frozenset({Role.DEPARTMENT_STAFF}), "strassen")
SUPERVISOR = Principal("dora", frozenset({Role.SUPERVISOR}))
OFFERED = replace(STANDING, offered_to="strassen", forwarded_by="agent:anna", holder="agent:anna")
THEIRS = replace(STANDING, holder="department:strassen", department="strassen")


def test_every_permission_is_somebodys_and_every_role_has_one() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(PERMISSIONS.values())
    assert {role for roles in PERMISSIONS.values() for role in roles} == set(Role)
    assert {Role.CARETAKER, Role.IMPORTER, Role.FEEDBACK} == INTERNAL


@pytest.mark.parametrize(
    ("role", "department"),
    [
        (Role.DEPARTMENT_STAFF, None),
        (Role.FRONT_AGENT, "strassen"),
        (Role.AUDITOR, "gruen"),
        (Role.TELEPHONE_SYSTEM, "strassen"),
    ],
)
def test_exactly_those_of_a_department_have_one(role: Role, department: str | None) -> None:
    with pytest.raises(ValueError, match="belong to one department"):
        Principal("x", frozenset({role}), department)


def test_machines_and_people_are_told_apart_in_events() -> None:
    assert Principal("tk", frozenset({Role.TELEPHONE_SYSTEM})).actor == "system:tk"
    assert FRONT.actor == "agent:anna"


def test_the_telephone_system_tells_of_calls_and_does_nothing_else() -> None:
    allowed = {permission for permission, roles in PERMISSIONS.items() if Role.TELEPHONE_SYSTEM in roles}
    assert allowed == {Permission.RECORD_CALLS}
    assert PERMISSIONS[Permission.RECORD_CALLS] == {Role.TELEPHONE_SYSTEM}


def test_departments_see_what_is_theirs_or_offered_to_them() -> None:
    assert [sees(STREETS, standing) for standing in (STANDING, OFFERED, THEIRS)] == [False, True, True]
    assert all(sees(FRONT, standing) for standing in (STANDING, OFFERED, THEIRS))


def test_what_is_out_of_scope_does_not_exist() -> None:
    with pytest.raises(InquiryNotFound):
        demand_on(STREETS, Permission.ANSWER, STANDING, "id")


def test_in_whose_hands_it_is() -> None:
    background = replace(STANDING, holder="desk:background")
    assert [holds(who, STANDING) for who in (FRONT, BACKGROUND, STREETS)] == [True, True, False]
    assert [holds(who, background) for who in (FRONT, BACKGROUND, STREETS)] == [False, True, False]
    assert [holds(who, THEIRS) for who in (FRONT, BACKGROUND, STREETS)] == [False, False, True]


def test_only_the_holder_answers_but_a_supervisor_may_step_in() -> None:
    with pytest.raises(Forbidden, match="held_by_another"):
        demand_on(FRONT, Permission.ANSWER, THEIRS, "id")
    demand_on(STREETS, Permission.ANSWER, THEIRS, "id")
    demand_on(SUPERVISOR, Permission.ANSWER, THEIRS, "id")


def test_the_department_that_was_asked_decides_and_the_sender_recalls() -> None:
    demand_on(STREETS, Permission.DECIDE_OFFER, OFFERED, "id")
    released = replace(OFFERED, holder="desk:background")
    demand_on(FRONT, Permission.RECALL, released, "id")
    with pytest.raises(Forbidden, match="role_not_allowed"):
        demand_on(FRONT, Permission.DECIDE_OFFER, OFFERED, "id")
    with pytest.raises(Forbidden, match="held_by_another"):
        demand_on(STREETS, Permission.RECALL, OFFERED, "id")


def test_an_auditor_changes_nothing() -> None:
    writes = set(Permission) - {permission for permission in Permission if permission.startswith("read_")}
    assert not {permission for permission in writes if Role.AUDITOR in PERMISSIONS[permission]}
