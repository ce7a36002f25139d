"""Blueprints for commands: what they take, what they answer, and how both are documented."""

from __future__ import annotations

from collections.abc import Callable

import marshmallow as ma
from apispec import APISpec

from api.fields import Moment, Request
from api.representation import InquiryBody
from api.topic import Topic, View
from casebackbone.access import Permission

IF_MATCH = {
    "description": "The ETag of what the command is based on.",
    "required": True,
    "schema": {"type": "string", "pattern": '^"v[1-9][0-9]{0,8}"$'},
    "example": '"v1"',
}
IDEMPOTENCY_KEY = {
    "description": "The same key with the same request does it once, and answers the same again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}
HEADERS = {
    "ETag": {"description": "The version after the command.", "schema": {"type": "string"}},
    "Casebackbone-Position": {
        "description": "For `min_position`: a view at this position shows the command's effect.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Idempotency-Replayed": {
        "description": "`true` when this had been done before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
LOCATION = {"Location": {"description": "What is new.", "schema": {"type": "string", "format": "uri-reference"}}}


class CommandBody(Request):
    """``occurred_at`` is business time: when it happened, if that was not just now."""

    occurred_at = Moment(metadata={"description": "When it happened; without it: now"})


class CommandTopic(Topic):
    """A topic whose routes are commands."""

    def command(
        self,
        rule: str,
        permission: Permission,
        body: type[ma.Schema],
        status: int = 200,
        *,
        answer: type[ma.Schema] = InquiryBody,
        if_match: str | None = "IfMatch",
    ) -> Callable:
        """A ``POST``. ``status`` is 201 for what makes a new inquiry, which has no version to be based on.

        ``answer`` is the subject after it; ``if_match`` is "IfMatch", "IfMatchOptional" or None where nobody asks.
        """

        def register(view: View) -> View:
            new = status == 201
            described = self.arguments(body, location="json", required=_required(body))(view)
            described = self.response(status, answer, headers=HEADERS | (LOCATION if new else {}))(described)
            parameters = ["IdempotencyKey"] if new or if_match is None else [if_match, "IdempotencyKey"]
            described = self.doc(parameters=parameters)(described)
            return self.route(rule, permission=permission, method="POST")(described)

        return register


def _required(body: type[ma.Schema]) -> bool:
    return any(field.required for field in body().fields.values())


def describe_headers(spec: APISpec) -> None:
    """The headers of commands, once for the whole document."""
    spec.components.parameter("IfMatch", "header", {"name": "If-Match", **IF_MATCH})
    spec.components.parameter("IfMatchOptional", "header", {"name": "If-Match", **IF_MATCH, "required": False})
    spec.components.parameter("IdempotencyKey", "header", {"name": "Idempotency-Key", **IDEMPOTENCY_KEY})
