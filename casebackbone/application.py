"""The application: an order comes in, its commands act on one inquiry, and everything is stored at once.

Events, texts and the command's record are one transaction. The record makes a repeat harmless: the same command
id answers with the inquiry as it was after the first time, which the store can tell at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import IntegrityError

from casebackbone import access
from casebackbone.access import Principal
from casebackbone.cause import Cause
from casebackbone.commands import Command, Receive
from casebackbone.content import Text, commit
from casebackbone.deadlines import Promise
from casebackbone.inquiry import Inquiry, project_inquiry
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.refusals import InquiryNotFound, KeyReused, Stale, StillRunning
from casebackbone.store import Store
from casebackbone.store.rows import CommandInProgress, CommandRow, ContentRow
from events.standing import ContentRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asks, on which inquiry, based on what.

    ``request_digest`` tells a repeat from another request under the same key. ``expected_version`` is the version that
    the asker saw; None does not check (system processes only).
    """

    principal: Principal
    cause: Cause
    inquiry_id: UUID
    request_digest: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The inquiry after the commands, the position of the last event, and whether it had been done before."""

    inquiry: Inquiry
    position: int
    repeated: bool = False


class _Scene:
    """What commands collect on the way to the transaction."""

    def __init__(self, order: Order, promise: Promise) -> None:
        self.principal = order.principal
        self.cause = order.cause
        self.promise = promise
        self.contents: list[ContentRow] = []
        self.erased: list[UUID] = []
        self._inquiry_id = order.inquiry_id

    def keep(self, texts: Sequence[Text]) -> list[ContentRef]:
        refs = []
        for text in texts:
            content_id = uuid5(self.cause.command_id, str(len(self.contents)))
            row, ref = commit(text, self._inquiry_id, content_id, self.cause.recorded_at)
            self.contents.append(row)
            refs.append(ref)
        return refs

    def erase(self, content_ids: Sequence[UUID]) -> None:
        self.erased.extend(content_ids)

    def at(self, command: Command, order: Order) -> Cause:
        self.cause = order.cause.at(command.occurred_at) if command.occurred_at else order.cause
        return self.cause


class Application:
    """The only way to change an inquiry. Every method may be called from several threads."""

    def __init__(self, store: Store, promise: Promise) -> None:
        self.store = store
        self.promise = promise
        self._repository: Repository[UUID] = Repository(store.event_store)

    # --- change ------------------------------------------------------------------------------------------------

    def receive(self, order: Order, receive: Receive, *then: Command) -> Done:
        """A new inquiry, and what is done with it at once. Raises Refused; then nothing was stored."""

        def begin() -> tuple[Inquiry, _Scene]:
            access.demand(order.principal, receive.permission)
            scene = _Scene(order, self.promise)
            scene.at(receive, order)
            return receive.begin(order.inquiry_id, scene), scene

        return self._once(order, begin, then)

    def handle(self, order: Order, *commands: Command) -> Done:
        """Commands on an inquiry that exists. Raises Refused (Stale, Conflict …); then nothing was stored."""

        def load() -> tuple[Inquiry, _Scene]:
            inquiry = self.inquiry(order.inquiry_id)
            access.demand_on(order.principal, commands[0].permission, inquiry.standing, order.inquiry_id)
            if order.expected_version not in (None, inquiry.version):
                raise Stale(int(order.expected_version or 0), inquiry.version)
            return inquiry, _Scene(order, self.promise)

        return self._once(order, load, commands)

    def _once(self, order: Order, start: Callable[[], tuple[Inquiry, _Scene]], commands: Sequence[Command]) -> Done:
        if done := self._recorded(order):
            return done
        inquiry, scene = start()
        based_on = inquiry.version - len(inquiry.pending_events)
        for command in commands:
            access.demand_on(order.principal, command.permission, inquiry.standing, order.inquiry_id)
            inquiry.cause = scene.at(command, order)
            command.act(inquiry, scene)
        return self._store(order, inquiry, scene, based_on)

    def _store(self, order: Order, inquiry: Inquiry, scene: _Scene, based_on: int) -> Done:
        row = CommandRow(
            command_id=order.cause.command_id,
            principal=order.principal.actor,
            request_digest=order.request_digest,
            inquiry_id=inquiry.id,
            version=inquiry.version,
            position=0,
            recorded_at=order.cause.recorded_at,
        )
        try:
            recordings = self.store.event_store.put(
                inquiry.collect_events(), contents=scene.contents, command=row, erase=scene.erased
            )
        except CommandInProgress:
            raise StillRunning from None
        except IntegrityError:
            # Either this very command has been stored (a repeat that overtook us, or a connection lost at COMMIT),
            # or somebody else's has: the record tells.
            if done := self._recorded(order):
                return done
            raise Stale(based_on, self.inquiry(inquiry.id).version) from None
        return Done(inquiry, recordings[-1].notification.id)

    def _recorded(self, order: Order) -> Done | None:
        row = self.store.find_command(order.cause.command_id)
        if row is None:
            return None
        if row.request_digest != order.request_digest or row.principal != order.principal.actor:
            raise KeyReused
        return Done(self.inquiry(row.inquiry_id, version=row.version), row.position, repeated=True)

    # --- look --------------------------------------------------------------------------------------------------

    def inquiry(self, inquiry_id: UUID, *, version: int | None = None) -> Inquiry:
        """The inquiry now, or after its event ``version``. Raises InquiryNotFound."""
        try:
            inquiry: Inquiry = self._repository.get(inquiry_id, version=version, projector_func=project_inquiry)
        except AggregateNotFoundError:
            raise InquiryNotFound(inquiry_id) from None
        if version is not None and inquiry.version != version:
            raise InquiryNotFound(f"{inquiry_id} (Version {version})")
        return inquiry

    def inquiry_at(self, inquiry_id: UUID, moment: datetime) -> Inquiry:
        """The inquiry as it stood at a moment of business time. Raises InquiryNotFound if it had not come in yet."""
        until = (event for event in self.history(inquiry_id) if event.occurred_at <= moment)
        inquiry = project_inquiry(None, until)
        if inquiry is None:
            raise InquiryNotFound(inquiry_id)
        return inquiry

    def history(self, inquiry_id: UUID) -> Iterator[InquiryEvent]:
        """All events in order of version; empty if there is no such inquiry."""
        return self.store.event_store.get(inquiry_id)  # type: ignore[return-value]

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
