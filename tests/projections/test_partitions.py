"""The partition that a view puts a subject into is the one that its records are in."""

from __future__ import annotations

from uuid import UUID, uuid5

from kafka.partitioner import murmur2

from events.cloudevents import to_message
from events.kafka.topic import PARTITIONS as OF_THE_TOPIC
from projections.partitions import PARTITIONS, partition_of
from tests.examples import NAMES, Story


def test_the_same_partition_as_kafkas_client_chooses() -> None:
    subjects = [UUID(int=0), UUID(int=2**128 - 1), *(uuid5(NAMES, f"subject {number}") for number in range(500))]
    chosen = {subject: (murmur2(str(subject).encode()) & 0x7FFFFFFF) % OF_THE_TOPIC for subject in subjects}
    assert {subject: partition_of(subject) for subject in subjects} == chosen
    assert set(chosen.values()) == set(range(PARTITIONS))


def test_the_key_of_a_record_is_its_subject() -> None:
    story = Story().received()
    assert to_message(story.last).key == str(story.id).encode()
    assert PARTITIONS == OF_THE_TOPIC
