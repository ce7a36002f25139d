"""What events and problems mean: the JSON Schemas that events name, and the problem types that errors name."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from flask import Response, current_app, json, request

from api.errors import Problem
from api.problems import PROBLEMS
from api.topic import PUBLIC, Topic
from events.schemas import EVENT_TYPES, json_schema

topic = Topic("documents", __name__, description="Schemas and problem types")

_FILE = re.compile(r"([a-z0-9_.]{1,100})\.json")


class ProblemType(ma.Schema):
    """What a problem's ``type`` means."""

    code = ma.fields.String(required=True)
    title = ma.fields.String(required=True, metadata={"description": "German"})
    status = ma.fields.Integer(required=True, metadata={"description": "The usual HTTP status"})


@topic.route("/schemas/<string:file>", permission=PUBLIC)
@topic.response(200, schema={"type": "object"}, content_type="application/schema+json")
def schema(file: str) -> Response:
    """The JSON Schema of an event's data: `<type>.json`."""
    found = _FILE.fullmatch(file)
    if found is None or found[1] not in EVENT_TYPES:
        raise Problem("not_found", "Ein solches Schema gibt es nicht.")
    document = json_schema(found[1], request.base_url)
    response = current_app.response_class(json.dumps(document), mimetype="application/schema+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@topic.route("/problems/<string:code>", permission=PUBLIC)
@topic.response(200, ProblemType)
def problem(code: str) -> dict[str, Any]:
    """What a problem type means."""
    if code not in PROBLEMS:
        raise Problem("not_found", "Eine solche Problemart gibt es nicht.")
    return {"code": code, "title": PROBLEMS[code].title, "status": PROBLEMS[code].status}
