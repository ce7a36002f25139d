"""What a command is, and what it may use beside the aggregate that it acts on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, overload
from uuid import UUID

from casebackbone import access
from casebackbone.access import Permission, Principal
from casebackbone.cause import Cause
from casebackbone.content import Text
from casebackbone.deadlines import Promise
from casebackbone.inquiry import Inquiry
from events.standing import ContentRef

if TYPE_CHECKING:
    from casebackbone.article import Article
    from casebackbone.desk import Desk
    from casebackbone.directory import Directory


class Scene(Protocol):
    """What a command may use beside its aggregate. ``directory`` is as it is now: read it, do not change it."""

    principal: Principal
    cause: Cause

    @property
    def promise(self) -> Promise: ...

    @property
    def directory(self) -> Directory: ...

    def keep(self, texts: Sequence[Text]) -> list[ContentRef]:
        """Puts texts into the content store, with the events of this command."""
        ...

    def erase(self, content_ids: Sequence[UUID]) -> None: ...

    def inquiry(self, inquiry_id: UUID, *, in_scope: bool = True) -> Inquiry:
        """Another inquiry, which is stored together with the first one. Raises InquiryNotFound, also out of scope
        unless that is of no matter."""
        ...

    def article(self, article_id: UUID) -> Article:
        """An article as it is now: read it, do not change it. Raises ArticleNotFound."""
        ...

    @overload
    def desk(self, day: date) -> Desk | None: ...

    @overload
    def desk(self, day: date, *, begin: Literal[True]) -> Desk: ...

    def desk(self, day: date, *, begin: bool = False) -> Desk | None:
        """Another day's desk, which is stored together with the first one; None if there is none and none is to
        ``begin``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Data; :meth:`act` is its one domain call. ``occurred_at`` overrides the business time of this one step."""

    permission: ClassVar[Permission]
    occurred_at: datetime | None = None

    def demand(self, principal: Principal, aggregate: Any) -> None:
        """Raises Refused unless ``principal`` may do this to ``aggregate``."""
        access.demand(principal, self.permission)

    def act(self, aggregate: Any, scene: Scene) -> None:
        raise NotImplementedError


class InquiryCommand(Command):
    """On an inquiry: what is out of scope does not exist, and most things are for the holder only."""

    __slots__ = ()

    def demand(self, principal: Principal, aggregate: Inquiry) -> None:
        access.demand_on(principal, self.permission, aggregate.standing, aggregate.id)
