"""The picture of ``casebackbone desk simulate``: who keeps the promise, and how the day goes with each. In German."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from api.desk_report import Report
from api.picture import QUIET, save, style
from casebackbone.desk_figures import Figures
from casebackbone.desk_simulation import Replay

WIDTH, PANEL, BAR = 11.0, 1.75, 0.42
"""Inches: of the picture, of a day, of a bar."""
KEPT, BROKEN, WAITING = "#2a7f62", "#b5482f", "#c8553d"
FRONT, BACKGROUND, STAFF, PEAK = "#2f6690", "#9fc4de", "#16324f", "#f3c969"


def draw(report: Report, replays: Sequence[Replay], file: Path) -> None:
    """Writes SVG or PNG, by the suffix; the same day always gives the same bytes. Raises OSError."""
    days = len(replays)
    heights = [0.6 + BAR * days, *[PANEL] * days]
    with style():
        height = sum(heights) + 1.9
        below_title = 1 - 0.55 / height
        layout = ConstrainedLayoutEngine(hspace=0.06, rect=(0.01, 0.01, 0.97, below_title - 0.01))
        figure = Figure(figsize=(WIDTH, height), layout=layout)
        rows = figure.subplots(days + 1, 1, gridspec_kw={"height_ratios": heights})
        day = report.day.date
        figure.suptitle(
            f"Anrufe am {day:%d.%m.%Y}: was mit anderer Besetzung gewesen wäre",
            x=0.015,
            y=1 - 0.12 / height,
            ha="left",
            va="top",
            fontsize=14,
            fontweight="bold",
        )
        _shares(rows[0], report, [_name(replay) for replay in replays])
        first, last = _hours(report, replays)
        limits = _limits(replays)
        for axes, result, replay in zip(rows[1:], report.results, replays, strict=True):
            axes.set(xlim=(date2num(first), date2num(last)), ylim=limits)
            _day(axes, result, replay)
            _clock(axes, report, named=axes is rows[-1])
        figure.legend(handles=_legend(), loc="outside lower center", ncols=5, frameon=False)
        save(figure, file)


def _name(replay: Replay) -> str:
    if replay.staffing is None:
        return "wie es war"
    people = replay.staffing.always
    if people is None:
        return replay.staffing.name
    return f"{people.front} vorne" + (f", {people.background} im Hintergrund" if people.background else "")


def _shares(axes: Axes, report: Report, names: Sequence[str]) -> None:
    """Who would have kept the promise: a bar for each, and the line that it has to reach."""
    promise = report.promise
    for place, result in enumerate(report.results):
        share = result.whole.share_percent or 0.0
        axes.barh(place, share, height=0.62, color=KEPT if result.kept else BROKEN)
        inside = share > 35
        axes.annotate(
            f"{_share(result)} %  ({result.whole.answered_in_time} von {result.whole.offered})",
            (0 if inside else share, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color="white" if inside else "black",
            fontweight="bold" if inside else "normal",
        )
        lost = f"aufgelegt: {result.whole.abandoned}"
        if result.whole.left_waiting:
            lost += f", ohne Antwort: {result.whole.left_waiting}"
        axes.annotate(lost, (101, place), va="center", color=QUIET, annotation_clip=False)
    axes.axvline(promise.percent, color=STAFF, linestyle="--", linewidth=1.2)
    axes.annotate(
        f"Versprechen: {promise.percent} %",
        (promise.percent, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        color=STAFF,
    )
    axes.set(xlim=(0, 118), xticks=range(0, 101, 25), yticks=range(len(names)), yticklabels=names)
    axes.xaxis.set_major_formatter("{x:.0f} %")
    axes.tick_params(axis="y", length=0, labelcolor="black")
    axes.spines["bottom"].set_bounds(0, 100)
    axes.invert_yaxis()
    axes.set_title(f"Innerhalb von {promise.within_seconds} Sekunden angenommen", loc="left", fontweight="bold", pad=18)


def _day(axes: Axes, result: Figures, replay: Replay) -> None:
    """Upwards who is on the phone, background on top of front; downwards who waits; behind them the peaks."""
    last = replay.timeline[-1].at
    for peak in replay.peaks:
        axes.axvspan(date2num(peak.opened_at), date2num(peak.closed_at or last), color=PEAK, alpha=0.4, linewidth=0)
    times = [date2num(moment.at) for moment in replay.timeline]
    front = [moment.front_busy for moment in replay.timeline]
    both = [moment.front_busy + moment.background_busy for moment in replay.timeline]
    waiting = [-moment.waiting for moment in replay.timeline]
    for low, high, color in (([0] * len(times), front, FRONT), (front, both, BACKGROUND), (waiting, None, WAITING)):
        axes.fill_between(times, low, 0 if high is None else high, step="post", color=color, linewidth=0)
    if replay.staffing is not None:
        there = [moment.people.front if moment.people else 0 for moment in replay.timeline]
        axes.step(times, there, where="post", color=STAFF, linewidth=1, linestyle=(0, (4, 2)))
    axes.axhline(0, color=QUIET, linewidth=0.8)
    _cut(axes, times, waiting)
    longest = result.wait_seconds.get(95)
    waited = "" if longest is None else f";  95 % der Angenommenen warteten höchstens {_duration(longest)}"
    axes.set_title(_name(replay), loc="left", fontweight="bold")
    axes.set_title(f"{_peaks(result)}{waited}", loc="right", fontsize=8.5, color=QUIET)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda calls, _: f"{abs(calls):.0f}")
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    axes.spines["bottom"].set_visible(False)
    axes.set_ylabel("warten | sprechen", fontsize=8)


def _cut(axes: Axes, times: Sequence[float], waiting: Sequence[int]) -> None:
    """How many waited where it goes beyond the picture: a long queue would press everything else flat."""
    lowest = min(waiting)
    if lowest < axes.get_ylim()[0]:
        axes.annotate(
            f"bis zu {-lowest} warten",
            (times[waiting.index(lowest)], axes.get_ylim()[0]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
            fontsize=8,
        )


def _clock(axes: Axes, report: Report, *, named: bool) -> None:
    axes.xaxis.set_major_locator(AutoDateLocator(tz=report.day.zone, minticks=4, maxticks=14))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=report.day.zone))
    axes.tick_params(axis="x", labelbottom=named)
    if named:
        axes.set_xlabel(f"Uhrzeit ({report.day.zone.key})")


def _hours(report: Report, replays: Sequence[Replay]) -> tuple[datetime, datetime]:
    """From the first call to the last that was over in any of them."""
    edges = report.day.half_hours
    return edges[0], max(edges[-1], *(replay.timeline[-1].at for replay in replays))


def _limits(replays: Sequence[Replay]) -> tuple[float, float]:
    """One scale for all; downwards at most twice as far as upwards."""
    moments = [moment for replay in replays for moment in replay.timeline]
    speaking = max(
        max(moment.front_busy + moment.background_busy, moment.people.front if moment.people else 0)
        for moment in moments
    )
    top = max(2, speaking)
    waiting = min(max(2, *(moment.waiting for moment in moments)), 2 * top)
    return -waiting - 0.4, top + 0.4


def _legend() -> list[Patch | Line2D]:
    return [
        Patch(color=WAITING, label="warten"),
        Patch(color=FRONT, label="im Gespräch, vorne"),
        Patch(color=BACKGROUND, label="im Gespräch, Hintergrund"),
        Line2D([], [], color=STAFF, linestyle="--", label="Plätze vorne"),
        Patch(color=PEAK, alpha=0.4, label="Andrang"),
    ]


def _peaks(result: Figures) -> str:
    if not result.peaks:
        return "kein Andrang"
    return f"{len(result.peaks)} × Andrang, {result.peak_minutes:.0f} min"


def _share(result: Figures) -> str:
    """Rounded down: 74,96 % are not 75 %."""
    whole, tenths = divmod(result.whole.answered_in_time * 1000 // result.whole.offered, 10)
    return f"{whole},{tenths}"


def _duration(seconds: float) -> str:
    whole = -int(-seconds // 1)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"
