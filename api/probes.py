"""For operators and their machines: alive, ready, metrics."""

from __future__ import annotations

import os
from typing import Any

import marshmallow as ma
from flask import Response, current_app, request

from api.auth import Authenticator, comes_from_here
from api.context import system
from api.errors import Problem
from api.observability import metrics as metrics_text
from api.serving import MULTIPROCESS
from api.topic import PUBLIC, Topic
from casebackbone import access
from casebackbone.access import Permission

topic = Topic("probes", __name__, description="For operators")


class Health(ma.Schema):
    status = ma.fields.String(required=True)


class Check(ma.Schema):
    """One thing that must work."""

    name = ma.fields.String(required=True)
    ready = ma.fields.Boolean(required=True)
    detail = ma.fields.String(required=True)


class Readiness(ma.Schema):
    """``ready`` when all checks are."""

    ready = ma.fields.Boolean(required=True)
    checks = ma.fields.List(ma.fields.Nested(Check), required=True)


@topic.route("/healthz", permission=PUBLIC)
@topic.response(200, Health)
def healthz() -> dict[str, Any]:
    """The process answers. Asks nobody else."""
    return {"status": "ok"}


@topic.route("/readyz", permission=PUBLIC)
@topic.response(200, Readiness)
@topic.alt_response(503, schema=Readiness, description="Not ready")
def readyz() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Store, views and (if there is one) broker can be used. Answers within five seconds."""
    checks = [{"name": name, "ready": ready, "detail": detail} for name, ready, detail in system().readiness()]
    ready = all(check["ready"] for check in checks)
    return {"ready": ready, "checks": checks}, 200 if ready else 503, {} if ready else {"Retry-After": "2"}


@topic.route("/metrics", permission=PUBLIC)
@topic.response(200, content_type="text/plain", schema={"type": "string"})
def metrics() -> Response:
    """Prometheus text. From this machine, or for administrators; for all only where the settings say so."""
    if system().settings.metrics != "open" and not comes_from_here(request.environ):
        authenticator = Authenticator(system().settings)
        who = authenticator.principal(request.headers.get("Authorization"), request.environ)
        access.demand(who, Permission.OPERATE)
    try:
        body = metrics_text(system(), os.environ.get(MULTIPROCESS))
    except OSError:
        raise Problem("not_ready", "Die Messwerte sind gerade nicht lesbar.", headers={"Retry-After": "2"}) from None
    return current_app.response_class(body, mimetype="text/plain; version=1.0.0; charset=utf-8")
