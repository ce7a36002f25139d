"""Past the objects and by way of them, an event becomes the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import MapperDeserialisationError, Notification
from hypothesis import given

from casebackbone.desk_events import AtDesk
from casebackbone.store.mapper import ChainedMapper, sealed, transcoder, unsealed
from casebackbone.translation import PUBLISHED
from casebackbone.wire import Wire
from events.catalogue import EVENTS
from events.cloudevents import to_message
from events.inquiry import InquiryForwarded
from events.published import PublishedEvent
from tests.events.samples import ANY_EVENT, sample
from tests.recorded import recorded

EPOCH = UUID("7d0f6a2e-0000-4000-8000-000000000001")
STORED = {published: stored for stored, published in PUBLISHED.items()}
MAPPER = ChainedMapper(transcoder())
WIRE = Wire(MAPPER, EPOCH, "https://stadt.example/api")


def stored(event: PublishedEvent) -> Notification:
    """As the store would have it."""
    unpublished: dict[str, Any] = {"calm_since": None} if issubclass(STORED[type(event)], AtDesk) else {}
    row = MAPPER.to_stored_event(recorded(event, event.provenance.previous_hash, **unpublished))
    return Notification(row.originator_id, row.originator_version, row.topic, row.state, id=event.provenance.position)


def changed(event: Notification, change: Callable[[dict[str, Any]], object]) -> Notification:
    seal, body = unsealed(event.state)
    read = json.loads(body)
    change(read)
    return replace(event, state=sealed(seal, json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode()))


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_has_the_direct_way(kind: type[PublishedEvent]) -> None:
    written = WIRE.write_directly(stored(sample(kind)))
    assert written == WIRE.write_by_objects(stored(sample(kind)))
    assert written.value


@given(ANY_EVENT)
def test_both_ways_come_to_the_published_event(event: PublishedEvent) -> None:
    row = stored(event)
    said = replace(event.provenance, hash=unsealed(row.state)[0], store_epoch=EPOCH)
    expected = to_message(replace(event, provenance=said), "https://stadt.example/api")
    assert WIRE.write_directly(row) == expected
    assert WIRE.write_by_objects(row) == expected


NEWER = [published for published, kind in STORED.items() if getattr(kind, "class_version", 1) > 1]


@pytest.mark.parametrize("kind", NEWER)
def test_older_versions_go_the_longer_way(kind: type[PublishedEvent]) -> None:
    added = {"reason", "proposed", "circular"} if kind is InquiryForwarded else {"promised_until", "offered_minutes"}

    def older(read: dict[str, Any]) -> None:
        del read["class_version"]
        for name in added & read.keys():
            del read[name]

    row = changed(stored(sample(kind)), older)
    with pytest.raises(ValueError, match="older"):
        WIRE.write_directly(row)
    assert WIRE.write(row) == WIRE.write_by_objects(row)


def not_a_state(read: dict[str, Any]) -> None:
    read["standing"]["_data_"]["state"] = "lost"


def more_than_is_known(read: dict[str, Any]) -> None:
    read["standing"]["_data_"]["mood"] = "good"


def no_id(read: dict[str, Any]) -> None:
    read["command_id"]["_data_"] = "g" * 32


def no_time(read: dict[str, Any]) -> None:
    read["occurred_at"]["_data_"] = "2026-13-01T00:00:00+00:00"


@pytest.mark.parametrize("damage", [not_a_state, more_than_is_known, no_id, no_time])
def test_what_cannot_be_read_is_not_published(damage: Callable[[dict[str, Any]], object]) -> None:
    row = changed(stored(sample(EVENTS[0])), damage)
    for write in (WIRE.write_by_objects, WIRE.write):
        with pytest.raises((MapperDeserialisationError, TypeError, ValueError)):
            write(row)


def test_what_is_not_sealed_is_not_published() -> None:
    with pytest.raises(MapperDeserialisationError, match="not a sealed event"):
        WIRE.write(replace(stored(sample(EVENTS[0])), state=b"{}"))
