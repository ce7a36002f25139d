"""Articles and inquiries: what was looked at for one, and what is put right when an edition proves wrong."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casebackbone.access import Permission
from casebackbone.commands.closing import Reopen, Unmerge
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.commands.with_citizen import PromiseCallback, named_article
from casebackbone.inquiry import Inquiry
from events.standing import State


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultArticle(InquiryCommand):
    """Somebody has looked at an edition for this inquiry; it must have been published."""

    permission = Permission.CONSULT_ARTICLE
    article_id: UUID
    edition: int

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        named_article(self.article_id, scene).demand_known(self.edition)
        inquiry.consult(self.article_id, self.edition)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAnswer(InquiryCommand):
    """The edition that the citizen was told has proved wrong: they are called within the service promise. What was
    closed is taken up again; a call that is promised already stays as it is promised. Once for each edition."""

    permission = Permission.PUBLISH_ARTICLE
    article_id: UUID
    edition: int

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        named_article(self.article_id, scene).demand_wrong(self.edition)
        if (self.article_id, self.edition) in inquiry.recalled:
            return
        if inquiry.standing.state is State.MERGED:
            Unmerge().act(inquiry, scene)
        elif inquiry.standing.state is State.RESOLVED:
            Reopen(reason="wrong_answer").act(inquiry, scene)
        if inquiry.standing.callback_due_at is None:
            PromiseCallback().act(inquiry, scene)
        inquiry.recall_answer(self.article_id, self.edition)
