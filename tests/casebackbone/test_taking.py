"""Who takes what from where, and what is remembered between two who take."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

import pytest

from casebackbone import taking
from casebackbone.access import Principal, Role
from casebackbone.desk import Desk
from casebackbone.refusals import Conflict, InquiryNotFound
from casebackbone.taking import Candidate, Taking, queues
from tests.casebackbone.phone_desk import NAMESPACE, RULE, PhoneDesk, cause

FRONT, BACK = "desk:front", "desk:background"


def number(one: int) -> UUID:
    return uuid5(NAMESPACE, f"taken {one}")


def waiting(*versions: int) -> list[Candidate]:
    return [Candidate(number(place), version) for place, version in enumerate(versions)]


class Store:
    """Gives what is there, once."""

    def __init__(self, *there: int) -> None:
        self.there = {number(one) for one in there}
        self.asked: list[UUID] = []

    def take(self, inquiry_id: UUID) -> UUID:
        self.asked.append(inquiry_id)
        if inquiry_id not in self.there:
            raise Conflict("not_in_the_queue", "Nicht mehr da.")
        self.there.remove(inquiry_id)
        return inquiry_id


class TestInTurn:
    def test_the_first_that_is_there(self) -> None:
        store = Store(1, 2)
        assert Taking().first(waiting(1, 1, 1), store.take) == number(1)
        assert store.asked == [number(0), number(1)]

    def test_what_is_gone_is_not_asked_for_again_until_it_has_changed(self) -> None:
        store, taken = Store(), Taking()
        assert taken.first(waiting(3), store.take) is None
        assert taken.first(waiting(3), store.take) is None
        assert taken.first(waiting(2), store.take) is None
        assert store.asked == [number(0)]
        store.there.add(number(0))
        assert taken.first(waiting(4), store.take) == number(0)

    def test_what_was_taken_is_gone(self) -> None:
        store, taken = Store(0), Taking()
        assert taken.first(waiting(1), store.take) == number(0)
        assert taken.first(waiting(1), store.take) is None
        assert store.asked == [number(0)]

    def test_what_another_tries_is_left_to_them_but_not_forgotten(self) -> None:
        """While one is at it, another goes on to the next; at the end of the list it asks for itself."""
        taken, store = Taking(), Store(0, 1)

        def slowly(inquiry_id: UUID) -> UUID:
            assert inquiry_id == number(0)
            assert taken.first(waiting(1, 1), store.take) == number(1)
            assert taken.first(waiting(1, 1), store.take) == number(0)
            raise Conflict("not_in_the_queue", "Nicht mehr da.")

        assert taken.first(waiting(1), slowly) is None
        assert store.asked == [number(1), number(0)]

    @pytest.mark.parametrize("refusal", [Conflict("still_something_else", "Anderes."), InquiryNotFound(number(0))])
    def test_other_refusals_are_not_remembered(self, refusal: Exception) -> None:
        taken, store = Taking(), Store(0)

        def refuses(inquiry_id: UUID) -> UUID:
            raise refusal

        assert taken.first(waiting(1), refuses) is None
        assert taken.first(waiting(1), store.take) == number(0)

    def test_an_error_is_an_error_and_blocks_nobody(self) -> None:
        taken, store = Taking(), Store(0)

        def breaks(inquiry_id: UUID) -> UUID:
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            taken.first(waiting(1), breaks)
        assert taken.first(waiting(1), store.take) == number(0)
        assert store.asked == [number(0)]

    def test_not_everything_is_remembered_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(taking, "MOST", 2)
        taken, store = Taking(), Store()
        taken.first(waiting(1, 1, 1), store.take)
        taken.first([Candidate(number(2), 1)], store.take)
        assert len(store.asked) == 3
        taken.first([Candidate(number(0), 1)], store.take)
        assert len(store.asked) == 4


def principal(*roles: Role, department: str | None = None) -> Principal:
    return Principal("hanna", frozenset(roles), department)


BACKGROUND = principal(Role.BACKGROUND_AGENT)


def desk(*, peak: bool = False, place: str | None = None) -> Desk:
    phone = PhoneDesk()
    assert phone.desk.date == date(2026, 5, 4)
    if place is not None:
        phone.step(1, "sign_on", "agent:hanna", place, RULE)
    if peak:
        for call in "abc":
            phone.offered(call, 2)
    phone.desk.cause = cause(3)
    return phone.desk


@pytest.mark.parametrize(
    ("who", "at", "places"),
    [
        (principal(Role.FRONT_AGENT), None, {FRONT}),
        (principal(Role.FRONT_AGENT), desk(peak=True), {FRONT}),
        (BACKGROUND, None, {BACK}),
        (BACKGROUND, desk(), {BACK}),
        (BACKGROUND, desk(place="background"), {BACK}),
        (BACKGROUND, desk(place="front"), {FRONT, BACK}),
        (BACKGROUND, desk(peak=True), {FRONT, BACK}),
        (principal(Role.FRONT_AGENT, Role.BACKGROUND_AGENT), None, {FRONT, BACK}),
        (principal(Role.SUPERVISOR), None, {FRONT, BACK}),
        (principal(Role.DEPARTMENT_STAFF, department="Tiefbau"), desk(peak=True), {"department:Tiefbau"}),
    ],
)
def test_from_where(who: Principal, at: Desk | None, places: set[str]) -> None:
    assert queues(who, at) == places
