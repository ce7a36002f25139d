"""Past cases into the record: one order, one transaction, one inquiry for each case.

Ids follow from the mapping's name and the case's key alone, so that the same file can be imported again after a
stop without doubling, and a later export of the same cases adds only what has happened since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from casebackbone import inquiry_events as happened
from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import Accept, Answer, Command, Forward, Receive, Resolve
from casebackbone.importing.cases import Case, Refusal, Unusable, case_of, grouped
from casebackbone.importing.mapping import Mapping
from casebackbone.importing.rows import Row
from casebackbone.refusals import KeyReused, Refused, Stale

NAMESPACE = UUID("6f1d2f0a-5b0e-5d1c-9f0e-3a3c4f6b7a11")
"""Never change it: every imported inquiry's id follows from it."""

_Trace = tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """What an import did. ``handovers`` counts each passing from one department to another in the cases taken."""

    cases: int = 0
    imported: int = 0
    continued: int = 0
    repeated: int = 0
    events: int = 0
    handovers: int = 0
    refused: int = 0
    refused_by_code: dict[str, int] = field(default_factory=dict)

    def refuse(self, code: str) -> None:
        self.refused += 1
        self.refused_by_code[code] = self.refused_by_code.get(code, 0) + 1


def inquiry_id(mapping_name: str, key: str) -> UUID:
    """The id of the inquiry that a case becomes."""
    return uuid5(uuid5(NAMESPACE, mapping_name), key)


class Importer:
    """Tells cases to the application, one after the other; ``now`` is asked once for each."""

    def __init__(self, application: Application, mapping: Mapping, now: Callable[[], datetime]) -> None:
        self.summary = Summary()
        self._application = application
        self._mapping = mapping
        self._now = now
        self._principal = Principal(mapping.name, frozenset({Role.IMPORTER}))

    def run(self, rows: Iterable[Row]) -> Iterator[Refusal]:
        """Yields the rows that are refused; all others are in the record when it ends. May be stopped at any time."""
        for group in grouped(rows, self._mapping):
            refusals = [group] if isinstance(group, Refusal) else self._take(group)
            for refusal in refusals:
                self.summary.refuse(refusal.code)
                yield refusal

    def _take(self, rows: list[Row]) -> list[Refusal]:
        try:
            case = case_of(rows, self._mapping)
        except Unusable as unusable:
            return _blame(unusable.refusal, rows)
        try:
            self._tell(case)
        except Refused as refused:
            detail = _SAID.get(refused.code, "the case is not possible")
            return _blame(Refusal(rows[0].line, refused.code, detail), rows)
        except ValueError:
            if not self._outside_the_calendar(case):
                raise
            detail = "a step is in a year for which the service calendar knows no holidays"
            return _blame(Refusal(rows[0].line, "year_unknown", detail), rows)
        self.summary.cases += 1
        self.summary.handovers += case.handovers
        return []

    def _outside_the_calendar(self, case: Case) -> bool:
        """Whether it was the calendar that refused, and not a mistake here."""
        try:
            for command in case.commands:
                self._application.promise.acceptance(command.occurred_at or self._now())
        except ValueError:
            return True
        return False

    def _tell(self, case: Case) -> None:
        order = self._order(case, "case", case.commands)
        receive, *then = case.commands
        assert isinstance(receive, Receive)
        if receive.due is None:  # nobody promised anything in the past: the promise begins with the import
            due = self._application.promise.reply(order.cause.recorded_at, receive.service)
            receive = replace(receive, due=due)
        try:
            done = self._application.receive(order, receive, *then)
        except (KeyReused, Stale):  # there is such an inquiry, and the file says something else than it did then
            self._continue(case)
            return
        if done.repeated:
            self.summary.repeated += 1
        else:
            self.summary.imported += 1
            self.summary.events += len(case.commands)

    def _continue(self, case: Case) -> None:
        """Adds what has happened since. Raises Refused where the file contradicts the record."""
        history = list(self._application.history(inquiry_id(self._mapping.name, case.key)))
        told = [_trace_of_command(command, case) for command in case.commands]
        known = [_trace_of_event(event, case) for event in history if event.actor == self._principal.actor]
        both = min(len(told), len(known))
        if told[:both] != known[:both]:
            raise Refused("differs_from_record", "")
        if len(told) <= len(known):  # the same, or an older export
            self.summary.repeated += 1
            return
        if len(known) != len(history):
            raise Refused("worked_on_since", "")
        more = case.commands[len(known) :]
        self._application.handle(self._order(case, f"after:{len(known)}", more), *more)
        self.summary.continued += 1
        self.summary.events += len(more)

    def _order(self, case: Case, step: str, commands: Iterable[Command]) -> Order:
        id_ = inquiry_id(self._mapping.name, case.key)
        now = self._now()
        traces = [_trace_of_command(command, case) for command in commands]
        return Order(
            principal=self._principal,
            cause=Cause(
                actor=self._principal.actor,
                command_id=uuid5(id_, step),
                correlation_id=id_,
                occurred_at=now,
                recorded_at=now,
            ),
            subject=id_,
            request_digest=hashlib.sha256(json.dumps(traces).encode()).hexdigest(),
        )


_SAID = {
    "differs_from_record": "the case was imported before with other steps or times, and the record does not change",
    "worked_on_since": "somebody has worked on the case since it was imported; close it there",
    "before_the_last_event": "a step is earlier than the one before it",
}


def _blame(refusal: Refusal, rows: list[Row]) -> list[Refusal]:
    """A case is taken as a whole or not at all: its other rows are refused with the one that is to blame."""
    others = f"another row of the same case is refused (line {refusal.line})"
    return [refusal if row.line == refusal.line else Refusal(row.line, "case_refused", others) for row in rows]


def _trace_of_command(command: Command, case: Case) -> _Trace:
    """What tells one step from another, without the texts: their digest would outlive their erasure."""
    assert command.occurred_at is not None
    at = _said(command.occurred_at)
    if isinstance(command, Receive):
        due = _said(command.due.at) if command.due and case.promised else ""
        return ("received", at, due, command.channel, command.service or "")
    if isinstance(command, Forward):
        return ("forwarded", at, command.to or "")
    if isinstance(command, Accept):
        return ("accepted", at)
    if isinstance(command, Answer):
        return ("answered", at)
    assert isinstance(command, Resolve)
    return ("resolved", at, command.outcome)


def _trace_of_event(event: Any, case: Case) -> _Trace:
    at = _said(event.occurred_at)
    if isinstance(event, happened.Received):
        due = _said(event.standing.due_at) if event.standing.due_at and case.promised else ""
        return ("received", at, due, event.standing.channel, event.standing.service or "")
    if isinstance(event, happened.Forwarded):
        return ("forwarded", at, event.to)
    if isinstance(event, happened.ForwardAccepted):
        return ("accepted", at)
    if isinstance(event, happened.Answered):
        return ("answered", at)
    if isinstance(event, happened.Resolved):
        return ("resolved", at, event.outcome)
    return (type(event).__name__,)


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
