"""The end, and back; duplicates; erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casebackbone.access import Permission
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.content import Text
from casebackbone.custody import FRONT, Place
from casebackbone.inquiry import Inquiry
from events.standing import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(InquiryCommand):
    permission = Permission.RESOLVE
    outcome: str = "answered"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.resolve(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(InquiryCommand):
    permission = Permission.REOPEN
    reason: str
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        due = scene.promise.reply(scene.cause.occurred_at, inquiry.standing.service)
        place = _place(inquiry, None, scene)
        inquiry.reopen(due, reason=self.reason, contents=scene.keep(self.texts), place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(InquiryCommand):
    permission = Permission.MERGE
    into: UUID

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.merge(inquiry if self.into == inquiry.id else scene.inquiry(self.into))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge(InquiryCommand):
    """Whoever sees the duplicate may take it back, also without seeing the other one, which only learns of it."""

    permission = Permission.MERGE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        into = inquiry.standing.merged_into
        due = scene.promise.reply(scene.cause.occurred_at, inquiry.standing.service)
        if into is None:
            inquiry.unmerge(due, inquiry)  # which refuses
        else:
            place = _place(inquiry, inquiry.before_merge.holder, scene)
            inquiry.unmerge(due, scene.inquiry(into, in_scope=False), place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradict(InquiryCommand):
    """The citizen says that it is not so. What was closed is taken up again, by the same words."""

    permission = Permission.CONTRADICT
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        contents = scene.keep(self.texts)
        due = scene.promise.reply(scene.cause.occurred_at, inquiry.standing.service)
        if inquiry.standing.state is State.RESOLVED:
            inquiry.reopen(due, reason="contradicted", contents=contents, place=_place(inquiry, None, scene))
            return
        if inquiry.standing.merged_into is not None:
            place = _place(inquiry, inquiry.before_merge.holder, scene)
            inquiry.unmerge(due, scene.inquiry(inquiry.standing.merged_into, in_scope=False), place)
        inquiry.contradict(contents)


def _place(inquiry: Inquiry, holder: str | None, scene: Scene) -> Place:
    """Where it comes back to: to the holder from before, or else where it belongs. Who left meanwhile is passed by."""
    now, before = scene.cause.occurred_at, inquiry.standing.department
    department = before
    if before is not None and scene.directory.is_gone(f"department:{before}", now):
        department = scene.directory.successor(before, now)
    if holder is None or department != before or scene.directory.is_gone(holder, now):
        holder = f"department:{department}" if department else FRONT
    return Place(holder, department)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase(InquiryCommand):
    """Without ``content_ids`` everything that this inquiry still has."""

    permission = Permission.ERASE
    basis: str
    content_ids: Sequence[UUID] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        ids = [content_id for content_id in (self.content_ids or inquiry.contents) if content_id in inquiry.contents]
        inquiry.erase(ids, basis=self.basis)
        scene.erase(ids)
