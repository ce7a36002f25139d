"""What people type, and what they mean."""

from __future__ import annotations

import pytest

from projections.search import Synonyms, read_synonyms
from projections.search.inverted import InvertedIndex
from projections.search.question import ALIKE, COMPLETION, MOST_ALTERNATIVES, MOST_WORDS, PART, SYNONYM, groups
from projections.search.ranking import REFINED, rank
from tests.projections.search.examples import TEXTS, document, documents, id_of, inverted

NAMES = {id_of(name): name for name in TEXTS}
SYNONYMS = read_synonyms(
    ["# Dinge", "Sperrmüll, Sperrgut", "Auto, Kraftfahrzeug, Kfz", "", "heiraten, Hochzeit, Eheschließung # Familie"]
)


@pytest.fixture(scope="module")
def index() -> InvertedIndex:
    return inverted(documents())


def found(index: InvertedIndex, text: str, synonyms: Synonyms = SYNONYMS, instant: bool = False) -> list[str]:
    return [NAMES[hit.id] for hit in rank(index, groups(text, index, synonyms, instant))]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # inflections and derivations
        ("Beantragung von Personalausweisen", "Personalausweis beantragen"),
        ("Ich bin umgezogen", "Wohnsitz ummelden"),
        ("Zulassung", "Kraftfahrzeug zulassen"),
        # umlauts, ß
        ("Fuehrerschein", "Führerschein umtauschen"),
        ("Strassenschaden", "Straßenschaden melden"),
        ("laermbelaestigung", "Lärmbelästigung"),
        # compounds, both ways
        ("Sperrmüll abholen", "Sperrmüllabholung"),
        ("Wann wird mein Sperrmüll abgeholt?", "Sperrmüllabholung"),
        ("Gewerbe anmelden", "Gewerbeanmeldung"),
        ("Beitrag Kindergarten", "Kindergartenbeitrag"),
        ("Parkausweis für Bewohner", "Bewohnerparkausweis"),
        ("Steuern für den Hund", "Hundesteuer anmelden"),
        ("Schadensmeldung", "Straßenschaden melden"),
        # typing errors
        ("Sperrmühl", "Sperrmüllabholung"),
        ("Führershein", "Führerschein umtauschen"),
        ("Reispass", "Reisepass beantragen"),
        ("Lräm", "Lärmbelästigung"),
        # synonyms
        ("Sperrgut", "Sperrmüllabholung"),
        ("mein Auto", "Kraftfahrzeug zulassen"),
        ("Hochzeit", "Eheschließung"),
        # whole sentences
        ("Wer ist zuständig für die Sperrmüllabholung?", "Sperrmüllabholung"),
        ("Mein Hund ist gestorben, was muss ich tun?", "Hundesteuer abmelden"),
        ("Ich möchte bitte einen neuen Reisepass", "Reisepass beantragen"),
    ],
)
def test_what_was_meant_comes_first(index: InvertedIndex, typed: str, meant: str) -> None:
    assert found(index, typed)[:1] == [meant]


@pytest.mark.parametrize("text", ["Sperrgut", "Kfz", "Hochzeit"])
def test_synonyms_come_from_outside(index: InvertedIndex, text: str) -> None:
    assert found(index, text, Synonyms()) == []


def test_a_phrase_can_be_a_synonym(index: InvertedIndex) -> None:
    phrase = Synonyms([["Perso verloren", "neuer Personalausweis"]])
    assert found(index, "Perso verloren", phrase)[0] == "Personalausweis beantragen"
    alone = groups("verloren", index, phrase)[0].alternatives
    assert "personalausweis" not in alone


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Sp", "Sperrmüllabholung"),
        ("sperrmüllabholu", "Sperrmüllabholung"),
        ("Ich brauche einen Reise", "Reisepass beantragen"),
        ("bewohnerp", "Bewohnerparkausweis"),
        ("gew", "Gewerbeanmeldung"),
    ],
)
def test_while_typing_the_last_word_is_a_beginning(index: InvertedIndex, typed: str, meant: str) -> None:
    assert found(index, typed, instant=True)[0] == meant


def alternatives(
    documents: list[str], asked: str, synonyms: Synonyms = SYNONYMS, instant: bool = False
) -> dict[str, float]:
    index = inverted(map(document, documents))
    return dict(groups(asked, index, synonyms, instant)[-1].alternatives)


def test_a_letter_that_is_wrong_in_a_short_word_costs_its_share() -> None:
    assert alternatives(["Hund"], "Hudn") == {"hund": pytest.approx(ALIKE * 3 / 4)}
    assert alternatives(["Hund"], "Hudnt") == {}
    assert alternatives(["Hundert"], "Hudnert") == {"hundert": pytest.approx(ALIKE * 6 / 7)}


def test_parts_of_a_compound_count_however_short_they_are() -> None:
    found = alternatives(["Hund", "Steuer", "Befreiung", "Antrag"], "Hundesteuerbefreiungsantrag")
    assert found == {"hund": PART, "steu": PART, "befreiung": PART, "antrag": PART}


def test_a_participle_counts_as_its_verb() -> None:
    assert alternatives(["Impfen lassen"], "geimpft")["impf"] == ALIKE


def test_what_is_typed_beyond_a_stem_still_completes_to_it() -> None:
    assert alternatives(["Anmeldung"], "anmeldu", instant=True) == {"anmeld": COMPLETION}


def test_each_word_of_a_phrase_counts_its_share() -> None:
    found = alternatives(["Kosten tragen"], "zahlen", Synonyms([["zahlen", "Kosten tragen"]]))
    assert found == {"kost": SYNONYM / 2, "trag": SYNONYM / 2}


def test_a_synonym_that_nobody_wrote_takes_no_place() -> None:
    many = Synonyms([["Auto", *(f"Wort{number}" for number in range(50)), "Kraftfahrzeug"]])
    assert alternatives(["Kraftfahrzeug"], "Auto", many) == {"kraftfahrzeug": SYNONYM}


def test_what_is_like_a_synonym_counts_less_than_the_synonym() -> None:
    found = alternatives(["Sperrmüllabholung", "Sperrmüll"], "Sperrgut")
    assert found["sperrmull"] == SYNONYM
    assert 0 < found["sperrmullabhol"] < SYNONYM


def test_a_finished_word_is_no_beginning(index: InvertedIndex) -> None:
    assert found(index, "sp", instant=True)
    assert found(index, "sp", instant=False) == []
    assert found(index, "sp ", instant=True) == []


def test_function_words_do_not_find_alone_but_decide_between_equals() -> None:
    index = inverted([document("Wann wird geleert"), document("Wo wird geleert"), document("Wie wird geleert")])
    names = {id_of(f"{word} wird geleert"): word for word in ("Wann", "Wo", "Wie")}
    for word in names.values():
        assert names[rank(index, groups(f"{word} leert man", index))[0].id] == word
    assert rank(index, groups("wann ist die Reinigung", index)) == []


def test_a_question_of_function_words_alone_is_asked_all_the_same() -> None:
    index = inverted([document("Wer sind wir"), document("Abfall")])
    assert [hit.id for hit in rank(index, groups("wer seid ihr", index))] == [id_of("Wer sind wir")]


def test_the_name_counts_more_than_the_description() -> None:
    index = inverted([document("Anderes", "Reisepass"), document("Reisepass", "Anderes")])
    assert [hit.id for hit in rank(index, groups("Reisepass", index))] == [id_of("Reisepass"), id_of("Anderes")]


def test_equal_documents_come_in_order_of_their_ids() -> None:
    twins = [document(f"Reisepass {number}") for number in range(9)]
    hits = rank(inverted(twins), groups("Reisepass", inverted(twins)), limit=4)
    assert [hit.id for hit in hits] == sorted(twin.id for twin in twins)[:4]
    assert len({hit.score for hit in hits}) == 1


def test_equals_that_are_too_many_are_not_lost() -> None:
    twins = [document(f"Reisepass {number}") for number in range(REFINED + 100)]
    hits = rank(inverted(twins), groups("Reisepass", inverted(twins)), limit=3)
    assert [hit.id for hit in hits] == sorted(twin.id for twin in twins)[:3]


def test_a_long_text_asks_with_its_rarest_words(index: InvertedIndex) -> None:
    letter = " ".join(f"Wort{number}" for number in range(500)) + " Sperrmüllabholung bitte " + "und der Hund " * 50
    asked = groups(letter, index)
    assert len(asked) == MOST_WORDS
    assert {"sperrmullabhol", "hund"} <= {group.term for group in asked}
    assert found(index, letter)[0] == "Sperrmüllabholung"


def test_alternatives_have_an_end() -> None:
    many = inverted([document(" ".join(f"abfall{a}{b}tonne" for a in "abcdefgh" for b in "klmnopqr"))])
    assert len(groups("Abfall", many)[0].alternatives) == MOST_ALTERNATIVES
