"""The feed without a broker."""

from collections.abc import Sequence

import pytest

from events.inprocess import InProcessFeed
from events.inquiry import InquiryEvent
from tests.events.samples import history, sample

LOG = history(3, 4)


def feed(log: list[InquiryEvent], asked: list[int] | None = None) -> InProcessFeed:
    def read(after: int, limit: int) -> Sequence[InquiryEvent]:
        if asked is not None:
            asked.append(after)
        return [event for event in log if event.provenance.position > after][:limit]

    return InProcessFeed(read, lambda: log[-1].provenance.position if log else 0, "store:test")


def test_it_gives_the_log_in_order_page_by_page() -> None:
    made = feed(LOG)
    made.open(lambda partitions: {})
    got = [*made.poll(5, 0), *made.poll(5, 0), *made.poll(5, 0)]
    assert [delivery.event for delivery in got] == LOG
    assert [delivery.offset for delivery in got] == [event.provenance.position for event in LOG]
    assert {delivery.partition for delivery in got} == {0}
    assert (got[4].subject, got[4].version) == (LOG[4].inquiry_id, LOG[4].version)
    assert made.poll(5, 0) == ()


def test_it_begins_at_the_stored_position_and_asks_for_it_once() -> None:
    asked: list[Sequence[int]] = []
    made = feed(LOG)

    def positions_for(partitions: Sequence[int]) -> dict[int, int]:
        asked.append(partitions)
        return {0: 8}

    made.open(positions_for)
    assert made.poll(1, 0)[0].offset == 8
    assert asked == [[0]]


def test_positions_may_have_gaps() -> None:
    log = [sample(type(LOG[0]), position=position) for position in (3, 7, 20)]
    made = feed(log)
    made.open(lambda partitions: {})
    assert [delivery.offset for _ in range(3) for delivery in made.poll(1, 0)] == [3, 7, 20]
    assert made.ends() == {0: 21}


def test_it_waits_for_what_is_not_there_yet() -> None:
    log: list[InquiryEvent] = []
    asked: list[int] = []

    class Growing(list[int]):
        def append(self, after: int) -> None:
            super().append(after)
            if len(self) == 3:
                log.extend(LOG)

    asked = Growing()
    made = feed(log, asked)
    made.open(lambda partitions: {})
    assert made.ends() == {0: 0}
    assert len(made.poll(100, 60)) == len(LOG)
    assert len(asked) == 3


def test_it_must_be_opened() -> None:
    with pytest.raises(RuntimeError, match="open"):
        feed(LOG).poll(1, 0)


def test_its_source_names_the_store() -> None:
    assert feed(LOG).source == "store:test"
