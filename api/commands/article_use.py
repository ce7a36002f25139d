"""Articles at work: what was looked at for an inquiry, and everyone called who was told what proved wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from api.commands.order import Answer, carry_out, expected_version, order_on
from api.commands.topic import CommandBody, CommandTopic
from api.context import correlation_id, principal, system
from api.departures import ViewsBehind
from api.errors import unavailable
from api.fields import Identity, Request, Whole
from api.recalling import recall_edition
from api.representation import inquiry_body
from casebackbone.access import Permission
from casebackbone.commands import ConsultArticle

topic = CommandTopic("article-use", __name__, description="Articles looked at, told, and recalled")


class ConsultationBody(CommandBody):
    """Which edition was looked at."""

    article_id = Identity(required=True)
    article_version = Whole(1, 1_000_000, required=True)


class EditionRecallBody(Request):
    """Nothing to say: who was told is known."""


class RefusedRecall(ma.Schema):
    inquiry_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)


class RecallDone(ma.Schema):
    """``told``: inquiries whose citizens were told the edition; ``recalled``: put on the callback list just now,
    ``already``: before. ``left``: for another request; send it again until it is 0."""

    told = ma.fields.Integer(required=True)
    recalled = ma.fields.Integer(required=True)
    already = ma.fields.Integer(required=True)
    left = ma.fields.Integer(required=True)
    refused = ma.fields.List(ma.fields.Nested(RefusedRecall), required=True)


@topic.command(
    "/inquiries/<uuid:inquiry_id>/consultations",
    Permission.CONSULT_ARTICLE,
    ConsultationBody,
    if_match="IfMatchOptional",
)
def consult(body: dict[str, Any], inquiry_id: UUID) -> Answer:
    """Say that you have looked at an edition for this inquiry. Once is enough; again it changes nothing."""
    command = ConsultArticle(article_id=body["article_id"], edition=body["article_version"])
    order = order_on(inquiry_id, body, expected_version(required=False))
    return carry_out(order, lambda: system().application.handle(order, command), inquiry_body)


@topic.route(
    "/articles/<uuid:article_id>/editions/<int:edition>/recall", permission=Permission.PUBLISH_ARTICLE, method="POST"
)
@topic.arguments(EditionRecallBody, location="json", required=False)
@topic.response(200, RecallDone)
def recall(body: dict[str, Any], article_id: UUID, edition: int) -> dict[str, Any]:
    """Call everyone who was told an edition that proved wrong: what was closed is taken up again, and a call is
    promised. May be repeated: nobody is put on the list twice."""
    try:
        done, count = recall_edition(system(), principal(), correlation_id(), article_id, edition)
    except ViewsBehind as behind:
        raise unavailable(
            "not_caught_up",
            f"Die Ansichten stehen erst bei Position {behind.position}; es könnte jemand vergessen werden. "
            "Bitte gleich noch einmal.",
            seconds=1,
        ) from None
    already = count.recalled + done.already
    return {
        "told": count.told,
        "recalled": done.recalled,
        "already": already,
        "left": count.told - already - done.recalled - len(done.refused),
        "refused": [{"inquiry_id": inquiry_id, "code": code} for inquiry_id, code in done.refused],
    }
