"""One term for all that people write for one word."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.german import (
    LONGEST_WORD,
    Token,
    analyse,
    fold,
    is_function_word,
    participle_of,
    parts_of,
    places_of,
    term_of,
    terms,
    trigrams,
)

ONE_TERM = [
    ["Straße", "STRASSE", "Straßen", "strasse"],
    ["Häuser", "haeuser", "Haus", "HÄUSERN", unicodedata.normalize("NFD", "Häuser")],
    ["Führerschein", "Fuehrerschein", "führerscheine", "Führer\u00adschein"],
    ["Größe", "Groesse", "GRÖSSE"],
    ["Café", "Cafe"],
    ["abholen", "Abholung", "abgeholt", "abzuholen", "abgeholten"],
    ["anmelden", "Anmeldung", "angemeldet", "anzumelden"],
    ["registrieren", "registriert", "Registrierung", "registrierte"],
    ["Mitarbeiter", "Mitarbeiter:innen", "Mitarbeiter*innen", "Mitarbeiter_innen", "Mitarbeiter/-innen"],
    ["ﬁnden", "finden"],
]


@pytest.mark.parametrize("words", ONE_TERM, ids=lambda words: words[0])
def test_one_word_in_all_its_forms_is_one_term(words: list[str]) -> None:
    found = {word: terms(word) for word in words}
    assert len(set(map(tuple, found.values()))) == 1, found
    assert len(found[words[0]]) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Hund", "Hand"), ("Steuer", "Stein"), ("anmelden", "abmelden"), ("Angebot", "anbieten")]
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_tokens_say_where_in_the_original_text_they_stand() -> None:
    text = "Wann wird der Sperr\u00admüll abgeholt? (S-Bahn)"
    found = analyse(text)
    assert [text[token.start : token.end] for token in found] == [
        "Wann", "wird", "der", "Sperr\u00admüll", "abgeholt", "S", "Bahn",
    ]  # fmt: skip
    assert found[3] == Token("sperrmull", "sperrmüll", 14, 24)


def test_the_places_of_a_term_are_those_of_all_its_forms() -> None:
    text = "Abholung? Wird abgeholt, oder: abzuholen. Nicht: anholen"
    assert [text[start:end] for start, end in places_of({"abhol"}, text)] == ["Abholung", "abgeholt", "abzuholen"]
    assert places_of(set(), text) == []


def test_what_is_no_word_gives_no_term() -> None:
    assert analyse("?! — … \u00ad\u200b §%") == []


def test_a_word_without_end_is_cut() -> None:
    assert len(fold("a" * 100_000)) == LONGEST_WORD


@given(st.text())
def test_any_text_is_taken_and_always_alike(text: str) -> None:
    found = analyse(text)
    assert found == analyse(text)
    assert [token.term for token in found] == terms(text)
    for before, after in pairwise(found):
        assert before.end <= after.start
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert token.term


@given(st.text(alphabet="abcdefghiklmnoprstuwzäöüß", min_size=1))
def test_spelling_of_umlauts_and_capitals_does_not_matter(word: str) -> None:
    assert terms(word.upper()) == terms(word)
    assert terms(unicodedata.normalize("NFD", word)) == terms(word)


# --- compounds -----------------------------------------------------------------------------------------------------


def known(*words: str) -> dict[str, int]:
    return {term_of(fold(word)): 3 for word in words}


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Sperrmüllabholung", ["Sperrmüll", "Abholung"]),
        ("Arbeitsunfähigkeitsbescheinigung", ["Arbeit", "Unfähigkeit", "Bescheinigung"]),
        ("Kindergartenbeitrag", ["Kinder", "Garten", "Beitrag"]),
        ("Straßenreinigung", ["Straße", "Reinigung"]),
        ("Hundesteuer", ["Hund", "Steuer"]),
    ],
)
def test_compounds_are_cut_into_words_that_are_known(compound: str, parts: list[str]) -> None:
    assert parts_of(fold(compound), known(*parts)) == [term_of(fold(part)) for part in parts]


def test_of_several_ways_to_cut_the_one_with_usual_words_is_taken() -> None:
    usual = {term_of("stau"): 1, term_of("becken"): 9, term_of("staub"): 9, term_of("ecken"): 9}
    assert parts_of("staubecken", usual) == [term_of("staub"), term_of("ecken")]
    rare = {**usual, term_of("stau"): 20, term_of("staub"): 1}
    assert parts_of("staubecken", rare) == [term_of("stau"), term_of("becken")]


def test_a_word_that_is_known_as_a_whole_stays_whole_when_it_is_usual() -> None:
    assert parts_of("hundesteuer", {**known("Hund", "Steuer"), term_of("hundesteuer"): 50}) == []


def test_a_word_of_unknown_parts_is_not_cut() -> None:
    assert parts_of("sperrmüllabholung", known("Sperrmüll")) == []
    assert parts_of("haus", known("haus")) == []


@given(st.text(max_size=LONGEST_WORD), st.dictionaries(st.text(min_size=1, max_size=6), st.integers(1, 9)))
def test_any_word_can_be_tried(word: str, frequencies: dict[str, int]) -> None:
    assert all(part in frequencies for part in parts_of(word, frequencies))


# --- the rest ------------------------------------------------------------------------------------------------------


def test_simple_participles_are_guessed() -> None:
    assert participle_of("geimpft") == term_of("impfen")
    assert participle_of("getestet") == term_of("testen")
    assert participle_of("impfung") is None


@pytest.mark.parametrize("word", ["wie", "Welche", "für", "muss", "MÜSSEN", "daß", "ich"])
def test_question_words_and_the_like_are_function_words(word: str) -> None:
    assert is_function_word(fold(word))


@pytest.mark.parametrize("word", ["sperrmüll", "beantragen", "zuständig", "neu"])
def test_what_is_asked_about_is_none(word: str) -> None:
    assert not is_function_word(word)


def test_trigrams_mark_both_ends() -> None:
    assert trigrams("hof") == {" ho", "hof", "of "}
    assert trigrams("") == set()
