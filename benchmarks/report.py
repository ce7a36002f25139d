"""What was found, as JSON that is kept, and as the page ``docs/performance.md`` with its plots, made from that JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measuring import Comparison, Finding, Numbers, Rate, Spread, Timing
from benchmarks.plots import draw

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PLOTS = PAGE.with_name("performance")

_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (Comparison, Timing, Numbers)}
_LIBRARIES = ("eventsourcing", "psycopg", "kafka-python", "flask", "sqlalchemy")
_HEAD = """# Performance

Made by `make bench-full` from `benchmarks/results.json`; change neither by hand. Machines are noisy, and what another
one does in a second says nothing of this one: so everything is held against a limit of the same run, taken in turn with
it, and the **ratio** is what counts. Rates are medians of the rounds, with the least and the most. Each section says
when and how it was measured. What limits what falls short, and what it costs to grow, is in
[limits.md](limits.md).
"""


def keep(found: Mapping[str, Sequence[Finding]], full: bool) -> None:
    """Put the sections that were measured in place of their older results, and leave all others."""
    known = _read()
    for section, findings in found.items():
        known[section] = {
            "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
            "run": "full" if full else "short",
            "machine": machine(),
            "findings": [{"kind": type(finding).__name__, **asdict(finding)} for finding in findings],
        }
    RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> str:
    """What it was measured on, in a line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"


def write(introductions: Mapping[str, str]) -> None:
    """The page and its plots, sections in the order of ``introductions`` (name to what stands above its tables)."""
    PLOTS.mkdir(exist_ok=True)
    parts = [_HEAD]
    known = _read()
    for section, introduction in introductions.items():
        if section not in known:
            continue
        kept = known[section]
        findings = [_finding(one) for one in kept["findings"]]
        parts.append(f"## {section.capitalize()}\n\n{introduction.strip()}\n")
        parts.append(f"_{kept['run'].capitalize()} run of {kept['measured_at']}; {kept['machine']}._\n")
        if draw(findings, PLOTS / f"{section}.svg"):
            parts.append(f"![{section}](performance/{section}.svg)\n")
        parts += [markdown(finding) for finding in findings]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _read() -> dict[str, Any]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def _finding(kept: Mapping[str, Any]) -> Finding:
    fields = {name: value for name, value in kept.items() if name != "kind"}
    if "rates" in fields:
        fields["rates"] = tuple(Rate(one["name"], tuple(one["rounds"])) for one in fields["rates"])
    if "spreads" in fields:
        fields["spreads"] = tuple(Spread(**one) for one in fields["spreads"])
    if "rows" in fields:
        fields["rows"] = tuple(map(tuple, fields["rows"]))
        fields["columns"] = tuple(fields["columns"])
    found: Finding = _KINDS[kept["kind"]](**fields)
    return found


# --- as text -------------------------------------------------------------------------------------------------------


def markdown(finding: Finding) -> str:
    """A table, for the page and the terminal alike."""
    rows = list(_rows(finding))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    note = f"\n{finding.note}\n" if finding.note else ""
    return f"**{finding.title}**\n\n" + "\n".join([lines[0], rule, *lines[1:]]) + f"\n{note}"


def _rows(finding: Finding) -> Iterator[tuple[str, ...]]:
    if isinstance(finding, Comparison):
        yield ("", "ratio", "wanted", f"{finding.things} a second", "least", "most")
        for rate in finding.rates:
            ratio, wanted = finding.ratio(rate), finding.targets.get(rate.name)
            numbers = (f"{number:,.0f}" for number in (rate.median, min(rate.rounds), max(rate.rounds)))
            yield (rate.name, f"{ratio:.2f}", _wanted(wanted, "≥", wanted is not None and ratio >= wanted), *numbers)
    elif isinstance(finding, Timing):
        yield ("", "times", "half within ms", "99 of 100 within ms", "wanted", "longest ms")
        for one in finding.spreads:
            wanted = finding.targets.get(one.name)
            met = _wanted(wanted, "<", wanted is not None and one.p99 < wanted)
            yield (one.name, f"{one.count:,}", f"{one.p50:.1f}", f"{one.p99:.1f}", met, f"{one.longest:.1f}")
    else:
        yield finding.columns
        for row in finding.rows:
            yield tuple(cell if isinstance(cell, str) else _number(cell) for cell in row)


def _wanted(wanted: float | None, sign: str, met: bool) -> str:
    return "" if wanted is None else f"{sign} {wanted:g} {'✓' if met else '✗'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.2f}"
