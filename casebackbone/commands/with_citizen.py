"""With the citizen: receiving, answering, calling back, waiting for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from casebackbone import access
from casebackbone.access import Permission
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.content import Text
from casebackbone.deadlines import Due
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import ArticleNotFound, Invalid
from events.standing import Channel

if TYPE_CHECKING:
    from casebackbone.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(InquiryCommand):
    """``due`` is given where a promise was made elsewhere (imports), else it follows from the service promise."""

    permission = Permission.RECEIVE
    channel: Channel
    reference: str
    texts: Sequence[Text] = ()
    service: str | None = None
    area: str | None = None
    language: str = "de"
    due: Due | None = None

    def begin(self, inquiry_id: UUID, scene: Scene) -> Inquiry:
        return Inquiry.receive(
            inquiry_id,
            scene.cause,
            reference=self.reference,
            channel=self.channel,
            due=self.due or scene.promise.reply(scene.cause.occurred_at, self.service),
            contents=scene.keep(self.texts),
            service=self.service,
            language=self.language,
            department=scene.principal.department,
            area=self.area,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(InquiryCommand):
    permission = Permission.CLASSIFY
    service: str
    area: str | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.classify(self.service, self.area)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(InquiryCommand):
    """From an edition that may be told at that time, or (None) without an article."""

    permission = Permission.ANSWER
    texts: Sequence[Text]
    article_id: UUID | None = None
    article_version: int | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        if self.article_id is not None:
            named_article(self.article_id, scene).demand_published(self.article_version or 0, scene.cause.occurred_at)
        inquiry.answer(scene.keep(self.texts), article_id=self.article_id, article_version=self.article_version)


def named_article(article_id: UUID, scene: Scene) -> Article:
    """The article that a command names. Raises Invalid if there is none."""
    try:
        return scene.article(article_id)
    except ArticleNotFound:
        detail = f"Einen Artikel mit der Kennung {article_id} gibt es nicht."
        raise Invalid("unknown_article", detail, "/article_id") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCallback(InquiryCommand):
    """Without ``due_at`` the service promise says until when, counted from the beginning of the window."""

    permission = Permission.CONTACT
    due_at: datetime | None = None
    not_before: datetime | None = None
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        begins = max(self.not_before or scene.cause.occurred_at, scene.cause.occurred_at)
        due_at = self.due_at or scene.promise.callback(begins, inquiry.standing.service).at
        inquiry.promise_callback(due_at, not_before=self.not_before, contents=scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(InquiryCommand):
    permission = Permission.CONTACT
    reached: bool
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.contact(reached=self.reached, contents=scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(InquiryCommand):
    permission = Permission.PAUSE
    reason: str = "waiting_for_citizen"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        now = scene.cause.occurred_at
        due_at = inquiry.standing.due_at or now
        inquiry.pause(
            reason=self.reason,
            remaining_minutes=scene.promise.remaining(due_at, now),
            until=scene.promise.waiting(now, inquiry.standing.service),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(InquiryCommand):
    permission = Permission.PAUSE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.resume(scene.promise.shifted(scene.cause.occurred_at, inquiry.remaining_minutes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(InquiryCommand):
    permission = Permission.NOTE
    texts: Sequence[Text]

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.note(scene.keep(self.texts), by_holder=access.holds(scene.principal, inquiry.standing))
