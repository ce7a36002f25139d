"""How pictures look and are written: the same for each, and the same bytes for the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

QUIET = "#6b7280"
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#c3c8d0",
    "axes.axisbelow": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.hashsalt": "casebackbone",
}


@contextmanager
def style() -> Iterator[None]:
    """Around everything that draws and saves."""
    with rc_context(_STYLE):
        yield


def save(figure: Figure, file: Path) -> None:
    """SVG or PNG, by the suffix. Raises OSError."""
    suffix = file.suffix.lower().lstrip(".")
    figure.savefig(file, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else {"Software": None})
