"""Whose questions are read, and that each look was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from casebackbone.access import Principal, Role
from casebackbone.commands import Forward
from casebackbone.questions import PURPOSE, read_questions
from casebackbone.refusals import Forbidden
from tests.casebackbone.searching import Archive
from tests.casebackbone.store.record import ANNA, NOW, inquiry_id_of

BOTH = Principal("berta", frozenset({Role.FRONT_AGENT, Role.DEPARTMENT_STAFF}), "Tiefbau")


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    made = Archive(database_url)
    for number in (1, 2, 3):
        made.said(number, f"Loch {number}")
    made.application.handle(made.order(2, key="forward"), Forward(to="Tiefbau"))
    yield made
    made.close()


def read(archive: Archive, principal: Principal, *numbers: int) -> list[str]:
    found = read_questions(archive.application, principal, [inquiry_id_of(number) for number in numbers], at=NOW)
    return list(found.values())


def looked_at(archive: Archive) -> set[UUID]:
    rows = archive.sql(f"SELECT inquiry_id FROM content_accesses WHERE purpose = '{PURPOSE}'")
    return {UUID(str(row[0])) for row in rows}


def test_the_desk_reads_all_and_each_look_is_recorded(archive: Archive) -> None:
    assert read(archive, ANNA, 3, 1) == ["Loch 3", "Loch 1"]
    assert looked_at(archive) == {inquiry_id_of(1), inquiry_id_of(3)}


def test_who_is_of_a_department_as_well_reads_what_is_in_its_scope(archive: Archive) -> None:
    assert read(archive, BOTH, 1, 2, 3) == ["Loch 2"]
    assert looked_at(archive) == {inquiry_id_of(2)}, "what nobody was shown, nobody looked at"


def test_of_one_whose_events_are_spoilt_nobody_can_tell_whose_it_is(archive: Archive) -> None:
    archive.sql("DELETE FROM casebackbone_events WHERE originator_id = :id", id=archive.own(2))
    assert read(archive, BOTH, 1, 2, 3) == []


def test_a_department_alone_reads_none(archive: Archive) -> None:
    with pytest.raises(Forbidden):
        read(archive, Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "Tiefbau"), 2)
    assert looked_at(archive) == set()
