"""An edition has proved wrong: whoever was told it is put on the callback list, each in a transaction of their own.

Safe to stop and to repeat: an inquiry remembers that it was recalled, and the list is asked for those that were not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import Connection

from api.bootstrap import System
from api.departures import demand_fresh
from casebackbone.access import Principal
from casebackbone.application import Order
from casebackbone.article_events import ArticleProvedWrong
from casebackbone.cause import Cause
from casebackbone.commands import RecallAnswer
from casebackbone.refusals import Refused
from projections import article_told, status
from projections.article_told import ToldCount

MOST = 1000
"""Inquiries of one request; it is sent again for more."""


@dataclass(slots=True)
class Recalled:
    """``recalled``: put on the list just now; ``already``: by somebody else meanwhile; ``refused``: with the code."""

    recalled: int = 0
    already: int = 0
    refused: list[tuple[UUID, str]] = field(default_factory=list)


def recall_edition(
    system: System, principal: Principal, correlation_id: UUID, article_id: UUID, edition: int, limit: int = MOST
) -> tuple[Recalled, ToldCount]:
    """Puts everyone who was told the edition on the callback list; what was done, and how many were told it.

    ``limit`` counts those who are called: who cannot be called stands in nobody's way, and is told of each time.
    Raises Refused unless the edition has proved wrong, ViewsBehind when the views may miss somebody."""
    system.application.article(article_id).demand_wrong(edition)
    cause = _proof(system, article_id, edition)
    demand_fresh(system)
    done, last = Recalled(), None
    with system.views.read() as connection:
        count = article_told.counted(connection, article_id, edition)
    while (wanted := limit - done.recalled - done.already) > 0:
        with system.views.read() as connection:
            page = article_told.to_recall(connection, article_id, edition, after=last, limit=wanted)
            inquiries = _duplicates_first(connection, [one.inquiry_id for one in page])
        if not page:
            break
        last = page[-1]
        for inquiry_id in inquiries:
            _recall(
                system,
                principal,
                correlation_id,
                cause,
                RecallAnswer(article_id=article_id, edition=edition),
                inquiry_id,
                done,
            )
    return done, count


def _recall(
    system: System,
    principal: Principal,
    correlation_id: UUID,
    cause: str,
    command: RecallAnswer,
    inquiry_id: UUID,
    done: Recalled,
) -> None:
    """One inquiry, in a transaction of its own."""
    now = system.clock()
    order = Order(
        principal=principal,
        cause=Cause(
            actor=principal.actor,
            command_id=uuid4(),
            correlation_id=correlation_id,
            causation_id=cause,
            occurred_at=now,
            recorded_at=now,
        ),
        subject=inquiry_id,
        request_digest="",
    )
    try:
        result = system.application.handle(order, command)
    except Refused as refused:
        done.refused.append((inquiry_id, refused.code))
        return
    done.already += result.repeated
    done.recalled += not result.repeated


def _duplicates_first(connection: Connection, inquiries: list[UUID]) -> list[UUID]:
    """Taking a duplicate out flags what it was merged into, and the last flag is the one that is seen."""
    merged = status.merged_among(connection, inquiries)
    return sorted(inquiries, key=lambda one: one not in merged)


def _proof(system: System, article_id: UUID, edition: int) -> str:
    """The id of the event that says that the edition is wrong: the cause of every recall."""
    for event in system.application.history(article_id):
        if isinstance(event, ArticleProvedWrong) and event.edition == edition:
            return f"{article_id}:{event.originator_version}"
    raise AssertionError("what is demanded to be wrong has been proved wrong")
