"""The relay: follows the store's log and publishes every event, in order, at least once.

Crash-only: any failure raises and ends it; whoever starts it again begins at the stored position. So duplicates are
possible and harmless, losses and reorderings of first occurrences are not. One at a time: by the store's lock, and
by compare-and-set on the position where a lock was lost without notice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import Notification

from casebackbone.store.rows import RelayPosition
from events.channel import Delivery, Message, Positions, Publisher
from events.crashpoints import crash_at
from events.topic import TopicRecreated

PAGE = 4_000
POLL_SECONDS = 0.1


class StoreRestored(Exception):
    """The topic holds events that this store does not have: it was restored from an older copy."""


class RelayStore(Protocol):
    """What the relay needs of the store."""

    @property
    def epoch(self) -> UUID:
        """Identity of the store; a restored one declares a new one."""
        ...

    def relay_lock(self, topic: str) -> AbstractContextManager[object]:
        """Held by one relay per topic. Raises when another one holds it."""
        ...

    def relay_position(self, topic: str) -> RelayPosition | None: ...

    def stored_after(self, position: int, limit: int) -> Sequence[Notification]:
        """Events as they are stored, in order of position. Nothing ever appears below what was returned."""
        ...

    def advance_relay_position(self, expected: RelayPosition | None, new: RelayPosition) -> None:
        """Compare-and-set. Raises when the stored one is not ``expected``."""
        ...


class TopicPublisher(Publisher, Protocol):
    """A publisher that also tells what is in the topic."""

    def ends(self) -> Positions:
        """The offset after the last record of each partition."""
        ...

    def since(self, positions: Positions) -> Iterable[Delivery]:
        """What lies after these positions now."""
        ...


class Relay:
    """Publishes what the store holds to one topic. Good for one :meth:`run`, which closes the publisher.

    ``write`` makes the record of a stored event.
    """

    def __init__(
        self,
        store: RelayStore,
        publisher: TopicPublisher,
        write: Callable[[Notification], Message],
        topic: str,
        topic_id: UUID | str,
        page: int = PAGE,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._write = write
        self._topic = topic
        self._topic_id = str(topic_id)
        self._page = page

    def run(
        self, stop: Callable[[], bool] | threading.Event, until_caught_up: bool = False, republish: bool = False
    ) -> None:
        """Publishes until ``stop``, or until everything stored at this moment is acknowledged.

        ``republish``: once more from the beginning, which consumers notice as duplicates or as a new topic. Raises
        :class:`TopicRecreated` and :class:`StoreRestored` before anything is published, and whatever goes wrong later.
        """
        halted = stop.is_set if isinstance(stop, threading.Event) else stop
        try:
            with self._store.relay_lock(self._topic):
                self._follow(halted, until_caught_up, republish)
        finally:
            self._publisher.close()

    def _follow(self, halted: Callable[[], bool], until_caught_up: bool, republish: bool) -> None:
        stored = self._store.relay_position(self._topic)
        place = self._beginning(stored) if republish or stored is None else self._checked(stored)
        while not halted():
            events = self._store.stored_after(place.position, self._page)
            messages = [self._write(event) for event in events]
            crash_at("relay.read")
            if messages:
                following = self._publish(place, messages, events[-1].id)
                self._store.advance_relay_position(stored, following)
                crash_at("relay.position_stored")
                stored = place = following
            if len(messages) < self._page:
                if until_caught_up:
                    return
                time.sleep(POLL_SECONDS)

    def _publish(self, place: RelayPosition, messages: Sequence[Message], position: int) -> RelayPosition:
        written = self._publisher.send(messages)
        crash_at("relay.acknowledged")
        return replace(place, position=position, next_offsets={**place.next_offsets, **written})

    def _beginning(self, stored: RelayPosition | None) -> RelayPosition:
        same = stored is not None and stored.topic_id == self._topic_id
        return RelayPosition(
            topic=self._topic,
            topic_id=self._topic_id,
            store_epoch=self._store.epoch,
            position=0,
            next_offsets=dict(stored.next_offsets) if stored is not None and same else {},
        )

    def _checked(self, stored: RelayPosition) -> RelayPosition:
        if stored.topic_id != self._topic_id:
            raise TopicRecreated(
                f"topic {self._topic} was deleted and made again since position {stored.position};"
                " fill it anew with: casebackbone relay --republish"
            )
        if stored.store_epoch != self._store.epoch:
            raise StoreRestored(
                f"the store declared a new epoch since position {stored.position};"
                " publish it anew with: casebackbone relay --republish"
            )
        ends = self._publisher.ends()
        for partition, offset in stored.next_offsets.items():
            if ends.get(partition, 0) < offset:
                raise TopicRecreated(
                    f"topic {self._topic} lost records: partition {partition} ends at {ends.get(partition, 0)},"
                    f" {offset} were acknowledged; fill it anew with: casebackbone relay --republish"
                )
        self._refuse_unknown(stored)
        return stored

    def _refuse_unknown(self, stored: RelayPosition) -> None:
        """What a relay published before it could store its position must be what the store says now."""
        for delivery in self._publisher.since(stored.next_offsets):
            if delivery.event is None or delivery.event.provenance.store_epoch != self._store.epoch:
                continue
            said = delivery.event.provenance
            here = [dict(self._write(event).headers) for event in self._store.stored_after(said.position - 1, 1)]
            known = [(headers["ce_id"].decode(), headers["ce_hash"].decode()) for headers in here]
            if known != [(delivery.event.id, said.hash)]:
                raise StoreRestored(
                    f"event {delivery.event.id} is in the topic and not in this store, which was restored from an"
                    " older copy; see casebackbone audit reconcile, declare a new epoch, then: relay --republish"
                )
