"""Fields: normalised or refused, with a code that programs can tell apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
import pytest

from api.fields import CallId, Choice, Flag, FreeText, Identifier, Identity, Line, Moment, Whole


def code(field: ma.fields.Field[Any], value: Any) -> str:
    with pytest.raises(ma.ValidationError) as refused:
        field.deserialize(value)
    return str(refused.value.messages[0]).partition(":")[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Müll  ", "Müll"),
        ("Mu\u0308ll", "Müll"),  # NFD
        ("a\r\nb\rc", "a\nb\nc"),
        ("\u202a0621 115\u202c", "0621 115"),  # copied from a phone's address book
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("\ufeffText", "Text"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("مرحبا", "مرحبا"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("'; DROP TABLE contents; --", "'; DROP TABLE contents; --"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_normalised_and_otherwise_left_alone(written: str, kept: str) -> None:
    assert FreeText().deserialize(written) == kept


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "null"),
        (1, "wrong_type"),
        (True, "wrong_type"),
        (["a"], "wrong_type"),
        ({"a": 1}, "wrong_type"),
        ("", "blank"),
        (" \n\t ", "blank"),
        ("\u202e", "blank"),
        ("a\x00b", "control_character"),
        ("a\x1b[31m", "control_character"),
        ("a\x85b", "control_character"),
        ("\ud800", "lone_surrogate"),
        ("a\udfffb", "lone_surrogate"),
        ("a" * 20_001, "too_long"),
        ("a" * 1_000_000, "too_long"),
    ],
)
def test_text_that_is_refused(value: Any, told: str) -> None:
    assert code(FreeText(), value) == told


def test_a_line_is_one_line() -> None:
    assert code(Line(), "a\nb") == "control_character"
    assert code(Line(), "a\r\nSet-Cookie: x") == "control_character"


@pytest.mark.parametrize(
    "good", ["tiefbau", "Tiefbau", "Bürgerbüro 2", "Parks / Trees", "O'Neill & Co.", "99107006012000"]
)
def test_identifiers_of_offices(good: str) -> None:
    assert Identifier().deserialize(good) == good


@pytest.mark.parametrize("bad", ["-x", "../etc", "a;b", "<b>", "a\\b", "%00", "a|b", "{}", "_"])
def test_identifiers_that_are_refused(bad: str) -> None:
    assert code(Identifier(), bad) == "wrong_form"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-04-02T17:00:00+02:00", datetime(2026, 4, 2, 15, tzinfo=UTC)),
        ("2026-04-02T15:00:00Z", datetime(2026, 4, 2, 15, tzinfo=UTC)),
        ("2026-04-02t15:00:00.25z", datetime(2026, 4, 2, 15, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_moments_come_out_in_utc(written: str, moment: datetime) -> None:
    assert Moment().deserialize(written) == moment


@pytest.mark.parametrize(
    "bad",
    [
        "2026-04-02T17:00:00",
        "2026-04-02",
        "2026-02-30T00:00:00Z",
        "2026-04-02T25:00:00Z",
        "2026-04-02T17:00:00+99:00",
        "٢٠٢٦-04-02T17:00:00Z",
        "0001-01-01T00:00:00+14:00",
        1775142000,
        "now",
    ],
)
def test_moments_that_are_refused(bad: Any) -> None:
    assert code(Moment(), bad) in ("wrong_form", "out_of_range")


def test_moments_far_away() -> None:
    assert code(Moment(), "1999-12-31T00:00:00Z") == code(Moment(), "2100-01-01T00:00:00Z") == "out_of_range"


@pytest.mark.parametrize(
    "bad", ["", "x", "00000000000000000000000000000000", "{00000000-0000-0000-0000-000000000000}", 1]
)
def test_identities(bad: Any) -> None:
    assert code(Identity(), bad) == "wrong_form"
    assert Identity().deserialize("0B7D5C1E-7D0A-5D6C-9B55-2F8F0C0A8E11") == UUID(
        int=0x0B7D5C1E7D0A5D6C9B552F8F0C0A8E11
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "out_of_range"),
        (201, "out_of_range"),
        (2**63, "out_of_range"),
        (1.0, "wrong_type"),
        (True, "wrong_type"),
        ("x", "wrong_type"),
    ],
)
def test_whole_numbers(value: Any, told: str) -> None:
    assert code(Whole(1, 200), value) == told
    assert Whole(1, 200).deserialize("7") == Whole(1, 200).deserialize(7) == 7


@pytest.mark.parametrize("bad", ["true", 1, 0, "", []])
def test_flags_are_true_or_false(bad: Any) -> None:
    assert code(Flag(), bad) == "wrong_type"


def test_choices() -> None:
    assert code(Choice(["a", "b"]), "c") == "unknown_value"
    assert code(Choice(["a", "b"]), 1) == "wrong_type"
    assert Choice({"a": "A"}).deserialize("a") == "a"


@pytest.mark.parametrize(
    "call",
    [
        "1",
        "a",
        "c0",
        "4711-22",
        "7-3",
        "1732435200.118",
        "line:7f3a",
        "00017",
        "550e8400-e29b-41d4-a716-446655440000",
        "62159",
    ],
)
def test_what_a_telephone_system_calls_a_call(call: str) -> None:
    assert CallId().deserialize(call) == call


@pytest.mark.parametrize(
    "call",
    [
        *("Anna", "Frau Schmidt", "anna.schmidt", "Müller", "Hauptstraße"),
        *("+49", "+49 621 5040", "0621/5040-115", "06215040", "(0621) 5040", "0049621504", "496215040115"),
        *("tel:115", "sip:5040@city.example", "callto:0621"),
    ],
)
def test_what_may_be_somebody_is_no_id_of_a_call(call: str) -> None:
    assert code(CallId(), call) == "looks_personal"


@pytest.mark.parametrize("call", ["Frau Schmidt 3", "a@b1", "-1", "1-", "straße7", "a/1"])
def test_other_signs_are_not_those_of_a_telephone_system(call: str) -> None:
    assert code(CallId(), call) == "wrong_form"
