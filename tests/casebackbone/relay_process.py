"""A relay as a process of its own, which may be made to die at a crash point:
``python -m tests.casebackbone.relay_process DATABASE BOOTSTRAP TOPIC PAGE [POINT]``."""

from __future__ import annotations

import sys

from casebackbone.relay import Relay
from casebackbone.store import open_store
from casebackbone.wire import Wire
from events.crashpoints import arm
from events.kafka import KafkaPublisher


def made(database: str, bootstrap: str, topic: str, page: int) -> Relay:
    """The relay as the composition root makes it."""
    store = open_store(database)
    publisher = KafkaPublisher(bootstrap, topic)
    return Relay(store, publisher, Wire(store.mapper, store.epoch).write, topic, publisher.info.topic_id, page)


if __name__ == "__main__":
    database, bootstrap, topic, page, *points = sys.argv[1:]
    for point in points:
        arm(point)
    made(database, bootstrap, topic, int(page)).run(lambda: False, until_caught_up=True)
