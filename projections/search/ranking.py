"""From groups of terms to documents in order.

Each group is scored as if it were one word: how often its terms are in a document, each by its weight, saturating, by
how rare the word is (BM25F). Words that only say how it is asked (articles, pronouns, question words) are looked at
among the best documents alone: there they tell near-equal questions apart.

All sums are made in the order of the question, so that equal documents give equal scores to the last digit whatever
database they came from; equal scores are ordered by id.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from projections.search.inverted import InvertedIndex
from projections.search.question import Group

SATURATION = 1.2
"""k₁ of BM25: how soon it stops mattering that a word comes again."""

FUNCTION_WORD = 0.2
"""What words count that say how it is asked."""

REFINED = 100
"""How many of the best documents are looked at closely."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document that was found."""

    id: UUID
    score: float


def rank(
    index: InvertedIndex,
    groups: Sequence[Group],
    among: Collection[int] | None = None,
    without: Collection[int] = (),
    limit: int = 10,
) -> list[Ranked]:
    """The best ``limit`` documents, the best first; only those in ``among``, none of those in ``without``."""
    content, others = _parted(groups)
    scores: dict[int, float] = {}
    for group in content:
        _score(index, group, scores)
    best = _best(_admitted(scores, among, without), max(limit, REFINED))
    for group in others:
        _refine(index, group, best)
    ranked = sorted(((index.ids[number], score) for number, score in best.items()), key=lambda hit: (-hit[1], hit[0]))
    return [Ranked(*hit) for hit in ranked[:limit]]


def _parted(groups: Iterable[Group]) -> tuple[list[Group], list[Group]]:
    """Words that say what is asked, and those that only say how; if there are none of the first, all must do."""
    content: list[Group] = []
    others: list[Group] = []
    for group in groups:
        (others if group.function else content).append(group)
    return (content, others) if content else (others, [])


def _score(index: InvertedIndex, group: Group, scores: dict[int, float]) -> None:
    frequencies: dict[int, float] = {}
    for term, weight in group.alternatives.items():
        postings = index.postings(term)
        if not frequencies and weight == 1.0:
            frequencies = dict(postings)  # the word itself comes first; copying is what is quick
            continue
        get = frequencies.get
        for number, frequency in postings.items():
            frequencies[number] = get(number, 0.0) + weight * frequency
    most, get = group.rarity * (SATURATION + 1), scores.get
    for number, frequency in frequencies.items():
        scores[number] = get(number, 0.0) + most * frequency / (frequency + SATURATION)


def _admitted(scores: dict[int, float], among: Collection[int] | None, without: Collection[int]) -> dict[int, float]:
    if among is not None:
        scores = {number: score for number, score in scores.items() if number in among}
    if without:
        scores = {number: score for number, score in scores.items() if number not in without}
    return scores


def _best(scores: dict[int, float], count: int) -> dict[int, float]:
    """The best ``count``, and all that are equal to the last of them: no order of arrival decides."""
    if len(scores) <= count:
        return scores
    least = heapq.nlargest(count, scores.values())[-1]
    return {number: score for number, score in scores.items() if score >= least}


def _refine(index: InvertedIndex, group: Group, scores: dict[int, float]) -> None:
    most = FUNCTION_WORD * group.rarity * (SATURATION + 1)
    for number in scores:
        strength = index.strength(group.term, number)
        scores[number] += most * strength / (strength + SATURATION)


def matching(groups: Iterable[Group], least: float) -> frozenset[str]:
    """The terms to show as what was meant: those of the words that say what is asked, if they weigh so much."""
    return frozenset(
        term for group in _parted(groups)[0] for term, weight in group.alternatives.items() if weight >= least
    )
