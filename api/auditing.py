"""What an auditor asks of the whole record: are the views up to date, do the numbers agree, is anything missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from api.bootstrap import System
from api.freshness import Freshness
from api.reconciling import Difference, Record, Viewed, read_model_differences, read_topic, topic_differences
from casebackbone.accounting import Accounting, account
from casebackbone.store import LogEntry
from projections import custody, custody_rows, worklist_rows
from projections.state import APPLIED

PAGE = 5000
POLL_SECONDS = 0.2
ROUNDS = 3
"""How often a difference is looked at again while new events come in, before it counts as one."""


def stored_events(system: System) -> Iterator[LogEntry]:
    """All events in order of position, page by page."""
    after = 0
    while page := system.store.events_after(after, PAGE):
        yield from page
        after = page[-1].position


def wait_until_fresh(system: System, seconds: float) -> Freshness:
    """Freshness as soon as the views have everything that was stored when this was called, or after ``seconds``."""
    head = system.head()
    until = time.monotonic() + seconds
    while True:
        with system.views.read() as connection:
            fresh = system.freshness(connection, system.clock())
        if fresh.as_of_position >= head or time.monotonic() >= until:
            return fresh
        time.sleep(POLL_SECONDS)


def is_stale(system: System, fresh: Freshness) -> bool:
    """Whether something stored is not in the views: then nothing may be called complete."""
    return fresh.as_of_position < system.head()


def accounting_of_views(system: System, as_of: datetime) -> dict[str, Any]:
    """The numbers that the views give."""
    with system.views.read() as connection:
        return dict(custody.accounting(connection, as_of))


def accounting_of_store(system: System, as_of: datetime) -> dict[str, Any]:
    """The same numbers, folded from the events."""
    return as_numbers(account((stored.event for stored in stored_events(system)), as_of))


def as_numbers(counted: Accounting) -> dict[str, Any]:
    """The keys in the order in which people read them, departments by number."""
    numbers: dict[str, Any] = {field.name: getattr(counted, field.name) for field in fields(counted)}
    for name in ("open_by_department", "overdue_by_department"):
        numbers[name] = dict(getattr(counted, name).most_common())
    return numbers


def read_record(system: System) -> Record:
    record = Record()
    for stored in stored_events(system):
        record.add(stored.event, stored.position)
    return record


def read_viewed(connection: Connection) -> dict[UUID, Viewed]:
    """What the read model knows of each inquiry: the custody interval that lasts, and the work list's row."""
    lasting = select(custody_rows.ROWS).where(custody_rows.ROWS.c.valid_to.is_(None))
    rows: dict[UUID, dict[str, Any]] = {row.inquiry_id: dict(row._mapping) for row in connection.execute(lasting)}
    for row in connection.execute(select(worklist_rows.ROWS)):
        rows[row.inquiry_id] = rows.get(row.inquiry_id, {}) | dict(row._mapping)
    applied = connection.execute(select(APPLIED))
    return {row.subject: Viewed(row.version, row.hash, rows.get(row.subject)) for row in applied}


def reconcile(system: System) -> dict[str, Any]:
    """Compares store, topic and read model. A difference that goes away while events come in is none."""
    found = _compared(system)
    for _ in range(ROUNDS - 1):
        if not found["differences"]:
            break
        before = {_identity(difference) for difference in found["differences"]}
        found = _compared(system)
        found["differences"] = [one for one in found["differences"] if _identity(one) in before]
    return found


def _identity(difference: Difference) -> tuple[str, str, UUID | None, int | None]:
    return difference.where, difference.code, difference.inquiry_id, difference.version


def _compared(system: System) -> dict[str, Any]:
    now = system.clock()
    published_up_to, topic = 0, None
    if not system.settings.embedded:
        from events.kafka import read_topic as deliveries

        relayed = system.store.relay_position(system.settings.topic)
        published_up_to = relayed.position if relayed else 0
        topic = read_topic(deliveries(str(system.settings.kafka_bootstrap), system.settings.topic))
    with system.views.read() as connection:
        viewed = read_viewed(connection)
        in_views = dict(custody.accounting(connection, now))
        by_rows = dict(custody.recounted(connection, now))
    record = read_record(system)
    in_store = accounting_of_store(system, now)
    differences = topic_differences(record, topic, published_up_to) if topic is not None else []
    differences += read_model_differences(record, viewed)
    differences += _numbers_that_differ(in_store, in_views)
    wrong_sums = [name for name in in_views if in_views[name] != by_rows[name]]
    differences += [Difference("read_model", "different_sum", None, None, name) for name in wrong_sums]
    return {
        "store": {"events": record.events, "inquiries": len(record.standings), **_sums(in_store)},
        "topic": None if topic is None else {"records": topic.records, "published_up_to": published_up_to},
        "read_model": {"inquiries": sum(one.row is not None for one in viewed.values()), **_sums(in_views)},
        "differences": differences,
    }


def _sums(numbers: dict[str, Any]) -> dict[str, int]:
    return {name: numbers[name] for name in ("received", "open", "resolved", "merged")}


def _numbers_that_differ(in_store: dict[str, Any], in_views: dict[str, Any]) -> list[Difference]:
    """Promise 3, on both sides: received = open + resolved + merged, and the same numbers."""
    differences = []
    for where, numbers in (("store", in_store), ("read_model", in_views)):
        if numbers["received"] != numbers["open"] + numbers["resolved"] + numbers["merged"]:
            differences.append(Difference(where, "not_conserved", None, None, str(_sums(numbers))))
    for name in in_store:
        if name in in_views and in_store[name] != in_views[name]:
            differences.append(Difference("read_model", "different_number", None, None, name))
    return differences
