"""The inverted index: for each term the documents that have it, and how strongly, by BM25F.

It knows numbers of documents, not documents: each gets the next number when it comes in. All statistics (how many
documents, how long, how many have a term) are whole numbers, so that they do not depend on the order of changes.

Source of the weighting: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from uuid import UUID

from projections.german import FUNCTION_WORDS, term_of, terms
from projections.search.collection import Document, Field
from projections.search.vocabulary import Vocabulary

LONG_POSTINGS = 100

Frequencies = tuple[int, ...]
"""How often, by field."""


class _Lengths(Mapping[str, int]):
    """In how many documents each term is."""

    def __init__(self, counts: Mapping[str, Sized]) -> None:
        self._counts = counts

    def __getitem__(self, term: str) -> int:
        return len(self._counts[term])

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


class InvertedIndex:
    """Documents with ``fields``. Not for several threads at once."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self.vocabulary = Vocabulary()
        self.ids: dict[int, UUID] = {}
        self._numbers: dict[UUID, int] = {}
        self._next = 0
        self._terms: dict[int, tuple[str, ...]] = {}
        self._lengths: dict[int, Frequencies] = {}
        self._totals = [0] * len(self.fields)
        self._typical = [1.0] * len(self.fields)
        self._counts: dict[str, dict[int, Frequencies]] = {}
        self._strengths: dict[str, dict[int, float]] = {}
        self._factors: dict[int, tuple[float, ...]] = {}
        self._same: dict[Frequencies, Frequencies] = {}
        self.frequencies: Mapping[str, int] = _Lengths(self._counts)
        self._labels: dict[str, set[int]] = {}
        self._validity: dict[int, tuple[datetime | None, datetime | None]] = {}
        self._spell: _Spell | None = None

    def __len__(self) -> int:
        return len(self.ids)

    # --- changes -----------------------------------------------------------------------------------------------

    def add(self, document: Document) -> None:
        """Take ``document`` in, in place of what was there under its id."""
        self.drop(document.id)
        number, self._next = self._next, self._next + 1
        counts = [Counter(terms(document.fields.get(field.name, ""))) for field in self.fields]
        self.ids[number], self._numbers[document.id] = document.id, number
        self._lengths[number] = tuple(sum(count.values()) for count in counts)
        self._terms[number] = tuple(dict.fromkeys(term for count in counts for term in count))
        for term in self._terms[number]:
            frequencies = tuple(count[term] for count in counts)
            self._counts_of(term)[number] = self._same.setdefault(frequencies, frequencies)
        for label in document.labels:
            self._labels.setdefault(label, set()).add(number)
        if document.valid_from is not None or document.valid_to is not None:
            self._validity[number] = document.valid_from, document.valid_to
            self._spell = None
        self._measure(+1, self._lengths[number])
        self._factors[number] = self._factors_of(self._lengths[number])
        for term in self._terms[number]:
            if term in self._strengths:
                self._strengths[term][number] = sum(map(mul, self._counts[term][number], self._factors[number]))

    def drop(self, document_id: UUID) -> None:
        """Forget the document, if it is there."""
        number = self._numbers.pop(document_id, None)
        if number is None:
            return
        del self.ids[number]
        for term in self._terms.pop(number):
            del self._counts[term][number]
            if term in self._strengths:
                del self._strengths[term][number]
            if not self._counts[term]:
                del self._counts[term]
                self._strengths.pop(term, None)
                self.vocabulary.drop(term)
        for numbers in self._labels.values():
            numbers.discard(number)
        if self._validity.pop(number, None) is not None:
            self._spell = None
        del self._factors[number]
        self._measure(-1, self._lengths.pop(number))

    def _counts_of(self, term: str) -> dict[int, Frequencies]:
        if term not in self._counts:
            self._counts[term] = {}
            self.vocabulary.add(term)
        return self._counts[term]

    def _measure(self, sign: int, lengths: Frequencies) -> None:
        """Count the lengths of a document in or out. If the typical length changes, all strengths do."""
        self._totals = [total + sign * length for total, length in zip(self._totals, lengths, strict=True)]
        typical = [_typical(total, len(self.ids)) for total in self._totals]
        if typical != self._typical:
            self._typical = typical
            self._factors = {number: self._factors_of(lengths) for number, lengths in self._lengths.items()}
            self._strengths.clear()

    # --- statistics --------------------------------------------------------------------------------------------

    def frequency(self, term: str) -> int:
        """In how many documents ``term`` is."""
        return len(self._counts.get(term, ()))

    def rarity(self, frequency: int) -> float:
        """What it says about a document to have a term that ``frequency`` documents have (the idf of BM25)."""
        return math.log(1 + (len(self.ids) - frequency + 0.5) / (frequency + 0.5))

    def postings(self, term: str) -> Mapping[int, float]:
        """The documents that have ``term``, each with how strongly: how often, by field as it weighs and as long as
        its text is."""
        if (known := self._strengths.get(term)) is None:
            counts = self._counts.get(term)
            if counts is None:
                return {}
            factors = self._factors
            known = {number: sum(map(mul, frequencies, factors[number])) for number, frequencies in counts.items()}
            self._strengths[term] = known
        return known

    def warm_up(self) -> None:
        """Work out the long postings of words that say what is asked, so that the first question need not."""
        function_words = {term_of(word) for word in FUNCTION_WORDS}
        for term, counts in self._counts.items():
            if len(counts) > LONG_POSTINGS and term not in function_words:
                self.postings(term)

    def strength(self, term: str, number: int) -> float:
        """How strongly one document has ``term``: 0 if it has it not."""
        frequencies = self._counts.get(term, {}).get(number)
        return sum(map(mul, frequencies, self._factors[number])) if frequencies else 0.0

    def _factors_of(self, lengths: Frequencies) -> tuple[float, ...]:
        """What one occurrence counts, by field."""
        return tuple(
            field.weight / (1 - field.evenness + field.evenness * length / typical)
            for field, length, typical in zip(self.fields, lengths, self._typical, strict=True)
        )

    # --- filters -----------------------------------------------------------------------------------------------

    def labelled(self, labels: Sequence[str]) -> set[int] | None:
        """The documents that have all ``labels``; None if there are none to have."""
        sets = [self._labels.get(label, set()) for label in labels]
        return set.intersection(*sets) if sets else None

    def invalid(self, at: datetime) -> set[int]:
        """The documents that are not valid yet, or no more, at this time. Read it, do not change it."""
        if self._spell is None or not self._spell.covers(at):
            self._spell = _spell(self._validity, at)
        return self._spell.invalid


@dataclass(frozen=True, slots=True)
class _Spell:
    """A time in which no document becomes valid or ends: from ``begin`` until before ``end`` (None: for ever)."""

    begin: datetime | None
    end: datetime | None
    invalid: set[int]

    def covers(self, at: datetime) -> bool:
        return (self.begin is None or self.begin <= at) and (self.end is None or at < self.end)


def _spell(validity: Mapping[int, tuple[datetime | None, datetime | None]], at: datetime) -> _Spell:
    """The one that ``at`` is in."""
    moments = [moment for both in validity.values() for moment in both if moment is not None]
    invalid = {
        number
        for number, (since, until) in validity.items()
        if (since is not None and at < since) or (until is not None and until <= at)
    }
    begin = max((moment for moment in moments if moment <= at), default=None)
    return _Spell(begin, min((moment for moment in moments if moment > at), default=None), invalid)


def _typical(total: int, documents: int) -> float:
    """The mean length in steps of an eighth of an octave, so that most changes of a document leave it as it is."""
    return 2 ** (round(8 * math.log2(total / documents)) / 8) if total else 1.0
