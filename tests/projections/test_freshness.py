"""How fresh: never fresher than it is, whichever partition lags."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from events.channel import Delivery
from projections.freshness import Freshness, freshness, freshness_of_store
from tests.examples import NOON, Story, deliveries
from tests.projections.model import SOURCE, ReadModel, told


def test_an_empty_read_model_of_an_empty_store_is_fresh(model: ReadModel) -> None:
    assert model.ask(freshness_of_store, SOURCE, 0) == Freshness(0, None, 0)


def test_in_process(model: ReadModel) -> None:
    story = Story().received().noted().later().noted()
    assert model.ask(freshness_of_store, SOURCE, 3) == Freshness(0, None, 3)
    model.take(deliveries(story.events[:2]))
    lagging = model.ask(freshness_of_store, SOURCE, 3)
    assert lagging == Freshness(2, NOON + timedelta(seconds=1), 1)
    assert not lagging.caught_up
    model.take(deliveries(story.events)[2:])
    fresh = model.ask(freshness_of_store, SOURCE, 3)
    assert (fresh.as_of_position, fresh.caught_up) == (3, True)
    assert fresh.as_of == NOON + timedelta(hours=1, seconds=1)


def test_the_slowest_partition_says_how_fresh_it_is(model: ReadModel) -> None:
    log = count(1)
    stories = [Story(number, positions=log).received() for number in range(9)]
    records = deliveries(told(*stories), 3, first_offset=0)
    shares = [[record for record in records if record.partition == partition] for partition in range(3)]
    ends = {partition: len(share) for partition, share in enumerate(shares)}
    assert min(ends.values()) > 0, "the example must use all partitions"
    slowest = max(range(3), key=ends.__getitem__)
    for partition in {0, 1, 2} - {slowest}:
        model.take(shares[partition])
    assert model.ask(freshness, SOURCE, 9, ends).as_of_position == 0
    first, *others = shares[slowest]
    model.take([first])
    assert first.event is not None
    assert model.ask(freshness, SOURCE, 9, ends).as_of_position == first.event.provenance.position < 9
    model.take(others)
    assert model.ask(freshness, SOURCE, 9, ends).caught_up


def test_partitions_without_news_hold_nothing_back(model: ReadModel) -> None:
    model.take(deliveries(Story().received().events))
    assert model.ask(freshness, SOURCE, 700, {0: 2}).as_of_position == 700


def test_what_is_not_even_published_counts_as_lag(model: ReadModel) -> None:
    model.take(deliveries(Story().received().events))
    found = model.ask(freshness, SOURCE, 1, {0: 2}, store_end=5)
    assert (found.as_of_position, found.lag_events) == (1, 4)


def test_what_comes_a_second_time_does_not_make_it_older(model: ReadModel) -> None:
    story = Story().received().noted().noted()
    model.take(deliveries(story.events))
    model.take(deliveries(story.events, first_offset=4)[:1])
    assert model.ask(freshness, SOURCE, 3, {0: 7}).as_of_position == 3


def test_positions_of_another_source_mean_nothing(model: ReadModel) -> None:
    model.take(deliveries(Story().received().events))
    assert model.ask(freshness_of_store, "store:another", 1).as_of_position == 0


def test_a_batch_of_nothing_but_unreadable_records_moves_the_offset_on(model: ReadModel) -> None:
    story = Story().received()
    model.take(deliveries(story.events))
    model.take([Delivery(0, 2, None, problem="value is not JSON in UTF-8", raw="{")])
    model.take([Delivery(0, 3, None, problem="value is not JSON in UTF-8", raw="{")])
    (partition,) = model.projector.positions(SOURCE).values()
    assert (partition.next_offset, partition.last_position) == (4, story.events[0].provenance.position)


def test_a_refused_record_vouches_for_nothing(model: ReadModel) -> None:
    """A forged one may claim any position: believed, it would hide for good that its partition lags."""
    story = Story().received().noted().noted()
    forged = story.events[1]
    late = NOON.replace(year=2999)
    far = replace(forged.provenance, hash="f" * 64, previous_hash="e" * 64, position=2**62, recorded_at=late)
    record = replace(deliveries(story.events[:2])[1], event=replace(forged, provenance=far), raw=None)
    model.take([deliveries(story.events[:1])[0], record])
    assert model.ask(freshness, SOURCE, 3, {0: 4}) == Freshness(1, story.events[0].provenance.recorded_at, 2)
