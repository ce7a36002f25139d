"""What ``casebackbone promise simulate`` says: for people, for programs, for a spreadsheet."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from casebackbone.due_times import Kind
from casebackbone.promise_simulation import Outcome, Tally, Trial, Verdict, share_kept, tally

LISTED = 20
"""Inquiries that are listed for people; --json and --csv have all."""
_SIDES = ("stored", "tried")
_OF_A_SIDE = ("due_at", "outcome", "promised_minutes", "used_minutes")
COLUMNS = (
    "kind", "inquiry_id", "version", "service", "made_at", "ended_at", "agreed", "changes_sides",
    *(f"{side}_{name}" for side in _SIDES for name in _OF_A_SIDE),
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """``trials`` of the promises made from ``since`` up to ``until``, of ``events`` read. Told in ``zone``."""

    in_force: str
    tried: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    events: int
    trials: tuple[Trial, ...]

    @cached_property
    def tallies(self) -> dict[Kind, Tally]:
        return tally(self.trials)

    @cached_property
    def changing(self) -> list[Trial]:
        """Kept under one and broken under the other, in the order in which they were made."""
        changing = [trial for trial in self.trials if trial.changes_sides]
        return sorted(changing, key=lambda trial: (trial.made_at, trial.inquiry_id, trial.version))

    def local(self, moment: datetime | None) -> str | None:
        return moment.astimezone(self.zone).isoformat() if moment else None


# --- for programs ----------------------------------------------------------------------------------------------------


def as_json_data(report: Report) -> dict[str, Any]:
    """Times local to the calendar in force, with offset; shares in percent of what is decided."""
    return {
        "in_force": report.in_force,
        "tried": report.tried,
        "from": report.local(report.since),
        "to": report.local(report.until),
        "events": report.events,
        "kinds": {kind.value: _tally(counted) for kind, counted in report.tallies.items()},
        "changing": [_trial(report, trial) for trial in report.changing],
    }


def _tally(counted: Tally) -> dict[str, Any]:
    shares = [share_kept(side) for side in (counted.stored, counted.tried)]
    decided = shares[0] is not None and shares[1] is not None
    return {
        "made": counted.made,
        "stored": _side(counted.stored),
        "tried": _side(counted.tried),
        "difference": round((shares[1] or 0) - (shares[0] or 0), 4) if decided else None,
        "newly_kept": counted.newly_kept,
        "newly_broken": counted.newly_broken,
    }


def _side(outcomes: Counter[Outcome]) -> dict[str, Any]:
    share = share_kept(outcomes)
    counts = {outcome.value: outcomes[outcome] for outcome in Outcome}
    return {**counts, "share_kept": None if share is None else round(share, 4)}


def _trial(report: Report, trial: Trial) -> dict[str, Any]:
    def side(verdict: Verdict) -> dict[str, Any]:
        return {
            "due_at": report.local(verdict.due_at),
            "outcome": verdict.outcome.value,
            "promised_minutes": verdict.promised_minutes,
            "used_minutes": verdict.used_minutes,
        }

    return {
        "kind": trial.kind.value,
        "inquiry_id": str(trial.inquiry_id),
        "version": trial.version,
        "service": trial.service,
        "made_at": report.local(trial.made_at),
        "ended_at": report.local(trial.ended_at),
        "agreed": trial.agreed,
        "changes_sides": trial.changes_sides,
        "stored": side(trial.stored),
        "tried": side(trial.tried),
    }


def write_csv(report: Report, file: Path) -> None:
    """A row for each promise, as :data:`COLUMNS`; what there is not is empty. Raises OSError."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for trial in report.trials:
            row = _trial(report, trial)
            row |= {f"{side}_{name}": value for side in _SIDES for name, value in row.pop(side).items()}
            writer.writerow([_cell(row[column]) for column in COLUMNS])


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


# --- for people ------------------------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """Tables; shares are rounded down."""
    head = [
        f"Promises made from {_at(report, report.since)} to {_at(report, report.until)}, {report.events} events read",
        f"stored: as it was promised then; measured with {report.in_force}",
        f"tried:  {report.tried}",
        "",
    ]
    if not report.trials:
        return "\n".join([*head, "nothing was promised in this time; --from and --to name another"])
    return "\n".join([*head, *_kinds(report), "", *_changing(report)])


def _kinds(report: Report) -> Iterator[str]:
    rows = [["", "made", "kept stored", "kept tried", "difference", "newly kept", "newly broken", "open", "ended"]]
    for kind, counted in report.tallies.items():
        rows.append(
            [
                kind.value,
                str(counted.made),
                _share(counted.stored),
                _share(counted.tried),
                _difference(counted),
                str(counted.newly_kept),
                str(counted.newly_broken),
                f"{counted.stored[Outcome.OPEN]} / {counted.tried[Outcome.OPEN]}",
                f"{counted.stored[Outcome.ENDED]} / {counted.tried[Outcome.ENDED]}",
            ]
        )
    yield from _table(rows)
    yield "kept: of those that are decided. Not decided, stored / tried: open: still running at the end of the time;"
    yield "ended: over before they were due, and nobody's to keep any more (answered at first contact, recalled,"
    yield "withdrawn, merged, promised again, expired under a shorter promise)."


def _changing(report: Report) -> Iterator[str]:
    changing = report.changing
    if not changing:
        yield "No promise changes sides."
        return
    yield f"{len(changing)} change sides:"
    for trial in changing[:LISTED]:
        yield (
            f"- {trial.inquiry_id} {trial.kind}: {trial.stored.outcome} → {trial.tried.outcome}, made "
            f"{_at(report, trial.made_at)}, {_used(trial.stored)} → {_used(trial.tried)} min"
        )
    if len(changing) > LISTED:
        yield f"… and {len(changing) - LISTED} more (--json and --csv have all)"


def _used(verdict: Verdict) -> str:
    used, promised = (
        "?" if minutes is None else f"{minutes:g}" for minutes in (verdict.used_minutes, verdict.promised_minutes)
    )
    return f"{used} of {promised}"


def _at(report: Report, moment: datetime) -> str:
    return f"{moment.astimezone(report.zone):%Y-%m-%d %H:%M}"


def _share(outcomes: Counter[Outcome]) -> str:
    """Rounded down: 74.96 % are not 75 %."""
    kept, decided = outcomes[Outcome.KEPT], outcomes[Outcome.KEPT] + outcomes[Outcome.BROKEN]
    if not decided:
        return "–"
    whole, tenth = divmod(kept * 1000 // decided, 10)
    return f"{whole}.{tenth} % ({kept} of {decided})"


def _difference(counted: Tally) -> str:
    stored, tried = share_kept(counted.stored), share_kept(counted.tried)
    return "–" if stored is None or tried is None else f"{tried - stored:+.1f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *cells]).rstrip()
