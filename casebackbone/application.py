"""The application: an order comes in, its commands act on one aggregate, and everything is stored at once.

Events, texts and the command's record are one transaction. The record makes a repeat harmless: the same command
id answers with the aggregate as it was after the first time, which the store can tell at any time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import IntegrityError

from casebackbone import access
from casebackbone.access import Principal
from casebackbone.commands import Command, Receive, RecordCall, Take
from casebackbone.deadlines import Promise
from casebackbone.desk import Desk, desk_id
from casebackbone.directory import DIRECTORY_ID, Directory
from casebackbone.inquiry import Inquiry
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.kept import Kept
from casebackbone.order import Done, Order, Transaction
from casebackbone.recorded import Recorded, fold
from casebackbone.refusals import InquiryNotFound, KeyReused, Stale, StillRunning
from casebackbone.store import Store
from casebackbone.store.rows import CommandInProgress, CommandRow, ContentRow
from casebackbone.taking import Candidate, Taking

__all__ = ["Application", "Done", "Order"]

ATTEMPTS = 20
"""How often a command is tried that says of no version that it must be unchanged, while others come before it."""

DESK_ATTEMPTS = 200
"""The same at the desk of a day, where people and lines write all the time, from several processes."""

DESK_SECONDS = 2.0
"""How long a thread lets another one of its process finish there."""

Start = Callable[[Transaction], Any]


class Application:
    """The only way to change anything. Every method may be called from several threads."""

    def __init__(self, store: Store, promise: Promise) -> None:
        self.store = store
        self.promise = promise
        self._repository: Repository[UUID] = Repository(store.event_store)
        self._kept = Kept(store)
        self._taking = Taking()
        self._one_at_the_desk = threading.Lock()

    # --- change ------------------------------------------------------------------------------------------------

    def receive(self, order: Order, receive: Receive, *then: Command) -> Done[Inquiry]:
        """A new inquiry, and what is done with it at once. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Inquiry:
            access.demand(order.principal, receive.permission)
            transaction.at(receive)
            return receive.begin(order.subject, transaction)

        return self._once(order, begin, then)

    def handle(self, order: Order, *commands: Command) -> Done[Inquiry]:
        """Commands on an inquiry that exists. Raises Refused (Stale, Conflict …); then nothing was stored."""
        return self._once(order, lambda _: self.inquiry(order.subject), commands)

    def direct(self, order: Order, *commands: Command) -> Done[Directory]:
        """Commands on the directory, which begins with the first one. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Directory:
            known: Directory | None = self._kept.now(DIRECTORY_ID)
            return Directory.open(order.cause) if known is None else known.copied()

        return self._once(order, begin, commands)

    def at_desk(self, order: Order, day: date, *commands: Command) -> Done[Desk]:
        """Commands on the desk of a day, which begins with the first one. Raises Refused; then nothing was stored."""
        return self._at_a_desk(order, lambda: day, commands)

    def record_calls(self, order: Order, *calls: RecordCall) -> Done[Desk]:
        """What a telephone system tells, in its order, at the desk of the day that each call belongs to. All of it or
        nothing: raises Refused. Business time of the order is that of the first."""
        first, zone = calls[0], self.promise.calendar.zone
        return self._at_a_desk(order, lambda: first.day(order.cause.occurred_at, zone, self.desk), calls)

    def _at_a_desk(self, order: Order, day: Callable[[], date], commands: Sequence[Command]) -> Done[Desk]:
        def begin(transaction: Transaction) -> Desk:
            that_day = day()
            known = self.desk(that_day)
            return Desk.open(that_day, order.cause) if known is None else known.copied()

        # The threads of a process need not race each other; they may, where the store is slow.
        alone = self._one_at_the_desk.acquire(timeout=DESK_SECONDS)
        try:
            return self._once(order, begin, commands, DESK_ATTEMPTS)
        finally:
            if alone:
                self._one_at_the_desk.release()

    def take_next(self, order: Order, places: Collection[str], candidates: Iterable[Candidate]) -> Done[Inquiry] | None:
        """The first of the candidates that still lies in one of the places (``desk:front`` …) is claimed; None if none
        does. Nobody else gets the same one. A repeat of the order gets the same one again. Raises Refused."""
        if done := self._recorded(order):
            return done
        return self._taking.first(candidates, lambda inquiry_id: self._take(order, inquiry_id, places))

    def _take(self, order: Order, inquiry_id: UUID, places: Collection[str]) -> Done[Inquiry]:
        this = replace(order, subject=inquiry_id, expected_version=None)
        return self._once(this, lambda _: self.inquiry(inquiry_id), (Take(places=frozenset(places)),))

    def _once(self, order: Order, start: Start, commands: Sequence[Command], attempts: int = ATTEMPTS) -> Done[Any]:
        for _ in range(attempts):
            if done := self._recorded(order):
                return done
            transaction = Transaction(order, self)
            aggregate = start(transaction)
            based_on = aggregate.version - len(aggregate.pending_events)
            if commands and not aggregate.pending_events:
                commands[0].demand(order.principal, aggregate)
            if order.expected_version is not None and order.expected_version != based_on:
                raise Stale(order.expected_version, based_on)
            for command in commands:
                command.demand(order.principal, aggregate)
                aggregate.cause = transaction.at(command)
                command.act(aggregate, transaction)
            if not any(one.pending_events for one in (*transaction.others, aggregate)):
                position = self.store.position_of(aggregate.id, aggregate.version)
                return Done(aggregate, position, repeated=True)  # it is as it should be already
            if done := self._stored(order, aggregate, transaction):
                return done
        raise Stale(based_on, self._version(order.subject))

    def _stored(self, order: Order, aggregate: Recorded, transaction: Transaction) -> Done[Any] | None:
        """None if somebody else was first on one of the aggregates: then all of it must be looked at again."""
        row = CommandRow(
            command_id=order.cause.command_id,
            principal=order.principal.actor,
            request_digest=order.request_digest,
            subject=aggregate.id,
            version=aggregate.version,
            position=0,
            recorded_at=order.cause.recorded_at,
        )
        events = [event for one in (*transaction.others, aggregate) for event in one.collect_events()]
        try:
            recordings = self.store.event_store.put(
                events, contents=transaction.contents, command=row, erase=transaction.erased
            )
        except CommandInProgress:
            raise StillRunning from None
        except IntegrityError:
            # Either this very command has been stored (a repeat that overtook us, or a connection lost at COMMIT),
            # or somebody else's has: the record tells, at the next attempt.
            return None
        return Done(aggregate, recordings[-1].notification.id)

    def _recorded(self, order: Order) -> Done[Any] | None:
        row = self.store.find_command(order.cause.command_id)
        if row is None:
            return None
        if row.request_digest != order.request_digest or row.principal != order.principal.actor:
            raise KeyReused
        return Done(self._kept.as_of(row.subject, row.version), row.position, repeated=True)

    def _version(self, subject: UUID) -> int:
        return max((event.originator_version for event in self.history(subject)), default=0)

    # --- look --------------------------------------------------------------------------------------------------

    def directory(self) -> Directory:
        """Who is responsible for what, as it is now. Read it, do not change it."""
        return self._kept.now(DIRECTORY_ID) or Directory.unopened()

    def desk(self, day: date) -> Desk | None:
        """The desk of a day as it is now, None if nothing has happened there. Read it, do not change it."""
        found: Desk | None = self._kept.now(desk_id(day))
        return found

    def inquiry(self, inquiry_id: UUID, *, version: int | None = None) -> Inquiry:
        """The inquiry now, or after its event ``version``. Raises InquiryNotFound."""
        try:
            inquiry: Any = self._repository.get(inquiry_id, version=version, projector_func=fold)
        except AggregateNotFoundError:
            raise InquiryNotFound(inquiry_id) from None
        if not isinstance(inquiry, Inquiry):
            raise InquiryNotFound(inquiry_id)
        if version is not None and inquiry.version != version:
            raise InquiryNotFound(f"{inquiry_id} (Version {version})")
        return inquiry

    def inquiry_at(self, inquiry_id: UUID, moment: datetime) -> Inquiry:
        """The inquiry as it stood at a moment of business time. Raises InquiryNotFound if it had not come in yet."""
        until = (event for event in self.history(inquiry_id) if event.occurred_at <= moment)
        inquiry: Inquiry | None = fold(None, until)
        if inquiry is None:
            raise InquiryNotFound(inquiry_id)
        return inquiry

    def history(self, subject: UUID) -> Iterator[InquiryEvent]:
        """All events in order of version; empty if there is no such inquiry."""
        return self.store.event_store.get(subject)  # type: ignore[return-value]

    def texts(
        self, principal: Principal, inquiry: Inquiry, content_ids: Sequence[UUID], *, at: datetime, purpose: str
    ) -> list[ContentRow]:
        """What people said. The look is recorded, and committed, before anything is returned (promise 10)."""
        access.demand_content(principal, inquiry.standing, inquiry.id)
        known = [content_id for content_id in content_ids if content_id in inquiry.contents]
        self.store.record_access(
            at=at,
            actor=principal.actor,
            role=",".join(sorted(principal.roles)),
            inquiry_id=inquiry.id,
            content_ids=known,
            purpose=purpose,
        )
        return self.store.read_contents(known)
