"""The picture of ``casebackbone figures``: each figure day by day, beside what was promised. In German."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from api.figure_numbers import Target, target_of
from api.figures_report import Found, Report
from api.picture import QUIET, save, style
from casebackbone.deadlines import Policy
from projections.figures import Count
from projections.figures_formulas import AGES, Kind

WIDTH, PANEL = 11.0, 1.9
"""Inches: of the picture, of a figure."""
KEPT, BROKEN, PLAIN, LINE = "#2a7f62", "#b5482f", "#2f6690", "#16324f"
AGE_COLORS = ("#dbe9f1", "#9fc4de", "#5f96bf", "#2f6690", "#e0a458", "#b5482f")
_UNITS = {"doors": "Türen", "bounces": "Zurückweisungen", "service_minutes": "Serviceminuten"}
_NOTHING = "nichts gezählt"


def draw(report: Report, file: Path) -> None:
    """Writes SVG or PNG, by the suffix; the same figures always give the same bytes. Raises OSError."""
    with style():
        height = PANEL * len(report.found) + 1.1
        layout = ConstrainedLayoutEngine(hspace=0.08, rect=(0.01, 0.01, 0.98, 1 - 0.75 / height))
        figure = Figure(figsize=(WIDTH, height), layout=layout)
        panels = figure.subplots(len(report.found), 1, squeeze=False)[:, 0]
        first, last = (moment.astimezone(report.zone) for moment in (report.start, report.end))
        figure.suptitle(
            f"Kennzahlen vom {first:%d.%m.%Y} bis {last:%d.%m.%Y, %H:%M} Uhr",
            x=0.015,
            y=1 - 0.15 / height,
            ha="left",
            va="top",
            fontsize=14,
            fontweight="bold",
        )
        for axes, found in zip(panels, report.found, strict=True):
            _panel(axes, found, report.policy)
            _days(axes, found)
        panels[-1].set_xlabel(f"Tag ({report.zone.key})")
        save(figure, file)


def _panel(axes: Axes, found: Found, policy: Policy) -> None:
    axes.set_title(found.formula.label, loc="left", fontweight="bold")
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    if found.formula.kind is None:
        _ages(axes, found)
    elif found.formula.kind is Kind.SEARCH:
        _means(axes, found)
    else:
        _shares(axes, found, target_of(found.formula, policy))


def _shares(axes: Axes, found: Found, target: Target | None) -> None:
    """A bar for each day of which something counted; the line that it has to reach."""
    for day, count in _counted(found):
        kept = None if target is None else target.kept(count)
        color = {None: PLAIN, True: KEPT, False: BROKEN}[kept]
        axes.bar(day, count.share_percent or 0, width=0.8, color=color)
        if not count.met:  # nothing to see is not the same as nothing counted
            axes.plot([day - 0.4, day + 0.4], [0, 0], color=color, linewidth=3, solid_capstyle="butt")
    axes.set(ylim=(0, 105), yticks=(0, 25, 50, 75, 100))
    axes.yaxis.set_major_formatter("{x:.0f} %")
    said = f"{_share(found.total)}  ({found.total.met} von {found.total.counted})" if found.total.counted else _NOTHING
    if target is not None:
        axes.axhline(target.share_percent, color=LINE, linestyle="--", linewidth=1.2)
        said += f";  versprochen: {target.share_percent} %"
    axes.set_title(said, loc="right", fontsize=8.5, color=QUIET)


def _means(axes: Axes, found: Found) -> None:
    days = [(day, count.value_mean or 0) for day, count in _counted(found)]
    axes.bar([day for day, _ in days], [mean for _, mean in days], width=0.8, color=PLAIN)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}".replace(".", ","))
    mean = found.total.value_mean
    unit = _UNITS[str(found.formula.unit)]
    said = (
        f"im Mittel {mean:.1f} {unit} ({found.total.counted} Suchen)".replace(".", ",")
        if mean is not None
        else _NOTHING
    )
    axes.set_title(said, loc="right", fontsize=8.5, color=QUIET)


def _ages(axes: Axes, found: Found) -> None:
    """How many were open in the evening, the youngest at the bottom."""
    days = [date2num(date.fromisoformat(row.key)) for row in found.per_day]
    bottom = [0] * len(days)
    for place, (_, _, label) in enumerate(AGES):
        many = [row.count.ages[place] if row.count.ages else 0 for row in found.per_day]
        axes.bar(days, many, bottom=bottom, width=0.8, color=AGE_COLORS[place], label=label)
        bottom = [low + high for low, high in zip(bottom, many, strict=True)]
    axes.set_ylim(0, max(1, *bottom, 1) * 1.35)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=2))
    axes.legend(ncols=len(AGES), frameon=False, fontsize=7.5, loc="upper left", borderaxespad=0)
    axes.set_title(f"zuletzt {found.total.counted} offen", loc="right", fontsize=8.5, color=QUIET)


def _days(axes: Axes, found: Found) -> None:
    days = [date2num(date.fromisoformat(row.key)) for row in found.per_day]
    axes.set_xlim(days[0] - 0.6, days[-1] + 0.6)
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=1, maxticks=14, interval_multiples=False))
    axes.xaxis.set_major_formatter(DateFormatter("%d.%m."))


def _counted(found: Found) -> list[tuple[float, Count]]:
    rows = [(float(date2num(date.fromisoformat(row.key))), row.count) for row in found.per_day]
    return [(day, count) for day, count in rows if count.counted]


def _share(count: Count) -> str:
    """Rounded down: 74.96 % is not 75 %."""
    share = count.share_percent
    return _NOTHING if share is None else f"{math.floor(share * 10) / 10:.1f} %".replace(".", ",")
