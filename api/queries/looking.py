"""Looking at views: one snapshot, how fresh it is, and pages that end nowhere unseen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import marshmallow as ma
from flask import request
from sqlalchemy import Connection

from api.context import local, now, principal, system
from api.errors import Problem, invalid, unavailable
from api.fields import Choice, Identifier, Line, Moment, Part, Request, Whole
from api.freshness import Freshness
from events.standing import Channel, State
from projections.cursor import BadCursor, Page
from projections.database import ReadModelError

Row = TypeVar("Row")
Answer = tuple[dict[str, Any], int, dict[str, str]]

PAUSE_SECONDS = 0.05
"""Between two looks, while a view catches up."""


class LookQuery(Request):
    """``min_position``: not before the view shows what a command answered with ``Casebackbone-Position``."""

    min_position = Whole(0, 2**63 - 1)


class PageQuery(LookQuery):
    """A page of a list."""

    cursor = Line(longest=500, metadata={"description": "From `next_cursor` or the Link header; opaque"})
    limit = Whole(1, 200, load_default=50)


class Lag(ma.Schema):
    """What the view does not show yet."""

    events = ma.fields.Integer(required=True)
    seconds = ma.fields.Float(required=True, metadata={"description": "Age of the oldest of them"})


class Meta(ma.Schema):
    """How fresh the answer is. ``stale``: too old to rely on; then nothing is said to be all right."""

    as_of_position = ma.fields.Integer(required=True)
    as_of = Moment(required=True, allow_none=True)
    lag = Part(Lag, required=True)
    stale = ma.fields.Boolean(required=True)


class Fresh(ma.Schema):
    """What every view answers with."""

    meta = Part(Meta, required=True)


class List(Fresh):
    """What every list answers with."""

    next_cursor = ma.fields.String(required=True, allow_none=True)


@dataclass(frozen=True, slots=True)
class View:
    """One snapshot of the views, and how fresh it is."""

    connection: Connection
    freshness: Freshness

    def meta(self) -> dict[str, Any]:
        lag = {"events": self.freshness.lag_events, "seconds": round(self.freshness.lag_seconds, 3)}
        return {
            "as_of_position": self.freshness.as_of_position,
            "as_of": local(self.freshness.as_of),
            "lag": lag,
            "stale": self.freshness.stale,
        }

    def answer(self, **more: Any) -> dict[str, Any]:
        return {**more, "meta": self.meta()}

    def page(self, page: Page[Row], item: Callable[[Row], Mapping[str, Any]], **more: Any) -> Answer:
        """The rows of a page, and the way to the next."""
        headers = {}
        if page.next_cursor is not None:
            parameters = {**request.args.to_dict(), "cursor": page.next_cursor}
            headers["Link"] = f'<{request.path}?{urlencode(parameters)}>; rel="next"'
        items = [dict(item(row)) for row in page.rows]
        return self.answer(items=items, next_cursor=page.next_cursor, **more), 200, headers


@contextmanager
def look(query: Mapping[str, Any]) -> Iterator[View]:
    """The views, at or after ``min_position``. Raises Problem: 503 when they are not that far in time, or not there."""
    try:
        with _caught_up(query.get("min_position")) as view:
            yield view
    except BadCursor:
        raise Problem(
            "invalid_cursor",
            "Diese Seitenmarke ist nicht verwendbar; bitte von vorn beginnen.",
            errors=[{"pointer": "/cursor", "code": "invalid_cursor", "detail": "Nicht von hier, oder zu alt."}],
        ) from None
    except ReadModelError as missing:
        raise unavailable("not_ready", f"Die Ansichten sind nicht vorbereitet ({type(missing).__name__}).") from None


@contextmanager
def _caught_up(position: int | None) -> Iterator[View]:
    if position is not None and position > system().head():
        raise invalid("/min_position", "unknown_position", "So weit ist noch gar nichts gespeichert.")
    deadline = time.monotonic() + system().settings.min_position_wait_seconds
    while True:
        with system().views.read() as connection:
            freshness = system().freshness(connection, now())
            if position is None or freshness.as_of_position >= position:
                yield View(connection, freshness)
                return
        if time.monotonic() >= deadline:
            raise unavailable(
                "not_caught_up",
                f"Die Ansicht steht bei Position {freshness.as_of_position}; verlangt war {position}.",
                seconds=1,
            )
        time.sleep(PAUSE_SECONDS)


def own_department() -> str | None:
    """What a view is narrowed to for those who work for a department; None for all others."""
    return principal().department if principal().of_department else None


class WorklistQuery(PageQuery):
    """Filters of the work lists; ``due_after`` is inclusive, ``due_before`` exclusive. ``attention=true``:
    only what its holder is to look at."""

    service = Identifier()
    department = Identifier()
    state = Choice([state.value for state in State])
    channel = Choice([channel.value for channel in Channel])
    due_before = Moment()
    due_after = Moment()
    attention = Choice(["true", "false"])


LINK = {"Link": {"description": '`rel="next"`, if there are more.', "schema": {"type": "string"}}}
