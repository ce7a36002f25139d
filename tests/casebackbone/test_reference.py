"""A reference that was misheard is noticed, and how it was written does not matter."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebackbone.reference import ALPHABET, new_reference, normalised

references = st.integers().map(lambda seed: new_reference(random.Random(seed).choice))


@given(references)
def test_spaces_dashes_and_case_do_not_matter(reference: str) -> None:
    assert normalised(reference) == reference
    assert normalised(reference.lower().replace("-", " ")) == reference
    assert normalised(reference.replace("-", "")) == reference


@given(references, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_every_single_wrong_sign_is_noticed(reference: str, place: int, sign: str) -> None:
    signs = list(reference.replace("-", ""))
    wrong = signs[place] != sign
    signs[place] = sign
    assert (normalised("".join(signs)) is None) == wrong


@given(references, st.integers(0, 10))
def test_every_swap_of_neighbours_is_noticed(reference: str, place: int) -> None:
    signs = list(reference.replace("-", ""))
    wrong = signs[place] != signs[place + 1]
    signs[place], signs[place + 1] = signs[place + 1], signs[place]
    assert (normalised("".join(signs)) is None) == wrong


@pytest.mark.parametrize("written", ["", "K7WM", "0000-0000-0000", "K7WM-2QXH-9RT\x00", "ÄÖÜ4-5678-9ABC", "2" * 500])
def test_what_cannot_be_one_is_none(written: str) -> None:
    assert normalised(written) is None


def test_two_are_not_alike() -> None:
    assert len({new_reference() for _ in range(1000)}) == 1000
