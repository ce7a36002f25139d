"""The desk of one day (aggregate): who is there, which calls wait, and whether there is a peak.

Many write here: people at their screens, several lines of a telephone system, the caretaker. What is told late is not
lost: it happened (``occurred_at``) not before the last thing that the desk knows, and keeps its own time (``told_at``)
for whatever is measured. Late news neither opens nor closes a peak by itself; the next look does.

A peak opens and closes at the moment at which the rule says so, whenever somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from eventsourcing.utils import register_topic

from casebackbone import desk_events as happened
from casebackbone.cause import Cause
from casebackbone.desk_events import CallTimes
from casebackbone.peaks import Decision, PeakRule, begun_seconds, decide
from casebackbone.recorded import GENESIS, Recorded
from casebackbone.refusals import Conflict

NAMESPACE = UUID("a3b2f9c4-7e15-5c3d-9d8b-1f6e0a4c2b70")
"""Never change it: the ids of all desks follow from it."""


def desk_id(day: date) -> UUID:
    """The desk of a local day."""
    return uuid5(NAMESPACE, day.isoformat())


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """When a local day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


class Turn(NamedTuple):
    """What the rule says at a moment."""

    at: datetime
    decision: Decision


class Desk(Recorded):
    """Times are UTC. Every command raises :class:`casebackbone.refusals.Refused` and then has changed nothing; what
    is as it should be already is done again quietly, without an event.

    ``calls`` has all of the day, so that a repeat is told from a contradiction; ``waiting`` those that wait, with the
    time at which they were offered.
    """

    TOPIC: ClassVar[str] = "desk"

    cause: Cause
    last_occurred_at: datetime
    day: str
    head: str
    present: dict[str, str]
    waiting: dict[str, datetime]
    calls: dict[str, CallTimes]
    peak_since: datetime | None
    peak_reason: str | None
    calm_since: datetime | None
    closed: bool

    def __init__(self) -> None:
        self.head = GENESIS
        self.present = {}
        self.waiting = {}
        self.calls = {}
        self.peak_since = None
        self.peak_reason = None
        self.calm_since = None
        self.closed = False

    @classmethod
    def open(cls, day: date, cause: Cause) -> Self:
        return cls._begin(happened.DeskOpened, desk_id(day), cause, day=day.isoformat())

    @property
    def date(self) -> date:
        return date.fromisoformat(self.day)

    @property
    def peak_open(self) -> bool:
        return self.peak_since is not None

    # --- people ------------------------------------------------------------------------------------------------

    def sign_on(self, person: str, place: str, rule: PeakRule) -> None:
        """From now on they are at this place, and nowhere else."""
        self._demand_open()
        before = self.present.get(person)
        if before == place:
            return
        if before is not None:
            self._happens(happened.AgentSignedOff, rule, person=person, place=before, reason="moved")
        self._happens(happened.AgentSignedOn, rule, person=person, place=place)

    def sign_off(self, person: str, rule: PeakRule, *, reason: str) -> None:
        """They are no longer there. Whoever was not there is not there still."""
        place = self.present.get(person)
        if place is not None:
            self._happens(happened.AgentSignedOff, rule, person=person, place=place, reason=reason)

    def _demand_open(self) -> None:
        if self.closed:
            raise Conflict("day_over", f"Der Tag {self.day} ist beendet; bitte am heutigen Tag anmelden.")

    # --- calls -------------------------------------------------------------------------------------------------

    def offer(self, call: str, told_at: datetime, rule: PeakRule) -> None:
        """Somebody calls, and waits."""
        known = self.calls.get(call)
        if known is None:
            waiting = {**self.waiting, call: told_at}
            self._happens(happened.CallOffered, rule, waiting, call=call, told_at=told_at)
        elif known.offered_at != told_at:
            raise Conflict(
                "call_known",
                f"Der Anruf {call} ist schon gemeldet, mit anderem Beginn ({known.offered_at.isoformat()}). "
                "Jeder Anruf braucht eine eigene Kennung.",
            )

    def answer(self, call: str, told_at: datetime, rule: PeakRule, *, person: str | None = None) -> None:
        """Somebody answered it, in time or not by the promise of this moment."""
        known = self._known(call)
        if known.answered_at == told_at:
            return
        self._demand_waiting(call, known, told_at)
        waited = told_at - known.offered_at
        self._happens(
            happened.CallAnswered,
            rule,
            self._without(call),
            call=call,
            told_at=told_at,
            person=person,
            waited_seconds=begun_seconds(waited),
            in_time=waited <= timedelta(seconds=rule.within_seconds),
        )

    def abandon(self, call: str, told_at: datetime, rule: PeakRule) -> None:
        """The caller gave up."""
        known = self._known(call)
        if known.abandoned_at == told_at:
            return
        self._demand_waiting(call, known, told_at)
        waited_seconds = begun_seconds(told_at - known.offered_at)
        self._happens(
            happened.CallAbandoned,
            rule,
            self._without(call),
            call=call,
            told_at=told_at,
            waited_seconds=waited_seconds,
        )

    def end(self, call: str, told_at: datetime, rule: PeakRule) -> None:
        """An answered call is over. Of one that was abandoned this says nothing new."""
        known = self._known(call)
        if known.abandoned_at is not None or known.ended_at == told_at:
            return
        if known.answered_at is None:
            raise Conflict(
                "call_not_answered",
                f"Der Anruf {call} ist noch weder angenommen noch aufgegeben; bitte zuerst „answered“ oder "
                "„abandoned“ senden.",
            )
        if known.ended_at is not None:
            raise _over(call, "beendet", known.ended_at)
        _demand_order(call, known.answered_at, told_at)
        talked_seconds = begun_seconds(told_at - known.answered_at)
        self._happens(happened.CallEnded, rule, call=call, told_at=told_at, talked_seconds=talked_seconds)

    def _known(self, call: str) -> CallTimes:
        known = self.calls.get(call)
        if known is None:
            raise Conflict(
                "unknown_call", f"Den Anruf {call} kennt die Telefonzentrale nicht; bitte zuerst „offered“ senden."
            )
        return known

    def _demand_waiting(self, call: str, known: CallTimes, told_at: datetime) -> None:
        if known.answered_at is not None:
            raise _over(call, "angenommen", known.answered_at)
        if known.abandoned_at is not None:
            raise _over(call, "aufgegeben", known.abandoned_at)
        _demand_order(call, known.offered_at, told_at)

    def _without(self, call: str) -> dict[str, datetime]:
        return {other: since for other, since in self.waiting.items() if other != call}

    # --- the peak ----------------------------------------------------------------------------------------------

    def turn(self, rule: PeakRule, now: datetime) -> Turn | None:
        """The first moment until ``now`` at which a peak opens or closes, when nothing else happens; None: none."""
        turn = self._waits(rule, now)
        return turn if not self.closed and (turn.decision.opens or turn.decision.closes) else None

    def _waits(self, rule: PeakRule, now: datetime) -> Turn:
        """What the rule says after the last event, from moment to moment until ``now`` or until a peak turns."""
        at, calm_since = self.last_occurred_at, self.calm_since
        while True:
            decision = decide(rule, self.waiting, self.peak_open, calm_since, at)
            then = decision.next_look_at
            if decision.opens or decision.closes or then is None or not at < then <= now:
                return Turn(at, decision)
            at, calm_since = then, decision.calm_since

    def look(self, rule: PeakRule) -> None:
        """Open or close what mere waiting has decided until now."""
        now = self.cause.occurred_at
        while (turn := self.turn(rule, now)) is not None:
            self._turns(turn)

    def close_day(self, rule: PeakRule) -> None:
        """The day is over: whoever is left is signed off, and a peak that is open ends."""
        if self.closed:
            return
        for person in sorted(self.present):
            self.sign_off(person, rule, reason="day_over")
        self.look(rule)
        if self.peak_open:
            decision = decide(rule, self.waiting, True, self.calm_since, self._now())
            self._peak(happened.PeakClosed, "day_over", decision)
        self._record(happened.DeskClosed, calm_since=None)

    def _turns(self, turn: Turn) -> None:
        told = self.cause
        self.cause = told.at(turn.at)
        kind = happened.PeakOpened if turn.decision.opens else happened.PeakClosed
        self._peak(kind, str(turn.decision.reason), turn.decision)
        self.cause = told

    def _peak(self, kind: type[happened.AtDesk], reason: str, decision: Decision) -> None:
        self._record(
            kind,
            calm_since=None,
            reason=reason,
            waiting=decision.waiting,
            longest_wait_seconds=decision.longest_wait_seconds,
        )

    # --- how it is recorded ------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return max(self.cause.occurred_at, self.last_occurred_at)

    def _record(self, event_class: type[Any], **fields: Any) -> None:
        """Not before the last event: this desk has several clocks."""
        told = self.cause
        self.cause = told.at(self._now())
        super()._record(event_class, **fields)
        self.cause = told

    def _happens(
        self,
        event_class: type[happened.AtDesk],
        rule: PeakRule,
        waiting: Mapping[str, datetime] | None = None,
        **fields: Any,
    ) -> None:
        """An event after which ``waiting`` wait, and what it and the time before it mean for the peak."""
        late = self.cause.occurred_at < self.last_occurred_at
        calm_since = self.calm_since
        if not late:
            self.look(rule)
            calm_since = self._waits(rule, self._now()).decision.calm_since
        waiting = self.waiting if waiting is None else waiting
        decision = decide(rule, waiting, self.peak_open, calm_since, self._now())
        self._record(event_class, calm_since=decision.calm_since, **fields)
        if not (late or self.closed) and (decision.opens or decision.closes):
            self._turns(Turn(self.last_occurred_at, decision))


def _demand_order(call: str, before: datetime, told_at: datetime) -> None:
    if told_at < before:
        raise Conflict(
            "call_times_reversed",
            f"Der Zeitpunkt {told_at.isoformat()} liegt vor dem letzten Schritt des Anrufs {call} "
            f"({before.isoformat()}); bitte die Uhr der Leitung prüfen.",
        )


def _over(call: str, done: str, at: datetime) -> Conflict:
    return Conflict("call_over", f"Der Anruf {call} wurde schon {done} ({at.isoformat()}); das bleibt so.")


register_topic(Desk.TOPIC, Desk)
