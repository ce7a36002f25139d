"""Events into all views: together when all is well, one subject at a time to find the one that cannot be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from events.published import PublishedEvent
from projections.view import Batch, View

_OF_THE_EVENT = ("54", "22", "23", "42804", "42846")
"""SQLSTATEs, or classes of them, that speak of the values in a statement: limits, data, integrity, types. All others
speak of the server, its tables and grants, the connection or another transaction: no event is to blame for these."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The event at which a view failed. The exception's class only: its message could quote what people said."""

    version: int
    view: str
    exception: str


@dataclass(slots=True)
class Outcome:
    applied: list[PublishedEvent] = field(default_factory=list)
    failed: dict[UUID, Failure] = field(default_factory=dict)
    left: list[PublishedEvent] = field(default_factory=list)


class _ViewFailed(Exception):
    def __init__(self, view: str, cause: Exception) -> None:
        super().__init__(view)
        self.view = view
        self.cause = cause


def is_transient(error: Exception) -> bool:
    """Whether it says something of the machine and not of the event: then the batch is given up, and tried again."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is not None:
            return not str(state).startswith(_OF_THE_EVENT)
        names = {kind.__name__ for kind in type(error.orig).__mro__}
        return error.connection_invalidated or bool(names & {"OperationalError", "InterfaceError"})
    return isinstance(error, SQLAlchemyError) and not isinstance(error, StatementError)


def apply_to_views(connection: Connection, views: Sequence[View], events: Sequence[PublishedEvent]) -> Outcome:
    """Apply ``events`` in the connection's transaction. Raises what is transient; everything else is an outcome."""
    if not events:
        return Outcome()
    try:
        _apply(connection, views, events)
    except _ViewFailed:
        return _subject_by_subject(connection, views, events)
    return Outcome(applied=list(events))


def _subject_by_subject(connection: Connection, views: Sequence[View], events: Sequence[PublishedEvent]) -> Outcome:
    outcome = Outcome()
    for history in Batch(events).histories.values():
        try:
            _apply(connection, views, history)
        except _ViewFailed:
            _event_by_event(connection, views, history, outcome)
        else:
            outcome.applied += history
    return outcome


def _event_by_event(
    connection: Connection, views: Sequence[View], history: Sequence[PublishedEvent], outcome: Outcome
) -> None:
    for place, event in enumerate(history):
        try:
            _apply(connection, views, [event])
        except _ViewFailed as failed:
            outcome.failed[event.subject] = Failure(event.version, failed.view, type(failed.cause).__name__)
            outcome.left += history[place:]
            return
        outcome.applied.append(event)


def _apply(connection: Connection, views: Sequence[View], events: Sequence[PublishedEvent]) -> None:
    """All of it in all views, or nothing and _ViewFailed."""
    batch = Batch(events)
    with connection.begin_nested():
        for view in views:
            try:
                view.take(connection, batch)
            except Exception as error:
                if is_transient(error):
                    raise
                raise _ViewFailed(view.name, error) from error
