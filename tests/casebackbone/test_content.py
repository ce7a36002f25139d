"""What an event says of a text: enough to prove that it was not changed, nothing once it is erased."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from casebackbone.content import KINDS, SALT_BYTES, Text, commit, digest_of, matches
from casebackbone.store.rows import ContentRow
from events.standing import ContentRef
from tests.casebackbone.store.record import NOW

INQUIRY = UUID(int=1)
SALT = bytes(range(SALT_BYTES))


def kept(text: str = "Straßenlaterne aus", kind: str = "question") -> tuple[ContentRow, ContentRef]:
    return commit(Text(kind, text), INQUIRY, uuid4(), NOW, draw=lambda count: SALT[:count])


def test_the_digest_is_over_salt_kind_and_text() -> None:
    row, ref = kept()
    assert row.digest == ref.digest == sha256(SALT + b"question\0" + "Straßenlaterne aus".encode()).hexdigest()
    assert (row.inquiry_id, row.content_id, row.kind, row.created_at) == (INQUIRY, ref.content_id, ref.kind, NOW)


def test_the_same_text_twice_cannot_be_recognised() -> None:
    digests = {commit(Text("note", "same"), INQUIRY, uuid4(), NOW)[1].digest for _ in range(2)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    "change",
    [{"text": "Straßenlaterne an"}, {"salt": bytes(SALT_BYTES)}, {"kind": "answer"}, {"text": ""}],
    ids=["text", "salt", "kind", "nothing"],
)
def test_a_change_is_seen(change: dict[str, object]) -> None:
    row, ref = kept()
    assert matches(row, ref)
    assert not matches(replace(row, **change), ref)


def test_the_border_of_kind_and_text_counts() -> None:
    assert len({digest_of(SALT, Text("note", "x")), digest_of(SALT, Text("question", "x"))}) == 2


def test_an_erased_text_still_belongs_to_its_event_and_to_no_other() -> None:
    row, ref = kept()
    erased = replace(row, text=None, salt=None, erased_at=NOW)
    assert matches(erased, ref)
    assert not matches(erased, replace(ref, digest="0" * 64))


def test_kinds_are_listed() -> None:
    assert set(KINDS) == {"question", "contact", "answer", "note", "closure", "contradiction"}
    with pytest.raises(ValueError, match="kind of text"):
        Text("poem", "x")
