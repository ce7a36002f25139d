"""Lives to be followed, and following them to their end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from events.channel import Feed
from projections.database import Database
from projections.runner import follow
from tests.examples import Story, whole_life


def never() -> bool:
    return False


def lives(number: int = 4, first: int = 0) -> list[Story]:
    log = count(1 + 100 * first)
    return [whole_life(name, positions=log) for name in range(first, first + number)]


def catch_up(database: Database, open_feed: Callable[[], Feed], **options: Any) -> bool:
    return follow(open_feed, database, stop=never, until_caught_up=True, **options)
