"""What a row, or the rows of a case, become: commands in order of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casebackbone.commands import Accept, Answer, Forward, Receive, Resolve
from casebackbone.importing.cases import Case, Refusal, Unusable, case_of, grouped
from casebackbone.importing.mapping import Mapping, load_mapping
from casebackbone.importing.rows import Row
from events.standing import Channel

EXAMPLES = Path(__file__).parents[3] / "examples"
CITY = load_mapping(EXAMPLES / "city-requests.toml")
PERMITS = load_mapping(EXAMPLES / "permit-receipts.toml")


def city_row(line: int = 2, **cells: str) -> Row:
    row = {
        "case_enquiry_id": "101",
        "open_dt": "2019-07-01 10:00:00",
        "sla_target_dt": "2019-07-03 10:00:00",
        "closed_dt": "2019-07-02 10:00:00",
        "closure_reason": "Case Closed. Fixed.",
        "case_title": "Pothole",
        "type": "Pothole Repair",
        "department": "PWDx",
        "source": "Constituent Call",
    }
    return Row(line, row | cells)


def step_row(line: int, group: str, time: str, **cells: str) -> Row:
    row = {
        "case:concept:name": "case-1",
        "case:channel": "Desk",
        "case:deadline": "2011-12-06 13:00:00+01:00",
        "case:enddate": "2011-10-20 12:00:00+02:00",
        "case:startdate": "2011-10-11 08:00:00+02:00",
        "org:group": group,
        "time:timestamp": time,
    }
    return Row(line, row | cells)


def _kinds(case: Case) -> list[str]:
    return [type(command).__name__ for command in case.commands]


def _refused(rows: list[Row], mapping: Mapping = CITY) -> Refusal:
    with pytest.raises(Unusable) as unusable:
        case_of(rows, mapping)
    return unusable.value.refusal


def test_a_row_is_received_passed_on_answered_and_resolved() -> None:
    case = case_of([city_row()], CITY)
    receive, forward, accept, answer, resolve = case.commands
    opened, closed = datetime(2019, 7, 1, 14, tzinfo=UTC), datetime(2019, 7, 2, 14, tzinfo=UTC)
    assert isinstance(receive, Receive)
    assert isinstance(forward, Forward)
    assert isinstance(accept, Accept)
    assert isinstance(answer, Answer)
    assert isinstance(resolve, Resolve)
    assert [command.occurred_at for command in case.commands] == [opened, opened, opened, closed, closed]
    assert (receive.channel, receive.service, receive.language) == (Channel.PHONE, "Pothole-Repair", "en")
    assert receive.due is not None
    assert receive.due.at == datetime(2019, 7, 3, 14, tzinfo=UTC)
    assert (forward.to, resolve.outcome) == ("PWDx", "answered")
    assert [(text.kind, text.text) for text in (*receive.texts, *answer.texts)] == [
        ("question", "Pothole"),
        ("closure", "Case Closed. Fixed."),
    ]


def test_an_open_case_stays_open_and_a_missing_target_is_the_mappings() -> None:
    case = case_of([city_row(closed_dt="", sla_target_dt="", closure_reason="not yet")], CITY)
    receive = case.commands[0]
    assert isinstance(receive, Receive)
    assert _kinds(case) == ["Receive", "Forward", "Accept"]
    assert receive.due is not None
    assert (receive.due.at, case.promised) == (CITY.missing_due, True)
    promised_by_nobody = case_of([city_row(sla_target_dt="")], replace(CITY, missing_due=None))
    assert (promised_by_nobody.commands[0].due, promised_by_nobody.promised) == (None, False)  # type: ignore[attr-defined]


def test_a_case_without_department_stays_at_the_desk_and_without_text_is_answered_all_the_same() -> None:
    case = case_of([city_row(department=" ", closure_reason=" ")], CITY)
    assert _kinds(case) == ["Receive", "Answer", "Resolve"]
    assert case.commands[1].texts == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"open_dt": ""}, "received_missing", "open_dt"),
        ({"open_dt": "soon"}, "time_unreadable", "open_dt"),
        ({"closed_dt": "2019-06-30 10:00:00"}, "closed_before_received", "closed_dt"),
        ({"department": "???"}, "department_unusable", "department"),
        ({"type": "¿?"}, "service_unusable", "type"),
        ({"sla_target_dt": "x"}, "time_unreadable", "sla_target_dt"),
    ],
)
def test_what_cannot_be_told_is_refused(cells: dict[str, str], code: str, column: str) -> None:
    refusal = _refused([city_row(7, **cells)])
    assert (refusal.line, refusal.code, refusal.column) == (7, code, column)


def test_steps_pass_from_group_to_group() -> None:
    steps = [
        step_row(2, "Group 1", "2011-10-11 09:00:00+02:00"),
        step_row(3, "Group 4", "2011-10-12 09:00:00+02:00"),
        step_row(4, "Group 4", "2011-10-13 09:00:00+02:00"),
        step_row(5, "Group 1", "2011-10-14 09:00:00+02:00"),
    ]
    case = case_of(steps, PERMITS)
    forwarded = [command.to for command in case.commands if isinstance(command, Forward)]
    assert forwarded == ["Group-1", "Group-4", "Group-1"]
    assert (case.handovers, case.rows) == (2, 4)
    assert _kinds(case)[-2:] == ["Answer", "Resolve"]
    times = [command.occurred_at for command in case.commands]
    assert times == sorted(times, key=lambda at: at or datetime.max.replace(tzinfo=UTC))


def test_steps_are_put_in_order_and_steps_after_the_end_are_kept() -> None:
    steps = [
        step_row(2, "Group 2", "2011-11-01 09:00:00+01:00"),
        step_row(3, "Group 1", "2011-10-11 09:00:00+02:00"),
    ]
    case = case_of(steps, PERMITS)
    assert [command.to for command in case.commands if isinstance(command, Forward)] == ["Group-1", "Group-2"]
    assert case.commands[-1].occurred_at == datetime(2011, 11, 1, 8, tzinfo=UTC)


def test_a_step_before_the_receipt_is_refused() -> None:
    refusal = _refused([step_row(9, "Group 1", "2011-10-10 09:00:00+02:00")], PERMITS)
    assert (refusal.line, refusal.code) == (9, "step_before_received")


def _groups(rows: list[Row], mapping: Mapping) -> list[Any]:
    return [
        (group.line, group.code) if isinstance(group, Refusal) else [row.line for row in group]
        for group in grouped(rows, mapping)
    ]


def test_a_second_row_for_a_case_and_rows_without_one_are_refused() -> None:
    rows = [
        city_row(2),
        city_row(3),
        city_row(4, case_enquiry_id=" "),
        Row(5, {}, ("row_cells", "…")),
        city_row(6, case_enquiry_id="102"),
    ]
    assert _groups(rows, CITY) == [[2], (3, "case_twice"), (4, "key_missing"), (5, "row_cells"), [6]]


def test_steps_of_a_case_are_put_together() -> None:
    at = "2011-10-11 09:00:00+02:00"
    rows = [step_row(line, "Group 1", at, **{"case:concept:name": key}) for line, key in enumerate("aabcb", start=2)]
    assert _groups(rows, replace(PERMITS, sorted_by_case=False)) == [[2, 3], [4, 6], [5]]
    assert _groups(rows, PERMITS) == [[2, 3], [4], (6, "case_not_together"), [5]]
