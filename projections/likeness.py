"""Which questions are alike: texts grouped by the German terms that they share.

A text is a vector: each of its terms weighs by how rare it is among the texts at hand (inverse document frequency);
words of a compound count beside the compound, function words not at all. Texts are taken in the order in which they
were asked. Each joins the group whose middle (the sum of its members) it is most like, by the cosine of the angle
between them, if that is at least :data:`ALIKE`; else it begins a group. The same texts give the same groups.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from projections import german

ALIKE = 0.35
"""The least cosine between a question and a group that it belongs to: 1 is the same words, 0 no common one."""

OTHERS = 1000
"""So many questions about other things are thought to be there: or the words that five questions share would say less
than those that each has alone."""

_ASKING = "kommen kommt finden machen gehen bekommen brauchen wissen sagen fragen Frage Information Infos Stadt bitte"
ASKING = frozenset(german.terms(_ASKING))
"""Words of any question at a city's desk."""

MOST_WORDS = 8
LONGEST = 2000
"""Characters of a text that count: what follows is no longer the question."""

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an inquiry. Hand them over in the order in which they came in."""

    inquiry_id: UUID
    text: str


@dataclass(slots=True)
class Alike:
    """Questions that are alike, in order. ``words`` are those that two of them share at least, the commonest first."""

    members: list[Asked] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Terms:
    """The terms of a text that say what it is about, how often each, and a word as it was written for each."""

    counted: Counter[str]
    written: dict[str, str]


class Reader:
    """Analyses each text once, however often it is compared with others. For one request: it keeps what it has read."""

    def __init__(self) -> None:
        self._read: dict[str, _Terms] = {}

    def terms(self, text: str) -> _Terms:
        if text not in self._read:
            self._read[text] = _terms(text)
        known = self._read[text]
        return _Terms(Counter(known.counted), known.written)


class Likeness:
    """Terms and their weights among some texts."""

    def __init__(self, texts: Iterable[str], reader: Reader | None = None) -> None:
        reader = reader or Reader()
        cut = [reader.terms(text) for text in texts]
        known = Counter(term for terms in cut for term in terms.counted)
        self._parts = {
            word: german.parts_of(word, known) for word in {word for terms in cut for word in terms.written.values()}
        }
        for terms in cut:
            self._with_parts(terms)
        self._documents = Counter(term for terms in cut for term in terms.counted)
        self._number = len(cut)
        self.terms = cut
        self.vectors = [self._vector(terms) for terms in cut]

    def _with_parts(self, terms: _Terms) -> None:
        for word in list(terms.written.values()):
            for part in self._parts.get(word, ()):
                terms.counted[part] = max(terms.counted[part], 1)

    def _vector(self, terms: _Terms) -> Vector:
        """Of length 1; empty if the text is about nothing."""
        weights = {term: (1 + math.log(count)) * self._rarity(term) for term, count in terms.counted.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def _rarity(self, term: str) -> float:
        return math.log(1 + (self._number + OTHERS) / self._documents[term])


def alike(questions: Sequence[Asked], least: float = ALIKE, *, reader: Reader | None = None) -> list[Alike]:
    """All groups, also those of one question, the first asked first."""
    likeness = Likeness((question.text for question in questions), reader)
    middles = _Middles()
    members: list[list[int]] = []
    for number, vector in enumerate(likeness.vectors):
        place = middles.nearest(vector, least)
        if place is None:
            place = middles.begin()
            members.append([])
        middles.add(place, vector)
        members[place].append(number)
    return [
        Alike([questions[number] for number in group], _shared([likeness.terms[number] for number in group]))
        for group in members
    ]


def like_these(
    these: Sequence[str], others: Sequence[Asked], least: float = ALIKE, *, reader: Reader | None = None
) -> list[UUID]:
    """Which of ``others`` are as like to ``these``, taken together, as members of a group are to each other."""
    likeness = Likeness([*these, *(other.text for other in others)], reader)
    middles = _Middles()
    group = middles.begin()
    for vector in likeness.vectors[: len(these)]:
        middles.add(group, vector)
    vectors = likeness.vectors[len(these) :]
    return [
        other.inquiry_id
        for other, vector in zip(others, vectors, strict=True)
        if middles.nearest(vector, least) is not None
    ]


class _Middles:
    """The sums of the members' vectors of each group, by term."""

    def __init__(self) -> None:
        self._weights: list[Vector] = []
        self._squares: list[float] = []
        self._having: dict[str, dict[int, float]] = defaultdict(dict)

    def begin(self) -> int:
        self._weights.append(defaultdict(float))
        self._squares.append(0.0)
        return len(self._weights) - 1

    def add(self, group: int, vector: Vector) -> None:
        weights = self._weights[group]
        for term, weight in vector.items():
            before = weights[term]
            weights[term] = before + weight
            self._having[term][group] = before + weight
            self._squares[group] += (before + weight) ** 2 - before**2

    def nearest(self, vector: Vector, least: float) -> int | None:
        """The group that it is most like, of equal ones the first; None if it is like none."""
        products: dict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for group, weights in self._having.get(term, {}).items():
                products[group] += weight * weights
        best, place = least, None
        for group in sorted(products):
            cosine = round(products[group] / math.sqrt(self._squares[group]), 9)
            if cosine > best or (place is None and cosine >= best):
                best, place = cosine, group
        return place


def _terms(text: str) -> _Terms:
    counted: Counter[str] = Counter()
    written: dict[str, str] = {}
    for token in german.analyse(text[:LONGEST]):
        if not german.is_function_word(token.word) and len(token.word) > 1 and token.term not in ASKING:
            counted[token.term] += 1
            written.setdefault(token.term, token.word)
    return _Terms(counted, written)


def _shared(group: Sequence[_Terms]) -> list[str]:
    """Words, each as it is written most often; a word of one question alone could say who asked it."""
    having = Counter(term for terms in group for term in terms.written)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for terms in group:
        for term, word in terms.written.items():
            written[term][word] += 1
    shared = sorted((-count, term) for term, count in having.items() if count > 1)[:MOST_WORDS]
    return [min(written[term], key=lambda word: (-written[term][word], word)) for _, term in shared]
