"""A promise tried on what has happened: what would have been due when, and would it have been kept.

Everything follows from the events. What was really promised is the due time that is stored in them; what another
policy or calendar would have promised is computed from the same events, by the same code that computes it when they
happen. Nothing is stored, and no clock is looked at.

What people did is taken as it was: a department that had less time is not assumed to have been faster. So a promise
that ended because of its own due time (an offer that expired) cannot be said to have been kept or broken under a
longer one: it counts as *ended*.

What keeps a promise is what keeps it in the figures (``projections/figures_formulas.py``): a reply by the first answer
or by the resolution without one, a callback by reaching the citizen or answering. Who was answered at first contact is
owed no reply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from casebackbone import inquiry_events as happened
from casebackbone.calendar import Pause
from casebackbone.deadlines import Promise
from casebackbone.due_times import Kind, PromiseClock, stored_due_times
from casebackbone.recorded import RecordedEvent

_EVERY = tuple(kind for kind in Kind if kind is not Kind.ACKNOWLEDGEMENT)
"""What is promised to somebody. An acknowledgement only keeps quiet until then."""

_FULFILS: dict[type[happened.InquiryEvent], tuple[Kind, ...]] = {
    happened.Answered: (Kind.REPLY, Kind.CALLBACK),
    happened.ForwardAccepted: (Kind.ACCEPTANCE,),
    happened.ForwardRejected: (Kind.ACCEPTANCE,),
    happened.Resumed: (Kind.WAITING,),
    happened.EscalationAcknowledged: (Kind.ESCALATION,),
    happened.Resolved: (Kind.REPLY, Kind.CALLBACK, Kind.WAITING, Kind.ESCALATION),
}
_ENDS: dict[type[happened.InquiryEvent], tuple[Kind, ...]] = {
    happened.ForwardExpired: (Kind.ACCEPTANCE,),
    happened.ForwardRecalled: (Kind.ACCEPTANCE,),
    happened.CallbackPromised: (Kind.CALLBACK,),
    happened.Escalated: (Kind.ESCALATION,),
    happened.Resolved: _EVERY,
    happened.Merged: _EVERY,
}


class _End(Enum):
    """How a promise comes to its end: what was promised is done, it is over without, or it goes on."""

    DONE = "done"
    OVER = "over"
    RUNNING = "running"


class Outcome(StrEnum):
    """``open``: still running at the end of the period. ``ended``: it came to an end before its due time, and nobody
    had to keep it any more: recalled, withdrawn, merged, promised again, answered at first contact."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise under one policy. Minutes are service minutes of its calendar, pauses left out; None where the
    calendar does not know the year."""

    due_at: datetime
    outcome: Outcome
    promised_minutes: float | None
    used_minutes: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A promise that was made by event ``version`` of an inquiry. ``ended_at`` is None while it is running.

    ``agreed``: its time was said by a person, so that it is the same under every policy.
    """

    kind: Kind
    inquiry_id: UUID
    version: int
    service: str | None
    made_at: datetime
    ended_at: datetime | None
    agreed: bool
    stored: Verdict
    tried: Verdict

    @property
    def changes_sides(self) -> bool:
        """Kept under the one and broken under the other."""
        return {self.stored.outcome, self.tried.outcome} == {Outcome.KEPT, Outcome.BROKEN}


@dataclass(slots=True)
class Tally:
    """Promises of one kind, counted."""

    made: int = 0
    stored: Counter[Outcome] = field(default_factory=Counter)
    tried: Counter[Outcome] = field(default_factory=Counter)
    newly_kept: int = 0
    newly_broken: int = 0

    def count(self, trial: Trial) -> None:
        self.made += 1
        self.stored[trial.stored.outcome] += 1
        self.tried[trial.tried.outcome] += 1
        if trial.changes_sides:
            self.newly_kept += trial.tried.outcome is Outcome.KEPT
            self.newly_broken += trial.tried.outcome is Outcome.BROKEN


def share_kept(outcomes: Counter[Outcome]) -> float | None:
    """In percent of those that are decided, None if none is."""
    decided = outcomes[Outcome.KEPT] + outcomes[Outcome.BROKEN]
    return 100 * outcomes[Outcome.KEPT] / decided if decided else None


def tally(trials: Iterable[Trial]) -> dict[Kind, Tally]:
    """By kind, in the order of the kinds; only kinds of which there are any."""
    found: dict[Kind, Tally] = {}
    for trial in trials:
        found.setdefault(trial.kind, Tally()).count(trial)
    return {kind: found[kind] for kind in _EVERY if kind in found}


def last_quarter(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last complete quarter of a year before ``now``: local midnights, in UTC."""
    today = now.astimezone(zone)
    end = datetime(today.year, (today.month - 1) // 3 * 3 + 1, 1, tzinfo=zone)
    before = end - timedelta(days=1)
    start = datetime(before.year, before.month - 2, 1, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def simulate(
    events: Iterable[RecordedEvent], *, in_force: Promise, tried: Promise, since: datetime, until: datetime
) -> Iterator[Trial]:
    """Every promise made from ``since`` up to, not including, ``until`` (business time), in the order in which they
    came to their end, then those that were still running.

    ``events`` are all events of a log, in order; what happened at ``until`` or later is not looked at. ``in_force`` is
    the promise that the stored due times are measured by. Raises ValueError for years that a calendar does not know.
    """
    simulation = _Simulation(in_force, tried, until)
    for event in events:
        if isinstance(event, happened.InquiryEvent) and event.occurred_at < until:
            yield from (trial for trial in simulation.take(event) if trial.made_at >= since)
    yield from (trial for trial in simulation.rest() if trial.made_at >= since)


class _Line:
    """By when, under one promise; ``left`` are the minutes that were left when it was paused."""

    def __init__(self, promise: Promise, made_at: datetime, due_at: datetime) -> None:
        self.promise = promise
        self.made_at = made_at
        self.left: int | None = None
        self.change(due_at, [])

    def change(self, due_at: datetime, pauses: list[Pause]) -> None:
        """Promised until then, not only shifted by a pause."""
        self.due_at = due_at
        self.promised_minutes = self._minutes(due_at, pauses)

    def verdict(self, at: datetime, pauses: list[Pause], end: _End) -> Verdict:
        due_at = self.due_at if self.left is None else self.promise.shifted(at, self.left).at
        late = self.left < 0 if self.left is not None else due_at < at
        if late or (end is _End.OVER and self.left is None and due_at == at):
            outcome = Outcome.BROKEN
        else:
            outcome = {_End.DONE: Outcome.KEPT, _End.OVER: Outcome.ENDED, _End.RUNNING: Outcome.OPEN}[end]
        return Verdict(due_at, outcome, self.promised_minutes, self._minutes(at, pauses))

    def _minutes(self, end: datetime, pauses: list[Pause]) -> float | None:
        if end <= self.made_at:
            return 0.0
        try:
            return round(float(self.promise.calendar.elapsed(self.made_at, end, pauses)), 2)
        except ValueError:  # a person may have named a day that no calendar knows
            return None


@dataclass(slots=True)
class _Running:
    """A promise that is neither kept nor broken yet."""

    kind: Kind
    inquiry_id: UUID
    version: int
    service: str | None
    made_at: datetime
    agreed: bool
    stored: _Line
    tried: _Line
    pauses: list[Pause] = field(default_factory=list)
    paused_at: datetime | None = None
    tried_to_reach_at: datetime | None = None

    def pause(self, at: datetime, stored_left: int, tried_left: int) -> None:
        self.paused_at, self.stored.left, self.tried.left = at, stored_left, tried_left

    def resume(self, at: datetime, stored_due: datetime, tried_due: datetime) -> None:
        if self.paused_at is not None:
            self.pauses.append(Pause(self.paused_at, at))
        self.paused_at = self.stored.left = self.tried.left = None
        self.stored.due_at, self.tried.due_at = stored_due, tried_due

    def change(self, due_at: datetime) -> None:
        """A person has said so: it holds under every policy."""
        self.agreed = True
        self.stored.change(due_at, self.pauses)
        self.tried.change(due_at, self.pauses)

    def bring_forward(self, stored_due: datetime, tried_due: datetime) -> None:
        """Another one that was merged into it was due earlier, under one promise or the other."""
        for line, due_at in ((self.stored, stored_due), (self.tried, tried_due)):
            if due_at < line.due_at:
                line.change(due_at, self.pauses)

    def trial(self, at: datetime, end: _End) -> Trial:
        pauses = [*self.pauses, *([Pause(self.paused_at, at)] if self.paused_at else [])]
        return Trial(
            kind=self.kind,
            inquiry_id=self.inquiry_id,
            version=self.version,
            service=self.service,
            made_at=self.made_at,
            ended_at=None if end is _End.RUNNING else at,
            agreed=self.agreed,
            stored=self.stored.verdict(at, pauses, end),
            tried=self.tried.verdict(at, pauses, end),
        )


class _Simulation:
    def __init__(self, in_force: Promise, tried: Promise, until: datetime) -> None:
        self._in_force = PromiseClock(in_force)
        self._tried = PromiseClock(tried)
        self._until = until
        self._running: dict[UUID, dict[Kind, _Running]] = {}

    def take(self, event: happened.InquiryEvent) -> Iterator[Trial]:
        """The promises that come to their end by this event; then it may make new ones."""
        running = self._running.setdefault(event.originator_id, {})
        for kind in _touched(event):
            if kind in running:
                end = _end(event, kind, running[kind])
                at = running[kind].tried_to_reach_at if _unreachable(event, kind) else None
                if end is not _End.RUNNING:
                    yield running.pop(kind).trial(at or event.occurred_at, end)
        self._begin(event, running)
        if not running:
            del self._running[event.originator_id]

    def rest(self) -> Iterator[Trial]:
        for running in self._running.values():
            for promise in running.values():
                yield promise.trial(self._until, _End.RUNNING)

    def _begin(self, event: happened.InquiryEvent, running: dict[Kind, _Running]) -> None:
        stored, in_force, tried = stored_due_times(event), self._in_force.take(event), self._tried.take(event)
        reply = running.get(Kind.REPLY)
        if isinstance(event, happened.Paused) and reply:
            left = self._tried.left(event.originator_id)
            reply.pause(event.occurred_at, event.remaining_minutes, event.remaining_minutes if left is None else left)
        if isinstance(event, happened.Resumed):
            if reply:
                reply.resume(event.occurred_at, stored[Kind.REPLY], tried[Kind.REPLY])
            return
        if isinstance(event, happened.DuplicateAdded):
            if reply and stored:
                reply.bring_forward(stored[Kind.REPLY], tried[Kind.REPLY])
            return
        for kind, due_at in stored.items():
            if isinstance(event, happened.DueChanged):
                if promise := running.get(kind):
                    promise.change(due_at)
            elif kind in _EVERY:
                running[kind] = self._made(event, kind, due_at, in_force[kind], tried[kind])

    def _made(
        self, event: happened.InquiryEvent, kind: Kind, stored: datetime, in_force: datetime, tried: datetime
    ) -> _Running:
        made_at = PromiseClock.made_at(event)
        agreed = kind is Kind.CALLBACK and stored != in_force and not self._by_another_policy(event)
        return _Running(
            kind=kind,
            inquiry_id=event.originator_id,
            version=event.originator_version,
            service=event.standing.service,
            made_at=made_at,
            agreed=agreed,
            stored=_Line(self._in_force.promise, made_at, stored),
            tried=_Line(self._tried.promise, made_at, stored if agreed else tried),
        )

    def _by_another_policy(self, event: happened.InquiryEvent) -> bool:
        """Whether another policy was in force then, as far as the event says: it names that of the reply. A name with
        a colon is that of whoever changed it."""
        policy = event.standing.due_policy
        return policy is not None and ":" not in policy and policy != self._in_force.promise.version


def _touched(event: happened.InquiryEvent) -> tuple[Kind, ...]:
    if isinstance(event, happened.CitizenContacted):
        return (Kind.CALLBACK,)
    if isinstance(event, happened.Rerouted):
        return (Kind.ACCEPTANCE,) if event.withdrawn_from else ()
    return tuple(dict.fromkeys((*_FULFILS.get(type(event), ()), *_ENDS.get(type(event), ()))))


def _end(event: happened.InquiryEvent, kind: Kind, running: _Running) -> _End:
    match event:
        case happened.CitizenContacted(reached=False):
            running.tried_to_reach_at = running.tried_to_reach_at or event.occurred_at
            return _End.RUNNING
        case happened.CitizenContacted():
            return _End.DONE
        case happened.Answered() if kind is Kind.REPLY and event.first_contact:
            at_once = event.occurred_at == event.standing.received_at  # an import tells the whole case in one step
            return _End.OVER if at_once else _End.DONE
        case happened.Resolved(outcome="withdrawn") if kind is Kind.CALLBACK:
            return _End.OVER
        case happened.Resolved() if _unreachable(event, kind):
            return _End.DONE if running.tried_to_reach_at else _End.OVER
    return _End.DONE if kind in _FULFILS.get(type(event), ()) else _End.OVER


def _unreachable(event: happened.InquiryEvent, kind: Kind) -> bool:
    """Then it is the first attempt that counts."""
    return kind is Kind.CALLBACK and isinstance(event, happened.Resolved) and event.outcome == "unreachable"
