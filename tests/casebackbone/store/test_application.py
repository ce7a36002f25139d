"""One save is all or nothing, a repeat is harmless, and what was seen is what is changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from casebackbone.access import Principal, Role
from casebackbone.application import Done
from casebackbone.commands import Answer, Claim, Erase, Note, Receive, Resolve
from casebackbone.content import Text, matches
from casebackbone.inquiry_events import Forwarded
from casebackbone.reference import new_reference
from casebackbone.refusals import Conflict, Forbidden, InquiryNotFound, KeyReused, Refused, Stale
from casebackbone.store.mapper import event_hash, sealed
from casebackbone.store.rows import CommandAlreadyRecorded
from events.standing import Channel, State
from tests.casebackbone.store.record import BERND, NOW, Record, inquiry_id_of

OFFICER = Principal("otto", frozenset({Role.DATA_PROTECTION_OFFICER}))


def counts(record: Record) -> tuple[int, int, int]:
    """Events, texts and commands."""
    tables = ("casebackbone_events", "contents", "commands")
    events, texts, commands = (record.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables)
    return events, texts, commands


class TestAtOnce:
    def test_received_answered_and_resolved_in_one_transaction(self, record: Record) -> None:
        done = record.first_contact(1)
        assert (done.aggregate.version, done.aggregate.standing.state, done.position) == (3, State.RESOLVED, 3)
        assert counts(record) == (3, 2, 1)

    def test_a_refused_step_takes_the_others_with_it(self, record: Record) -> None:
        with pytest.raises(Conflict, match="not_answered"):
            record.receive(1, Resolve())
        assert counts(record) == (0, 0, 0)

    def test_texts_and_record_go_with_events_that_cannot_be_stored(
        self, record: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record.receive(1)
        before = counts(record)
        stale = record.application.inquiry(inquiry_id_of(1))
        record.claim(1)
        monkeypatch.setattr(record.application, "inquiry", lambda *_, **__: stale)
        with pytest.raises(Stale):
            record.application.handle(record.order(1, version=1, principal=BERND), Note(texts=[Text("note", "x")]))
        events, texts, commands = counts(record)
        assert (events, texts, commands) == (before[0] + 1, before[1], before[2] + 1)

    def test_the_texts_are_those_that_the_events_committed_to(self, record: Record) -> None:
        inquiry = record.first_contact(1).aggregate
        rows = record.store.read_contents(list(inquiry.contents))
        assert [row.text for row in rows] == ["Frage 1", "Um acht."]
        assert all(matches(row, inquiry.contents[row.content_id]) for row in rows)

    def test_no_text_is_in_an_event(self, record: Record) -> None:
        record.first_contact(1)
        assert not any(
            "Um acht" in bytes(row[0]).decode() for row in record.sql("SELECT state FROM casebackbone_events")
        )


class TestRepeat:
    def test_the_same_command_answers_the_same_and_stores_nothing(self, record: Record) -> None:
        first = record.first_contact(1)
        record.application.handle(record.order(1, version=3), Note(texts=[Text("note", "x")]))
        before = counts(record)
        again = record.first_contact(1)
        assert (again.repeated, again.position, again.aggregate.version) == (True, first.position, 3)
        assert again.aggregate.standing == first.aggregate.standing
        assert counts(record) == before

    def test_another_request_under_the_same_key_is_refused(self, record: Record) -> None:
        record.receive(1)
        with pytest.raises(KeyReused):
            record.receive(1, digest="another body")

    def test_a_hundred_at_once_are_one(self, record: Record) -> None:
        def ask(_: int) -> Done | None:
            with suppress(Refused, OperationalError):
                return record.first_contact(1)
            return None

        with ThreadPoolExecutor(8) as threads:
            done = [one for one in threads.map(ask, range(100)) if one is not None]
        assert {(one.position, one.aggregate.version) for one in done} == {(done[0].position, 3)}
        assert sum(not one.repeated for one in done) == 1
        assert counts(record) == (3, 2, 1)

    def test_the_store_itself_refuses_a_command_that_it_has(self, record: Record) -> None:
        record.receive(1)
        row = record.store.find_command(record.order(1, key="receive").cause.command_id)
        inquiry = record.application.inquiry(inquiry_id_of(1))
        inquiry.cause = record.order(1).cause
        inquiry.claim("agent:anna")
        with pytest.raises(CommandAlreadyRecorded):
            record.store.event_store.put(inquiry.collect_events(), command=row)

    def test_a_lost_answer_to_a_commit_is_found_again(self, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
        """The library retries after a connection cut at COMMIT and then sees a conflict with itself."""
        insert = record.store.recorder.insert_events

        def twice(*arguments: Any, **options: Any) -> Any:
            insert(*arguments, **options)
            return insert(*arguments, **options)

        monkeypatch.setattr(record.store.recorder, "insert_events", twice)
        done = record.first_contact(1)
        assert (done.repeated, done.aggregate.version, counts(record)) == (True, 3, (3, 2, 1))


class TestVersions:
    def test_of_two_who_saw_the_same_version_one_is_told(self, record: Record) -> None:
        record.receive(1)
        record.claim(1, version=1)
        with pytest.raises(Stale) as stale:
            record.claim(1, version=1, principal=BERND)
        assert (stale.value.expected, stale.value.actual) == (1, 2)

    def test_two_at_once(self, record: Record) -> None:
        record.receive(1)

        def claim(principal: Principal) -> str:
            try:
                record.application.handle(record.order(1, version=1, principal=principal), Claim())
            except Stale:
                return "told"
            return "done"

        with ThreadPoolExecutor(2) as threads:
            people = [Principal(f"agent-{number}", frozenset({Role.FRONT_AGENT})) for number in range(20)]
            answers = list(threads.map(claim, people))
        assert sorted(answers) == ["done"] + ["told"] * 19

    def test_the_same_inquiry_is_not_received_twice(self, record: Record) -> None:
        record.receive(1)
        with pytest.raises(Stale):
            record.application.receive(
                record.order(1, key="other"), Receive(channel=Channel.PHONE, reference=new_reference())
            )

    def test_versions_are_unique_in_the_store(self, record: Record) -> None:
        record.receive(1)
        stored = record.store.stored_after(0, 1)
        with pytest.raises(IntegrityError):
            record.store.recorder.insert_events(stored)


class TestLooking:
    def test_as_of_a_version_and_as_of_a_time(self, record: Record) -> None:
        record.receive(1)
        record.application.handle(record.order(1, version=1, after=timedelta(hours=1)), Claim())
        application, inquiry_id = record.application, inquiry_id_of(1)
        assert application.inquiry(inquiry_id, version=1).standing.holder == "desk:front"
        assert application.inquiry_at(inquiry_id, NOW + timedelta(minutes=59)).standing.holder == "desk:front"
        assert application.inquiry_at(inquiry_id, NOW + timedelta(hours=1)).standing.holder == "agent:anna"
        for look in (
            lambda: application.inquiry(inquiry_id, version=9),
            lambda: application.inquiry_at(inquiry_id, NOW - timedelta(seconds=1)),
            lambda: application.inquiry(inquiry_id_of(2)),
        ):
            with pytest.raises(InquiryNotFound):
                look()

    def test_a_look_is_recorded_before_anything_is_returned(
        self, record: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inquiry = record.first_contact(1).aggregate
        ids = list(inquiry.contents)
        rows = record.application.texts(BERND, inquiry, ids, at=NOW, purpose="work")
        assert len(rows) == 2
        assert [tuple(row) for row in record.sql("SELECT actor, purpose FROM content_accesses")] == [
            ("agent:bernd", "work")
        ]

        def fails(**_: object) -> None:
            raise OperationalError("disk full")

        monkeypatch.setattr(record.store, "record_access", fails)
        monkeypatch.setattr(record.store, "read_contents", lambda _: pytest.fail("read without a record"))
        with pytest.raises(OperationalError):
            record.application.texts(BERND, inquiry, ids, at=NOW, purpose="work")

    def test_who_may_not_look_leaves_no_trace_and_sees_nothing(self, record: Record) -> None:
        inquiry = record.receive(1).aggregate
        auditor = Principal("audrey", frozenset({Role.AUDITOR}))
        with pytest.raises(Forbidden):
            record.application.texts(auditor, inquiry, list(inquiry.contents), at=NOW, purpose="audit")
        assert record.sql("SELECT count(*) FROM content_accesses")[0][0] == 0


class TestErasure:
    def test_text_and_salt_are_gone_and_the_chain_holds(self, record: Record) -> None:
        inquiry = record.first_contact(1).aggregate
        ids = list(inquiry.contents)
        record.application.handle(record.order(1, version=3, principal=OFFICER), Erase(basis="request"))
        rows = record.store.read_contents(ids)
        assert [(row.text, row.salt, row.erased_at) for row in rows] == [(None, None, NOW)] * 2
        assert [row.digest for row in rows] == [inquiry.contents[content_id].digest for content_id in ids]
        assert record.application.inquiry(inquiry_id_of(1)).contents == {}

    def test_nothing_is_left_in_the_file(self, record: Record) -> None:
        record.receive(1, Answer(texts=[Text("answer", "KANARIENVOGEL-4711")]))
        assert b"KANARIENVOGEL-4711" in on_disk(record)
        record.application.handle(record.order(1, version=2, principal=OFFICER), Erase(basis="request"))
        if record.store.engine.dialect.name == "postgresql":
            assert b"KANARIENVOGEL-4711" in on_disk(record)  # that is why there is scrub()
            record.store.scrub()
        assert b"KANARIENVOGEL-4711" not in on_disk(record)


def on_disk(record: Record) -> bytes:
    """The bytes of the files that hold the texts."""
    if record.store.engine.dialect.name == "postgresql":
        record.sql("CHECKPOINT")
        return bytes(record.sql("SELECT pg_read_binary_file(pg_relation_filepath('contents'))")[0][0])
    database = Path(str(record.store.engine.url.database))
    return database.read_bytes() + database.with_name(f"{database.name}-wal").read_bytes()


def test_an_event_of_the_first_version_is_read_as_the_second(record: Record) -> None:
    """``Forwarded`` once had no reason. Its bytes stay as they are, and so does its seal."""
    body = (
        b'{"timestamp":{"_type_":"datetime_iso","_data_":"2026-03-02T09:00:00+00:00"},"standing":{"_type_":"standing",'
        b'"_data_":{"state":"open","reference":"K7WM-2QXH-9RTD","channel":"phone","received_at":"2026-03-02T09:00:00+00:00",'
        b'"holder":"desk:front","due_at":"2026-03-04T13:00:00+00:00","offered_to":"strassen",'
        b'"offer_expires_at":"2026-03-02T13:00:00+00:00","forwarded_by":"agent:anna","forwards":1,"sent_back":0,"reopened":0}},'
        b'"actor":"agent:anna","command_id":{"_type_":"uuid_hex","_data_":"6a3c4f0e000040008000000000000365"},'
        b'"correlation_id":{"_type_":"uuid_hex","_data_":"6a3c4f0e000040008000000000000365"},"causation_id":null,'
        b'"occurred_at":{"_type_":"datetime_iso","_data_":"2026-03-02T09:00:00+00:00"},"traceparent":null,'
        b'"previous":"' + b"0" * 64 + b'","to":"strassen","contents":[]}'
    )
    seal = event_hash(inquiry_id_of(1), 2, "inquiry.forwarded", body)
    record.sql(
        "INSERT INTO casebackbone_events (originator_id, originator_version, topic, state) "
        "VALUES (:id, 2, :topic, :state)",
        id=record.own(1),
        topic="inquiry.forwarded",
        state=sealed(seal, body),
    )
    (stored,) = record.store.events_after(0, 10)
    assert isinstance(stored.event, Forwarded)
    assert (stored.event.reason, stored.event.to, stored.event.hash) == ("unspecified", "strassen", seal)
