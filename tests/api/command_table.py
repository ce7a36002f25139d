"""Every command: an inquiry that it fits, who gives it, what it says; and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.api.desk import Case, Desk


@dataclass(frozen=True)
class Row:
    """``noun`` is the last part of the address. ``does`` is what must be true of the answer."""

    noun: str
    who: str
    prepare: Callable[[Desk], Case]
    body: Any = None
    does: dict[str, Any] = field(default_factory=dict)
    refused: Callable[[Desk], Case] = lambda desk: desk.received().resolved()
    code: str = "closed"
    status: int = 409
    refused_body: Any = None
    events: int = 1
    """How many are stored, those of other inquiries included."""


def _received(desk: Desk) -> Case:
    return desk.received()


def _claimed(desk: Desk) -> Case:
    return desk.received().done("anna", "claim")


def _paused(desk: Desk) -> Case:
    return desk.received().done("anna", "pause")


def _merged(desk: Desk) -> Case:
    other = desk.received()
    return desk.received().done("anna", "merge", {"into": other.id})


TABLE = [
    Row("claim", "anna", _received, None, {"holder": "agent:anna"}, _claimed, "already_yours"),
    Row("release", "anna", _claimed, {"reason": "end_of_shift"}, {"holder": "desk:front"}, _received, "not_claimed"),
    Row("background", "anna", _received, {"reason": "peak"}, {"holder": "desk:background"}),
    Row(
        "classification",
        "anna",
        _received,
        {"service": "99107006012000", "area": "07315000"},
        {"service": "99107006012000", "area": "07315000"},
    ),
    Row("answers", "anna", _received, {"text": "Am Dienstag."}, {"state": "open"}),
    Row(
        "forwardings",
        "anna",
        _received,
        {"to": "Tiefbau", "reason": "needs_expertise", "note": "Bitte bald."},
        {"offered_to": "Tiefbau", "holder": "desk:front", "forwards": 1, "doors": ["Tiefbau"]},
        lambda desk: desk.received().offered(),
        "offer_pending",
    ),
    Row(
        "acceptance",
        "tim",
        lambda desk: desk.received().offered(),
        {"personally": True},
        {"holder": "agent:tim", "department": "Tiefbau", "offered_to": None},
        lambda desk: desk.received("tim"),
        "no_offer",
    ),
    Row(
        "rejection",
        "tim",
        lambda desk: desk.received().offered(),
        {"reason": "not_responsible", "suggestion": "Grünflächen", "note": "Das ist ein Baum."},
        {"holder": "desk:front", "sent_back": 1, "offered_to": None},
        lambda desk: desk.received("tim"),
        "no_offer",
    ),
    Row("recall", "anna", lambda desk: desk.received().offered(), None, {"offered_to": None}, _received, "no_offer"),
    Row(
        "callbacks",
        "anna",
        _received,
        {"due_at": "2026-11-25T10:00:00+01:00", "not_before": "2026-11-25T08:00:00+01:00", "note": "Vormittags."},
        {"callback_due_at": "2026-11-25T10:00:00+01:00", "callback_not_before": "2026-11-25T08:00:00+01:00"},
    ),
    Row("contacts", "anna", _received, {"reached": False, "note": "Niemand da."}, {"state": "open"}),
    Row(
        "pause", "anna", _received, {"reason": "waiting_for_citizen"}, {"state": "waiting"}, _paused, "already_waiting"
    ),
    Row("resumption", "anna", _paused, None, {"state": "open", "waiting_since": None}, _received, "not_waiting"),
    Row(
        "notes",
        "anna",
        lambda desk: desk.received().resolved(),
        {"text": "Ruft oft an."},
        {"state": "resolved"},
        _received,
        "invalid",
        422,
        {"text": " "},
    ),
    Row(
        "due",
        "anna",
        _received,
        {"due_at": "2026-12-24T10:00:00+01:00", "reason": "agreed_with_citizen"},
        {"due_at": "2026-12-24T10:00:00+01:00"},
    ),
    Row("escalations", "anna", _received, {"to": "Leitung", "reason": "complaint"}, {"escalated_to": "Leitung"}),
    Row(
        "acknowledgement",
        "sven",
        lambda desk: desk.received().done("anna", "escalations", {"to": "Leitung"}),
        {"until": "2026-11-27T12:00:00+01:00"},
        {"acknowledged_until": "2026-11-27T12:00:00+01:00"},
        _received,
        "not_escalated",
    ),
    Row(
        "resolution",
        "anna",
        lambda desk: desk.received().answered(),
        {"outcome": "answered"},
        {"state": "resolved", "holder": None, "due_at": None},
        _received,
        "not_answered",
    ),
    Row(
        "reopening",
        "anna",
        lambda desk: desk.received().resolved(),
        {"reason": "contradicted", "note": "Stimmt nicht."},
        {"state": "open", "holder": "desk:front", "reopened": 1},
        _received,
        "not_resolved",
    ),
    Row("unmerge", "anna", _merged, None, {"state": "open", "merged_into": None}, _received, "not_merged", events=2),
    Row(
        "contradictions",
        "anna",
        lambda desk: desk.received().accepted(),
        {"text": "Der Müll liegt immer noch da."},
        {"state": "open", "holder": "department:Tiefbau", "attention": "contradicted"},
        _received,
        "invalid",
        422,
        {"text": " "},
    ),
    Row(
        "erasure",
        "dora",
        _received,
        {"basis": "request"},
        {"contents": []},
        lambda desk: desk.received().done("dora", "erasure", {"basis": "request"}),
        "nothing_to_erase",
    ),
]
"""All but ``merge``, whose body names another inquiry: it has tests of its own."""
