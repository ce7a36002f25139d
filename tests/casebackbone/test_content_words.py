"""Terms of texts and questions, telephone numbers, and the piece of a text that is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebackbone.content_words import SNIPPET, ContentWords, readable
from tests.casebackbone.searching import ANALYSER

WORDS = ContentWords(ANALYSER, b"0" * 32)


@pytest.mark.parametrize(
    "written",
    ["0621 115-33", "0621/11533", "062111533", "+49 621 11533", "+49 (0)621 115 33", "0049 621-11533", "(0621) 11533"],
)
def test_a_telephone_number_is_one_term_however_it_is_written(written: str) -> None:
    assert WORDS.asked(written) == ["tel:062111533"]
    assert WORDS.digest("tel:062111533") in WORDS.of_text("note", f"Rückruf unter {written}, bitte.")


@pytest.mark.parametrize("written", ["+43 1 4000", "0043 1 4000", "+43 (0)1 4000"])
def test_also_one_abroad(written: str) -> None:
    assert WORDS.asked(written) == ["tel:004314000"]


@pytest.mark.parametrize("written", ["01.02.2026", "115", "Zimmer 0815", "68159 Mannheim", "12 345 678"])
def test_other_numbers_are_words(written: str) -> None:
    assert not any(term.startswith("tel:") for term in WORDS.asked(written))
    assert {WORDS.digest(term) for term in WORDS.asked(written)} <= WORDS.of_text("note", f"Am {written} war es so")


def test_each_term_is_asked_for_once_in_order() -> None:
    assert WORDS.asked("Loch Straße Löcher 0621 11533 Loch") == [*ANALYSER.terms("Loch Straße"), "tel:062111533"]


def test_contact_details_are_their_values() -> None:
    contact = json.dumps({"name": "Erika Müller", "phone": "0621 11533"})
    assert readable("contact", contact) == "Erika Müller · 0621 11533"
    terms = WORDS.of_text("contact", contact)
    assert {WORDS.digest(term) for term in (*ANALYSER.terms("Mueller"), "tel:062111533")} <= terms
    assert WORDS.digest(*ANALYSER.terms("phone")) not in terms
    assert readable("contact", "Herr Müller, Hausmeister") == "Herr Müller, Hausmeister"
    assert readable("contact", "[1]") == "[1]"
    assert readable("note", contact) == contact


def test_the_digest_of_a_search_is_that_of_its_words_in_any_order() -> None:
    assert WORDS.digest_of_search(["a", "b"]) == WORDS.digest_of_search(["b", "a"])
    others = [WORDS.digest_of_search(terms) for terms in (["ab"], ["a"], ["a", "b", "c"])]
    others.append(ContentWords(ANALYSER, b"1" * 32).digest_of_search(["a", "b"]))
    assert WORDS.digest_of_search(["a", "b"]) not in others


class TestSnippet:
    def test_a_short_text_is_shown_whole(self) -> None:
        snippet = WORDS.snippet("note", "Das Schlagloch\nin der Straße", ANALYSER.terms("Schlaglöcher"))
        assert (snippet.text, snippet.matches) == ("Das Schlagloch in der Straße", ((4, 14),))

    def test_a_long_one_where_most_matches_are(self) -> None:
        text = "Schlagloch. " + "Es regnet. " * 40 + "Ein Schlagloch in der Straße, und noch ein Loch. " + "Ja. " * 60
        snippet = WORDS.snippet("note", text, ANALYSER.terms("Schlagloch Straße Loch"))
        assert [snippet.text[start:end] for start, end in snippet.matches] == ["Schlagloch", "Straße", "Loch"]
        assert snippet.text.startswith("… ")
        assert snippet.text.endswith(" …")

    def test_a_number_is_marked_as_it_is_written(self) -> None:
        snippet = WORDS.snippet("note", "Bitte unter +49 621 11533 zurückrufen", ["tel:062111533"])
        assert [snippet.text[start:end] for start, end in snippet.matches] == ["+49 621 11533"]

    @given(
        st.lists(st.sampled_from(["Loch", "und so weiter", "x" * 150, "\n", "👩‍👧", " ", "0621 11533", "Straße."])),
        st.sampled_from([["loch"], ["strass", "tel:062111533"], []]),
    )
    def test_any_text_is_cut_to_length_and_marks_are_within(self, parts: list[str], terms: list[str]) -> None:
        text = " ".join(parts)
        snippet = WORDS.snippet("note", text, terms)
        assert len(snippet.text) <= SNIPPET + len("…  …")
        assert snippet.text.removeprefix("… ").removesuffix(" …") in "".join(" " if c.isspace() else c for c in text)
        for start, end in snippet.matches:
            assert snippet.text[start:end] in ("Loch", "Straße", "0621 11533")
