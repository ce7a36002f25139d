"""Rows to cases, cases to the commands that tell them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from casebackbone.commands import Accept, Answer, Command, Forward, Receive, Resolve
from casebackbone.content import Text
from casebackbone.deadlines import Due
from casebackbone.importing.mapping import Mapping
from casebackbone.importing.rows import Row
from casebackbone.importing.times import UnusableTime
from casebackbone.importing.values import UnusableValue, Values
from casebackbone.reference import new_reference
from events.standing import Channel


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken. ``detail`` quotes nothing of it: the list of refusals holds no personal data."""

    line: int
    code: str
    detail: str
    column: str = ""


class Unusable(ValueError):
    """A case cannot be told; ``refusal`` says which row is to blame."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Case:
    """``commands`` in order of time, each with the time at which it happened. The first one receives.

    ``promised`` is False where nobody promised a due time and the service promise has to say it at the import.
    """

    key: str
    line: int
    rows: int
    commands: tuple[Command, ...]
    handovers: int
    promised: bool


@dataclass(slots=True)
class _Told:
    commands: list[Command]
    department: str | None = None
    handovers: int = 0
    last: datetime = field(init=False)

    def __post_init__(self) -> None:
        assert self.commands[0].occurred_at is not None
        self.last = self.commands[0].occurred_at

    def pass_to(self, department: str | None, at: datetime) -> None:
        """Forwarded and accepted at one moment: past cases only say who had it, not when it was offered."""
        if department is None or department == self.department:
            return
        self.handovers += self.department is not None
        self.commands += [Forward(to=department, occurred_at=at), Accept(occurred_at=at)]
        self.department, self.last = department, at

    def close(self, at: datetime, texts: list[Text], outcome: str) -> None:
        self.commands += [Answer(texts=texts, occurred_at=at), Resolve(outcome=outcome, occurred_at=at)]
        self.last = at


def case_of(rows: list[Row], mapping: Mapping) -> Case:
    """The case that the rows (one, or one for each step) tell. Raises Unusable."""
    reader = _Reader(mapping)
    first = rows[0]
    key = _key(first, mapping)
    steps = reader.steps(rows)
    received = reader.time(first, mapping.received)
    if received is None:
        raise Unusable(Refusal(first.line, "received_missing", "the case has no time of receipt", mapping.received))
    if steps and steps[0][0] < received:
        raise Unusable(
            Refusal(steps[0][2].line, "step_before_received", "the step is earlier than the receipt of the case")
        )
    due = reader.due(first, received)
    told = _Told([reader.receive(first, received, due)])
    for at, department, _ in steps:
        told.pass_to(department, at)
    if not mapping.by_step:
        told.pass_to(reader.code(first, mapping.department), received)
    reader.close(rows[-1], told, steps[-1][0] if steps else received)
    return Case(key, first.line, len(rows), tuple(told.commands), told.handovers, due is not None)


class _Reader:
    """Cells by what the mapping says they mean."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    def receive(self, row: Row, at: datetime, due: Due | None) -> Receive:
        channel = self.code(row, self.mapping.channel)
        return Receive(
            channel=Channel(channel or Channel.IMPORT),
            reference=new_reference(),
            texts=self.texts(row, self.mapping.question, "question"),
            service=self.code(row, self.mapping.service),
            language=self.mapping.language,
            due=due,
            occurred_at=at,
        )

    def steps(self, rows: list[Row]) -> list[tuple[datetime, str | None, Row]]:
        """In order of time; steps at one moment stay in the order of the file."""
        if self.mapping.step_time is None:
            return []
        steps = []
        for row in rows:
            at = self.time(row, self.mapping.step_time)
            if at is None:
                raise Unusable(Refusal(row.line, "step_time_missing", "the step has no time", self.mapping.step_time))
            steps.append((at, self.code(row, self.mapping.department), row))
        return sorted(steps, key=lambda step: step[0])

    def close(self, row: Row, told: _Told, last_step: datetime) -> None:
        """Not before the last step: some files note steps after the end, and none of them may be lost."""
        if self.mapping.closed is None:
            return
        closed = self.time(row, self.mapping.closed, not_before=told.last)
        if closed is None:
            return
        if not self.mapping.by_step and closed < told.last:
            raise Unusable(
                Refusal(
                    row.line, "closed_before_received", "the case is closed before its receipt", self.mapping.closed
                )
            )
        told.close(max(closed, last_step), self.texts(row, self.mapping.closure, "closure"), self.mapping.outcome)

    def due(self, row: Row, received: datetime) -> Due | None:
        """None: nobody promised a time and the mapping names none either."""
        at = self.time(row, self.mapping.due, not_before=received) or self.mapping.missing_due
        return Due(at, f"import:{self.mapping.name}") if at else None

    def time(self, row: Row, column: str | None, not_before: datetime | None = None) -> datetime | None:
        written = row.cells[column].strip() if column else ""
        try:
            return self.mapping.times.moment(written, not_before) if written else None
        except UnusableTime as unusable:
            raise Unusable(Refusal(row.line, unusable.code, str(unusable), column or "")) from None

    def code(self, row: Row, values: Values) -> str | None:
        try:
            return values.code(row.cells[values.column] if values.column else "")
        except UnusableValue as unusable:
            raise Unusable(Refusal(row.line, unusable.code, str(unusable), values.column or "")) from None

    def texts(self, row: Row, column: str | None, kind: str) -> list[Text]:
        written = row.cells[column].strip() if column else ""
        return [Text(kind=kind, text=written)] if written else []


def _key(row: Row, mapping: Mapping) -> str:
    return row.cells[mapping.key].strip()


def grouped(rows: Iterable[Row], mapping: Mapping) -> Iterator[list[Row] | Refusal]:
    """The rows of each case together, or why a row belongs to none.

    A row a case comes one by one. Steps come case by case where the mapping promises that the file is sorted, and
    otherwise only when the whole file has been read.
    """
    collected: dict[str, list[Row]] = {}
    done: set[str] = set()
    for row in rows:
        key = "" if row.problem else _key(row, mapping)
        if row.problem:
            yield Refusal(row.line, *row.problem)
        elif not key:
            yield Refusal(row.line, "key_missing", "the row names no case", mapping.key)
        elif key in done:
            yield _again(row, mapping)
        elif not mapping.by_step:
            done.add(key)
            yield [row]
        elif mapping.sorted_by_case and collected and key not in collected:
            done.update(collected)
            yield from collected.values()
            collected = {key: [row]}
        else:
            collected.setdefault(key, []).append(row)
    yield from collected.values()


def _again(row: Row, mapping: Mapping) -> Refusal:
    if mapping.by_step:
        detail = "the case's steps are not next to each other; sort the file, or set sorted = false"
        return Refusal(row.line, "case_not_together", detail, mapping.key)
    return Refusal(row.line, "case_twice", "the file has another row for the same case", mapping.key)
