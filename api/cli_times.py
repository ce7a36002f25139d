"""Times on the command line: with an offset, or local to a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click


def read_moment(text: str, option: str, zone: ZoneInfo) -> datetime:
    """The time that ``text`` names, local to ``zone`` if it has no offset. In UTC. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        raise click.UsageError(f"{option}: {text!r} is not a time; write it like 2026-04-02T17:00+02:00") from None
    try:
        return at.astimezone(UTC) if at.tzinfo is not None else _local(at, option, zone)
    except OverflowError:
        raise click.UsageError(f"{option}: {text!r} is too early or too late to reckon with") from None


def _local(at: datetime, option: str, zone: ZoneInfo) -> datetime:
    """When the clocks change, guessing would be an hour wrong half of the time: so it is asked."""
    both = [at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    readings = [moment.astimezone(zone) for moment in both]
    if both[0] == both[1]:
        return both[0]
    if readings[0].replace(tzinfo=None) == at:
        first, second = (reading.isoformat() for reading in readings)
        raise click.UsageError(f"{option}: {at.isoformat()} comes twice in {zone.key}; write {first} or {second}")
    raise click.UsageError(f"{option}: {at.isoformat()} does not exist in {zone.key}; write a time with an offset")
