"""The vocabulary of a collection: which of its terms are like a word that somebody typed.

Likeness is how many letter trigrams two terms have in common, against how many they have (cosine). It joins what stems
leave apart: derivations, typing errors, and words with the compounds that they are part of. The parts of compounds are
asked for by name too, as they may be short.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from projections.german import trigrams

LEAST_LIKENESS = 0.4
"""From this on terms count as alike."""

SHORTEST_PART = 4
"""Letters of a word, at least, to be looked for in compounds, or to be taken for misspelt."""

SHORTEST_INSIDE = 6
"""Letters of a word, at least, to be looked for inside of compounds, where there are letters before and after it."""

LONG = 8
"""Letters of a word in which one may be wrong, and most trigrams are right."""

LONGEST_ENDING = 4
"""Letters that a stem may have lost against what is being typed."""

REMEMBERED = 20_000
"""Answers that are kept until the vocabulary changes."""

_NONE: frozenset[str] = frozenset()
Answer = TypeVar("Answer")


class Vocabulary:
    """Terms, found by likeness or by how they begin. What it answers depends on the terms in it, not on their order."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._terms_with: dict[str, set[str]] = {}
        self._of_length: dict[int, set[str]] = {}
        self._ordered: list[str] | None = None
        self._answers: dict[tuple[str, str], Any] = {}

    def __contains__(self, term: str) -> bool:
        return term in self._terms

    def __len__(self) -> int:
        return len(self._terms)

    def add(self, term: str) -> None:
        """Take in a term."""
        pieces = trigrams(term)
        self._terms[term] = len(pieces)
        for piece in pieces:
            self._terms_with.setdefault(piece, set()).add(term)
        self._of_length.setdefault(len(term), set()).add(term)
        self._changed()

    def drop(self, term: str) -> None:
        """Forget a term."""
        del self._terms[term]
        for piece in trigrams(term):
            terms = self._terms_with[piece]
            terms.remove(term)
            if not terms:
                del self._terms_with[piece]
        self._of_length[len(term)].remove(term)
        self._changed()

    def _changed(self) -> None:
        self._ordered = None
        self._answers.clear()

    def _answer(self, find: Callable[[str], Answer], term: str) -> Answer:
        """That of ``find``, which is asked once."""
        key = find.__name__, term
        if key not in self._answers:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = find(term)
        answer: Answer = self._answers[key]
        return answer

    # --- likeness ----------------------------------------------------------------------------------------------

    def like(self, term: str) -> dict[str, float]:
        """Terms that are like ``term``, itself not among them, with how much (0 to 1)."""
        return self._answer(self._like, term)

    def _like(self, term: str) -> dict[str, float]:
        pieces = trigrams(term)
        shared: Counter[str] = Counter()
        for piece in pieces:
            shared.update(self._terms_with.get(piece, _NONE))
        del shared[term]
        own, terms = len(pieces), self._terms
        enough = LEAST_LIKENESS**2 * own  # with fewer in common none can be like enough, however short it is
        return {
            other: likeness
            for other, common in shared.items()
            if common >= enough and (likeness := common / math.sqrt(own * terms[other])) >= LEAST_LIKENESS
        }

    def misspelt(self, term: str) -> dict[str, float]:
        """Terms that the short ``term``, which is none, becomes by one change: a letter left out, put in, another, or
        two swapped. With the share of letters that stay. In longer words enough trigrams are left to be alike."""
        if term in self._terms or not SHORTEST_PART <= len(term) < LONG:
            return {}
        return self._answer(self._misspelt, term)

    def _misspelt(self, term: str) -> dict[str, float]:
        lengths = (len(term) - 1, len(term), len(term) + 1)
        near = [other for length in lengths for other in self._of_length.get(length, _NONE)]
        found = process.extract(term, near, scorer=OSA.distance, score_cutoff=1, limit=None)
        return {other: 1 - changes / len(term) for other, changes, _ in found}

    # --- compounds ---------------------------------------------------------------------------------------------

    def compounds_with(self, term: str) -> list[str]:
        """Longer terms that ``term`` is a part of, in alphabetical order: "sperrmull": "sperrmullabhol"."""
        return self._answer(self._compounds_with, term) if len(term) >= SHORTEST_PART else []

    def _compounds_with(self, term: str) -> list[str]:
        inside = (term[place : place + 3] for place in range(len(term) - 2))
        fewest = min((self._terms_with.get(piece, _NONE) for piece in inside), key=len)
        return sorted(other for other in fewest if _is_part(term, other))

    # --- beginnings --------------------------------------------------------------------------------------------

    def beginning_with(self, letters: str) -> Iterator[str]:
        """Terms that begin with ``letters``, in alphabetical order."""
        ordered = self._alphabetical()
        place = bisect_left(ordered, letters)
        while place < len(ordered) and ordered[place].startswith(letters):
            yield ordered[place]
            place += 1

    def cut_from(self, letters: str) -> Iterator[str]:
        """Terms that ``letters`` go on from, as "abholu" does from "abhol"."""
        for length in range(len(letters) - 1, max(SHORTEST_PART, len(letters) - LONGEST_ENDING) - 1, -1):
            if letters[:length] in self._terms:
                yield letters[:length]

    def _alphabetical(self) -> list[str]:
        if self._ordered is None:
            self._ordered = sorted(self._terms)
        return self._ordered


def _is_part(term: str, other: str) -> bool:
    """At an end, or, if it is long enough not to be there by chance, inside; what is left must be a word too."""
    if len(other) < len(term) + 3:
        return False
    return other.startswith(term) or other.endswith(term) or (len(term) >= SHORTEST_INSIDE and term in other)
