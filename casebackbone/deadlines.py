"""The service promise: by when something has to happen, as a pure function of event, calendar and policy.

A :class:`Due` is computed once, when the event happens, and stored in it together with the version of the promise.
A later policy therefore never rewrites what a citizen was promised. Nothing here looks at a clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from casebackbone.calendar import Minutes, Pause, ServiceCalendar
from casebackbone.calendar_file import load_calendar
from casebackbone.peaks import PeakRule
from casebackbone.policy_file import DURATIONS, PEAK, TASK_DAYS, PolicyFile, read_policy


class Due(NamedTuple):
    """``at`` (UTC) something is due, by the promise of version ``policy``."""

    at: datetime
    policy: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the city promises, in service minutes (``…_minutes``) of whatever calendar it is used with.

    ``services`` has, by LeiKa key, those minutes that differ for one service. The shares are in percent and are
    measured, not enforced: nobody can be made to answer a call. The numbers of a peak are explained by PeakRule; its
    minutes are those of the clock.
    """

    name: str
    version: str
    reply_minutes: int
    acceptance_minutes: int
    callback_minutes: int
    waiting_minutes: int
    silent_minutes: int
    escalate_again_minutes: int
    acknowledgement_minutes: int
    calls_percent: int
    calls_within_seconds: int
    first_contact_percent: int
    peak_opens_with_waiting: int = PEAK["opens_with_waiting"]
    peak_closes_with_waiting: int = PEAK["closes_with_waiting"]
    peak_closes_after_minutes: int = PEAK["closes_after_minutes"]
    task_minutes: int = TASK_DAYS * 600
    services: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frozen = {key: MappingProxyType(dict(minutes)) for key, minutes in self.services.items()}
        object.__setattr__(self, "services", MappingProxyType(frozen))

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def peak_rule(self) -> PeakRule:
        """When background staff step in: a call that waited longer than the promise opens a peak as well."""
        return PeakRule(
            opens_with_waiting=self.peak_opens_with_waiting,
            closes_with_waiting=self.peak_closes_with_waiting,
            closes_after_minutes=self.peak_closes_after_minutes,
            within_seconds=self.calls_within_seconds,
        )

    def minutes(self, duration: str, service: str | None = None) -> int:
        """Service minutes of a duration (``reply``, ``acceptance``, …), the service's own if it has one."""
        own = self.services.get(service, {}) if service is not None else {}
        general: int = getattr(self, f"{duration}_minutes")
        return own.get(duration, general)


def load_policy(path: str | Path | None = None) -> Policy:
    """The policy in a TOML file, by default 115's. Raises InvalidFile with every mistake in it."""
    file: PolicyFile = read_policy(path)
    return Policy(
        name=file.name,
        version=file.version,
        calls_percent=file.calls_percent,
        calls_within_seconds=file.calls_within_seconds,
        first_contact_percent=file.first_contact_percent,
        task_minutes=file.task_minutes,
        services=file.services,
        **{f"peak_{key}": file.peak[key] for key in PEAK},
        **{f"{duration}_minutes": file.minutes[duration] for duration in DURATIONS},
    )


@dataclass(frozen=True)
class Promise:
    """A policy in force on a calendar. Every method takes the time of an event and returns when the next is due.

    ``service`` is a LeiKa key; a service without promises of its own has the general ones. All raise ValueError for a
    time without an offset and for years that the calendar does not know.
    """

    policy: Policy
    calendar: ServiceCalendar

    @property
    def version(self) -> str:
        """Policy and calendar, such as ``115@2026-01+rheinland-pfalz@1``: stored with each due time."""
        return f"{self.policy.identity}+{self.calendar.identity}"

    def reply(self, received_at: datetime, service: str | None = None) -> Due:
        """The citizen has an answer (115: 24 service hours)."""
        return self._due("reply", received_at, service)

    def acceptance(self, offered_at: datetime, service: str | None = None) -> Due:
        """The department has accepted or rejected what was offered to it."""
        return self._due("acceptance", offered_at, service)

    def callback(self, promised_at: datetime, service: str | None = None) -> Due:
        """The citizen has been called back."""
        return self._due("callback", promised_at, service)

    def waiting(self, paused_at: datetime, service: str | None = None) -> Due:
        """Somebody looks again, although the citizen has not come back."""
        return self._due("waiting", paused_at, service)

    def silent_after(self, last_step_at: datetime, service: str | None = None) -> Due:
        """It counts as silent when no step was taken by then."""
        return self._due("silent", last_step_at, service)

    def silent_since(self, now: datetime, service: str | None = None) -> datetime:
        """Whatever had its last step before this moment is silent at ``now``."""
        return self.calendar.subtract(now, self.policy.minutes("silent", service))

    def escalate_again(self, escalated_at: datetime, service: str | None = None) -> Due:
        """It escalates once more when nobody has acknowledged by then."""
        return self._due("escalate_again", escalated_at, service)

    def acknowledgement(self, acknowledged_at: datetime, service: str | None = None) -> Due:
        """Until then an acknowledgement keeps it quiet."""
        return self._due("acknowledgement", acknowledged_at, service)

    def task(self, opened_at: datetime) -> Due:
        """What was learned has been acted upon."""
        return self._due("task", opened_at, None)

    def passed(self, since: datetime, until: datetime, pauses: Iterable[Pause] = ()) -> int:
        """Whole service minutes between two times, pauses left out; 0 when ``until`` is the earlier one."""
        return max(0, math.floor(self._minutes_between(since, until, pauses))) if until > since else 0

    def remaining(self, due_at: datetime, now: datetime) -> int:
        """Service minutes from ``now`` to ``due_at``; negative when overdue. For a pause: see :meth:`shifted`.

        A begun minute counts as a whole one, either way: a pause never makes a promise shorter, and never turns
        something overdue into something in time. What became overdue at closing time is overdue by a minute.
        """
        if due_at >= now:
            return math.ceil(self._minutes_between(now, due_at))
        return -max(1, math.ceil(self._minutes_between(due_at, now)))

    def shifted(self, now: datetime, remaining_minutes: Minutes) -> Due:
        """What is due after a pause that ends ``now``, when ``remaining_minutes`` were left as it began.

        Overdue before (a negative remainder) stays overdue by as much: it is due before ``now``.
        """
        if remaining_minutes < 0:
            return Due(self.calendar.subtract(now, -remaining_minutes), self.version)
        return Due(self.calendar.add(now, remaining_minutes), self.version)

    def _minutes_between(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> Fraction:
        passed = self.calendar.elapsed_time(start, end, pauses)
        return Fraction(passed.days * 86_400 + passed.seconds, 60) + Fraction(passed.microseconds, 60_000_000)

    def _due(self, duration: str, since: datetime, service: str | None) -> Due:
        minutes = self.policy.minutes(duration, service)
        return Due(self.calendar.add(since, minutes).astimezone(UTC), self.version)


def load_promise(policy: str | Path | None = None, calendar: str | Path | None = None) -> Promise:
    """The promise from two files, by default 115's in Rheinland-Pfalz. Raises InvalidFile."""
    return Promise(load_policy(policy), load_calendar(calendar))
