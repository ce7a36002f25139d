"""How often one address may ask."""

from __future__ import annotations

from api.rate_limit import REMEMBERED, RateLimit


def test_so_many_at_once_then_one_after_the_other() -> None:
    limit = RateLimit(30)
    assert [limit.take("a", 100.0) for _ in range(30)] == [0] * 30
    assert limit.take("a", 100.0) == 2
    assert limit.take("a", 101.9) == 1
    assert limit.take("a", 102.0) == 0
    assert limit.take("a", 102.0) == 2


def test_one_address_does_not_spend_what_is_anothers() -> None:
    limit = RateLimit(1)
    assert [limit.take("a", 0.0), limit.take("b", 0.0), limit.take("a", 0.0) > 0] == [0, 0, True]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    limit = RateLimit(1)
    assert limit.take("a", 100.0) == 0
    assert limit.take("a", 50.0) > 0


def test_memory_is_bounded() -> None:
    limit = RateLimit(1)
    for number in range(REMEMBERED + 100):
        limit.take(str(number), 0.0)
    assert len(limit._buckets) == REMEMBERED
