"""Carrying out orders: load, act, store, all at once or not at all, and once however often it is asked for.

Events, texts and the command's record are one transaction. The record makes a repeat harmless: the same command
id answers with the aggregate as it was after the first time, which the store can tell at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError

from casebackbone.commands import Command
from casebackbone.order import Done, Order, Transaction
from casebackbone.recorded import Recorded
from casebackbone.refusals import KeyReused, Stale, StillRunning
from casebackbone.store import Store
from casebackbone.store.rows import CommandInProgress, CommandRow

ATTEMPTS = 20
"""How often a command is tried that says of no version that it must be unchanged, while others come before it."""


class Orders:
    """``begin`` makes the transaction of an order, ``as_of`` loads a subject after one of its events."""

    def __init__(self, store: Store, begin: Callable[[Order], Transaction], as_of: Callable[[UUID, int], Any]) -> None:
        self._store = store
        self._begin = begin
        self._as_of = as_of

    def carry_out(
        self,
        order: Order,
        start: Callable[[Transaction], Any],
        commands: Sequence[Command],
        attempts: int = ATTEMPTS,
    ) -> Done[Any]:
        """``start`` loads or begins the aggregate; it is called again when somebody else was first. Raises Refused."""
        based_on = 0
        for _ in range(attempts):
            if done := self.recorded(order):
                return done
            transaction = self._begin(order)
            aggregate = start(transaction)
            based_on = aggregate.version - len(aggregate.pending_events)
            self._act(order, aggregate, transaction, commands, based_on)
            if done := self._stored(order, aggregate, transaction):
                return done
        raise Stale(order.expected_version or based_on, based_on)

    def recorded(self, order: Order) -> Done[Any] | None:
        """What was done on this very order before. Raises KeyReused for another order under its id."""
        row = self._store.find_command(order.cause.command_id)
        if row is None:
            return None
        if row.request_digest != order.request_digest or row.principal != order.principal.actor:
            raise KeyReused
        return Done(self._as_of(row.subject, row.version), row.position, repeated=True)

    def _act(
        self, order: Order, aggregate: Recorded, transaction: Transaction, commands: Sequence[Command], based_on: int
    ) -> None:
        if commands and not aggregate.pending_events:
            commands[0].demand(order.principal, aggregate)  # whoever may not do it is told no version
        if order.expected_version is not None and order.expected_version != based_on:
            raise Stale(order.expected_version, based_on)
        for command in commands:
            command.demand(order.principal, aggregate)
            aggregate.cause = transaction.at(command)
            command.act(aggregate, transaction)

    def _stored(self, order: Order, aggregate: Recorded, transaction: Transaction) -> Done[Any] | None:
        """None if somebody else was first on one of the aggregates: then all of it must be looked at again."""
        changed = [one for one in (*transaction.others, aggregate) if one.pending_events]
        if not changed:  # it is as it should be already
            return Done(aggregate, self._store.position_of(aggregate.id, aggregate.version), repeated=True)
        row = CommandRow(
            command_id=order.cause.command_id,
            principal=order.principal.actor,
            request_digest=order.request_digest,
            subject=aggregate.id,
            version=aggregate.version,
            position=0,
            recorded_at=order.cause.recorded_at,
        )
        # Always in the same order: two that change the same aggregates must not wait for each other.
        events = [event for one in sorted(changed, key=lambda one: one.id.int) for event in one.collect_events()]
        try:
            recordings = self._store.event_store.put(
                events, contents=transaction.contents, command=row, erase=transaction.erased
            )
        except CommandInProgress:
            raise StillRunning from None
        except IntegrityError:
            # Either this very command has been stored (a repeat that overtook us, or a connection lost at COMMIT),
            # or somebody else's has: the record tells, at the next attempt.
            return None
        return Done(aggregate, recordings[-1].notification.id)
