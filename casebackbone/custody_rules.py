"""Whether the record itself kept promise 2: one holder and one due time after every event, and only lawful moves.

Written against the events alone, without the aggregate's code, so that a mistake there is found here. For each kind of
event: which parts of the standing it may change, and what must be true afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from casebackbone import inquiry_events as happened
from casebackbone.recorded import RecordedEvent
from events.standing import Standing, State

_HOLDER = re.compile(r"desk:front|desk:background|(agent|system|import):.+|department:.+")
_OFFER = {"offered_to", "offered_at", "offer_expires_at"}
_DUE = {"due_at", "due_policy"}
_CALLBACK = {"callback_due_at", "callback_not_before", "callback_attempts"}
_ACKNOWLEDGEMENT = {"escalate_again_at", "acknowledged_until"}
_ESCALATION = {"escalated_to", "escalated_at", "escalated_for", *_ACKNOWLEDGEMENT}
_ATTENTION = {"attention", "attention_since"}
_CLOSING = {"state", "holder", *_DUE, "waiting_since", *_CALLBACK, *_ESCALATION, *_ATTENTION}

MAY_CHANGE: dict[type[happened.InquiryEvent], set[str]] = {
    happened.Classified: {"service", "area"},
    happened.Claimed: {"holder"},
    happened.Released: {"holder", "department"},
    happened.Answered: _CALLBACK | _ATTENTION,
    happened.Forwarded: {*_OFFER, "forwarded_by", "forwards", "lost_minutes", "circles", *_ATTENTION},
    happened.ForwardAccepted: {*_OFFER, "holder", "department"},
    happened.ForwardRejected: {*_OFFER, "holder", "department", "sent_back", "lost_minutes"},
    happened.ForwardExpired: {*_OFFER, "holder", "department", "sent_back", "lost_minutes"},
    happened.ForwardRecalled: {*_OFFER, "lost_minutes"},
    happened.CallbackPromised: _CALLBACK | _ATTENTION,
    happened.CitizenContacted: _CALLBACK | _ATTENTION,
    happened.Paused: {"state", "waiting_since", *_DUE, *_ATTENTION},
    happened.Resumed: {"state", "waiting_since", *_DUE, *_ATTENTION},
    happened.NoteAdded: _ATTENTION,
    happened.DueChanged: _DUE,
    happened.Escalated: _ESCALATION,
    happened.EscalationAcknowledged: _ACKNOWLEDGEMENT,
    happened.Resolved: _CLOSING,
    happened.Reopened: {"state", "holder", "department", *_DUE, "reopened", *_ATTENTION},
    happened.Merged: {*_CLOSING, "merged_into"},
    happened.Unmerged: {"state", "holder", "department", *_DUE, "merged_into", *_ATTENTION},
    happened.ContentErased: set(),
    happened.DuplicateAdded: _ATTENTION | _DUE,
    happened.DuplicateRemoved: _ATTENTION,
    happened.Contradicted: _ATTENTION,
    happened.FeedbackGiven: set(),
    happened.ArticleConsulted: set(),
    happened.AnswerRecalled: _ATTENTION,
    happened.Rerouted: {*_OFFER, "holder", "department", "sent_back", "lost_minutes", *_ATTENTION},
}
ALSO_WHEN_CLOSED = (
    happened.NoteAdded,
    happened.ContentErased,
    happened.Reopened,
    happened.Unmerged,
    happened.DuplicateRemoved,
    happened.FeedbackGiven,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that event ``version`` of an inquiry breaks."""

    inquiry_id: UUID
    version: int
    code: str
    detail: str


def custody_findings(events: Iterable[RecordedEvent]) -> Iterator[Finding]:
    """Every breach in ``events``: all events of a store, in order within each inquiry. Others are passed over."""
    last: dict[UUID, _Last] = {}
    for event in events:
        if not isinstance(event, happened.InquiryEvent):
            continue
        before = last.get(event.originator_id)
        for code, detail in _breaches(event, before):
            yield Finding(event.originator_id, event.originator_version, code, detail)
        last[event.originator_id] = _Last(event.originator_version, event.standing, event.occurred_at)


@dataclass(frozen=True, slots=True)
class _Last:
    version: int
    standing: Standing
    occurred_at: datetime


_Breach = tuple[str, str]


def _breaches(event: happened.InquiryEvent, before: _Last | None) -> Iterator[_Breach]:
    yield from _of_standing(event.standing)
    received = isinstance(event, happened.Received)
    if before is None:
        if event.originator_version != 1 or not received:
            yield "begins_late", f"the first event is {_name(event)} of version {event.originator_version}"
        return
    if received:
        yield "received_twice", "a second receipt"
        return
    if event.originator_version != before.version + 1:
        yield "version_gap", f"follows version {before.version}"
        return  # what is between them is unknown, so there is nothing to compare with
    if event.occurred_at < before.occurred_at:
        yield "time_backwards", f"happened before version {before.version}"
    if not before.standing.state.is_open and not isinstance(event, ALSO_WHEN_CLOSED):
        yield "after_the_end", f"{_name(event)} on a closed inquiry"
    yield from _of_change(event, before.standing)


def _of_standing(after: Standing) -> Iterator[_Breach]:
    """What holds after every event, whatever it is."""
    if after.state.is_open:
        if after.holder is None or not _HOLDER.fullmatch(after.holder):
            yield "open_without_holder", f"open, and held by {after.holder}"
        if after.due_at is None:
            yield "open_without_due", "open, and due at no time"
    elif after.holder is not None or after.due_at is not None:
        yield "closed_with_holder", "closed, and yet held by somebody or due"
    if (after.offered_to is None) != (after.offer_expires_at is None):
        yield "offer_without_end", "an offer has a department and a time until which it lasts"
    if not after.state.is_open and after.offered_to is not None:
        yield "closed_with_offer", "closed while it was offered to a department"
    if (after.state is State.MERGED) != (after.merged_into is not None):
        yield "merged_into_nothing", "merged into no inquiry, or not merged and yet pointing to one"
    if (after.state is State.WAITING) != (after.waiting_since is not None):
        yield "waiting_since_never", "waiting since no time, or not waiting and yet since a time"


def _of_change(event: happened.InquiryEvent, before: Standing) -> Iterator[_Breach]:
    after = event.standing
    changed = {field.name for field in fields(Standing) if getattr(before, field.name) != getattr(after, field.name)}
    if stray := sorted(changed - MAY_CHANGE[type(event)]):
        yield "changes_too_much", f"{_name(event)} changes {', '.join(stray)}"
    for code, holds in _MUST.get(type(event), ()):
        if not holds(event, before, after):
            yield code, f"{_name(event)}, from holder {before.holder} to {after.holder}"


_Rule = tuple[str, Callable[[Any, Standing, Standing], bool]]

_BACK_AT_THE_DESK: tuple[_Rule, ...] = (
    ("no_offer_before", lambda event, before, after: before.offered_to is not None),
    ("offer_not_ended", lambda event, before, after: after.offered_to is None),
    ("not_at_the_desk", lambda event, before, after: after.holder == "desk:front" and after.department is None),
    ("sent_back_not_counted", lambda event, before, after: after.sent_back == before.sent_back + 1),
)

_MUST: dict[type[happened.InquiryEvent], tuple[_Rule, ...]] = {
    happened.Claimed: (
        ("taken_from_another", lambda event, before, after: event.taken_from == before.holder),
        ("not_a_person", lambda event, before, after: _is_person(after.holder)),
    ),
    happened.Released: (
        (
            "not_put_back",
            lambda event, before, after: (
                after.holder in ("desk:front", "desk:background", f"department:{before.department}")
            ),
        ),
    ),
    happened.Forwarded: (
        ("offered_twice", lambda event, before, after: before.offered_to is None),
        ("offered_to_another", lambda event, before, after: after.offered_to == event.to),
        ("forward_not_counted", lambda event, before, after: after.forwards == before.forwards + 1),
    ),
    happened.ForwardAccepted: (
        ("not_offered_to_it", lambda event, before, after: before.offered_to == event.department),
        ("matter_of_another", lambda event, before, after: after.department == before.offered_to),
        (
            "taken_by_another",
            lambda event, before, after: after.holder == f"department:{before.offered_to}" or _is_person(after.holder),
        ),
        ("offer_not_ended", lambda event, before, after: after.offered_to is None),
        ("taken_from_another", lambda event, before, after: event.taken_from == before.holder),
    ),
    happened.ForwardRejected: _BACK_AT_THE_DESK,
    happened.ForwardExpired: (
        *_BACK_AT_THE_DESK,
        (
            "expired_early",
            lambda event, before, after: (
                before.offer_expires_at is not None and event.occurred_at >= before.offer_expires_at
            ),
        ),
    ),
    happened.ForwardRecalled: (
        ("no_offer_before", lambda event, before, after: before.offered_to is not None),
        ("offer_not_ended", lambda event, before, after: after.offered_to is None),
    ),
    happened.Rerouted: (
        (
            "nothing_moved",
            lambda event, before, after: (
                (event.moved_from, event.withdrawn_from) != (None, None)
                and event.moved_from in (None, before.holder)
                and event.withdrawn_from in (None, before.offered_to)
            ),
        ),
        (
            "not_moved_on",
            lambda event, before, after: (
                (event.moved_from is None or after.holder != before.holder)
                and (event.withdrawn_from is None or after.offered_to is None)
            ),
        ),
        ("moved_unsaid", lambda event, before, after: event.moved_from is not None or _moved_as_said(event, before)),
        ("moved_elsewhere", lambda event, before, after: after.holder == _home(after) or after.holder == before.holder),
        (
            "sent_back_not_counted",
            lambda event, before, after: (
                after.sent_back - before.sent_back in ((0, 1) if event.withdrawn_from is not None else (0,))
            ),
        ),
        (
            "withdrawn_unsaid",
            lambda event, before, after: _offer_of(after) == _offer_of(before) or event.withdrawn_from,
        ),
    ),
    happened.Paused: (("not_waiting", lambda event, before, after: after.state is State.WAITING),),
    happened.Resumed: (
        ("was_not_waiting", lambda event, before, after: before.state is State.WAITING),
        ("still_waiting", lambda event, before, after: after.state is State.OPEN),
    ),
    happened.Resolved: (("not_resolved", lambda event, before, after: after.state is State.RESOLVED),),
    happened.Merged: (("not_merged", lambda event, before, after: after.state is State.MERGED),),
    happened.Reopened: (
        ("was_not_resolved", lambda event, before, after: before.state is State.RESOLVED),
        ("not_open", lambda event, before, after: after.state is State.OPEN),
    ),
    happened.Unmerged: (
        ("was_not_merged", lambda event, before, after: before.state is State.MERGED),
        ("not_open", lambda event, before, after: after.state is State.OPEN),
    ),
}


def _moved_as_said(event: happened.Rerouted, before: Standing) -> bool:
    """Of one that names no former holder. Earlier ones did not where a withdrawn offer took it back to the desk."""
    withdrawn = event.withdrawn_from is not None and event.standing.holder == "desk:front"
    return withdrawn or (event.standing.holder, event.standing.department) == (before.holder, before.department)


def _home(standing: Standing) -> str:
    return f"department:{standing.department}" if standing.department else "desk:front"


def _offer_of(standing: Standing) -> tuple[Any, ...]:
    return standing.offered_to, standing.offered_at, standing.offer_expires_at


def _is_person(holder: str | None) -> bool:
    return holder is not None and not holder.startswith(("desk:", "department:"))


def _name(event: happened.InquiryEvent) -> str:
    return type(event).__name__
