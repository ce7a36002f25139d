"""An order, what was done on it, and what its commands collect on the way to the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, overload
from uuid import UUID, uuid5

from casebackbone import access
from casebackbone.access import Principal
from casebackbone.article import Article
from casebackbone.cause import Cause
from casebackbone.commands import Command
from casebackbone.content import Text, commit
from casebackbone.deadlines import Promise
from casebackbone.desk import Desk
from casebackbone.directory import Directory
from casebackbone.inquiry import Inquiry
from casebackbone.recorded import Recorded
from casebackbone.store.rows import ContentRow
from events.standing import ContentRef

if TYPE_CHECKING:
    from casebackbone.application import Application

Aggregate = TypeVar("Aggregate", bound=Recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asks, of which aggregate, based on what.

    ``request_digest`` tells a repeat from another request under the same key. ``expected_version`` is the version that
    the asker saw; None does not check (system processes, and what only adds).
    """

    principal: Principal
    cause: Cause
    subject: UUID
    request_digest: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Done(Generic[Aggregate]):
    """The aggregate after the commands, the position of the last event, and whether it had been done before."""

    aggregate: Aggregate
    position: int
    repeated: bool = False


class Transaction:
    """The scene of an order's commands: the aggregates that change, and the texts that come and go with them."""

    def __init__(self, order: Order, application: Application) -> None:
        self.principal = order.principal
        self.cause = order.cause
        self.contents: list[ContentRow] = []
        self.erased: list[UUID] = []
        self.others: list[Recorded] = []
        self._order = order
        self._application = application

    @property
    def promise(self) -> Promise:
        return self._application.promise

    @cached_property
    def directory(self) -> Directory:
        return self._application.directory()

    def keep(self, texts: Sequence[Text]) -> list[ContentRef]:
        refs = []
        for text in texts:
            content_id = uuid5(self.cause.command_id, str(len(self.contents)))
            row, ref = commit(text, self._order.subject, content_id, self.cause.recorded_at)
            self.contents.append(row)
            refs.append(ref)
        return refs

    def erase(self, content_ids: Sequence[UUID]) -> None:
        self.erased.extend(content_ids)

    def inquiry(self, inquiry_id: UUID, *, in_scope: bool = True) -> Inquiry:
        """Another inquiry, which is stored with the first one. Raises InquiryNotFound, also out of scope
        unless that is of no matter."""
        for other in self.others:
            if isinstance(other, Inquiry) and other.id == inquiry_id:
                return other
        inquiry = self._application.inquiry(inquiry_id)
        if in_scope:
            access.demand_in_scope(self.principal, inquiry.standing, inquiry_id)
        inquiry.cause = self.cause
        self.others.append(inquiry)
        return inquiry

    def article(self, article_id: UUID) -> Article:
        """An article as it is now: read it, do not change it. Raises ArticleNotFound."""
        return self._application.article(article_id)

    @overload
    def desk(self, day: date) -> Desk | None: ...

    @overload
    def desk(self, day: date, *, begin: Literal[True]) -> Desk: ...

    def desk(self, day: date, *, begin: bool = False) -> Desk | None:
        """Another day's desk, which is stored with the first one; None if there is none and none is to ``begin``."""
        for other in self.others:
            if isinstance(other, Desk) and other.date == day:
                return other
        known = self._application.desk(day)
        if known is None and not begin:
            return None
        desk = Desk.open(day, self.cause) if known is None else known.copied()
        self.others.append(desk)
        return desk

    def at(self, command: Command) -> Cause:
        """The cause of the next command, at its own business time if it has one."""
        self.cause = self._order.cause.at(command.occurred_at) if command.occurred_at else self._order.cause
        return self.cause
