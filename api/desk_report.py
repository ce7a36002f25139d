"""What ``casebackbone desk simulate`` says: for people, for programs, for a spreadsheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

from casebackbone.desk_day import Day
from casebackbone.desk_figures import CallPromise, Counts, Figures
from casebackbone.desk_simulation import Assumptions, Peak
from casebackbone.peaks import PeakRule

COLUMNS = (
    "staffing", "from", "to", "offered", "answered", "answered_in_time", "abandoned", "left_waiting", "share_percent",
    "longest_wait_seconds", "front_utilisation", "background_utilisation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """``results``: the day as it was, then one for each staffing."""

    day: Day
    policy: str
    promise: CallPromise
    rule: PeakRule
    assumed: Assumptions
    results: tuple[Figures, ...]


def as_json_data(report: Report) -> dict[str, Any]:
    """Times local to the calendar, with offset; shares in percent, utilisation from 0 to 1, waiting in seconds."""
    return {
        "date": report.day.date.isoformat(),
        "time_zone": report.day.zone.key,
        "calls": len(report.day.calls),
        "policy": report.policy,
        "promise": asdict(report.promise),
        "peak_rule": asdict(report.rule),
        "assumed": asdict(report.assumed)
        | {"talk": _assumed_talk(report), "calls_with_assumed_talk": report.day.without_talk},
        "results": [_result(report, result) for result in report.results],
    }


def _assumed_talk(report: Report) -> float | None:
    """Seconds; None when every call has a talk time of its own."""
    if not report.day.without_talk:
        return None
    mean = report.day.mean_talk
    return report.assumed.talk if report.assumed.talk is not None else mean.total_seconds() if mean else None


def _result(report: Report, result: Figures) -> dict[str, Any]:
    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(report.day.zone).isoformat() if moment else None

    def counts(part: Counts) -> dict[str, Any]:
        return {key: local(value) if isinstance(value, datetime) else value for key, value in asdict(part).items()}

    def peak(one: Peak) -> dict[str, Any]:
        return one._asdict() | {"opened_at": local(one.opened_at), "closed_at": local(one.closed_at)}

    return {
        "name": result.name,
        "simulated": result.simulated,
        "promise_kept": result.kept,
        **counts(result.whole),
        "wait_seconds": {f"p{percent}": seconds for percent, seconds in result.wait_seconds.items()},
        "most_waiting": result.most_waiting,
        "answered_by_background": result.answered_by_background if result.simulated else None,
        "peak_minutes": result.peak_minutes,
        "peaks": [peak(one) for one in result.peaks],
        "half_hours": [counts(part) for part in result.half_hours],
    }


def write_csv(report: Report, file: Path) -> None:
    """A row for each half hour of each staffing; what nobody knows is empty."""
    zone = report.day.zone
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for result in report.results:
            for part in result.half_hours:
                edges = [moment.astimezone(zone).isoformat() for moment in (part.start, part.end)]
                numbers = asdict(part)
                writer.writerow([result.name, *edges, *(_cell(numbers[column]) for column in COLUMNS[3:])])


def _cell(value: float | None) -> object:
    return "" if value is None else round(value, 4)


def as_text(report: Report) -> str:
    """Tables; begun seconds count as whole ones."""
    return "\n".join(
        [
            *_head(report),
            "",
            *_overview(report),
            "",
            *_half_hours(report),
            "",
            *_peaks(report),
            "",
            *_assumptions(report),
        ]
    )


def _head(report: Report) -> Iterator[str]:
    day, promise, rule = report.day, report.promise, report.rule
    yield f"{day.date:%A} {day.date}, {len(day.calls)} calls ({day.zone.key})"
    yield f"Promise {report.policy}: {promise.percent} % of the calls are answered within {promise.within_seconds} s"
    yield (
        f"A peak opens with {rule.opens_with_waiting} waiting, or one longer than {rule.within_seconds} s; it closes "
        f"after {rule.closes_after_minutes} min with no more than {rule.closes_with_waiting}, none longer"
    )


def _overview(report: Report) -> Iterator[str]:
    head = ["", f"in {report.promise.within_seconds} s", "share", "promise", "abandoned", "left"]
    head += ["wait p50", "p90", "p95", "longest", "front", "background", "peaks"]
    rows = [head]
    for result in report.results:
        whole, waits = result.whole, result.wait_seconds
        rows.append(
            [
                result.name,
                f"{whole.answered_in_time} of {whole.offered}",
                _share(whole),
                "kept" if result.kept else "broken",
                str(whole.abandoned),
                str(whole.left_waiting),
                *(_clock(waits.get(percent)) for percent in (50, 90, 95)),
                _clock(whole.longest_wait_seconds),
                _busy(whole.front_utilisation),
                _busy(whole.background_utilisation),
                f"{len(result.peaks)}, {result.peak_minutes:.0f} min" if result.peaks else "none",
            ]
        )
    yield from _table(rows)
    within = report.promise.within_seconds
    yield f"in {within} s: answered in time, of all offered. left: still waiting when nobody was there any more."
    yield "wait: minutes and seconds until answered; longest: or until given up. front, background: part of it busy."


def _half_hours(report: Report) -> Iterator[str]:
    rows = [["share in time from", "calls", *(result.name for result in report.results)]]
    for parts in zip(*(result.half_hours for result in report.results), strict=True):
        begin = parts[0].start.astimezone(report.day.zone)
        rows.append([f"{begin:%H:%M}", str(parts[0].offered), *map(_share, parts)])
    yield from _table(rows)


def _peaks(report: Report) -> Iterator[str]:
    yield "Peaks (--json says what opened each)"
    for result in report.results:
        times = ", ".join(f"{_time(peak.opened_at, report)}–{_time(peak.closed_at, report)}" for peak in result.peaks)
        yield from wrap(f"- {result.name}: {times or 'none'}", 118, subsequent_indent="  ", break_on_hyphens=False)


def _time(moment: datetime | None, report: Report) -> str:
    return f"{moment.astimezone(report.day.zone):%H:%M}" if moment else "end"


def _assumptions(report: Report) -> Iterator[str]:
    assumed, day = report.assumed, report.day
    yield "Assumed in what is simulated:"
    yield "- first come, first served; who is free answers at once, the front first, the background only during a peak"
    yield "- who gave up gives up again after as long a wait, unless answered before"
    if assumed.patience is None:
        yield "- who was answered stays until answered, for nobody knows when they would have given up (--patience)"
    else:
        yield f"- who was answered gives up after {assumed.patience} s, or the real wait if longer (--patience)"
    talk = _assumed_talk(report)
    if talk is not None:
        source = "the mean of the day (--talk)" if assumed.talk is None else "as told by --talk"
        without = f"{day.without_talk} of {len(day.calls)} calls"
        yield f"- without a talk time: {without}; when answered, {talk:.0f} s, {source}"
    yield f"- {assumed.wrap_up} s after each call before the next (--wrap-up)"
    yield f"- {assumed.step_in} s from the opening of a peak until the background is at the phone (--step-in)"
    unknown = report.results[0].whole.left_waiting
    if unknown:
        yield f"- {unknown} of the calls were neither answered nor abandoned: they stay until answered"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _share(part: Counts) -> str:
    """Rounded down: 74.96 % are not 75 %."""
    if not part.offered:
        return "–"
    whole, tenths = divmod(part.answered_in_time * 1000 // part.offered, 10)
    return f"{whole}.{tenths} %"


def _busy(part: float | None) -> str:
    return "–" if part is None else f"{100 * part:.0f} %"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}:{rest:02}"
