"""A question as groups of terms: for each word that was typed, what may stand in a document in its place.

A group holds the word's own term, and with less weight terms that are like it, the parts of a compound, what the verb
of a participle is, synonyms, and for the word that is still being typed what it may become.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from projections.german import Token, analyse, bare, is_function_word, participle_of, parts_of, terms
from projections.search.inverted import InvertedIndex
from projections.search.vocabulary import Vocabulary

ALIKE = 0.6
"""What a term counts that is spelt like the word, against the word itself; less by how unlike it is."""

PART = 0.5
"""What a part of the word counts when it is a compound, and what a compound counts that it is a part of."""

SYNONYM = 0.8
COMPLETION = 0.8
MOST_ALTERNATIVES = 24
MOST_WORDS = 32
"""So many words ask; of a longer text, such as an inquiry's own words, the rarest."""

_FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Group:
    """One word of the question: terms with their weights, how rare it is, whether it only says how it is asked."""

    term: str
    alternatives: Mapping[str, float]
    rarity: float
    function: bool


class Synonyms:
    """Groups of words or phrases that mean the same: ``[["Sperrmüll", "Sperrgut"], ["Auto", "PKW", "Kfz"]]``."""

    def __init__(self, groups: Iterable[Collection[str]] = ()) -> None:
        self._meanings: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
        for group in groups:
            phrases = [phrase for each in group if (phrase := tuple(terms(each)))]
            for phrase in phrases:
                others = self._meanings.setdefault(phrase, {})
                others.update(dict.fromkeys(other for other in phrases if other != phrase))
        self._longest = max(map(len, self._meanings), default=0)

    def of(self, question: Sequence[str]) -> dict[int, dict[str, float]]:
        """Terms that mean what stands in ``question`` at a place; a phrase of n words gives each an nth."""
        found: dict[int, dict[str, float]] = {}
        for place in range(len(question)):
            for length in range(1, self._longest + 1):
                for phrase in self._meanings.get(tuple(question[place : place + length]), ()):
                    for term in phrase:
                        found.setdefault(place, {})[term] = SYNONYM / len(phrase)
        return found


def read_groups(lines: Iterable[str]) -> list[list[str]]:
    """From a file in the way of Solr and Lucene: one group a line, separated by commas; ``#`` begins a comment."""
    written = (line.partition("#")[0] for line in lines)
    return [[each.strip() for each in line.split(",")] for line in written if line.strip()]


def read_synonyms(lines: Iterable[str]) -> Synonyms:
    """Those of :func:`read_groups`."""
    return Synonyms(read_groups(lines))


NO_SYNONYMS = Synonyms()


def groups(text: str, index: InvertedIndex, synonyms: Synonyms = NO_SYNONYMS, instant: bool = False) -> list[Group]:
    """The words of ``text``, each once, as groups; ``instant``: the last word may be unfinished."""
    tokens = analyse(text)
    unfinished = tokens[-1] if instant and tokens and tokens[-1].end == len(text) else None
    meanings = synonyms.of([token.term for token in tokens])
    asked: dict[str, tuple[Token, dict[str, float]]] = {}
    for place, token in enumerate(tokens):
        known = asked.get(token.term, (token, {}))[1]
        asked[token.term] = token, {**known, **meanings.get(place, {})}
    return [_group(token, index, meant, token is unfinished) for token, meant in _rarest(asked, index)]


def _rarest(
    asked: Mapping[str, tuple[Token, dict[str, float]]], index: InvertedIndex
) -> Iterable[tuple[Token, dict[str, float]]]:
    """In the order of the question. Words that nobody wrote come last: of a long text they are names."""
    if len(asked) <= MOST_WORDS:
        return asked.values()

    def rank(term: str) -> tuple[bool, bool, int, str]:
        frequency = index.frequency(term)
        return is_function_word(asked[term][0].word), not frequency, frequency, term

    chosen = set(sorted(asked, key=rank)[:MOST_WORDS])
    return [asked[term] for term in asked if term in chosen]


def _group(token: Token, index: InvertedIndex, meanings: Mapping[str, float], unfinished: bool) -> Group:
    term = token.term
    own = {term: 1.0} if term in index.vocabulary else {}
    if is_function_word(token.word) and not meanings:
        return Group(term, own, _rarity(own, index), True)
    weights: dict[str, float] = {}
    for other, weight in _alternatives(token, index, meanings, unfinished):
        if other != term and other in index.vocabulary:
            weights[other] = max(weight, weights.get(other, 0.0))
    best = dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MOST_ALTERNATIVES])
    return Group(term, {**own, **best}, _rarity(own or best, index), False)


def _alternatives(
    token: Token, index: InvertedIndex, meanings: Mapping[str, float], unfinished: bool
) -> Iterator[tuple[str, float]]:
    vocabulary = index.vocabulary
    yield from _related(token.term, vocabulary)
    for term, likeness in vocabulary.misspelt(token.term).items():
        yield term, ALIKE * likeness
    for term in parts_of(token.word, index.frequencies):
        yield term, PART
    if (verb := participle_of(token.word)) is not None:
        yield verb, ALIKE
    for meant, weight in meanings.items():
        yield meant, weight
        yield from ((term, weight * related) for term, related in _related(meant, vocabulary))
    if unfinished and len(letters := bare(token.word)) >= _FEWEST_LETTERS:
        usual = sorted(vocabulary.beginning_with(letters), key=lambda term: (-index.frequency(term), term))
        for term in (*usual[:MOST_ALTERNATIVES], *vocabulary.cut_from(letters)):
            yield term, COMPLETION


def _related(term: str, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    for other, likeness in vocabulary.like(term).items():
        yield other, ALIKE * likeness
    for other in vocabulary.compounds_with(term):
        yield other, PART


def _rarity(weights: Mapping[str, float], index: InvertedIndex) -> float:
    """The mean of terms, each as it weighs. A word's own if it has been written, else that of what stands for it."""
    total = sum(weights.values())
    return sum(weight * index.rarity(index.frequency(term)) for term, weight in weights.items()) / (total or 1.0)
