"""Each way in which topic or read model can differ from the store is found, by id."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from uuid import UUID

import pytest

from api.reconciling import Record, Topic, Viewed, read_model_differences, read_topic, topic_differences
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.translation import publish
from events.channel import Delivery
from events.inquiry import InquiryEvent as Published
from tests.casebackbone.desk import ANSWERED, CLAIMED, Desk

EPOCH = UUID(int=1)


def _stored() -> list[InquiryEvent]:
    events = list(Desk().given(CLAIMED, ANSWERED).inquiry.pending_events)
    for event in events:
        object.__setattr__(event, "hash", hashlib.sha256(str(event.originator_version).encode()).hexdigest())
    return events


STORED = _stored()
INQUIRY = STORED[0].originator_id
PUBLISHED = [publish(event, position=position, store_epoch=EPOCH) for position, event in enumerate(STORED, start=11)]


def _record(events: list[InquiryEvent] = STORED) -> Record:
    record = Record()
    for position, event in enumerate(events, start=11):
        record.add(event, position)
    return record


def _topic(*events: Published) -> Topic:
    return read_topic(Delivery(partition=0, offset=offset, event=event) for offset, event in enumerate(events))


def _other(event: Published) -> Published:
    return replace(event, provenance=replace(event.provenance, hash="f" * 64))


FIRST, SECOND, THIRD = PUBLISHED


@pytest.mark.parametrize(
    ("topic", "published_up_to", "found"),
    [
        pytest.param([FIRST, SECOND, THIRD], 13, [], id="the same"),
        pytest.param([FIRST, SECOND, FIRST, SECOND, THIRD], 13, [], id="repeated is harmless"),
        pytest.param([FIRST, SECOND], 12, [], id="not published yet"),
        pytest.param([FIRST, SECOND], 13, [("missing", 3)], id="lost"),
        pytest.param([FIRST, THIRD, SECOND], 13, [("out_of_order", 2)], id="out of order"),
        pytest.param([FIRST, _other(SECOND), THIRD], 13, [("different", 2)], id="different"),
        pytest.param(
            [FIRST, SECOND, _other(FIRST), THIRD], 13, [("repeated_differently", 1)], id="repeated, different"
        ),
        pytest.param([FIRST, SECOND, THIRD, replace(THIRD, version=4)], 13, [("unknown", 4)], id="unknown"),
    ],
)
def test_the_topic_against_the_store(
    topic: list[Published], published_up_to: int, found: list[tuple[str, int]]
) -> None:
    differences = topic_differences(_record(), _topic(*topic), published_up_to)
    assert [(difference.code, difference.version) for difference in differences] == found
    assert {difference.inquiry_id for difference in differences} <= {INQUIRY}


def test_what_cannot_be_read_is_a_difference() -> None:
    topic = read_topic([Delivery(partition=3, offset=7, event=None, problem="no body")])
    (difference,) = topic.differences
    assert (difference.code, difference.detail) == ("unreadable", "partition 3, offset 7: no body")


def _viewed(**changes: object) -> dict[UUID, Viewed]:
    row = asdict(STORED[-1].standing) | changes
    return {INQUIRY: Viewed(3, STORED[-1].hash, row)}


@pytest.mark.parametrize(
    ("viewed", "found"),
    [
        pytest.param(_viewed(), [], id="the same"),
        pytest.param({}, ["missing"], id="missing"),
        pytest.param({INQUIRY: Viewed(2, STORED[1].hash, None)}, ["different_version"], id="behind"),
        pytest.param({INQUIRY: Viewed(3, "f" * 64, None)}, ["different_version"], id="another event"),
        pytest.param({INQUIRY: Viewed(3, STORED[-1].hash, None)}, ["no_row"], id="no row"),
        pytest.param(_viewed(holder="desk:front"), ["different_standing"], id="another holder"),
        pytest.param(_viewed() | {EPOCH: Viewed(1, "f" * 64, None)}, ["unknown"], id="unknown"),
    ],
)
def test_the_read_model_against_the_store(viewed: dict[UUID, Viewed], found: list[str]) -> None:
    assert [difference.code for difference in read_model_differences(_record(), viewed)] == found
