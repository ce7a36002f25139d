"""Cursors come from outside: whatever is sent is read again or refused, never a crash."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.cursor import BadCursor, decode, encode, moment


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), st.integers(-(2**62), 2**62))
def test_a_cursor_is_read_as_it_was_written(when: datetime, inquiry: UUID, number: int) -> None:
    assert decode(encode("list", when, inquiry, number), "list", moment, UUID, int) == (when, inquiry, number)


def _text(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ä",
        "💥",
        "AAAA",
        "====",
        _text(None),
        _text({}),
        _text(["list"]),
        _text(["list", "2026-03-02T11:00:00", "00000000-0000-0000-0000-000000000001"]),
        _text(["list", "2026-03-02T11:00:00+00:00", "no uuid"]),
        _text(["list", 5, "00000000-0000-0000-0000-000000000001"]),
        _text(["list", "0001-01-01T00:00:00+23:59", "00000000-0000-0000-0000-000000000001"]),
        _text(["other", "2026-03-02T11:00:00+00:00", "00000000-0000-0000-0000-000000000001"]),
        _text(["list", "2026-03-02T11:00:00+00:00", "00000000-0000-0000-0000-000000000001", 1]),
        base64.urlsafe_b64encode(b"[" * 20_000).decode(),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode(cursor, "list", moment, UUID)


@pytest.mark.parametrize("number", [True, 2**63, -(2**63), 1.5, "1", None])
def test_only_numbers_that_a_database_can_take(number: object) -> None:
    with pytest.raises(BadCursor):
        decode(_text(["list", number]), "list", int)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_noise_is_refused(noise: str) -> None:
    with pytest.raises(BadCursor):
        decode(noise, "list", moment, UUID)


def test_texts_with_signs_that_no_database_takes_are_refused() -> None:
    for text in ("a\0b", "\ud800"):
        with pytest.raises(BadCursor):
            decode(_text(["list", text]), "list", str)
