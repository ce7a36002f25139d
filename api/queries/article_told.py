"""Who was told what: the list behind a correction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from api.context import local, system
from api.csv_answer import CSV, FORMATS, as_asked
from api.errors import Problem
from api.fields import Choice, Moment
from api.queries.looking import LINK, Answer, List, PageQuery, look
from api.topic import Topic
from casebackbone.access import Permission
from projections import article_told
from projections.article_told import ToldRow

topic = Topic("article-told", __name__, description="Who was told what")


class ToldQuery(PageQuery):
    """A page, as JSON or CSV."""

    format = Choice(FORMATS, load_default="json")


class ToldItem(ma.Schema):
    """An inquiry whose citizen was told the edition, last at ``answered_at``. ``answered_again_at``: they were told
    something else since. ``recalled_at``: put on the callback list; ``put_right_at``: reached or answered after it."""

    inquiry_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    answered_at = Moment(required=True)
    answered_by = ma.fields.String(required=True)
    first_contact = ma.fields.Boolean(required=True)
    channel = ma.fields.String(required=True)
    service = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    answered_again_at = Moment(required=True, allow_none=True)
    recalled_at = Moment(required=True, allow_none=True)
    put_right_at = Moment(required=True, allow_none=True)


class Told(List):
    """``told``, ``recalled`` and ``put_right`` count the whole list."""

    told = ma.fields.Integer(required=True)
    recalled = ma.fields.Integer(required=True)
    put_right = ma.fields.Integer(required=True)
    items = ma.fields.List(ma.fields.Nested(ToldItem), required=True)


@topic.route("/articles/<uuid:article_id>/editions/<int:edition>/told", permission=Permission.READ_NOBODY_LOST)
@topic.arguments(ToldQuery, location="query")
@topic.response(200, Told, headers=LINK)
@topic.doc(**CSV)
def told(query: dict[str, Any], article_id: UUID, edition: int) -> Answer | Response:
    """Every inquiry whose citizen was told this edition, the first one first."""
    if edition not in system().application.article(article_id).editions:
        raise Problem("no_such_edition", f"Diesen Artikel gibt es nicht in Fassung {edition}.")
    with look(query) as view:
        found = article_told.told(view.connection, article_id, edition, after=query.get("cursor"), limit=query["limit"])
        count = article_told.counted(view.connection, article_id, edition)
        numbers = {"told": count.told, "recalled": count.recalled, "put_right": count.put_right}
        return as_asked(query, view.page(found, _item, **numbers), ToldItem)


def _item(row: ToldRow) -> dict[str, Any]:
    times = ("answered_at", "answered_again_at", "recalled_at", "put_right_at")
    shown = {name: getattr(row, name) for name in ToldItem().fields}
    return {**shown, **{name: local(shown[name]) for name in times}}
