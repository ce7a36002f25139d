"""Inquiries are kept in memory: as if they were read anew each time, whoever else writes, and nothing is shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from casebackbone.application import Application
from casebackbone.commands import Claim, Note
from casebackbone.content import Text
from casebackbone.kept import Kept
from casebackbone.recorded import fold
from casebackbone.refusals import InquiryNotFound
from casebackbone.store.mapper import event_hash, sealed, unsealed
from tests.casebackbone.store.record import PROMISE, Record, inquiry_id_of

ID = inquiry_id_of(1)


def anew(record: Record) -> Any:
    """Without anything that is kept."""
    return fold(None, record.store.event_store.get(ID))


def note(record: Record, number: int, application: Application | None = None) -> None:
    order = record.order(1, key=f"note {number}", after=timedelta(minutes=5))
    (application or record.application).handle(order, Note(texts=[Text("note", f"Notiz {number}")]))


@pytest.fixture
def decoded(record: Record, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Versions of the events that were decoded."""
    versions: list[int] = []
    decode = record.store.mapper.to_domain_event

    def counting(stored: StoredEvent) -> Any:
        versions.append(stored.originator_version)
        return decode(stored)

    monkeypatch.setattr(record.store.mapper, "to_domain_event", counting)
    return versions


def test_only_what_is_newer_is_decoded(record: Record, decoded: list[int]) -> None:
    record.first_contact(1)
    looks = [record.application.inquiry(ID).version for _ in range(3)]
    assert (looks, decoded) == ([3, 3, 3], [1, 2, 3])
    decoded.clear()
    note(record, 1)
    assert (record.application.inquiry(ID).version, decoded) == (4, [4])
    assert record.application.inquiry(ID) == anew(record)


def test_what_another_process_has_stored_is_seen_at_once(record: Record) -> None:
    record.receive(1)
    elsewhere = Application(record.store, PROMISE)
    for number in range(2, 6):
        note(record, number, elsewhere if number % 2 else record.application)
        for application in (record.application, elsewhere):
            assert application.inquiry(ID).version == number
            assert application.inquiry(ID) == anew(record)


def test_what_is_handed_out_is_the_askers_alone(record: Record) -> None:
    record.first_contact(1)
    before = anew(record)
    mine = record.application.inquiry(ID)
    mine.contents.clear()
    mine.been_to.add("strassen")
    mine.cause = record.order(1, after=timedelta(minutes=5)).cause
    mine.note([])
    assert (mine.version, len(mine.pending_events)) == (4, 1)
    assert record.application.inquiry(ID) == before == anew(record)
    one, other = record.application.inquiry(ID), record.application.inquiry(ID)
    for name, value in vars(one).items():
        assert not isinstance(value, dict | list | set) or value is not getattr(other, name), name


def test_what_was_handed_out_does_not_change_with_the_store(record: Record) -> None:
    record.receive(1)
    kept = Kept(record.store)
    before = kept.now(ID)
    note(record, 1)
    assert (kept.now(ID).version, before.version, len(before.contents)) == (2, 1, 1)


def test_a_store_that_was_restored_is_read_anew(record: Record) -> None:
    record.first_contact(1)
    assert record.application.inquiry(ID).version == 3
    record.sql("DELETE FROM casebackbone_events WHERE originator_version > 1")
    assert record.application.inquiry(ID) == anew(record)
    assert record.claim(1).aggregate.version == 2
    record.sql("DELETE FROM casebackbone_events")
    for _ in range(2):
        with pytest.raises(InquiryNotFound):
            record.application.inquiry(ID)


def test_another_event_in_the_place_of_a_known_one_is_read_anew(record: Record) -> None:
    record.receive(1)
    record.claim(1)
    assert record.application.inquiry(ID).standing.holder == "agent:anna"
    (_, claimed) = record.store.recorder.select_events(ID)
    body = unsealed(claimed.state)[1].replace(b"agent:anna", b"agent:bert")
    state = sealed(event_hash(ID, 2, claimed.topic, body), body)
    record.sql("UPDATE casebackbone_events SET state = :state WHERE originator_version = 2", state=state)
    assert record.application.inquiry(ID).standing.holder == "agent:bert"


def test_a_store_that_does_not_answer_is_no_reason_to_tell_what_was(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.receive(1)
    record.application.inquiry(ID)

    def away(*_: object, **__: object) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(record.store.recorder, "select_events", away)
    with pytest.raises(OperationalError):
        record.application.inquiry(ID)


def test_the_last_ones_that_were_asked_for_are_kept(record: Record, decoded: list[int]) -> None:
    for number in (1, 2, 3):
        record.receive(number)
    kept = Kept(record.store, most=2)
    for number in (1, 2, 1, 3):
        kept.now(inquiry_id_of(number))
    decoded.clear()
    for number in (1, 3):
        kept.now(inquiry_id_of(number))
    assert decoded == []
    kept.now(inquiry_id_of(2))
    assert decoded == [1]


def test_many_at_once_see_what_is_and_leave_one_chain(record: Record) -> None:
    record.receive(1)

    def work(number: int) -> list[int]:
        seen = []
        for step in range(4):
            note(record, 10 * number + step)
            seen.append(record.application.inquiry(ID).version)
        return seen

    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(work, range(4)))
    assert all(versions == sorted(versions) for versions in seen)
    assert max(map(max, seen)) == 17
    assert record.application.inquiry(ID) == anew(record)
    stored = list(record.application.history(ID))
    assert [later.previous for later in stored[1:]] == [earlier.hash for earlier in stored[:-1]]  # type: ignore[attr-defined]


def test_a_guard_sees_what_was_stored_a_moment_ago(record: Record) -> None:
    record.receive(1)
    record.application.inquiry(ID)
    Application(record.store, PROMISE).handle(record.order(1, version=1), Claim())
    assert record.application.inquiry(ID).standing.holder == "agent:anna"
