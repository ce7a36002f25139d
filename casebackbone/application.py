"""The application: an order comes in, its commands act on one aggregate, and everything is stored at once.

Events, texts and the command's record are one transaction. The record makes a repeat harmless: the same command
id answers with the aggregate as it was after the first time, which the store can tell at any time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from casebackbone import access
from casebackbone.access import Principal
from casebackbone.article import Article
from casebackbone.commands import Command, DraftArticle, OpenTask, Receive, RecordCall, Take
from casebackbone.deadlines import Promise
from casebackbone.desk import Desk, desk_id
from casebackbone.directory import DIRECTORY_ID, Directory
from casebackbone.inquiry import Inquiry
from casebackbone.inquiry_events import InquiryEvent
from casebackbone.kept import Kept
from casebackbone.order import Done, Order, Transaction
from casebackbone.orders import Orders
from casebackbone.recorded import fold
from casebackbone.refusals import ArticleNotFound, InquiryNotFound, TaskNotFound
from casebackbone.store import Store
from casebackbone.store.rows import ContentRow
from casebackbone.taking import Candidate, Taking
from casebackbone.task import Task

__all__ = ["Application", "Done", "Order"]

DESK_ATTEMPTS = 200
"""How often a command is tried at the desk of a day, where people and lines write all the time."""

DESK_SECONDS = 2.0
"""How long a thread lets another one of its process finish there."""

INQUIRIES = 1_000
"""How many inquiries are kept in memory, some 5 kB each."""


class Application:
    """The only way to change anything. Every method may be called from several threads."""

    def __init__(self, store: Store, promise: Promise) -> None:
        self.store = store
        self.promise = promise
        self._kept = Kept(store)
        self._inquiries = Kept(store, INQUIRIES)
        self._orders = Orders(store, lambda order: Transaction(order, self), self._kept.as_of)
        self._taking = Taking()
        self._one_at_the_desk = threading.Lock()

    # --- change ------------------------------------------------------------------------------------------------

    def receive(self, order: Order, receive: Receive, *then: Command) -> Done[Inquiry]:
        """A new inquiry, and what is done with it at once. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Inquiry:
            access.demand(order.principal, receive.permission)
            transaction.at(receive)
            return receive.begin(order.subject, transaction)

        return self._orders.carry_out(order, begin, then)

    def handle(self, order: Order, *commands: Command) -> Done[Inquiry]:
        """Commands on an inquiry that exists. Raises Refused (Stale, Conflict …); then nothing was stored."""
        return self._orders.carry_out(order, lambda _: self.inquiry(order.subject), commands)

    def direct(self, order: Order, *commands: Command) -> Done[Directory]:
        """Commands on the directory, which begins with the first one. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Directory:
            known: Directory | None = self._kept.now(DIRECTORY_ID)
            return Directory.open(order.cause) if known is None else known.copied()

        return self._orders.carry_out(order, begin, commands)

    def draft(self, order: Order, draft: DraftArticle, *then: Command) -> Done[Article]:
        """A new article, and what is done with it at once. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Article:
            access.demand(order.principal, draft.permission)
            transaction.at(draft)
            return draft.begin(order.subject, transaction)

        return self._orders.carry_out(order, begin, then)

    def edit(self, order: Order, *commands: Command) -> Done[Article]:
        """Commands on an article that exists. Raises Refused (ArticleNotFound, Stale …); then nothing was stored."""
        return self._orders.carry_out(order, lambda _: self.article(order.subject), commands)

    def open_task(self, order: Order, opening: OpenTask) -> Done[Task]:
        """A new task because of a lesson. Raises Refused; then nothing was stored."""

        def begin(transaction: Transaction) -> Task:
            access.demand(order.principal, opening.permission)
            transaction.at(opening)
            return opening.begin(order.subject, transaction)

        return self._orders.carry_out(order, begin, ())

    def on_task(self, order: Order, *commands: Command) -> Done[Task]:
        """Commands on a task that exists. Raises Refused (TaskNotFound, Stale …); then nothing was stored."""
        return self._orders.carry_out(order, lambda _: self.task(order.subject), commands)

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
            return self._orders.carry_out(order, begin, commands, DESK_ATTEMPTS)
        finally:
            if alone:
                self._one_at_the_desk.release()

    def take_next(self, order: Order, places: Collection[str], candidates: Iterable[Candidate]) -> Done[Inquiry] | None:
        """The first of the candidates that still lies in one of the places (``desk:front`` …) is claimed; None if none
        does. Nobody else gets the same one. A repeat of the order gets the same one again. Raises Refused."""
        if done := self._orders.recorded(order):
            return done
        return self._taking.first(candidates, lambda inquiry_id: self._take(order, inquiry_id, places))

    def _take(self, order: Order, inquiry_id: UUID, places: Collection[str]) -> Done[Inquiry]:
        this = replace(order, subject=inquiry_id, expected_version=None)
        return self._orders.carry_out(this, lambda _: self.inquiry(inquiry_id), (Take(places=frozenset(places)),))

    # --- look --------------------------------------------------------------------------------------------------

    def directory(self, *, version: int | None = None) -> Directory:
        """Who is responsible for what, as it is known now or was after its event ``version``. Read it, do not change
        it."""
        found = self._kept.now(DIRECTORY_ID) if version is None else self._kept.as_of(DIRECTORY_ID, version)
        return found or Directory.unopened()

    def desk(self, day: date) -> Desk | None:
        """The desk of a day as it is now, None if nothing has happened there. Read it, do not change it."""
        found: Desk | None = self._kept.now(desk_id(day))
        return found

    def article(self, article_id: UUID, *, version: int | None = None) -> Article:
        """The article now, or after its event ``version``. Raises ArticleNotFound."""
        article = fold(None, self.store.event_store.get(article_id, lte=version))
        if not isinstance(article, Article) or version not in (None, article.version):
            raise ArticleNotFound(article_id)
        return article

    def task(self, task_id: UUID) -> Task:
        """The task now. Raises TaskNotFound."""
        task = fold(None, self.store.event_store.get(task_id))
        if not isinstance(task, Task):
            raise TaskNotFound(task_id)
        return task

    def inquiry(self, inquiry_id: UUID, *, version: int | None = None) -> Inquiry:
        """The inquiry now, or after its event ``version``. Raises InquiryNotFound."""
        if version is None:
            found = self._inquiries.now(inquiry_id)
        else:
            found = fold(None, self.store.event_store.get(inquiry_id, lte=version))
        if not isinstance(found, Inquiry):
            raise InquiryNotFound(inquiry_id)
        if version is None:
            return found.copied()
        if found.version != version:
            raise InquiryNotFound(f"{inquiry_id} (Version {version})")
        return found

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
