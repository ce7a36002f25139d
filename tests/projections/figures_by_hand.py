"""The figures counted once more, slowly: straight from the list of events, by the words of the definitions.

Nothing here knows the view's tables, facts or rules; each figure looks through the whole history of each subject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from events.desk import DeskEvent
from events.inquiry import InquiryEvent
from events.published import PublishedEvent
from events.standing import State

History = Sequence[Any]


class Counted(NamedTuple):
    """One thing that counts. ``met`` None: undecided."""

    at: datetime
    service: str | None
    department: str | None
    met: bool | None
    value: float | None = None


def histories(events: Iterable[PublishedEvent]) -> list[History]:
    found: dict[Any, list[Any]] = {}
    for event in events:
        found.setdefault(event.subject, []).append(event)
    return list(found.values())


def named(event: Any, *names: str) -> bool:
    return event.type.split(".")[2] in names


def when(event: Any) -> datetime:
    moment: datetime = event.provenance.occurred_at
    return moment


def of_calls(history: History, verdict: Callable[[Any], bool], with_value: bool) -> Iterator[Counted]:
    for offered in (event for event in history if named(event, "call_offered")):
        ends = [e for e in history if named(e, "call_answered", "call_abandoned") and e.call == offered.call]
        waited = ends[0].waited_seconds if ends and with_value else None
        yield Counted(offered.told_at, None, None, any(map(verdict, ends)), waited)


def calls_in_time(history: History, now: datetime) -> Iterator[Counted]:
    return of_calls(history, lambda end: named(end, "call_answered") and end.in_time, True)


def calls_abandoned(history: History, now: datetime) -> Iterator[Counted]:
    return of_calls(history, lambda end: named(end, "call_abandoned"), False)


def first_contact_resolution(history: History, now: datetime) -> Iterator[Counted]:
    received = history[0]
    if not named(received, "received") or received.standing.channel not in ("phone", "counter"):
        return
    closing = next((n for n, e in enumerate(history) if named(e, "resolved", "merged")), None)
    known = history[-1] if closing is None else history[closing]
    before = history[: closing if closing is not None else len(history)]
    answers = [n for n, e in enumerate(before) if named(e, "answered") and e.first_contact]
    met = closing is not None and named(known, "resolved") and known.outcome == "answered" and bool(answers)
    if answers:
        met = met and not any(
            named(e, "forwarded", "paused", "callback_promised", "contradicted") for e in before[answers[0] :]
        )
    for event in history[closing or 0 :]:
        if named(event, "reopened") and when(event) - when(known) <= timedelta(days=14):
            met = False
    yield Counted(when(received), known.standing.service, known.standing.department, met)


def reply_in_time(history: History, now: datetime) -> Iterator[Counted]:
    for start, promise in enumerate(history):
        if not named(promise, "received", "reopened", "unmerged"):
            continue
        due: datetime | None = promise.standing.due_at
        rest = history[start + 1 :]
        end = next((e for e in rest if named(e, "answered", "resolved", "merged")), None)
        for event in rest[: rest.index(end) if end is not None else len(rest)]:
            if named(event, "paused"):
                due = due if due is not None and when(event) > due else None
            elif named(event, "due_changed") or event.standing.state is State.OPEN:
                due = event.standing.due_at
        known = end if end is not None else history[-1]
        place = (when(promise), known.standing.service, known.standing.department)
        if end is None:
            yield Counted(*place, False if due is not None and due < now else None)
        elif not named(end, "merged") and not (named(end, "answered") and end.first_contact):
            yield Counted(*place, due is None or when(end) <= due)


def of_forwards(outcome: str) -> Callable[[History, datetime], Iterator[Counted]]:
    def counted(history: History, now: datetime) -> Iterator[Counted]:
        for start, forward in enumerate(history):
            if named(forward, "forwarded"):
                end = next((e for e in history[start + 1 :] if e.standing.offered_to is None), None)
                service = (end or history[-1]).standing.service
                met = None if end is None else named(end, f"forward_{outcome}")
                value = None if end is None else getattr(end, "offered_minutes", None)
                yield Counted(when(forward), service, forward.to, met, value)

    return counted


def callbacks_in_time(history: History, now: datetime) -> Iterator[Counted]:
    for start, promise in enumerate(history):
        if not named(promise, "callback_promised"):
            continue
        due = promise.standing.callback_due_at
        rest = history[start + 1 :]
        ends = ("answered", "callback_promised", "resolved", "merged")
        end = next((e for e in rest if named(e, *ends) or (named(e, "citizen_contacted") and e.reached)), None)
        until = rest[: rest.index(end) + 1] if end is not None else rest
        tried = sum(named(e, "citizen_contacted") and when(e) <= due for e in until)
        known = end if end is not None else history[-1]
        place = (when(promise), known.standing.service, known.standing.department)
        if end is None:
            yield Counted(*place, False if due < now else None, tried)
        elif named(end, "resolved") and end.outcome == "unreachable":
            yield Counted(*place, tried > 0, tried)
        elif named(end, "callback_promised"):
            if when(end) > due:
                yield Counted(*place, False, tried)
        elif not named(end, "merged") and not (named(end, "resolved") and end.outcome == "withdrawn"):
            yield Counted(*place, when(end) <= due, tried)


def of_searches(field: str) -> Callable[[History, datetime], Iterator[Counted]]:
    def counted(history: History, now: datetime) -> Iterator[Counted]:
        place, used = 0, {"forwards": 0, "sent_back": 0, "lost_minutes": 0}
        while place < len(history):
            if not named(history[place], "forwarded"):
                place += 1
                continue
            start, rest = history[place], history[place:]
            end = next((e for e in rest if named(e, "forward_accepted", "resolved", "merged")), None)
            last = end if end is not None else history[-1]
            here = {name: getattr(last.standing, name) - used[name] for name in used}
            used = {name: getattr(last.standing, name) for name in used}
            place += rest.index(last) + 1
            straight = here["forwards"] == 1 and here["sent_back"] == 0
            met: bool | None = end is not None and named(end, "forward_accepted") and straight
            if straight and end is None:
                met = None
            elif straight and not met:
                continue
            yield Counted(when(start), last.standing.service, last.standing.department, met, here[field])

    return counted


FIGURES: dict[str, Callable[[History, datetime], Iterator[Counted]]] = {
    "calls_in_time": calls_in_time,
    "calls_abandoned": calls_abandoned,
    "first_contact_resolution": first_contact_resolution,
    "reply_in_time": reply_in_time,
    "forwards_accepted": of_forwards("accepted"),
    "forwards_rejected": of_forwards("rejected"),
    "forwards_expired": of_forwards("expired"),
    "forwards_recalled": of_forwards("recalled"),
    "callbacks_in_time": callbacks_in_time,
    "marathon_doors": of_searches("forwards"),
    "marathon_bounces": of_searches("sent_back"),
    "marathon_lost_minutes": of_searches("lost_minutes"),
}


def backlog(events: Iterable[PublishedEvent], at: datetime) -> list[Counted]:
    """What was open: the last standing of each inquiry until then; the value is its age in hours."""
    found = []
    for history in histories(events):
        until = [event for event in history if hasattr(event, "standing") and when(event) <= at]
        if until and until[-1].standing.state.is_open:
            standing = until[-1].standing
            age = (at - standing.received_at) / timedelta(hours=1)
            found.append(Counted(standing.received_at, standing.service, standing.department, None, age))
    return found


def counted(code: str, events: Iterable[PublishedEvent], now: datetime) -> list[Counted]:
    """What counts in the figure, or would if it were decided."""
    family = DeskEvent if code.startswith("calls") else InquiryEvent
    mine = [history for history in histories(events) if isinstance(history[0], family)]
    return [one for history in mine for one in FIGURES[code](history, now)]
