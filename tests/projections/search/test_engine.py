"""The engine on both databases: it follows the table, filters, highlights, and ranks alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.database import Database
from projections.digest import digests
from projections.search import Document, Hit, SearchEngine, index
from projections.search.collection import changed, state
from tests.projections.search.examples import (
    SERVICES,
    TEXTS,
    VIEW,
    Services,
    document,
    documents,
    id_of,
    labelled,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUESTIONS = [*TEXTS, *TEXTS.values(), "Hund", "Ausweis beantragen", "Wo kann ich etwas anmelden?", "Schaden", "Steuer"]


def ranking(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(str(hit.id), hit.score) for hit in hits]


# --- following -----------------------------------------------------------------------------------------------------


def test_nothing_is_found_in_an_empty_collection(empty: Services) -> None:
    assert empty.names("Reisepass") == []


def test_a_document_is_found_as_soon_as_it_is_committed(empty: Services) -> None:
    empty.index(document("Reisepass"))
    assert empty.names("Reisepass") == ["Reisepass"]
    with empty.database.write(empty.database.live()) as connection:
        index(connection, SERVICES, [document("Reisepass für Kinder")])
        assert empty.names("Reisepass") == ["Reisepass"]
    assert set(empty.names("Reisepass")) == {"Reisepass", "Reisepass für Kinder"}


def test_what_is_rolled_back_was_never_there(services: Services) -> None:
    def fail() -> None:
        with services.database.write(services.database.live()) as connection:
            index(connection, SERVICES, [document("Angelkarte")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert services.names("Angelkarte") == []


def test_a_revised_document_is_found_by_its_new_words_alone(services: Services) -> None:
    assert services.names("Schlagloch") == ["Straßenschaden melden"]
    services.index(document("Straßenschaden melden", "Risse im Asphalt", version=2))
    assert services.names("Schlagloch") == []
    assert services.names("Asphalt")[0] == "Straßenschaden melden"


def test_a_removed_document_is_gone_and_may_come_back(services: Services) -> None:
    assert services.names("Reisepass")[0] == "Reisepass beantragen"
    services.remove({"Reisepass beantragen": 2})
    assert "Reisepass beantragen" not in services.names("Reisepass")
    services.index(document("Reisepass beantragen", version=3))
    assert services.names("Reisepass")[0] == "Reisepass beantragen"


def test_a_removed_document_leaves_no_text(services: Services) -> None:
    services.remove({"Reisepass beantragen": 2})
    with services.database.read() as connection:
        rows = connection.execute(SERVICES.table.select()).all()
    assert len(rows) == len(TEXTS)
    assert [(row.texts, row.labels) for row in rows if row.id == id_of("Reisepass beantragen")] == [(None, "[]")]


def test_of_one_document_twice_in_a_batch_the_last_counts(empty: Services) -> None:
    empty.index(document("Reisepass", "alt"), document("Reisepass", "neu", version=2))
    assert [hit.fields["description"] for hit in empty.hits("Reisepass")] == ["neu"]


def test_every_change_changes_the_state(services: Services) -> None:
    def now() -> tuple[int, int]:
        with services.database.read() as connection:
            return state(connection, SERVICES)

    seen = [now()]
    services.index(document("Reisepass beantragen", "neu", version=2))
    seen.append(now())
    services.remove({"Reisepass beantragen": 3})
    seen.append(now())
    services.index(document("Ganz neu"))
    seen.append(now())
    assert len(set(seen)) == 4


def test_only_what_has_changed_is_read_again(services: Services) -> None:
    with services.database.read() as connection:
        known = {each: version for each, version, _ in changed(connection, SERVICES, {})}
    assert set(known.values()) == {1}
    services.index(document("Reisepass beantragen", "neu", version=2), document("Angelschein"))
    services.remove({"Sperrmüllabholung": 2})
    with services.database.read() as connection:
        found = {each: (version, now and now.fields) for each, version, now in changed(connection, SERVICES, known)}
    assert found == {
        id_of("Reisepass beantragen"): (2, {"name": "Reisepass beantragen", "description": "neu"}),
        id_of("Angelschein"): (1, {"name": "Angelschein", "description": ""}),
        id_of("Sperrmüllabholung"): (2, None),
    }


def test_the_switch_to_another_generation_is_followed(services: Services) -> None:
    assert services.names("Reisepass")
    with services.database.rebuilding("store:test") as building:
        with services.database.write(building) as connection:
            index(connection, SERVICES, [document("Reisepass beantragen", "Fischerei"), document("Angelschein")])
        assert services.names("Fischerei") == []
        services.database.switch(building)
    assert services.names("Fischerei") == ["Reisepass beantragen"]
    assert services.names("Sperrmüll") == []


def test_threads_may_search_while_documents_come(services: Services) -> None:
    errors: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(20):
                assert services.names("Personalausweis")[0] == "Personalausweis beantragen"
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        services.index(document(f"Dienst {number}", "mit Personal"))
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(services.hits("Dienst", limit=50)) == 20


# --- the same however it came about --------------------------------------------------------------------------------


def test_order_and_batches_of_changes_leave_no_trace(services: Services, sqlite_url: str) -> None:
    """Neither in the rows nor in the ranking, to the last digit of each score."""
    detour = [document(f"Vorübergehend {number}", "Reisepass Hund Schaden " * number) for number in range(30)]
    services.hits("Hund")
    services.index(*detour)
    services.hits("Hund")
    services.index(*[document(name, "vorläufig", version=0) for name in TEXTS])
    services.hits("Hund")
    for name, text in Random(7).sample(sorted(TEXTS.items()), len(TEXTS)):
        services.index(document(name, text))
        services.hits("Schaden")
    gone = {each.fields["name"]: 2 for each in detour}
    services.remove(gone)

    straight = Services(Database(sqlite_url + "-straight", [VIEW]))
    straight.database.prepare()
    straight.index(*documents())
    straight.remove(gone)
    for text in QUESTIONS:
        assert ranking(services.hits(text)) == ranking(straight.hits(text))
        assert services.hits(text)
    made = [digests(connected, [VIEW]) for connected in (services.database, straight.database)]
    straight.database.close()
    assert made[0] == made[1]


def test_both_databases_rank_alike(sqlite_url: str, postgres_url: str) -> None:
    found = []
    for url in (sqlite_url, postgres_url):
        services = Services(Database(url, [VIEW]))
        services.database.prepare()
        services.index(*documents())
        found.append([ranking(services.hits(text)) for text in QUESTIONS])
        services.database.close()
    assert found[0] == found[1]
    assert all(found[0])


# --- filters -------------------------------------------------------------------------------------------------------


def test_labels_are_all_demanded(empty: Services) -> None:
    empty.index(
        labelled("Tonne bestellen", "service:waste", "department:works"),
        labelled("Tonne abmelden", "service:waste"),
        labelled("Tonne", "department:works"),
    )
    assert set(empty.names("Tonne", labels=["service:waste"])) == {"Tonne bestellen", "Tonne abmelden"}
    assert empty.names("Tonne", labels=["service:waste", "department:works"]) == ["Tonne bestellen"]
    assert empty.names("Tonne", labels=["service:unknown"]) == []
    empty.index(replace(labelled("Tonne bestellen"), version=2))
    assert empty.names("Tonne", labels=["service:waste"]) == ["Tonne abmelden"]


def test_only_what_is_valid_at_the_time_is_found(empty: Services) -> None:
    hour = timedelta(hours=1)
    empty.index(
        replace(document("Tonne bald"), valid_from=NOON + hour),
        replace(document("Tonne vorbei"), valid_to=NOON),
        replace(document("Tonne jetzt"), valid_from=NOON, valid_to=NOON + hour),
        document("Tonne immer"),
    )
    assert set(empty.names("Tonne", at=NOON)) == {"Tonne jetzt", "Tonne immer"}
    assert set(empty.names("Tonne", at=NOON - hour)) == {"Tonne vorbei", "Tonne immer"}
    assert set(empty.names("Tonne", at=NOON + hour)) == {"Tonne bald", "Tonne immer"}
    assert len(empty.names("Tonne", at=None)) == 4


def test_filters_do_not_take_the_place_of_what_they_let_through(empty: Services) -> None:
    """Better ones that are filtered out are not counted among those looked at closely."""
    empty.index(*[document(f"Tonne {number}") for number in range(300)])
    empty.index(labelled("Vieles über die Leerung der großen braunen Tonne", "service:waste"))
    assert len(empty.names("Tonne", labels=["service:waste"])) == 1


# --- highlights ----------------------------------------------------------------------------------------------------


def marked(hit: Hit, field: str) -> list[str]:
    return [hit.fields[field][start:end] for start, end in hit.highlights[field]]


def test_matching_words_are_marked_where_they_stand(services: Services) -> None:
    hit = services.hits("Wo kann ich Fuehrerscheine umtauschen?")[0]
    assert marked(hit, "name") == ["Führerschein", "umtauschen"]
    assert marked(hit, "description") == ["Führerscheine", "umgetauscht"]


def test_a_compound_is_marked_for_its_part(services: Services) -> None:
    assert marked(services.hits("Sperrmüll abholen")[0], "name") == ["Sperrmüllabholung"]


def test_function_words_are_not_marked(services: Services) -> None:
    assert marked(services.hits("Wer hat einen Hund?")[0], "description") == ["Hund"]


# --- any text ------------------------------------------------------------------------------------------------------

ANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(st.text(), st.booleans())
def test_any_question_is_answered_and_always_alike(services: Services, text: str, instant: bool) -> None:
    assert services.hits(text, instant=instant) == services.hits(text, instant=instant)


@ANY
@given(st.text())
def test_any_document_is_kept_as_it_is(empty: Services, text: str) -> None:
    """Also what a database would refuse as text."""
    empty.engine = SearchEngine(SERVICES)
    empty.index(document("Reisepass", text))
    assert [hit.fields["description"] for hit in empty.hits("Reisepass")] == [text]


@pytest.mark.parametrize("text", ["\0", "\ud800", "a\0b \udfff", "' OR 1=1 --", '%_*"', "<script>", "́" * 500])
def test_hostile_text_is_text(services: Services, text: str) -> None:
    services.index(Document(id=id_of("hostile"), version=1, fields={"name": f"Reisepass {text}", "description": text}))
    assert services.hits(text) is not None
    assert any(hit.fields["description"] == text for hit in services.hits("Reisepass"))
