"""What ``casebackbone figures`` says: for people, for programs, for a spreadsheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.csv_answer import cell
from api.figure_numbers import AGE_CODES, COLUMNS, count_data, csv_line, formula_data, target_of
from api.freshness import Freshness
from casebackbone.deadlines import Policy
from projections.figures import Count, Question, Row
from projections.figures_formulas import Formula

UNITS = {
    "seconds": "s",
    "service_minutes": "service min",
    "attempts": "attempts",
    "hours": "h",
    "doors": "doors",
    "bounces": "bounces",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A figure: in all, and row by row, if rows were asked for. ``per_day`` is for the picture."""

    question: Question
    total: Count
    rows: Sequence[Row] | None = None
    per_day: Sequence[Row] = ()

    @property
    def formula(self) -> Formula:
        return self.question.formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures that were asked for, and how fresh they are. ``by`` None: only in all."""

    found: Sequence[Found]
    by: str | None
    start: datetime
    end: datetime
    zone: ZoneInfo
    policy: Policy
    freshness: Freshness


def as_json_data(report: Report) -> dict[str, Any]:
    """As the API answers them."""
    return {
        "from": report.start.astimezone(report.zone).isoformat(),
        "to": report.end.astimezone(report.zone).isoformat(),
        "time_zone": report.zone.key,
        "by": report.by,
        "as_of_position": report.freshness.as_of_position,
        "stale": report.freshness.stale,
        "figures": [_figure(found, report) for found in report.found],
    }


def _figure(found: Found, report: Report) -> dict[str, Any]:
    data: dict[str, Any] = {
        "formula": formula_data(found.formula, report.policy),
        "total": count_data(found.formula, found.total, report.policy),
    }
    if found.rows is not None:
        data["items"] = [{"key": row.key, **count_data(found.formula, row.count, report.policy)} for row in found.rows]
    return data


def write_csv(report: Report, file: Path) -> None:
    """A line for each row of each figure; without rows, one for each figure, under the key ``total``."""
    fresh = {"as_of_position": report.freshness.as_of_position, "stale": report.freshness.stale}
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for found in report.found:
            rows = [Row("total", found.total)] if found.rows is None else found.rows
            for row in rows:
                line = csv_line(found.question, row.key, row.count, report.policy, **fresh)
                writer.writerow([cell(line[column]) for column in COLUMNS])


def as_text(report: Report) -> str:
    """Tables. A share is rounded down: 74.96 % is not 75 %."""
    first, last = (moment.astimezone(report.zone) for moment in (report.start, report.end))
    lines = [
        f"Figures from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({report.zone.key}), "
        f"promise {report.policy.identity}, as of position {report.freshness.as_of_position}"
    ]
    if report.freshness.stale:
        lines.append(f"STALE: {report.freshness.lag_events} events are not in here yet")
    lines += ["", *_overview(report)]
    for found in report.found:
        if found.rows is not None:
            lines += ["", *_rows(found, report)]
    lines += ["", "share: met of counted. undecided: may still become either, and is not counted. docs/figures.md"]
    return "\n".join(lines)


def _overview(report: Report) -> Iterator[str]:
    table = [["figure", "share", "target", "", "met", "counted", "undecided", "mean", ""]]
    table += [[found.formula.code, *_cells(found.formula, found.total, report)] for found in report.found]
    yield from _table(table, left=(0, 3, 8))


def _rows(found: Found, report: Report) -> Iterator[str]:
    heads = [found.formula.code, "share", "target", "", "met", "counted", "undecided", "mean", ""]
    ages = found.formula.kind is None and report.by != "age"
    table = [[*heads, *(AGE_CODES if ages else ())]]
    for row in found.rows or ():
        classes = [str(many) for many in row.count.ages or ()] if ages else []
        table.append([row.key, *_cells(found.formula, row.count, report), *classes])
    yield from _table(table, left=(0, 3, 8))


def _cells(formula: Formula, count: Count, report: Report) -> list[str]:
    target = target_of(formula, report.policy)
    kept = None if target is None else target.kept(count)
    backlog = formula.kind is None
    measured = formula.measure is not None and count.value_mean is not None
    return [
        _percent(count.share_percent),
        "" if target is None else f"{target.share_percent} %",
        {None: "", True: "kept", False: "missed"}[kept],
        "" if backlog else str(count.met),
        str(count.counted),
        "" if backlog else str(count.undecided),
        f"{count.value_mean:.1f}" if measured else "",
        UNITS[formula.unit] if measured and formula.unit else "",
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{math.floor(share * 10) / 10:.1f} %"


def _table(rows: Sequence[Sequence[str]], left: Sequence[int]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            text.ljust(width) if column in left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
