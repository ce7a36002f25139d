"""The picture of ``casebackbone promise simulate``: what is kept, and how much of its time it took. In German."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from api.picture import save, style
from api.promise_report import Report
from casebackbone.due_times import Kind
from casebackbone.promise_simulation import Outcome, Trial, Verdict, share_kept

STORED, TRIED, LIMIT = "#9fc4de", "#16324f", "#c8553d"
MOST_PERCENT = 300
"""How far to the right the times go: what took longer is beyond."""
JUST_LATE = 100.1
_NAMES = {
    Kind.REPLY: "Antwort",
    Kind.ACCEPTANCE: "Annahme",
    Kind.CALLBACK: "Rückruf",
    Kind.WAITING: "Warten",
    Kind.ESCALATION: "Eskalation",
}


def draw(report: Report, file: Path) -> None:
    """Writes SVG or PNG, by the suffix; the same report always gives the same bytes. Raises OSError."""
    kinds = list(report.tallies)
    with style():
        figure = Figure(figsize=(11.0, 2.6 + 1.5 * max(1, len(kinds))), layout="constrained")
        figure.suptitle(
            f"Versprechen vom {report.since.astimezone(report.zone):%d.%m.%Y} bis vor "
            f"{report.until.astimezone(report.zone):%d.%m.%Y}: was mit anderen Fristen gewesen wäre",
            x=0.01,
            ha="left",
            fontsize=13,
            fontweight="bold",
        )
        rows = figure.subplots(max(1, len(kinds)), 2, squeeze=False, gridspec_kw={"width_ratios": [2, 3]})
        for place, (axes, kind) in enumerate(zip(rows, kinds, strict=False)):
            last = place == len(kinds) - 1
            _shares(axes[0], report, kind, last=last)
            _times(axes[1], [trial for trial in report.trials if trial.kind is kind], last=last)
        if not kinds:
            rows[0][0].set_title("In dieser Zeit wurde nichts versprochen.", loc="left")
        figure.legend(handles=_legend(report), loc="outside lower center", ncols=3, frameon=False)
        save(figure, file)


def _shares(axes: Axes, report: Report, kind: Kind, *, last: bool) -> None:
    """Two bars: of those that are decided."""
    counted = report.tallies[kind]
    for place, (outcomes, color) in enumerate(((counted.stored, STORED), (counted.tried, TRIED))):
        share = share_kept(outcomes)
        axes.barh(place, share or 0.0, height=0.7, color=color)
        decided = outcomes[Outcome.KEPT] + outcomes[Outcome.BROKEN]
        text = "nichts entschieden" if share is None else f"{_down(outcomes[Outcome.KEPT], decided)} % von {decided}"
        inside = (share or 0.0) > 60
        axes.annotate(
            text,
            ((share or 0.0), place),
            xytext=(-5 if inside else 5, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            color="white" if inside and color == TRIED else "black",
        )
    axes.set(xlim=(0, 100), ylim=(1.6, -0.6), yticks=[])
    axes.set_title(f"{_NAMES[kind]}: {counted.made} versprochen", loc="left", fontweight="bold")
    axes.xaxis.set_major_formatter("{x:.0f} %")
    axes.tick_params(axis="x", labelbottom=last)
    if last:
        axes.set_xlabel("eingehalten, von den entschiedenen")


def _down(kept: int, decided: int) -> str:
    """Rounded down: 74,96 % are not 75 %."""
    whole, tenth = divmod(kept * 1000 // decided, 10)
    return f"{whole},{tenth}"


def _times(axes: Axes, trials: Iterable[Trial], *, last: bool) -> None:
    """Which share was done within how much of the promised time: at 100 % stands what was kept."""
    trials = list(trials)
    for side, color, width in (("stored", STORED, 3.0), ("tried", TRIED, 1.4)):
        verdicts: list[tuple[Trial, Verdict]] = [(trial, getattr(trial, side)) for trial in trials]
        decided = [pair for pair in verdicts if pair[1].outcome in (Outcome.KEPT, Outcome.BROKEN)]
        parts = sorted(part for trial, verdict in decided if (part := part_used(trial, verdict)) is not None)
        shares = [100 * (place + 1) / len(decided) for place in range(len(parts))]
        axes.step([0, *parts, max(MOST_PERCENT, *parts, 0)], [0, *shares, shares[-1] if shares else 0],
                  where="post", color=color, linewidth=width)  # fmt: skip
    axes.axvline(100, color=LIMIT, linestyle="--", linewidth=1)
    axes.set(xlim=(0, MOST_PERCENT), ylim=(0, 101), yticks=[0, 50, 100])
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:.0f} %")
    axes.tick_params(axis="x", labelbottom=last)
    if last:
        axes.set_xlabel("verbrauchte Servicezeit, von der versprochenen")


def part_used(trial: Trial, verdict: Verdict) -> float | None:
    """In percent of what was promised; None where it never came to its end, or nothing can be measured.

    What was late outside service hours has used no more than was promised, and is shown just behind the due time.
    """
    if trial.ended_at is None or verdict.used_minutes is None or not verdict.promised_minutes:
        return None
    part = 100 * verdict.used_minutes / verdict.promised_minutes
    return min(part, 100.0) if verdict.outcome is Outcome.KEPT else max(part, JUST_LATE)


def _legend(report: Report) -> list[Patch | Line2D]:
    return [
        Patch(color=STORED, label="wie damals versprochen"),
        Patch(color=TRIED, label=f"erprobt: {report.tried}"),
        Line2D([], [], color=LIMIT, linestyle="--", label="Frist"),
    ]
