"""Published events for tests: one worked sample of each type, and strategies for any event."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from hypothesis import strategies as st

from events.catalogue import EVENTS, PARTS
from events.published import PublishedEvent
from events.schemas import without_none
from events.standing import Channel, ContentRef, Provenance, Standing, State

NAMES = UUID("2f1c2a5e-8f50-4a57-9b39-0f4c8f0b0115")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def content(name: str, kind: str = "question") -> ContentRef:
    return ContentRef(content_id=uuid5(NAMES, name), kind=kind, digest=uuid5(NAMES, name).hex * 2)


def standing(**changes: Any) -> Standing:
    known: dict[str, Any] = {
        "state": State.OPEN,
        "reference": "K7QX-3MPA-9TDW",
        "channel": Channel.PHONE,
        "received_at": NOON,
        "holder": "agent:a.weber",
        "due_at": NOON + timedelta(days=3, microseconds=250_000),
        "due_policy": "115@1",
        "service": "99012003000000",
        "department": "bauamt",
        "offered_to": "ordnungsamt",
        "offer_expires_at": NOON + timedelta(hours=4),
        "forwarded_by": "agent:a.weber",
        "forwards": 1,
    }
    return Standing(**known | changes)


def provenance(version: int = 1, position: int = 1, **changes: Any) -> Provenance:
    known: dict[str, Any] = {
        "actor": "agent:a.weber",
        "command_id": uuid5(NAMES, f"command {version}"),
        "correlation_id": uuid5(NAMES, "correlation"),
        "causation_id": None,
        "occurred_at": NOON,
        "recorded_at": NOON + timedelta(seconds=1, microseconds=123_456),
        "position": position,
        "hash": f"{version:064x}",
        "previous_hash": f"{version - 1:064x}",
        "store_epoch": uuid5(NAMES, "epoch"),
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    return Provenance(**known | changes)


_OWN: dict[str, Any] = {
    "standing": standing(),
    "contents": (content("question"), content("phone number", "contact")),
    "language": "de",
    "previous_service": None,
    "taken_from": "desk:front",
    "reason": "unspecified",
    "first_contact": True,
    "article_id": uuid5(NAMES, "article"),
    "article_version": 3,
    "to": "ordnungsamt",
    "department": "ordnungsamt",
    "suggestion": "tiefbauamt",
    "not_before": NOON + timedelta(hours=1),
    "reached": False,
    "remaining_minutes": 840,
    "previous_due_at": NOON + timedelta(days=1),
    "outcome": "answered",
    "merged_from": uuid5(NAMES, "other inquiry"),
    "content_ids": (uuid5(NAMES, "question"),),
    "basis": "request",
    "promised_until": NOON + timedelta(hours=6),
    "proposed": "tiefbauamt",
    "circular": False,
    "offered_minutes": 35,
    "duplicate": uuid5(NAMES, "other inquiry"),
    "moved_from": "agent:a.weber",
    "withdrawn_from": None,
    "day": "2026-03-02",
    "person": "agent:a.weber",
    "place": "front",
    "call": "4711-22",
    "told_at": NOON - timedelta(seconds=2),
    "waited_seconds": 31,
    "in_time": False,
    "talked_seconds": 240,
    "waiting": 5,
    "longest_wait_seconds": 31,
    "valid_from": NOON,
    "valid_to": NOON + timedelta(days=365),
    "name": "Tiefbauamt",
    "area": "07314000",
    "phone": "+49 621 504-0",
    "email": "tiefbau@stadt.example",
    "office": "Rathausplatz 20, Zimmer 3",
    "opening_hours": "Mo-Fr 08:00-12:00",
    "successor": "tiefbauamt",
    "moved": 2,
    "service": "99012003000000",
    "synonyms": ("Grobmüll", "Sperrgut"),
    "description": "Abholung großer Gegenstände",
    "unit": "department:tiefbauamt",
    "function": "deputy",
    "edition": 3,
    "question": "Wann wird der Sperrmüll abgeholt?",
    "answer": "Nach **Anmeldung**, innerhalb von vier Wochen.",
    "keywords": ("Sperrmüll", "Möbel"),
    "services": ("99012003000000",),
    "departments": ("abfallwirtschaft",),
    "verdict": "helped",
    "owner": "department:abfall",
    "kind": "write",
    "lesson": "unanswered_question",
    "key": "sperrmuell",
    "inquiries": (uuid5(NAMES, "inquiry"),),
    "occurrences": 5,
    "previous_owner": "agent:a.weber",
    "due_at": NOON + timedelta(days=14),
    "due_policy": "115@1",
}
_COMMON = {field.name for field in fields(PublishedEvent)}


def sample(kind: type[PublishedEvent], *, inquiry: str = "inquiry", version: int = 1, position: int = 1) -> Any:
    """A worked sample of ``kind``; always the same. ``inquiry`` is the subject's name."""
    own = {field.name: _OWN[field.name] for field in fields(kind) if field.name not in {*_COMMON, kind.identity}}
    own[kind.identity] = uuid5(NAMES, inquiry)
    return kind(version=version, provenance=provenance(version, position), **own)


def history(inquiries: int, steps: int, prefix: str = "inquiry") -> list[PublishedEvent]:
    """Events of several inquiries, interleaved as a store would log them: positions 1..n, versions 1..steps."""
    made: list[PublishedEvent] = []
    for version in range(1, steps + 1):
        for number in range(inquiries):
            kind = EVENTS[(version - 1) % len(EVENTS)]
            made.append(sample(kind, inquiry=f"{prefix} {number}", version=version, position=len(made) + 1))
    return made


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
_TIMES = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9, minutes=-30))]),
)
_COUNTS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: _COUNTS,
    bool: st.booleans(),
    datetime: _TIMES,
    UUID: st.uuids(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    hint, optional = without_none(hint)
    if get_origin(hint) is tuple:
        made: st.SearchStrategy[Any] = st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    elif hint is Provenance:
        made = st.builds(Provenance, **_hinted(Provenance) | _SEALS)
    elif hint in PARTS:
        made = st.builds(hint, **_hinted(hint))
    elif issubclass(hint, StrEnum):
        made = st.sampled_from(list(hint))
    else:
        made = _SCALARS[hint]
    return st.none() | made if optional else made


def _hinted(kind: type) -> dict[str, st.SearchStrategy[Any]]:
    hints = get_type_hints(kind)
    return {field.name: values(hints[field.name]) for field in fields(kind)}


_DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
_SEALS = {
    "position": st.integers(min_value=0, max_value=2**63 - 1),
    "hash": _DIGESTS,
    "previous_hash": _DIGESTS,
    "traceparent": st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
}


def events(kind: type[PublishedEvent]) -> st.SearchStrategy[PublishedEvent]:
    """Any event of ``kind`` that the dataclasses allow."""
    return st.builds(kind, **_hinted(kind) | {"version": st.integers(min_value=1, max_value=2**31)})


ANY_EVENT: st.SearchStrategy[PublishedEvent] = st.sampled_from(EVENTS).flatmap(events)
