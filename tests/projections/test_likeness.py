"""Which questions are alike: the same in other words are, others are not, and the same texts give the same groups."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections import german
from projections.likeness import MOST_WORDS, Asked, Reader, alike, like_these

NAMES = UUID("6a3c4f0e-0000-4000-8000-000000000446")
BULKY = (
    "Wann wird der Sperrmüll abgeholt?",
    "Sperrmüllabholung wann?",
    "Ich möchte ein altes Sofa als Sperrmüll abholen lassen",
    "Wann kommt der Sperrmuell?",
)
PASSPORT = ("Was kostet ein Reisepass?", "Wie viel muss ich für den Reisepass zahlen?")


def asked(*texts: str) -> list[Asked]:
    return [Asked(uuid5(NAMES, f"{number} {text}"), text) for number, text in enumerate(texts)]


def grouped(*texts: str) -> list[list[str]]:
    return [[member.text for member in group.members] for group in alike(asked(*texts))]


def test_the_same_in_other_words_is_one_group_and_something_else_is_not() -> None:
    mixed = (BULKY[0], PASSPORT[0], BULKY[1], BULKY[2], PASSPORT[1], BULKY[3], "Wo ist das Fundbüro?")
    assert grouped(*mixed) == [list(BULKY), list(PASSPORT), ["Wo ist das Fundbüro?"]]


def test_words_that_only_one_has_asked_are_not_told() -> None:
    group = alike(asked("Sperrmüll abholen bei Erika Mustermann, Gartenstraße", "Sperrmüll bitte abholen", BULKY[0]))[0]
    assert group.words == ["abholen", "sperrmüll"]
    (alone,) = alike(asked("Sperrmüll für Erika Mustermann"))
    assert alone.words == []


def test_nothing_to_go_by_is_a_group_of_its_own() -> None:
    assert grouped("", "und wann?", "…") == [[""], ["und wann?"], ["…"]]


def test_like_these_finds_what_would_have_joined() -> None:
    others = asked("Sperrmüll abholen, wann?", *PASSPORT)
    assert like_these(BULKY, others) == [others[0].inquiry_id]
    assert like_these((), others) == []


WORDS = st.lists(
    st.sampled_from(["Sperrmüll", "abholen", "Reisepass", "Kosten", "Hund", "Steuer", "Anmeldung", "wann", "der"]),
    max_size=6,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=12))
def test_everything_is_in_one_group_once_and_again_the_same(texts: list[str]) -> None:
    questions = asked(*texts)
    groups = alike(questions)
    members = [member for group in groups for member in group.members]
    assert sorted(member.inquiry_id.int for member in members) == sorted(one.inquiry_id.int for one in questions)
    assert [group.members for group in alike(questions)] == [group.members for group in groups]
    for group in groups:
        order = [questions.index(member) for member in group.members]
        assert order == sorted(order)
        assert len(group.words) <= MOST_WORDS
        for word in group.words:
            assert sum(word in member.text.lower() for member in group.members) >= 2


def test_a_text_is_read_once_and_groups_are_the_same_whoever_has_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    analyse = german.analyse

    def counted(text: str) -> list[german.Token]:
        texts.append(text)
        return analyse(text)

    mixed, reader = asked(*BULKY, *PASSPORT), Reader()
    expected = alike(mixed), like_these(BULKY[:2], mixed)
    monkeypatch.setattr(german, "analyse", counted)
    for _ in range(2):
        assert (alike(mixed, reader=reader), like_these(BULKY[:2], mixed, reader=reader)) == expected
    assert sorted(texts) == sorted((*BULKY, *PASSPORT))
