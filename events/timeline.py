"""How statements of the directory are read: each is for a time, and a later one wins for the time that it covers.

A timeline is what is left when all statements are told in order: stretches that do not overlap, oldest first, each
half open, ``[valid_from, valid_to)``. It is immutable, and equal statements in another cut give an equal timeline.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

Value = TypeVar("Value", bound=Hashable)


class Stretch(NamedTuple, Generic[Value]):
    """``value`` is what holds from ``valid_from`` up to, not including, ``valid_to`` (None: for good).

    A value of None was said as well: there is nothing.
    """

    valid_from: datetime
    valid_to: datetime | None
    value: Value | None


Timeline = tuple[Stretch[Value], ...]


def stated(
    timeline: Timeline[Value], value: Value | None, valid_from: datetime, valid_to: datetime | None = None
) -> Timeline[Value]:
    """The timeline after one more statement. ``valid_from`` lies before ``valid_to``."""
    kept = [piece for stretch in timeline for piece in _outside(stretch, valid_from, valid_to)]
    kept.append(Stretch(valid_from, valid_to, value))
    kept.sort(key=lambda stretch: stretch.valid_from)
    joined: list[Stretch[Value]] = []
    for stretch in kept:
        if joined and joined[-1].valid_to == stretch.valid_from and joined[-1].value == stretch.value:
            joined[-1] = Stretch(joined[-1].valid_from, stretch.valid_to, stretch.value)
        else:
            joined.append(stretch)
    return tuple(joined)


def _outside(stretch: Stretch[Value], valid_from: datetime, valid_to: datetime | None) -> Iterator[Stretch[Value]]:
    """What remains of ``stretch`` outside of the time."""
    if stretch.valid_from < valid_from:
        ends = valid_from if stretch.valid_to is None else min(stretch.valid_to, valid_from)
        yield Stretch(stretch.valid_from, ends, stretch.value)
    if valid_to is not None and (stretch.valid_to is None or valid_to < stretch.valid_to):
        yield Stretch(max(stretch.valid_from, valid_to), stretch.valid_to, stretch.value)


def stretch_at(timeline: Timeline[Value], moment: datetime) -> Stretch[Value] | None:
    """The stretch that covers ``moment``; None if nothing was said of that time."""
    place = bisect_right(timeline, moment, key=lambda stretch: stretch.valid_from)
    if place == 0:
        return None
    found = timeline[place - 1]
    return found if found.valid_to is None or moment < found.valid_to else None


def value_at(timeline: Timeline[Value], moment: datetime) -> Value | None:
    """What holds at ``moment``; None if nothing does."""
    found = stretch_at(timeline, moment)
    return None if found is None else found.value


def says(timeline: Timeline[Value], value: Value | None, valid_from: datetime, valid_to: datetime | None) -> bool:
    """Whether this holds for all of the time already: then saying it again changes nothing."""
    found = stretch_at(timeline, valid_from)
    if found is None or found.value != value:
        return False
    return found.valid_to is None or (valid_to is not None and valid_to <= found.valid_to)


def over(timeline: Timeline[Any], moment: datetime) -> bool:
    """Whether something was said of a time before ``moment`` and nothing holds at ``moment`` any more."""
    return value_at(timeline, moment) is None and any(
        stretch.valid_from <= moment and stretch.value is not None for stretch in timeline
    )
