"""When somebody above has to be told of an inquiry: a pure rule over where it stands, its last step, and the time.

Causes, the gravest first: a person asked for it and nobody has acknowledged, a promised call was not made, it is
overdue (or its time of waiting for the citizen is over), it has been silent. Each has a deadline, and

* what nobody above has been told of fires at its deadline, also while an earlier escalation is acknowledged;
* what they have been told of fires again at ``escalate_again_at`` or when their acknowledgement ends, if it is so then;
* one escalation answers for everything that had fallen due by then: the gravest cause is its reason.

Silence is news only after a step that came after the last escalation: who was told since knows of the inquiry. An
inquiry that waits for the citizen is not silent. Without a cause nothing fires, whatever was planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from events.standing import ESCALATION_CAUSES, Standing, State

AGAIN = "escalate_again"
ACKNOWLEDGEMENT_ENDED = "acknowledgement_ended"

ANY_SUPERVISOR = "role:supervisor"
"""Whom an escalation goes to when nobody is named: whoever has the role sees it."""


@dataclass(frozen=True, slots=True)
class DueEscalation:
    """The ``deadline`` that fires, of which ``kind`` (a cause, or one of the two above), and the reason to tell."""

    kind: str
    deadline: datetime
    reason: str


class _Cause(NamedTuple):
    """``news_at``: whoever was told before that does not know of it."""

    reason: str
    at: datetime
    news_at: datetime


def due_escalation(
    standing: Standing, *, last_step_at: datetime, silent_at: datetime, now: datetime
) -> DueEscalation | None:
    """What has to be told ``now``; None if nothing. ``silent_at``: when its last step is too long ago."""
    if not standing.state.is_open:
        return None
    for cause in _causes(standing, last_step_at, silent_at):
        found = _fires(cause, standing)
        if found.deadline <= now:
            return found
    return None


def asked_by_person(standing: Standing) -> bool:
    """Whether somebody escalated it for a reason that is theirs, and nobody has acknowledged."""
    return (
        standing.escalated_at is not None
        and standing.escalate_again_at is not None
        and standing.escalated_for is not None
        and standing.escalated_for not in ESCALATION_CAUSES
    )


def _causes(standing: Standing, last_step_at: datetime, silent_at: datetime) -> Iterator[_Cause]:
    if asked_by_person(standing) and standing.escalated_at is not None:
        yield _Cause(str(standing.escalated_for), standing.escalated_at, standing.escalated_at)
    if standing.callback_due_at is not None:
        yield _Cause("callback_missed", standing.callback_due_at, standing.callback_due_at)
    waiting = standing.state is State.WAITING
    if standing.due_at is not None:
        yield _Cause("waiting_over" if waiting else "overdue", standing.due_at, standing.due_at)
    if not waiting:
        yield _Cause("silent", silent_at, last_step_at)


def _fires(cause: _Cause, standing: Standing) -> DueEscalation:
    told_at = standing.escalated_at
    kind, quiet_until = _quiet(standing)
    if told_at is None or quiet_until is None or cause.news_at > told_at or cause.at > quiet_until:
        return DueEscalation(cause.reason, cause.at, cause.reason)
    return DueEscalation(kind, quiet_until, cause.reason)


def _quiet(standing: Standing) -> tuple[str, datetime | None]:
    """Until when nothing is repeated, and what ends then."""
    if standing.escalate_again_at is not None:
        return AGAIN, standing.escalate_again_at
    return ACKNOWLEDGEMENT_ENDED, standing.acknowledged_until
