"""What people type, and what they mean."""

from __future__ import annotations

import pytest

from projections.search import Synonyms, read_synonyms
from projections.search.inverted import InvertedIndex
from projections.search.question import MOST_ALTERNATIVES, MOST_WORDS, groups
from projections.search.ranking import rank
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


def test_a_long_text_asks_with_its_rarest_words(index: InvertedIndex) -> None:
    letter = " ".join(f"Wort{number}" for number in range(500)) + " Sperrmüllabholung bitte " + "und der Hund " * 50
    asked = groups(letter, index)
    assert len(asked) == MOST_WORDS
    assert {"sperrmullabhol", "hund"} <= {group.term for group in asked}
    assert found(index, letter)[0] == "Sperrmüllabholung"


def test_alternatives_have_an_end() -> None:
    index = inverted([document(" ".join(f"Abfall{chr(97 + number)}tonne{number}" for number in range(26)))] * 1)
    many = inverted([document(" ".join(f"abfall{a}{b}tonne" for a in "abcdefgh" for b in "klmnopqr"))])
    assert len(groups("Abfall", index)[0].alternatives) <= MOST_ALTERNATIVES
    assert len(groups("Abfall", many)[0].alternatives) == MOST_ALTERNATIVES
