"""The plot of a section: ratios to the limit with what is wanted, or times with what they may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from api.picture import QUIET, save, style
from benchmarks.measuring import Comparison, Finding, Numbers, Timing

MET, MISSED, OTHER = "#2f6f4f", "#b4472e", "#c3c8d0"
_BAR = 0.28


def draw(findings: Sequence[Finding], file: Path) -> bool:
    """Each comparison and timing of the section under the other; False, and no file, if there is none."""
    drawn = [finding for finding in findings if not isinstance(finding, Numbers)]
    if not drawn:
        return False
    heights = [0.55 + _BAR * len(_bars(finding)) for finding in drawn]
    with style():
        figure = Figure(figsize=(7.5, sum(heights) + 0.3), layout="constrained")
        rows = figure.subplots(len(drawn), 1, height_ratios=heights, squeeze=False)
        for finding, (axes,) in zip(drawn, rows, strict=True):
            _panel(axes, finding)
        save(figure, file)
    return True


def _bars(finding: Comparison | Timing) -> list[tuple[str, float, float | None, bool]]:
    """Name, length, what is wanted, and whether that is met."""
    if isinstance(finding, Comparison):
        lengths = [(rate.name, finding.ratio(rate)) for rate in finding.rates]
        wanted = [finding.targets.get(name) for name, _ in lengths]
        return [(n, x, w, w is None or x >= w) for (n, x), w in zip(lengths, wanted, strict=True)]
    spreads = [(one.name, one.p99, finding.targets.get(one.name)) for one in finding.spreads]
    return [(name, p99, wanted, wanted is None or p99 < wanted) for name, p99, wanted in spreads]


def _panel(axes: Any, finding: Comparison | Timing) -> None:
    bars = _bars(finding)
    for place, (_, length, wanted, met) in enumerate(bars):
        colour = OTHER if wanted is None else MET if met else MISSED
        axes.barh(place, length, height=0.62, color=colour)
        axes.text(
            length, place, f" {length:.2f}" if isinstance(finding, Comparison) else f" {length:.1f} ms", va="center"
        )
        if wanted is not None:
            axes.plot([wanted, wanted], [place - 0.42, place + 0.42], color="black", linewidth=1.2)
    axes.set_yticks(range(len(bars)), [name for name, *_ in bars])
    axes.set_title(finding.title, loc="left", fontsize=9, fontweight="bold")
    axes.set_xlabel("ratio to the first" if isinstance(finding, Comparison) else "99 of 100 within ms", color=QUIET)
    axes.invert_yaxis()
    axes.margins(x=0.12)
