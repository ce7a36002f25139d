"""The index in memory: the same whatever changes led to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.search.collection import Document, Field
from projections.search.inverted import LONG_POSTINGS, InvertedIndex
from projections.search.question import groups
from projections.search.ranking import rank
from projections.search.vocabulary import Vocabulary
from tests.projections.search.examples import TEXTS, document, id_of, inverted

FIELDS = [Field("name", 1.0, 0.3), Field("description", 0.5)]
WORDS = sorted({word for pair in TEXTS.items() for text in pair for word in text.split()})
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
CHANGES = st.lists(st.tuples(st.integers(1, 6), st.none() | st.tuples(SENTENCES, SENTENCES)), max_size=25)
QUESTIONS = [*WORDS, "Hunde anmelden", "Wo ist der Ausweis?", "Sperrmühl"]


def made(number: int, texts: tuple[str, str]) -> Document:
    return Document(id=UUID(int=number), version=1, fields=dict(zip(("name", "description"), texts, strict=True)))


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_changes_lead_to_what_the_last_of_them_say(changes: list[tuple[int, tuple[str, str] | None]]) -> None:
    changed, last = InvertedIndex(FIELDS), dict(changes)
    for number, texts in changes:
        if texts is None:
            changed.drop(UUID(int=number))
        else:
            changed.add(made(number, texts))
        rank(changed, groups("Hunde anmelden", changed))  # so that something is remembered that must be forgotten
    fresh = InvertedIndex(FIELDS)
    for number, final in sorted(last.items()):
        if final is not None:
            fresh.add(made(number, final))
    for question in QUESTIONS:
        assert rank(changed, groups(question, changed)) == rank(fresh, groups(question, fresh))


@given(st.lists(st.sampled_from(["hund", "hundesteu", "steu", "hunger", "sperrmull", "sperrmullabhol"]), unique=True))
def test_a_vocabulary_does_not_know_in_which_order_terms_came(terms: list[str]) -> None:
    one, other = Vocabulary(), Vocabulary()
    for term in terms:
        one.add(term)
    other.add("hundert")
    for term in reversed(terms):
        other.like(term)
        other.add(term)
    other.drop("hundert")
    for word in ("hund", "hudn", "sperrmull", "sperrmulla", "abhol"):
        assert one.like(word) == other.like(word)
        assert one.misspelt(word) == other.misspelt(word)
        assert one.compounds_with(word) == other.compounds_with(word)
        assert list(one.beginning_with(word[:3])) == list(other.beginning_with(word[:3]))


def test_a_document_that_went_is_not_scored_any_more() -> None:
    """Also when nothing else changes by it, as all are equally long."""
    index = inverted(document(f"Reisepass {number}") for number in range(20))
    before = rank(index, groups("Reisepass", index), limit=30)
    index.drop(before[0].id)
    index.add(document("Reisepass 20"))
    after = rank(index, groups("Reisepass", index), limit=30)
    assert len(before) == len(after) == 20
    assert before[0].id not in {hit.id for hit in after}


def test_warming_up_changes_no_answer() -> None:
    texts = [(f"Antrag {number}", "Reisepass " * (number % 3)) for number in range(LONG_POSTINGS + 20)]
    cold, warm = (inverted(document(*text) for text in texts) for _ in range(2))
    warm.warm_up()
    for index in (cold, warm):
        index.drop(id_of("Antrag 7"))
        index.add(document("Antrag auf Reisepass"))
    asked = [rank(index, groups("Antrag Reisepass", index), limit=300) for index in (cold, warm)]
    assert asked[0] == asked[1]
    assert len(asked[0]) == LONG_POSTINGS + 20


def test_a_word_in_a_long_text_counts_less() -> None:
    index = inverted([document("Kurz", "Reisepass"), document("Lang", "Reisepass " + "und vieles andere " * 50)])
    short, long = rank(index, groups("Reisepass", index))
    assert index.ids[0] == short.id
    assert short.score > long.score


def test_a_rare_word_counts_more_than_a_usual_one() -> None:
    texts = ["Antrag Reisepass", *(f"Antrag {word}" for word in ("Hund", "Lärm", "Gewerbe", "Umzug"))]
    index = inverted([document(text) for text in texts])
    usual, rare = groups("Antrag Reisepass", index)
    assert rare.rarity > 2 * usual.rarity > 0


def test_words_are_weighed_by_how_alike_they_are() -> None:
    index = inverted(document(word) for word in ("Anmeldung", "Ummeldung", "Anwesenheit", "Friedhof"))
    alternatives = groups("Anmeldungen", index)[0].alternatives
    assert alternatives["anmeld"] == 1
    assert 0 < alternatives["ummeld"] < 1
    assert "friedhof" not in alternatives


def test_what_nobody_searches_any_more_is_not_kept() -> None:
    """Everything goes with the last document."""
    index = inverted(document(name, text) for name, text in TEXTS.items())
    for each in list(index.ids.values()):
        index.drop(each)
    assert len(index) == len(index.vocabulary) == len(index.frequencies) == 0
    assert rank(index, groups("Reisepass", index)) == []


DAYS = st.none() | st.integers(0, 9)
STEPS = st.lists(st.tuples(st.integers(1, 4), st.none() | st.tuples(DAYS, DAYS), st.integers(-1, 10)), max_size=20)


def day(number: int | None) -> datetime | None:
    return None if number is None else datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)


@given(STEPS)
def test_what_is_not_valid_follows_from_the_time_whatever_was_asked_before(
    steps: list[tuple[int, tuple[int | None, int | None] | None, int]],
) -> None:
    index, there = InvertedIndex(FIELDS), {}
    for number, validity, asked in steps:
        if validity is None:
            index.drop(UUID(int=number))
            there.pop(number, None)
        else:
            since, until = validity
            texts = dict.fromkeys(("name", "description"), "Hund")
            index.add(
                Document(id=UUID(int=number), version=1, fields=texts, valid_from=day(since), valid_to=day(until))
            )
            there[number] = validity
        expected = {
            UUID(int=one)
            for one, (since, until) in there.items()
            if (since is not None and asked < since) or (until is not None and until <= asked)
        }
        at = day(asked)
        assert at is not None
        assert {index.ids[one] for one in index.invalid(at)} == expected
