"""The end, and back: resolving, reopening, duplicates, erasing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from api.commands.order import Answer, give
from api.commands.receiving import ResolveBody, noted
from api.commands.topic import CommandBody, CommandTopic
from api.context import principal, system
from api.errors import invalid
from api.fields import Choice, FreeText, Identity, Several
from casebackbone import access, reasons
from casebackbone.access import Permission
from casebackbone.commands import Contradict, Erase, Merge, Reopen, Resolve, Unmerge
from casebackbone.content import CONTRADICTION, Text
from casebackbone.refusals import Conflict, InquiryNotFound
from events.standing import State

_HOW_MANY = "out_of_range: Möglich sind 1 bis 1000 Einträge; ohne die Angabe wird alles gelöscht."

topic = CommandTopic("closing", __name__, description="The end, and back")


class ResolutionBody(ResolveBody, CommandBody):
    """How it ended."""


class ReopenBody(CommandBody):
    """Why it is not done after all."""

    reason = Choice(reasons.REOPEN, load_default="unspecified")
    note = FreeText()


class MergeBody(CommandBody):
    """The inquiry that goes on for both."""

    into = Identity(required=True)


class UnmergeBody(CommandBody):
    """Nothing to say."""


class ContradictBody(CommandBody):
    """What the citizen says against it."""

    text = FreeText(required=True)


class EraseBody(CommandBody):
    """On what ground; without ``content_ids`` everything that the inquiry still has."""

    basis = Choice(reasons.ERASE, required=True)
    content_ids = Several(Identity(), validate=ma.validate.Length(1, 1000, error=_HOW_MANY))


@topic.command("/inquiries/<uuid:inquiry_id>/resolution", Permission.RESOLVE, ResolutionBody)
def resolve(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Done for the citizen."""
    return give(inquiry_id, body, Resolve(outcome=body["outcome"]))


@topic.command("/inquiries/<uuid:inquiry_id>/reopening", Permission.REOPEN, ReopenBody)
def reopen(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Not done after all."""
    return give(inquiry_id, body, Reopen(reason=body["reason"], texts=noted(body)))


@topic.command("/inquiries/<uuid:inquiry_id>/merge", Permission.MERGE, MergeBody)
def merge(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """The same matter as another inquiry, which goes on for both; its holder is told."""
    return give(inquiry_id, body, Merge(into=body["into"]), check=lambda: _demand_target(body["into"]))


@topic.command("/inquiries/<uuid:inquiry_id>/unmerge", Permission.MERGE, UnmergeBody)
def unmerge(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """A matter of its own again, where it was before."""
    return give(inquiry_id, body, Unmerge())


@topic.command("/inquiries/<uuid:inquiry_id>/contradictions", Permission.CONTRADICT, ContradictBody)
def contradict(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """The citizen says that it is not so: reopened if it was resolved, taken apart if it was merged, and its holder is
    to look at it."""
    return give(inquiry_id, body, Contradict(texts=[Text(CONTRADICTION, body["text"])]))


@topic.command("/inquiries/<uuid:inquiry_id>/erasure", Permission.ERASE, EraseBody)
def erase(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Erase texts for good. That they existed stays provable."""
    return give(inquiry_id, body, Erase(basis=body["basis"], content_ids=body.get("content_ids", ())))


def _demand_target(into: UUID) -> None:
    """What goes on for both must be there, within the asker's scope, and not itself merged away."""
    try:
        target = system().application.inquiry(into)
        if not access.sees(principal(), target.standing):
            raise InquiryNotFound(into)
    except InquiryNotFound as missing:
        raise invalid("/into", missing.code, missing.detail) from None
    if target.standing.state is State.MERGED:
        raise Conflict("target_merged", "Jenes Anliegen ist selbst mit einem anderen zusammengeführt.")
