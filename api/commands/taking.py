"""Taking the next inquiry: the oldest due first, each by one person only."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response

from api.commands.order import Answer, carry_out, order_on
from api.commands.topic import CommandTopic
from api.context import now, principal, system
from api.fields import Request
from api.queries.looking import look
from api.representation import inquiry_body
from casebackbone.access import Permission
from casebackbone.application import Done
from casebackbone.inquiry import Inquiry
from casebackbone.taking import Candidate, queues
from projections import taking
from projections.taking import Waiting

topic = CommandTopic("taking", __name__, description="Taking the next inquiry")

PAGE = 50


class NextBody(Request):
    """Nothing to say: what comes next is decided by who asks."""


class NothingThere(Exception):
    """No queue of whoever asks has anything in it."""


@topic.command("/worklists/next", Permission.CLAIM, NextBody, if_match=None)
@topic.alt_response(204, description="There is nothing to take")
def take_next(body: dict[str, Any]) -> Answer | Response:
    """Take the next inquiry from your queue: the one that is due first. Nobody else gets the same one."""
    order = order_on(None, body)
    application = system().application
    head = system().head()
    places = queues(principal(), application.desk(now().astimezone(system().promise.calendar.zone).date()))

    def first() -> Done[Inquiry]:
        shown = Shown(places)
        done = application.take_next(order, places, shown)
        if done is None and shown.as_of_position < head:
            # What came in before this request must not be overlooked: the view catches up in time, or says 503.
            done = application.take_next(order, places, Shown(places, head))
        if done is None:
            raise NothingThere
        return done

    def there() -> None:
        application.directory().demand_person(principal().actor, now())

    try:
        return carry_out(order, first, inquiry_body, there)
    except NothingThere:
        return Response(status=204)


class Shown:
    """What the work lists show in these queues, by due time, page by page. ``as_of_position``: how far they were."""

    def __init__(self, places: Iterable[str], min_position: int | None = None) -> None:
        self._places = sorted(places)
        self._query = {"min_position": min_position} if min_position is not None else {}
        self.as_of_position = min_position or 0

    def __iter__(self) -> Iterator[Candidate]:
        waiting = heapq.merge(*map(self._queue, self._places), key=lambda row: (row.due_at, row.inquiry_id))
        return (Candidate(row.inquiry_id, row.version) for row in waiting)

    def _queue(self, place: str) -> Iterator[Waiting]:
        cursor = None
        while True:
            with look(self._query) as view:
                page = taking.queue(view.connection, place, now(), after=cursor, limit=PAGE)
                self._seen(view.freshness.as_of_position)
            yield from page.rows
            cursor = page.next_cursor
            if cursor is None:
                return

    def _seen(self, position: int) -> None:
        """Nothing older than the oldest look is missing; a request without any queue has seen nothing."""
        self.as_of_position = position if not self.as_of_position else min(position, self.as_of_position)
