"""The directory: what is said, what is refused, and who is responsible at any moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebackbone.directory import Directory
from casebackbone.directory_events import Department
from casebackbone.directory_lookup import areas_around
from casebackbone.refusals import Conflict
from tests.casebackbone.directory import ADAM, BULKY, CITY, GREEN, TIEFBAU, TREES, WASTE, Book, year

NOW = year(2026)
TIM, GINA = "agent:tim", "agent:gina"
STREETS = "department:tiefbau"


@pytest.fixture
def book() -> Book:
    return Book().filled()


class TestSaying:
    def test_a_statement_is_one_event_with_its_time(self, book: Book) -> None:
        said = book.say("describe_department", "ordnung", Department("Ordnungsamt"), year(2027), year(2030))
        assert (said.department, said.name, said.valid_from, said.valid_to) == (
            "ordnung",
            "Ordnungsamt",
            year(2027),
            year(2030),
        )
        assert (said.actor, said.occurred_at) == (ADAM, book.now)

    def test_a_later_statement_wins_for_its_time_only(self, book: Book) -> None:
        book.say("describe_department", "tiefbau", Department("Straßenamt"), year(2027), year(2028))
        names = [book.directory.department("tiefbau", year(at)) for at in (2019, 2026, 2027, 2028)]
        assert [found and found.name for found in names] == [None, "Tiefbauamt", "Straßenamt", "Tiefbauamt"]

    def test_validity_begins_with_its_moment_and_ends_before_its_end(self, book: Book) -> None:
        book.say("assign", TREES, "gruen", None, year(2027), year(2028))
        moment = timedelta(microseconds=1)
        at = (year(2027) - moment, year(2027), year(2028) - moment, year(2028))
        assert [book.directory.responsible(TREES, None, when) for when in at] == [None, "gruen", "gruen", None]

    def test_how_it_was_known_before_stays_known(self, book: Book) -> None:
        before = book.directory.copied()
        book.say("assign", BULKY, "gruen", None, year(2020))
        assert book.directory.responsible(BULKY, None, NOW) == "gruen"
        assert before.responsible(BULKY, None, NOW) == "tiefbau"

    @pytest.mark.parametrize(
        ("command", "arguments"),
        [
            ("describe_department", ("tiefbau", TIEFBAU, year(2021), year(2022))),
            ("describe_service", (BULKY, WASTE, year(2020), None)),
            ("assign", (BULKY, "tiefbau", None, year(2025))),
        ],
    )
    def test_what_holds_already_is_not_said_again(self, book: Book, command: str, arguments: tuple[object]) -> None:
        book.refuses("unchanged", command, *arguments)

    def test_what_holds_for_a_part_of_the_time_is_said(self, book: Book) -> None:
        book.say("describe_department", "tiefbau", TIEFBAU, year(2019), year(2022))
        assert book.directory.department("tiefbau", year(2019)) == TIEFBAU
        assert book.directory.department("tiefbau", year(2029)) == TIEFBAU

    def test_time_may_not_end_before_it_begins(self, book: Book) -> None:
        for until in (year(2026), year(2025)):
            book.refuses("validity_reversed", "describe_department", "neu", GREEN, year(2026), until)
            book.refuses("validity_reversed", "close_department", "tiefbau", year(2026), until)

    def test_statements_keep_their_order_when_clocks_differ(self, book: Book) -> None:
        book.now -= timedelta(hours=1)
        said = book.say("describe_department", "neu", GREEN, year(2026))
        assert said.occurred_at == book.directory.pending_events[-2].occurred_at


class TestDepartments:
    @pytest.mark.parametrize(
        "area", ["7314000", "073140", "00314000", "17314000", "0731400000000", "07314OOO", "0", ""]
    )
    def test_areas_that_are_none(self, book: Book, area: str) -> None:
        book.refuses("malformed_area", "describe_department", "neu", Department("Neu", area), NOW)

    @pytest.mark.parametrize("area", ["07", "073", "07314", "07314000", "073140000", "073140000000", None])
    def test_areas(self, book: Book, area: str | None) -> None:
        assert book.say("describe_department", "neu", Department("Neu", area), NOW).area == area

    def test_opening_hours_are_read(self, book: Book) -> None:
        unreadable = Department("Neu", opening_hours="Montag bis Freitag")
        book.refuses("malformed_opening_hours", "describe_department", "neu", unreadable, NOW)

    def test_closed_from_its_time_on(self, book: Book) -> None:
        book.say("close_department", "tiefbau", year(2027), successor="gruen")
        book.directory.demand_department("tiefbau", NOW)
        with pytest.raises(Conflict, match="gruen") as refusal:
            book.directory.demand_department("tiefbau", year(2027))
        assert refusal.value.code == "department_closed"
        assert book.directory.successor("tiefbau", year(2027)) == "gruen"
        assert book.directory.successor("tiefbau", NOW) is None

    def test_a_description_does_not_open_what_is_closed(self, book: Book) -> None:
        book.say("close_department", "tiefbau", year(2027))
        book.say("describe_department", "tiefbau", Department("Straßenamt"), year(2020))
        assert book.directory.department("tiefbau", year(2027)) is None

    def test_not_closed_twice_but_earlier(self, book: Book) -> None:
        book.say("close_department", "tiefbau", year(2027))
        book.refuses("department_closed", "close_department", "tiefbau", year(2028))
        book.say("close_department", "tiefbau", NOW)
        book.refuses("department_closed", "close_department", "tiefbau", NOW, successor="gruen")

    def test_what_is_not_there_is_not_closed_and_does_not_follow(self, book: Book) -> None:
        book.refuses("unknown_department", "close_department", "nowhere", NOW)
        book.refuses("unknown_department", "close_department", "tiefbau", NOW, successor="nowhere")
        book.say("close_department", "gruen", NOW)
        book.refuses("department_closed", "close_department", "tiefbau", NOW, successor="gruen")

    def test_nobody_follows_themselves_not_even_later(self, book: Book) -> None:
        book.refuses("circular_successor", "close_department", "tiefbau", NOW, successor="tiefbau")
        book.say("close_department", "gruen", year(2028), successor="tiefbau")
        book.refuses("circular_successor", "close_department", "tiefbau", NOW, successor="gruen")
        book.say("close_department", "tiefbau", NOW, year(2027), successor="gruen")

    def test_a_chain_leads_to_whoever_is_there(self, book: Book) -> None:
        book.say("describe_department", "eigenbetrieb", Department("Eigenbetrieb"), year(2020))
        book.say("close_department", "tiefbau", NOW, successor="gruen")
        book.say("close_department", "gruen", year(2027), successor="eigenbetrieb")
        assert book.directory.successor("tiefbau", NOW) == "gruen"
        assert book.directory.successor("tiefbau", year(2027)) == "eigenbetrieb"
        assert book.directory.responsible(BULKY, None, year(2027)) == "eigenbetrieb"
        book.say("close_department", "eigenbetrieb", year(2028))
        assert book.directory.responsible(BULKY, None, year(2028)) is None

    def test_reopened_for_a_time(self, book: Book) -> None:
        book.refuses("not_closed", "reopen_department", "tiefbau", NOW)
        book.say("close_department", "tiefbau", year(2025))
        book.say("reopen_department", "tiefbau", year(2026), year(2027))
        there = [book.directory.department("tiefbau", year(at)) is not None for at in (2024, 2025, 2026, 2027)]
        assert there == [True, False, True, False]

    def test_an_empty_directory_refuses_nobody(self) -> None:
        Directory.unopened().demand_department("anybody", NOW)
        Book().refuses("unknown_department", "add_member", TIM, STREETS, "member", NOW)

    def test_a_department_that_is_not_in_it(self, book: Book) -> None:
        with pytest.raises(Conflict) as refusal:
            book.directory.demand_department("nowhere", NOW)
        assert refusal.value.code == "unknown_department"


class TestResponsibility:
    @pytest.mark.parametrize(
        "key", ["9901200300000", "98012003000000", "990120030000000", "9901200300000a", "٩٩012003000000"]
    )
    def test_keys_that_are_none(self, book: Book, key: str) -> None:
        book.refuses("malformed_service", "describe_service", key, WASTE, NOW)

    def test_the_narrowest_area_decides(self, book: Book) -> None:
        book.say("describe_department", "ortsamt", Department("Ortsamt"), year(2020))
        book.say("assign", BULKY, "gruen", CITY, year(2020))
        book.say("assign", BULKY, "ortsamt", "073140000000", year(2020))
        responsible = book.directory.responsible
        assert responsible(BULKY, None, NOW) == "tiefbau"
        assert responsible(BULKY, "07316000", NOW) == "tiefbau"
        assert responsible(BULKY, CITY, NOW) == "gruen"
        assert responsible(BULKY, "073140000000", NOW) == "ortsamt"
        book.say("end_responsibility", BULKY, "073140000000", NOW)
        assert responsible(BULKY, "073140000000", NOW) == "gruen"

    def test_an_area_lies_in_what_it_begins_with(self) -> None:
        assert list(areas_around("073140000000")) == [
            *("073140000000", "07314000000", "0731400000", "073140000", "07314000", "0731400", "073140", "07314"),
            *("0731", "073", "07", None),
        ]
        assert "07332048" in list(areas_around("073320048048"))
        assert "07332004" not in list(areas_around("073320048048"))  # another municipality, whose AGS looks alike
        assert list(areas_around(None)) == [None]

    def test_nobody_without_service_or_when_it_is_withdrawn(self, book: Book) -> None:
        assert book.directory.responsible(None, None, NOW) is None
        assert book.directory.responsible("99000000000000", None, NOW) is None
        book.say("withdraw_service", BULKY, year(2027))
        assert book.directory.responsible(BULKY, None, NOW) == "tiefbau"
        assert book.directory.responsible(BULKY, None, year(2027)) is None
        book.refuses("service_withdrawn", "withdraw_service", BULKY, year(2028))
        book.refuses("service_withdrawn", "assign", BULKY, "gruen", None, year(2028))
        book.say("reinstate_service", BULKY, year(2028))
        assert book.directory.responsible(BULKY, None, year(2028)) == "tiefbau"
        book.refuses("not_withdrawn", "reinstate_service", BULKY, year(2028))

    def test_only_what_is_there_is_assigned(self, book: Book) -> None:
        book.refuses("unknown_service", "assign", "99000000000000", "tiefbau", None, NOW)
        book.say("assign", BULKY, "gruen", None, year(2019), year(2020))
        assert book.directory.responsible(BULKY, None, year(2019)) is None  # named, but not there yet
        book.refuses("unknown_department", "assign", BULKY, "nowhere", None, NOW)
        book.refuses("malformed_area", "assign", BULKY, "gruen", "7314000", NOW)
        book.say("close_department", "gruen", NOW)
        book.refuses("department_closed", "assign", BULKY, "gruen", None, NOW)

    def test_ended(self, book: Book) -> None:
        assert book.say("end_responsibility", BULKY, None, year(2027)).department == "tiefbau"
        assert book.directory.responsible(BULKY, None, NOW) == "tiefbau"
        assert book.directory.responsible(BULKY, None, year(2027)) is None
        book.refuses("not_assigned", "end_responsibility", BULKY, None, year(2028))
        book.refuses("not_assigned", "end_responsibility", TREES, None, NOW)


class TestPeople:
    def test_the_deputy_while_the_supervisor_is_not_there(self, book: Book) -> None:
        book.say("add_member", GINA, STREETS, "deputy", year(2020))
        book.say("add_member", TIM, STREETS, "supervisor", year(2021))
        assert book.directory.supervisor("tiefbau", NOW) == TIM
        book.say("deactivate", TIM, NOW, year(2027))
        assert book.directory.supervisor("tiefbau", NOW) == GINA
        assert book.directory.supervisor("tiefbau", year(2027)) == TIM
        book.say("deactivate", GINA, NOW)
        assert book.directory.supervisor("tiefbau", NOW) is None
        assert book.directory.without_supervisor(NOW) == [STREETS]
        assert book.directory.without_supervisor(year(2027)) == []

    def test_the_desk_has_a_supervisor_for_each_place_or_for_both(self, book: Book) -> None:
        assert book.directory.supervisor(None, NOW) is None
        book.say("add_member", "agent:sven", "desk", "supervisor", year(2020))
        assert book.directory.supervisor(None, NOW) == "agent:sven"
        assert book.directory.supervisor("tiefbau", NOW) is None

    def test_one_function_a_unit(self, book: Book) -> None:
        book.say("add_member", TIM, STREETS, "member", year(2020))
        book.say("add_member", TIM, STREETS, "supervisor", year(2027))
        functions = [one.function for at in (2026, 2027) for one in book.directory.memberships(year(at), unit=STREETS)]
        assert functions == ["member", "supervisor"]
        book.say("remove_member", TIM, STREETS, year(2028))
        assert book.directory.memberships(year(2028)) == []
        book.refuses("not_a_member", "remove_member", TIM, STREETS, year(2028))

    def test_members_of_what_there_is(self, book: Book) -> None:
        book.refuses("unknown_department", "add_member", TIM, "department:nowhere", "member", NOW)
        book.refuses("unknown_unit", "add_member", TIM, "tiefbau", "member", NOW)
        book.refuses("unknown_function", "add_member", TIM, STREETS, "boss", NOW)
        book.refuses("malformed_person", "add_member", "tim", STREETS, "member", NOW)

    def test_deactivated_and_back(self, book: Book) -> None:
        book.directory.demand_person("agent:unknown", NOW)
        book.say("deactivate", TIM, year(2027))
        book.directory.demand_person(TIM, NOW)
        with pytest.raises(Conflict) as refusal:
            book.directory.demand_person(TIM, year(2027))
        assert refusal.value.code == "person_inactive"
        book.refuses("unchanged", "deactivate", TIM, year(2028))
        book.refuses("person_active", "reactivate", TIM, NOW)
        book.say("reactivate", TIM, year(2029))
        book.directory.demand_person(TIM, year(2029))
        book.refuses("malformed_person", "deactivate", "system:caretaker", NOW)


class TestGone:
    def test_who_is_gone_when(self, book: Book) -> None:
        book.say("deactivate", TIM, year(2027), year(2028))
        book.say("close_department", "tiefbau", year(2027))
        book.say("describe_department", "projekt", Department("Projektbüro"), year(2025), year(2027))
        gone = {f"department:{name}" for name in ("tiefbau", "projekt")}
        assert book.directory.gone(NOW) == frozenset()
        assert book.directory.gone(year(2027)) == gone | {TIM}
        assert book.directory.gone(year(2028)) == gone
        assert book.directory.gone(year(2019)) == frozenset()

    def test_whom_the_directory_does_not_know_is_not_gone(self, book: Book) -> None:
        for holder in ("agent:unknown", "department:unknown", "desk:front"):
            assert not book.directory.is_gone(holder, NOW)
