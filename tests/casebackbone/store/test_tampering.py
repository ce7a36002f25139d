"""Whoever changes the record behind its back is found, and where."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from casebackbone import ledger
from casebackbone.checkpoint import BadCheckpoint, public_key_of, read, read_key, sign
from casebackbone.ledger import Chains, Finding, Page, Pages, compare, merkle_root
from casebackbone.store.mapper import event_hash, sealed, unsealed
from tests.casebackbone.store.record import NOW, Record, inquiry_id_of

KEY = Ed25519PrivateKey.from_private_bytes(b"3650" * 8)
FORGED = "state = :state WHERE originator_id = :id AND originator_version = :version"


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PAGE", 4)


@pytest.fixture
def signed(record: Record) -> list[Page]:
    """Ten inquiries of three events each, and the pages that were signed."""
    for number in range(10):
        record.first_contact(number)
    return pages_of(record)


def pages_of(record: Record, along: list[Page] | None = None) -> list[Page]:
    pages = Pages(along=along or [])
    for stored in record.store.stored_after(0, 1_000):
        pages.add(stored.id, stored.state)
    return pages.end()


def chain(record: Record) -> list[Finding]:
    chains = Chains()
    return [finding for stored in record.store.stored_after(0, 1_000) for finding in chains.check(stored)]


def against(record: Record, signed: list[Page]) -> list[Finding]:
    return list(compare(signed, pages_of(record, along=signed)))


def state(record: Record, inquiry: int, version: int) -> bytes:
    query = "SELECT state FROM casebackbone_events WHERE originator_id = :id AND originator_version = :version"
    return bytes(record.sql(query, id=record.own(inquiry), version=version)[0][0])


def overwrite(record: Record, inquiry: int, version: int, forged: bytes) -> None:
    record.sql(f"UPDATE casebackbone_events SET {FORGED}", id=record.own(inquiry), version=version, state=forged)


def test_an_untouched_record_has_nothing_to_find_also_when_it_has_grown(record: Record, signed: list[Page]) -> None:
    assert (chain(record), against(record, signed)) == ([], [])
    record.first_contact(10)
    record.first_contact(11)
    assert (chain(record), against(record, signed)) == ([], [])


def test_an_edited_event(record: Record, signed: list[Page]) -> None:
    overwrite(record, 3, 2, state(record, 3, 2).replace(b"agent:anna", b"agent:eve_"))
    assert [(one.code, one.inquiry_id, one.version) for one in chain(record)] == [("edited", str(inquiry_id_of(3)), 2)]


def test_an_event_deleted_in_the_middle(record: Record, signed: list[Page]) -> None:
    record.sql("DELETE FROM casebackbone_events WHERE originator_id = :id AND originator_version = 2", id=record.own(3))
    (found,) = chain(record)
    assert (found.code, found.inquiry_id, found.version, found.detail) == (
        "missing",
        str(inquiry_id_of(3)),
        3,
        "versions 2 to 2",
    )


def test_two_events_swapped(record: Record, signed: list[Page]) -> None:
    second, third = state(record, 3, 2), state(record, 3, 3)
    overwrite(record, 3, 2, third)
    overwrite(record, 3, 3, second)
    assert {(one.code, one.version) for one in chain(record)} >= {("edited", 2), ("edited", 3)}


def test_the_tail_of_one_inquiry_cut(record: Record, signed: list[Page]) -> None:
    record.sql("DELETE FROM casebackbone_events WHERE originator_id = :id AND originator_version = 3", id=record.own(3))
    assert chain(record) == []
    (found,) = against(record, signed)
    assert (found.code, found.position, found.detail) == (
        "truncated",
        12,
        "positions 9 to 12: 3 events where 4 were signed",
    )


def test_the_tail_of_the_log_cut(record: Record, signed: list[Page]) -> None:
    record.sql("DELETE FROM casebackbone_events WHERE notification_id > 20")
    assert {one.code for one in against(record, signed)} == {"truncated"}
    assert [one.position for one in against(record, signed)] == [24, 28, 30]


def test_a_chain_rewritten_to_its_end_by_somebody_who_can_compute_hashes(record: Record, signed: list[Page]) -> None:
    previous = unsealed(state(record, 3, 1))[0]
    for version in (2, 3):
        topic = {2: "inquiry.answered", 3: "inquiry.resolved"}[version]
        body = json.loads(unsealed(state(record, 3, version))[1])
        forged = json.dumps(body | {"actor": "agent:eve", "previous": previous}, separators=(",", ":")).encode()
        previous = event_hash(inquiry_id_of(3), version, topic, forged)
        overwrite(record, 3, version, sealed(previous, forged))
    assert chain(record) == []
    assert [(one.code, one.position) for one in against(record, signed)] == [("rewritten", 12)]


def test_bytes_that_are_no_event(record: Record, signed: list[Page]) -> None:
    overwrite(record, 3, 3, b"\x00\xff")
    assert [(one.code, one.version) for one in chain(record)] == [("unreadable", 3)]


def test_an_event_slipped_in(record: Record, signed: list[Page]) -> None:
    record.sql("UPDATE casebackbone_events SET notification_id = 1000 WHERE notification_id = 5")
    assert [(one.code, one.version) for one in chain(record)][:1] == [("missing", 3)]
    assert [(one.code, one.position) for one in against(record, signed)] == [("truncated", 8)]


def test_a_checkpoint_says_who_signed_it_and_for_which_store(record: Record, signed: list[Page]) -> None:
    epoch = record.store.epoch
    made = json.loads(json.dumps(sign(signed, store_epoch=epoch, at=NOW, key=KEY)))
    assert (made["position"], made["count"]) == (30, 30)
    assert read(made, store_epoch=epoch, public_key=public_key_of(KEY)) == signed
    with pytest.raises(BadCheckpoint, match="it was changed"):
        read(made | {"count": 29}, store_epoch=epoch)
    with pytest.raises(BadCheckpoint, match="signed by somebody else"):
        read(made, store_epoch=epoch, public_key=public_key_of(Ed25519PrivateKey.generate()))
    with pytest.raises(BadCheckpoint, match="of store"):
        read(made, store_epoch=inquiry_id_of(0))
    with pytest.raises(BadCheckpoint, match="no checkpoint"):
        read({"signature": "x"}, store_epoch=epoch)


def test_only_an_ed25519_key_signs() -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert public_key_of(read_key(pem)) == public_key_of(KEY)
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        read_key(b"nonsense")


def test_the_tree_tells_leaves_from_nodes_and_order_from_order() -> None:
    a, b, c = b"a" * 32, b"b" * 32, b"c" * 32
    assert len({merkle_root(leaves) for leaves in ([], [a], [a, b], [b, a], [a, b, c], [a, c, b])}) == 6
