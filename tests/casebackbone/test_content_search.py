"""Who finds what, in which order, and what is recorded before anybody is shown anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event as database_event
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from casebackbone import content_search
from casebackbone.access import Principal, Role
from casebackbone.commands import Accept, Claim, Forward, Note, Reject
from casebackbone.content import Text
from casebackbone.refusals import Forbidden, Invalid
from tests.casebackbone.searching import DORA, Archive
from tests.casebackbone.store.record import ANNA, BERND, NOW, inquiry_id_of

TIM = Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "Tiefbau")
GINA = Principal("gina", frozenset({Role.DEPARTMENT_STAFF}), "Grünflächen")


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    made = Archive(database_url)
    yield made
    made.close()


def looks(archive: Archive) -> list[tuple[Any, ...]]:
    query = "SELECT actor, role, purpose, inquiry_id, content_ids, search_id FROM content_accesses"
    return [tuple(row) for row in archive.sql(query)]


def searches(archive: Archive) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in archive.sql("SELECT * FROM content_searches")]


class TestFinding:
    def test_by_other_forms_and_spellings_of_all_words(self, archive: Archive) -> None:
        archive.said(1, "In der Müllerstraße sind Schlaglöcher, die niemand repariert.")
        archive.said(2, "In der Müllerstraße fehlt eine Laterne.")
        archive.indexed()
        for words in (
            "Schlagloch",
            "schlagloecher MUELLERSTRASSE",
            "Schlaglöcher reparieren",
            "Müllerstrasse Schlagloch",
        ):
            assert archive.numbers(words) == [1], words
        assert archive.numbers("Laterne Schlagloch") == []
        assert archive.numbers("Brücke") == []

    def test_all_words_are_in_one_text(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch", "question", Text("note", "Laterne"))
        assert archive.indexed().numbers("Schlagloch Laterne") == []
        assert archive.numbers("Schlagloch Laterne", any_word=True) == [1, 1]

    def test_of_equal_ones_the_newest_is_first(self, archive: Archive) -> None:
        for number in (3, 1, 2):
            archive.said(number, "Schlagloch")
        assert archive.indexed().numbers("Schlagloch") == [2, 1, 3]

    def test_more_and_rarer_words_come_first(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch und Laterne in der Straße")
        archive.said(2, "Laterne in der Straße")
        for number in (3, 4, 5):
            archive.said(number, "Laterne")
        archive.said(6, "Schlagloch")
        archive.indexed()
        assert archive.numbers("Schlagloch Laterne Straße", any_word=True) == [1, 2, 6, 5, 4, 3]

    def test_what_is_not_indexed_yet_is_not_found_and_the_position_says_so(self, archive: Archive) -> None:
        archive.said(1, "Schlagloch")
        archive.indexed().said(2, "Schlagloch")
        found = archive.found("Schlagloch")
        assert ([hit.inquiry.id for hit in found.hits], found.position) == ([inquiry_id_of(1)], 1)

    def test_kinds(self, archive: Archive) -> None:
        archive.said(1, "Loch", "question", Text("note", "Loch"), Text("contact", json.dumps({"name": "Karl Loch"})))
        archive.indexed()
        assert [hit.kind for hit in archive.found("Loch").hits] in (["question", "note"], ["note", "question"])
        assert [hit.kind for hit in archive.found("Loch", kinds=["contact"]).hits] == ["contact"]
        assert [hit.snippet.text for hit in archive.found("Loch", kinds=["contact"]).hits] == ["Karl Loch"]

    def test_filters_are_of_the_inquiry_as_it_stands_now(self, archive: Archive) -> None:
        archive.said(1, "Loch")
        archive.said(2, "Loch")
        archive.application.handle(archive.order(2, key="f"), Forward(to="Tiefbau"))
        archive.application.handle(archive.order(2, key="a", principal=TIM), Accept())
        archive.indexed()
        assert archive.numbers("Loch", department="Tiefbau") == [2]
        assert archive.numbers("Loch", open=True) == [2, 1]
        assert archive.numbers("Loch", open=False) == []
        assert archive.numbers("Loch", service="99000000000000") == []

    @pytest.mark.parametrize(
        ("words", "code"), [("?!", "no_words"), (" ".join(map(str, range(100, 121))), "too_many_words")]
    )
    def test_words_that_are_none_and_too_many_are_refused(self, archive: Archive, words: str, code: str) -> None:
        with pytest.raises(Invalid, match=code):
            archive.found(words)
        assert searches(archive) == []


def test_an_inquiry_that_cannot_be_read_holds_up_no_other(archive: Archive) -> None:
    archive.said(1, "Loch")
    archive.said(2, "Loch")
    archive.indexed()
    spoilt = "UPDATE casebackbone_events SET state = :state WHERE originator_id = :id"
    archive.sql(spoilt, state=b"nonsense", id=archive.own(2))
    found = archive.found("Loch")
    assert ([hit.inquiry.id for hit in found.hits], found.unreadable) == ([inquiry_id_of(1)], 1)
    assert archive.found("Straße").unreadable == 0


@pytest.mark.parametrize("gone", [(1,), (2,), (1, 2, 3)], ids=["the first event", "one between", "all"])
def test_an_inquiry_of_which_events_are_gone_holds_up_no_other(archive: Archive, gone: tuple[int, ...]) -> None:
    archive.said(1, "Loch")
    archive.said(2, "Loch")
    for key in ("one", "two"):
        archive.application.handle(archive.order(2, key=key), Note(texts=[Text("note", "Bauhof gefragt")]))
    archive.indexed()
    for version in gone:
        removed = "DELETE FROM casebackbone_events WHERE originator_id = :id AND originator_version = :version"
        archive.sql(removed, id=archive.own(2), version=version)
    another = Archive(archive.url)  # which has nothing of it in memory
    found = another.found("Loch")
    another.close()
    assert ([hit.inquiry.id for hit in found.hits], found.unreadable) == ([inquiry_id_of(1)], 1)


class TestScope:
    def test_departments_find_what_is_theirs_or_offered_to_them(self, archive: Archive) -> None:
        for number in (1, 2, 3):
            archive.said(number, "Loch")
        for number in (1, 2):
            archive.application.handle(archive.order(number, key="f"), Forward(to="Tiefbau"))
        archive.application.handle(archive.order(1, key="a", principal=TIM), Accept())
        archive.indexed()
        assert archive.numbers("Loch", TIM) == [2, 1]
        assert archive.numbers("Loch", GINA) == []
        assert {str(look[3]).replace("-", "") for look in looks(archive)} == {inquiry_id_of(n).hex for n in (1, 2)}
        archive.application.handle(archive.order(2, key="r", principal=TIM), Reject(reason="not_responsible"))
        assert archive.numbers("Loch", TIM) == [1]

    @pytest.mark.parametrize("role", [Role.FRONT_AGENT, Role.BACKGROUND_AGENT, Role.SUPERVISOR])
    def test_the_desk_finds_all(self, archive: Archive, role: Role) -> None:
        archive.said(1, "Loch")
        archive.application.handle(archive.order(1, key="c"), Claim())
        assert archive.indexed().numbers("Loch", Principal("other", frozenset({role}))) == [1]
        assert archive.numbers("Loch", DORA) == [1]

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.TELEPHONE_SYSTEM, Role.CARETAKER])
    def test_who_may_not_search_finds_nothing_and_leaves_no_trace(self, archive: Archive, role: Role) -> None:
        archive.said(1, "Loch")
        with pytest.raises(Forbidden):
            archive.indexed().found("Loch", Principal("other", frozenset({role})))
        assert (searches(archive), looks(archive)) == ([], [])

    def test_a_machine_of_a_department_may_not_either(self, archive: Archive) -> None:
        with pytest.raises(Forbidden):
            archive.found("Loch", Principal("system", frozenset({Role.DEPARTMENT_SYSTEM}), "Tiefbau"))


class TestPages:
    def test_all_once_whatever_comes_or_goes_meanwhile(self, archive: Archive) -> None:
        for number in range(1, 8):
            archive.said(number, "Loch")
        archive.indexed()
        first = archive.found("Loch", limit=2)
        archive.said(8, "Loch Loch")
        archive.indexed().erased(3)
        second = archive.found("Loch", limit=2, after=first.after)
        third = archive.found("Loch", limit=2, after=second.after)
        shown = [hit.inquiry.id for page in (first, second, third) for hit in page.hits]
        assert shown == [inquiry_id_of(number) for number in (7, 6, 5, 4, 2, 1)]
        assert third.after is None

    def test_the_rank_goes_on_over_pages(self, archive: Archive) -> None:
        for number, text in enumerate(["Loch Straße", "Loch", "Straße", "Loch Straße", "Loch"], 1):
            archive.said(number, text)
        whole = archive.indexed().numbers("Loch Straße", any_word=True)
        found, after, paged = 5, None, list[str]()
        while found and (page := archive.found("Loch Straße", any_word=True, limit=1, after=after)):
            paged += [str(hit.inquiry.id) for hit in page.hits]
            found, after = (found - 1, page.after) if page.after else (0, None)
        assert paged == [str(inquiry_id_of(number)) for number in whole]
        assert whole == [4, 1, 3, 5, 2]

    def test_later_texts_change_neither_what_is_found_nor_its_order(self, archive: Archive) -> None:
        for number, text in enumerate(["Loch", "Straße", "Loch", "Loch Straße"], 1):
            archive.said(number, text)
        whole = archive.indexed().numbers("Loch Straße", any_word=True)
        first = archive.found("Loch Straße", any_word=True, limit=1)
        for number in range(5, 10):
            archive.said(number, "Straße")
        assert archive.indexed().numbers("Loch Straße", any_word=True)[-2:] == [5, 2], "now it would be another order"
        assert whole == [4, 2, 3, 1] == [4, *archive.numbers("Loch Straße", any_word=True, after=first.after)]

    def test_a_full_last_page_has_none_behind_it(self, archive: Archive) -> None:
        archive.said(1, "Loch")
        assert archive.indexed().found("Loch", limit=1).after is None

    def test_a_search_through_what_is_out_of_scope_is_bounded_and_goes_on(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(content_search, "MOST_LOOKED_AT", 2)
        for number in range(1, 6):
            archive.said(number, "Loch")
        archive.application.handle(archive.order(1, key="f"), Forward(to="Tiefbau"))
        archive.indexed()
        pages, after = [], None
        while True:
            page = archive.found("Loch", TIM, after=after)
            pages.append([hit.inquiry.id for hit in page.hits])
            after = page.after
            if after is None:
                break
        assert pages == [[], [], [inquiry_id_of(1)]]

    @pytest.mark.parametrize(
        ("words", "who", "options"),
        [
            ("Loch", BERND, {}),
            ("Straße", ANNA, {}),
            ("Loch", ANNA, {"any_word": True}),
            ("Loch", ANNA, {"kinds": ["note"]}),
            ("Loch", ANNA, {"after": "gAAAAÄ"}),
        ],
    )
    def test_a_cursor_is_good_for_its_own_search_only(
        self, archive: Archive, words: str, who: Principal, options: dict[str, Any]
    ) -> None:
        archive.said(1, "Loch")
        archive.said(2, "Loch")
        after = archive.indexed().found("Loch", limit=1).after
        with pytest.raises(Invalid, match="invalid_cursor"):
            archive.found(words, who, **{"after": after, **options})

    def test_a_cursor_tells_nothing(self, archive: Archive) -> None:
        """It may end at what its bearer must not know of."""
        archive.said(1, "Loch")
        last = archive.said(2, "Loch").aggregate
        after = str(archive.indexed().found("Loch", limit=1).after)
        content_id = next(iter(last.contents))
        assert content_id.hex not in after
        assert after != archive.found("Loch", limit=1).after


class TestRecorded:
    def test_the_search_and_each_inquiry_that_it_showed(self, archive: Archive) -> None:
        shown = archive.said(1, "Loch", "question", Text("note", "Loch")).aggregate
        archive.said(2, "Straße")
        archive.indexed().found("Loch", BERND)
        (search,) = searches(archive)
        assert (search["actor"], search["role"], search["purpose"]) == ("agent:bernd", "front_agent", "handling")
        assert (search["inquiries"], search["kinds"]) == (1, "answer,closure,contradiction,note,question")
        assert datetime.fromisoformat(str(search["at"])) == NOW
        ((actor, role, purpose, inquiry_id, content_ids, search_id),) = looks(archive)
        assert (actor, role, purpose, search_id) == ("agent:bernd", "front_agent", "search", search["search_id"])
        assert str(inquiry_id).replace("-", "") == inquiry_id_of(1).hex
        assert set(json.loads(content_ids)) == {str(content_id) for content_id in shown.contents}

    def test_also_one_that_found_nothing_and_no_word_of_it(self, archive: Archive) -> None:
        archive.indexed().found("Kanarienvogel")
        archive.found("der Kanarienvogel")
        first, second = searches(archive)
        assert first["inquiries"] == 0
        assert first["words_digest"] != second["words_digest"]
        archive.found("Kanarienvögel")
        assert searches(archive)[2]["words_digest"] in {first["words_digest"]}
        assert looks(archive) == []
        assert "anarienv" not in json.dumps(searches(archive), default=str)

    @pytest.mark.parametrize("table", ["content_searches", "content_accesses"])
    def test_what_cannot_be_recorded_is_not_read(self, archive: Archive, table: str) -> None:
        archive.said(1, "Loch")
        archive.indexed()
        said: list[str] = []

        def fail(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)
            if statement.startswith(f"INSERT INTO {table}"):
                raise OperationalError(statement, {}, Exception("disk full"))

        database_event.listen(archive.store.engine, "before_cursor_execute", fail)
        with pytest.raises(SQLAlchemyError):
            archive.found("Loch")
        database_event.remove(archive.store.engine, "before_cursor_execute", fail)
        assert any(table in statement for statement in said)
        assert not any("FROM contents" in statement for statement in said)
        assert (searches(archive), looks(archive)) == ([], [])

    def test_it_is_committed_before_a_text_is_read(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        archive.said(1, "Loch")
        archive.indexed()
        read = archive.store.read_contents
        seen: list[int] = []

        def reading(content_ids: Any) -> Any:
            seen.append(len(looks(archive)) + len(searches(archive)))  # on a connection of its own
            return read(content_ids)

        monkeypatch.setattr(archive.store, "read_contents", reading)
        assert archive.numbers("Loch") == [1]
        assert seen == [2]

    def test_erased_since_it_was_found_is_not_shown(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        archive.said(1, "Loch")
        archive.said(2, "Loch")
        archive.indexed()
        read = archive.store.read_contents

        def reading(content_ids: Any) -> Any:
            archive.erased(1)
            return read(content_ids)

        monkeypatch.setattr(archive.store, "read_contents", reading)
        assert archive.numbers("Loch") == [2]
        assert archive.numbers("Loch", ANNA) == [2]

    def test_a_note_added_later_is_found(self, archive: Archive) -> None:
        archive.said(1, "Straße")
        archive.application.handle(archive.order(1, key="n"), Note(texts=[Text("note", "Loch")]))
        assert [hit.kind for hit in archive.indexed().found("Loch").hits] == ["note"]
