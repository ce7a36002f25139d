"""``python -m benchmarks [--full] [SECTION …]``: starts its own PostgreSQL and Kafka, measures, prints tables.

What was found goes into ``benchmarks/results.json`` and ``docs/performance.md``; sections that are not named keep what
they have. Short: some minutes, and nothing is kept unless ``--keep`` is given.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
from typing import Any

from benchmarks import report
from benchmarks.measuring import Finding
from benchmarks.parts import FULL, SHORT, parts, say

SECTIONS = ("append", "load", "relay", "projection", "rebuild", "http", "latency", "queries", "search", "growth")
"""Modules here, each with ``measure(parts, size)``, in the order of the page: a request comes in, … someone looks."""


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all if none is named")
    asked.add_argument("--full", action="store_true", help="every size, more rounds; results and page are written")
    asked.add_argument("--keep", action="store_true", help="write results and page also of a short run")
    asked.add_argument("--page", action="store_true", help="measure nothing: only make the page from the results")
    options = asked.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        asked.error(f"no section {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}")
    if not options.page:
        _measure([name for name in SECTIONS if name in (options.sections or SECTIONS)], options.full, options.keep)
    if options.page or options.full or options.keep:
        report.write({name: inspect.getdoc(_module(name)) or "" for name in SECTIONS})


def _measure(sections: list[str], full: bool, keep: bool) -> None:
    size = FULL if full else SHORT
    with parts() as real:
        for name in sections:
            say(f"== {name}")
            findings: list[Finding] = []
            for finding in _module(name).measure(real, size):
                print(report.markdown(finding), flush=True)
                findings.append(finding)
            if full or keep:
                report.keep({name: findings}, full)


def _module(name: str) -> Any:
    return importlib.import_module(f"benchmarks.{name}")


if __name__ == "__main__":
    main()
