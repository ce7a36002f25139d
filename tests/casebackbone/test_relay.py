"""The relay between a real store and a real broker: nothing lost, first occurrences in order, whatever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from casebackbone.inquiry import Inquiry
from casebackbone.relay import Relay, StoreRestored
from casebackbone.store import Store, open_store, upgrade_store
from casebackbone.store.rows import RelayAlreadyRunning, RelayFenced, RelayPosition
from casebackbone.translation import publish
from casebackbone.wire import Wire
from events.channel import Message
from events.inprocess import InProcessFeed
from events.inquiry import InquiryEvent
from events.kafka import KafkaPublisher, read_topic
from events.standing import Channel
from events.topic import PublishFailed, TopicInfo, TopicRecreated
from tests.casebackbone.desk import MONDAY, NAMESPACE, cause, due
from tests.events.topics import events_in, firsts, new_topic, of, producer, recreate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    upgrade_store(database_url)
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def place(kafka_bootstrap: str) -> TopicInfo:
    return new_topic(kafka_bootstrap)


@pytest.fixture
def relay(store: Store, kafka_bootstrap: str, place: TopicInfo) -> Callable[..., None]:
    """Runs a relay of this store to this topic until it has caught up."""

    def run(**options: Any) -> None:
        make(store, kafka_bootstrap, place.topic, options.pop("page", 7)).run(
            options.pop("stop", lambda: False), until_caught_up=True, **options
        )

    return run


def make(store: Store, bootstrap: str, topic: str, page: int = 7) -> Relay:
    publisher = KafkaPublisher(bootstrap, topic)
    write = Wire(store.mapper, store.epoch).write
    return Relay(store, publisher, write, topic, publisher.info.topic_id, page)


def told(store: Store, stored: Any) -> InquiryEvent:
    return publish(stored.event, position=stored.position, store_epoch=store.epoch)


def log(store: Store) -> list[InquiryEvent]:
    return [told(store, stored) for stored in store.events_after(0, 100_000)]


def happen(store: Store, inquiries: int, steps: int, prefix: str = "inquiry") -> None:
    """Several inquiries, step by step at the same time, as at a desk."""
    open_ones = [begun(f"{prefix} {number}") for number in range(inquiries)]
    for step in range(1, steps + 1):
        for inquiry in open_ones:
            store.event_store.put(inquiry.collect_events())
            inquiry.head = store.events_of(inquiry.id, inquiry.version - 1, inquiry.version)[0].event.hash
            inquiry.cause = cause(at=MONDAY + timedelta(minutes=step))
            inquiry.note([])
    for inquiry in open_ones:
        inquiry.collect_events()


def begun(name: str) -> Inquiry:
    inquiry_id = uuid5(NAMESPACE, name)
    return Inquiry.receive(inquiry_id, cause(), reference=name, channel=Channel.PHONE, due=due(), contents=[])


def test_the_topic_holds_the_log_in_order_of_each_inquiry(store, relay, kafka_bootstrap, place) -> None:
    happen(store, inquiries=8, steps=5)
    relay()
    got = list(read_topic(kafka_bootstrap, place.topic))
    assert sorted(of(got), key=lambda event: event.provenance.position) == log(store)
    assert firsts(of(got)) == {uuid5(NAMESPACE, f"inquiry {number}"): [1, 2, 3, 4, 5] for number in range(8)}
    stored = store.relay_position(place.topic)
    assert stored == RelayPosition(
        topic=place.topic,
        topic_id=str(place.topic_id),
        store_epoch=store.epoch,
        position=log(store)[-1].provenance.position,
        next_offsets={delivery.partition: delivery.offset + 1 for delivery in got},
    )


def test_both_feeds_tell_the_same(store, relay, kafka_bootstrap, place) -> None:
    happen(store, inquiries=3, steps=3)
    relay()

    def read(after: int, limit: int) -> Sequence[InquiryEvent]:
        return [told(store, stored) for stored in store.events_after(after, limit)]

    feed = InProcessFeed(read, store.last_position, f"store:{store.epoch}")
    feed.open(lambda partitions: {})
    here = of([*feed.poll(5, 0), *feed.poll(50, 0)])
    assert here == sorted(events_in(kafka_bootstrap, place.topic), key=lambda event: event.provenance.position)
    assert len(here) == 9


def test_a_second_run_goes_on_where_the_first_ended(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 2, 2)
    relay()
    relay()
    happen(store, 2, 2, prefix="later")
    relay()
    assert sorted(events_in(kafka_bootstrap, place.topic), key=lambda event: event.provenance.position) == log(store)


def test_it_follows_until_it_is_told_to_stop(store, kafka_bootstrap, place) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=make(store, kafka_bootstrap, place.topic).run, args=(stop,))
    thread.start()
    try:
        happen(store, 3, 4)
        while (position := store.relay_position(place.topic)) is None or position.position < store.last_position():
            assert thread.is_alive()
    finally:
        stop.set()
        thread.join()
    assert len(events_in(kafka_bootstrap, place.topic)) == 12


def process(database_url: str, bootstrap: str, topic: str, *points: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tests.casebackbone.relay_process", database_url, bootstrap, topic, "5", *points]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("point", "doubled"),
    [("relay.read", False), ("relay.sent", True), ("relay.acknowledged", True), ("relay.position_stored", False)],
)
def test_killed_at_any_point_it_loses_nothing(
    store, database_url, kafka_bootstrap, place, point: str, doubled: bool
) -> None:
    happen(store, inquiries=4, steps=4)
    for _ in range(2):
        assert process(database_url, kafka_bootstrap, place.topic, point).returncode == -signal.SIGKILL
    last = process(database_url, kafka_bootstrap, place.topic)
    assert last.returncode == 0, last.stderr
    got = events_in(kafka_bootstrap, place.topic)
    assert set(got) == set(log(store))
    assert firsts(got) == {uuid5(NAMESPACE, f"inquiry {number}"): [1, 2, 3, 4] for number in range(4)}
    assert (len(got) > len(log(store))) is doubled
    assert store.relay_position(place.topic).position == store.last_position()


def test_a_second_relay_is_refused(store, database_url, relay, kafka_bootstrap, place) -> None:
    happen(store, 1, 1)
    other = open_store(database_url)
    try:
        with other.relay_lock(place.topic), pytest.raises(RelayAlreadyRunning):
            relay()
    finally:
        other.close()
    assert events_in(kafka_bootstrap, place.topic) == []
    relay()
    assert events_in(kafka_bootstrap, place.topic) == log(store)


def test_a_relay_that_lost_its_lock_without_notice_is_fenced(store, kafka_bootstrap, place) -> None:
    """Stopped past its time, then continued: somebody else has moved the position meanwhile."""
    happen(store, 2, 2)

    class Interrupted(KafkaPublisher):
        def send(self, messages: Sequence[Message]) -> Any:
            written = super().send(messages)
            store.advance_relay_position(None, other)
            return written

    publisher = Interrupted(kafka_bootstrap, place.topic)
    other = RelayPosition(
        topic=place.topic, topic_id=str(place.topic_id), store_epoch=store.epoch, position=99, next_offsets={0: 5}
    )
    stale = Relay(store, publisher, Wire(store.mapper, store.epoch).write, place.topic, place.topic_id)
    with pytest.raises(RelayFenced):
        stale.run(lambda: False, until_caught_up=True)
    assert store.relay_position(place.topic) == other


def test_a_failure_ends_it_and_the_position_stays(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 2, 2)
    relay()
    before = store.relay_position(place.topic)
    happen(store, 2, 2, prefix="later")
    failing = make(store, kafka_bootstrap, place.topic)
    failing._publisher.close()
    with pytest.raises(PublishFailed):
        failing.run(lambda: False, until_caught_up=True)
    assert store.relay_position(place.topic) == before
    relay()
    assert set(events_in(kafka_bootstrap, place.topic)) == set(log(store))


def test_a_topic_made_again_is_noticed_and_filled_on_request(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 3, 2)
    relay()
    again = recreate(kafka_bootstrap, place.topic)
    happen(store, 1, 1, prefix="later")
    with pytest.raises(TopicRecreated, match=r"made again.*relay --republish"):
        relay()
    assert events_in(kafka_bootstrap, place.topic) == []
    relay(republish=True)
    assert sorted(events_in(kafka_bootstrap, place.topic), key=lambda event: event.provenance.position) == log(store)
    assert store.relay_position(place.topic).topic_id == str(again.topic_id)
    relay()


def test_acknowledged_records_that_are_gone_are_noticed(store, relay, place) -> None:
    happen(store, 3, 2)
    relay()
    stored = store.relay_position(place.topic)
    partition, offset = next(iter(stored.next_offsets.items()))
    more = replace(stored, next_offsets={**stored.next_offsets, partition: offset + 1})
    store.advance_relay_position(stored, more)
    with pytest.raises(TopicRecreated, match="lost records"):
        relay()


def test_republishing_the_same_topic_doubles_and_loses_nothing(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 2, 3)
    relay()
    relay(republish=True)
    got = events_in(kafka_bootstrap, place.topic)
    assert len(got) == 12
    assert set(got) == set(log(store))
    assert firsts(got) == {uuid5(NAMESPACE, f"inquiry {number}"): [1, 2, 3] for number in range(2)}


def test_republishing_that_was_interrupted_is_gone_on_with(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 2, 3)
    relay()
    recreate(kafka_bootstrap, place.topic)
    asked = iter([False, True])
    relay(republish=True, page=2, stop=lambda: next(asked))
    assert len(events_in(kafka_bootstrap, place.topic)) == 2
    relay()
    assert sorted(events_in(kafka_bootstrap, place.topic), key=lambda event: event.provenance.position) == log(store)


def test_a_new_epoch_is_published_anew_only_on_request(store, relay, place) -> None:
    happen(store, 1, 2)
    relay()
    stored = store.relay_position(place.topic)
    store.advance_relay_position(stored, replace(stored, store_epoch=uuid4()))
    with pytest.raises(StoreRestored, match="new epoch"):
        relay()
    relay(republish=True)
    assert store.relay_position(place.topic).store_epoch == store.epoch


def test_a_store_restored_from_an_older_copy_is_refused(store, relay, kafka_bootstrap, place, tmp_path_factory) -> None:
    """The copy has the epoch of the original, an earlier position, and lacks what was published since."""
    happen(store, 2, 2)
    relay()
    forked = f"sqlite:///{tmp_path_factory.mktemp('forked')}/store.db"
    upgrade_store(forked)
    older = open_store(forked)
    try:
        borrowed_epoch(older, store.epoch)
        happen(older, 2, 1)
        first = log(older)
        assert [event.id for event in first] == [event.id for event in log(store)[:2]]
        position = RelayPosition(
            topic=place.topic, topic_id=str(place.topic_id), store_epoch=store.epoch, position=2, next_offsets={}
        )
        older.advance_relay_position(None, position)
        with pytest.raises(StoreRestored, match="not in this store"):
            make(older, kafka_bootstrap, place.topic).run(lambda: False, until_caught_up=True)
    finally:
        older.close()


def borrowed_epoch(older: Store, epoch: UUID) -> None:
    from sqlalchemy import update

    from casebackbone.store import tables

    with older.engine.begin() as connection:
        connection.execute(update(tables.store_identity).values(store_epoch=epoch))


def test_what_others_wrote_into_the_topic_does_not_stop_it(store, relay, kafka_bootstrap, place) -> None:
    happen(store, 2, 1)
    relay()
    with producer(kafka_bootstrap) as raw:
        raw.send(place.topic, key=b"somebody", value=b"something").get(5)
    happen(store, 2, 1, prefix="later")
    relay()
    assert set(events_in(kafka_bootstrap, place.topic)) == set(log(store))
