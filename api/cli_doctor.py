"""``casebackbone doctor``: what is wrong with this set-up, and what to do."""

from __future__ import annotations

from dataclasses import asdict

import click

from api.cli_output import emit, found, json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look at settings, databases, broker, views and clock; say what is wrong and what to do. Exit code 3 if any is."""
    from api.doctor import examine

    checks = list(examine())
    lines = (f"{'ok     ' if one.ok else 'PROBLEM'} {one.name}: {one.detail}" for one in checks)
    remedies = (f"\n        → {one.remedy}" if one.remedy else "" for one in checks)
    text = "\n".join(line + remedy for line, remedy in zip(lines, remedies, strict=True))
    emit([asdict(one) for one in checks], as_json, text)
    if not all(one.ok for one in checks):
        found()
