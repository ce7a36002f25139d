"""What can be asked of an inquiry: one class per command, each with the permission that it needs.

A command is data; :meth:`act` is its one domain call. Several of them run in one transaction
(:meth:`casebackbone.application.Application.handle`): receive, answer and resolve is the normal case at the phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from casebackbone.access import Permission, Principal
from casebackbone.cause import Cause
from casebackbone.content import Text
from casebackbone.deadlines import Due, Promise
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import Conflict
from events.standing import Channel, ContentRef


class Scene(Protocol):
    """What a command may use beside the inquiry."""

    principal: Principal
    cause: Cause
    promise: Promise

    def keep(self, texts: Sequence[Text]) -> list[ContentRef]:
        """Puts texts into the content store, with the events of this command."""
        ...

    def erase(self, content_ids: Sequence[UUID]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``occurred_at`` overrides the business time of this one step (imports)."""

    permission: ClassVar[Permission]
    occurred_at: datetime | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(Command):
    """``due`` is given where a promise was made elsewhere (imports), else it follows from the service promise."""

    permission = Permission.RECEIVE
    channel: Channel
    reference: str
    texts: Sequence[Text] = ()
    service: str | None = None
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Command):
    permission = Permission.CLASSIFY
    service: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.classify(self.service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Command):
    permission = Permission.CLAIM

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.claim(scene.principal.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    permission = Permission.RELEASE
    reason: str = "unspecified"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.release(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToBackground(Command):
    permission = Permission.SEND_TO_BACKGROUND
    reason: str = "unspecified"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.send_to_background(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Command):
    permission = Permission.ANSWER
    texts: Sequence[Text]
    article_id: UUID | None = None
    article_version: int | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.answer(scene.keep(self.texts), article_id=self.article_id, article_version=self.article_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward(Command):
    permission = Permission.FORWARD
    to: str
    reason: str = "responsible"
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.forward(
            self.to,
            reason=self.reason,
            expires_at=scene.promise.acceptance(scene.cause.occurred_at).at,
            contents=scene.keep(self.texts),
            supervised=scene.principal.may(Permission.SUPERVISE),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Command):
    """``personally``: the one who accepts takes it themselves, instead of leaving it with the department."""

    permission = Permission.DECIDE_OFFER
    personally: bool = False

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.accept(_department(inquiry, scene), scene.principal.actor if self.personally else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    permission = Permission.DECIDE_OFFER
    reason: str
    suggestion: str | None = None
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.reject(
            _department(inquiry, scene),
            reason=self.reason,
            suggestion=self.suggestion,
            contents=scene.keep(self.texts),
        )


def _department(inquiry: Inquiry, scene: Scene) -> str:
    """A department decides for itself; a supervisor or an import for the one that it is offered to."""
    department = scene.principal.department or inquiry.standing.offered_to
    if department is None:
        raise Conflict("no_offer", "Das Anliegen ist gerade keiner Stelle angeboten.")
    return department


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Command):
    permission = Permission.RECALL

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.recall()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOffer(Command):
    permission = Permission.EXPIRE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.expire_offer()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCallback(Command):
    """Without ``due_at`` the service promise says until when."""

    permission = Permission.CONTACT
    due_at: datetime | None = None
    not_before: datetime | None = None
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        due_at = self.due_at or scene.promise.callback(scene.cause.occurred_at).at
        inquiry.promise_callback(due_at, not_before=self.not_before, contents=scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Command):
    permission = Permission.CONTACT
    reached: bool
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.contact(reached=self.reached, contents=scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Command):
    permission = Permission.PAUSE
    reason: str = "waiting_for_citizen"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        now = scene.cause.occurred_at
        due_at = inquiry.standing.due_at or now
        inquiry.pause(
            reason=self.reason,
            remaining_minutes=scene.promise.remaining(due_at, now),
            until=scene.promise.waiting(now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    permission = Permission.PAUSE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.resume(scene.promise.shifted(scene.cause.occurred_at, inquiry.remaining_minutes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    permission = Permission.NOTE
    texts: Sequence[Text]

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.note(scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDue(Command):
    permission = Permission.CHANGE_DUE
    due_at: datetime
    reason: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.change_due(Due(self.due_at, scene.principal.actor), reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    permission = Permission.ESCALATE
    to: str
    reason: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.escalate(self.to, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    """Without ``until`` the service promise says how long an acknowledgement lasts."""

    permission = Permission.ACKNOWLEDGE
    until: datetime | None = None

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.acknowledge(self.until or scene.promise.acknowledgement(scene.cause.occurred_at).at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    permission = Permission.RESOLVE
    outcome: str = "answered"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.resolve(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    permission = Permission.REOPEN
    reason: str
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        due = scene.promise.reply(scene.cause.occurred_at, inquiry.standing.service)
        inquiry.reopen(due, reason=self.reason, contents=scene.keep(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    permission = Permission.MERGE
    into: UUID

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.merge(self.into)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge(Command):
    permission = Permission.MERGE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.unmerge(scene.promise.reply(scene.cause.occurred_at, inquiry.standing.service))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase(Command):
    """Without ``content_ids`` everything that this inquiry still has."""

    permission = Permission.ERASE
    basis: str
    content_ids: Sequence[UUID] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        ids = [content_id for content_id in (self.content_ids or inquiry.contents) if content_id in inquiry.contents]
        inquiry.erase(ids, basis=self.basis)
        scene.erase(ids)
