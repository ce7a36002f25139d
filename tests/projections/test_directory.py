"""The directory's view: what held at any time as it was known at any version, whatever the batches; and its words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from casebackbone import directory_events as happened
from casebackbone.directory import DIRECTORY_ID
from casebackbone.translation import publish
from events import directory as published
from events.published import PublishedEvent
from projections import directory
from projections.database import Database
from projections.directory import When
from projections.directory_rows import DIRECTORY, SERVICES
from projections.german import terms
from projections.search import SearchEngine
from projections.synonyms import KnownSynonyms
from tests.casebackbone.test_directory_properties import DAYS, DEPARTMENTS, PEOPLE, SAID, day, told
from tests.casebackbone.test_directory_properties import SERVICES as KEYS
from tests.events.samples import NAMES, NOON, provenance
from tests.examples import deliveries
from tests.projections.model import ReadModel

WASTE = {"name": "Sperrmüllabholung", "synonyms": ("Grobmüll", "Sperrgut"), "description": "Große Gegenstände"}
OFFICE = {"area": None, "phone": None, "email": None, "office": None, "opening_hours": None}
LATER = NOON + timedelta(days=10)


class Talk:
    """Statements in the order in which they are made; version 1 is the opening."""

    def __init__(self) -> None:
        self.events: list[PublishedEvent] = []
        self._add(published.DirectoryOpened)

    def _add(self, kind: Any, **fields: Any) -> Talk:
        version = len(self.events) + 1
        made = kind(directory_id=DIRECTORY_ID, version=version, provenance=provenance(version, version), **fields)
        self.events.append(made)
        return self

    def say(self, kind: Any, since: datetime = NOON, until: datetime | None = None, **fields: Any) -> Talk:
        return self._add(kind, valid_from=since, valid_to=until, **fields)

    def described(self, department: str, name: str, since: datetime = NOON, until: datetime | None = None) -> Talk:
        return self.say(published.DepartmentDescribed, since, until, department=department, name=name, **OFFICE)


def heard(model: ReadModel, talk: Talk | Sequence[PublishedEvent], size: int = 500) -> ReadModel:
    model.take(deliveries(talk.events if isinstance(talk, Talk) else talk), size)
    return model


def names(model: ReadModel, at: datetime, known: int | None = None, **more: Any) -> list[str]:
    return [row.name for row in model.all_of(directory.departments, When(at=at, known=known), **more)]


def found(model: ReadModel, words: str, at: datetime = NOON) -> list[str]:
    engine = SearchEngine(SERVICES)
    with model.database.read() as connection:
        return [hit.fields["name"] for hit in engine.search(connection, words, at=at)]


def test_a_later_statement_wins_for_its_time_and_what_was_known_stays_known(model: ReadModel) -> None:
    heard(model, Talk().described("a", "Altes Amt").described("a", "Neues Amt", LATER))
    assert names(model, NOON - timedelta(seconds=1)) == []
    assert names(model, NOON) == ["Altes Amt"]
    assert names(model, LATER) == ["Neues Amt"]
    assert names(model, LATER, known=2) == ["Altes Amt"]
    assert names(model, LATER, known=1) == []


def test_closed_and_reopened(model: ReadModel) -> None:
    talk = Talk().described("a", "Amt").say(published.DepartmentClosed, LATER, department="a", successor="b", moved=0)
    heard(model, talk)
    assert (names(model, LATER), names(model, LATER, closed=True)) == ([], ["Amt"])
    (row,) = model.all_of(directory.departments, When(at=LATER), closed=None)
    assert (row.closed, row.successor) == (True, "b")
    heard(model, talk.say(published.DepartmentReopened, LATER + timedelta(days=1), department="a"))
    assert names(model, LATER + timedelta(days=1)) == ["Amt"]
    assert names(model, LATER + timedelta(days=1), known=3) == []


def test_who_is_named_until_it_ends(model: ReadModel) -> None:
    def assigned(talk: Talk, department: str, area: str | None) -> Talk:
        return talk.say(published.ResponsibilityAssigned, service=KEYS[0], department=department, area=area)

    talk = assigned(assigned(Talk(), "a", None), "b", "07314")
    talk.say(published.ResponsibilityEnded, LATER, service=KEYS[0], department="b", area="07314")
    heard(model, talk)

    def named(at: datetime, **which: Any) -> list[tuple[str | None, str]]:
        rows = model.all_of(directory.responsibilities, When(at=at), limit=1, **which)
        return [(row.area, row.department) for row in rows]

    assert named(NOON) == [(None, "a"), ("07314", "b")]
    assert named(LATER) == [(None, "a")]
    assert named(NOON, department="b") == [("07314", "b")]
    assert named(NOON, service="99000000000009") == []


def test_history_of_each(model: ReadModel) -> None:
    talk = Talk().described("a", "Amt").say(published.ServiceDescribed, service=KEYS[0], **WASTE)
    talk.say(published.MemberAdded, person="agent:x", unit="department:a", function="member")
    heard(model, talk)
    (described, member) = model.all_of(directory.history, department="a", limit=1)
    assert (described.version, described.details) == (2, {"department": "a", "name": "Amt"})
    assert member.type == published.MemberAdded.type
    (service,) = model.all_of(directory.history, service=KEYS[0])
    assert service.details["synonyms"] == ["Grobmüll", "Sperrgut"]
    assert [row.version for row in model.all_of(directory.history, person="agent:x")] == [4]


def test_words_find_what_is_described_at_that_time(model: ReadModel) -> None:
    talk = Talk().say(published.ServiceDescribed, service=KEYS[0], **WASTE)
    talk.say(published.ServiceDescribed, LATER, service=KEYS[0], **{**WASTE, "name": "Abfuhr", "synonyms": ()})
    heard(model, talk)
    assert found(model, "Wer holt Sperrmüll?") == ["Sperrmüllabholung"]
    assert found(model, "Sperrgüter") == ["Sperrmüllabholung"]
    assert found(model, "Sperrgut", LATER) == []
    assert found(model, "große Gegenstände", LATER) == ["Abfuhr"]
    assert found(model, KEYS[0]) == ["Sperrmüllabholung"]
    assert found(model, "Sperrmüll", NOON - timedelta(days=1)) == []


def test_synonyms_turn_when_something_begins_or_ends_and_not_at_midnight(model: ReadModel) -> None:
    talk = Talk().say(published.ServiceDescribed, service=KEYS[0], **WASTE)
    talk.say(published.ServiceDescribed, LATER, service=KEYS[0], **{**WASTE, "synonyms": ("Gerümpel",)})
    heard(model, talk)
    known, moment, word = KnownSynonyms(), timedelta(seconds=1), list(terms("Sperrmüllabholung"))
    before, after = (model.ask(known.at, at) for at in (LATER - moment, LATER))
    assert list(before.of(word)[0]) == [*terms("Grobmüll"), *terms("Sperrgut")]
    assert list(after.of(word)[0]) == list(terms("Gerümpel"))
    assert model.ask(known.at, LATER + timedelta(days=3)) is after
    heard(model, talk.say(published.ServiceWithdrawn, LATER + timedelta(days=1), service=KEYS[0]).events[3:])
    assert model.ask(known.at, LATER + timedelta(days=2)).of(word) == {}


def test_what_is_withdrawn_is_not_found_until_it_is_reinstated(model: ReadModel) -> None:
    talk = Talk().say(published.ServiceDescribed, service=KEYS[0], **WASTE)
    talk.say(published.ServiceWithdrawn, LATER, service=KEYS[0])
    heard(model, talk)
    assert (found(model, "Sperrmüll"), found(model, "Sperrmüll", LATER)) == (["Sperrmüllabholung"], [])
    heard(model, talk.say(published.ServiceReinstated, LATER, service=KEYS[0]))
    assert found(model, "Sperrmüll", LATER) == ["Sperrmüllabholung"]


def test_an_engine_follows_what_is_said_later(model: ReadModel) -> None:
    engine = SearchEngine(SERVICES)

    def ask() -> list[str]:
        with model.database.read() as connection:
            return [hit.fields["name"] for hit in engine.search(connection, "Sperrmüll", at=LATER)]

    talk = Talk().say(published.ServiceDescribed, service=KEYS[0], **WASTE)
    heard(model, talk)
    assert ask() == ["Sperrmüllabholung"]
    heard(model, talk.say(published.ServiceWithdrawn, NOON, service=KEYS[0]))
    assert ask() == []


def published_of(said: Sequence[Any]) -> tuple[Any, list[PublishedEvent]]:
    """A directory that was told these things, and its events as they are published."""
    book = told(said)
    made = []
    for position, event in enumerate(book.directory.pending_events, start=1):
        vars(event).update({"hash": f"{position:064x}", "previous": f"{position - 1:064x}"})
        made.append(publish(event, position=position, store_epoch=uuid5(NAMES, "epoch")))
    return book, made


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(SAID, st.integers(1, 7))
def test_it_says_what_the_directory_says_whatever_the_batches(tmp_path: Any, said: Sequence[Any], size: int) -> None:
    book, events = published_of(said)
    digests = []
    for cut in (size, 1000):
        folder = tmp_path / uuid5(NAMES, f"{said}{cut}").hex
        folder.mkdir(exist_ok=True)
        database = Database(f"sqlite:///{folder}/views.sqlite", (DIRECTORY,))
        database.prepare()
        model = ReadModel(database)
        if not model.all_of(directory.history):
            heard(model, events, cut)
        digests.append(model.digests()["directory"])
        if cut == size:
            _agrees(model, book)
        database.close()
    assert digests[0] == digests[1]


def _agrees(model: ReadModel, book: Any) -> None:
    for at in map(day, range(0, DAYS * 2, 5)):
        when = When(at=at)
        there = {row.department for row in model.all_of(directory.departments, when)}
        assert there == {one for one in DEPARTMENTS if book.directory.department(one, at) is not None}
        assert {row.service for row in model.all_of(directory.services, when)} == {
            key for key in KEYS if book.directory.service(key, at) is not None
        }
        people = {row.person: row for row in model.all_of(directory.people, when)}
        for person in PEOPLE:
            active = book.directory.is_active(person, at)
            places = {(one.unit, one.function) for one in book.directory.memberships(at, person=person)}
            row = people.get(person)
            assert (row is None or row.active) == active
            assert {(one.unit, one.function) for one in (row.memberships if row else ())} == places
        named = {(row.service, row.area): row.department for row in model.all_of(directory.responsibilities, when)}
        for (service, area), department in named.items():
            found = dict(book.directory.assignments(service, at)).get(area)
            assert found == book.directory.standing_in(department, at)


def test_every_statement_is_taken_in() -> None:
    assert DIRECTORY.handles | DIRECTORY.ignores == set(published.EVENTS)
    assert {f"casebackbone.{topic}.v1" for topic in happened.STORED} == {event.type for event in published.EVENTS}
