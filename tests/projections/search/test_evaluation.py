from __future__ import annotations

from collections.abc import Callable

import pytest

from projections.search import Evaluation, evaluate


def clock(*durations: float) -> Callable[[], float]:
    """Each query takes so long."""
    times = [time for begin, lasted in enumerate(durations) for time in (begin, begin + lasted)]
    return iter(times).__next__


def test_the_rank_of_what_was_expected_makes_the_figures() -> None:
    answers = {"a": ["x", "y"], "b": ["y", "x"], "c": [], "d": ["1", "2", "3", "4", "5", "x"]}
    found = evaluate(answers.__getitem__, [(query, "x") for query in answers], clock(0.25, 0.5, 0.125, 0.25))
    assert found == Evaluation(queries=4, hit_at_1=0.25, hit_at_5=0.5, mrr=(1 + 1 / 2 + 1 / 6) / 4, p99_ms=500)


def test_of_a_hundred_queries_the_slowest_may_be_slower() -> None:
    found = evaluate(lambda query: [], [("q", "x")] * 100, clock(*[0.25] * 99, 0.5))
    assert found.p99_ms == 250
    assert evaluate(lambda query: [], [("q", "x")] * 100, clock(*[0.25] * 98, 0.5, 0.5)).p99_ms == 500


def test_without_queries_there_are_no_figures() -> None:
    with pytest.raises(ValueError, match="no query"):
        evaluate(lambda query: [], [], clock())
