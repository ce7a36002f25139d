"""The Flask application: blueprints, who may ask, and what every answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from api import docs_page, errors, probes, published_documents
from api.commands import (
    article_use,
    closing,
    custody,
    desk,
    directory,
    feedback,
    handover,
    receiving,
    record,
    taking,
    tasks,
    with_citizen,
)
from api.commands import articles as article_commands
from api.commands.topic import describe_headers
from api.context import EXTENSION, principal, system
from api.errors import Problem, ProblemApi
from api.observability import observe
from api.queries import (
    article_told,
    articles,
    audit,
    desk_views,
    event_feed,
    figures,
    inquiries,
    lessons,
    marathon,
    nobody_lost,
    responsibility,
    status,
    text_search,
    worklists,
)
from api.queries import directory as directory_views
from api.queries import tasks as task_views
from api.request_body import refuse_repeated
from api.topic import PUBLIC
from casebackbone import access
from casebackbone.access import Permission

if TYPE_CHECKING:
    from api.bootstrap import System

BASE = "/api/v1"
TOPICS = (
    *(receiving.topic, custody.topic, handover.topic, with_citizen.topic, record.topic, closing.topic),
    *(desk.topic, taking.topic, desk_views.topic),
    *(directory.topic, directory_views.topic, responsibility.topic),
    *(inquiries.topic, worklists.topic, nobody_lost.topic, audit.topic, marathon.topic, event_feed.topic, status.topic),
    *(article_commands.topic, articles.topic, article_use.topic, article_told.topic),
    *(feedback.topic, lessons.topic, tasks.topic, task_views.topic),
    figures.topic,
    text_search.topic,
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


def create_app(installation: System) -> Flask:
    """The API over ``installation``. Connects to nothing."""
    app = Flask("casebackbone", static_folder=None)
    app.extensions[EXTENSION] = installation
    settings = installation.settings
    app.config.update(
        API_TITLE="casebackbone",
        API_VERSION="1.0.0",
        OPENAPI_VERSION="3.1.0",
        PUBLIC_URL=settings.public_url,
        MAX_CONTENT_LENGTH=settings.body_limit,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    observe(app)
    app.before_request(_admit)
    app.after_request(_protect)
    errors.register(app)
    _register(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    return app


def _register(app: Flask) -> None:
    api = ProblemApi(app, spec_kwargs={"info": {"description": _DESCRIPTION, "license": {"name": "EUPL-1.2"}}})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    describe_headers(api.spec)
    for topic in TOPICS:
        api.register_blueprint(topic, url_prefix=BASE)
    for topic in (probes.topic, published_documents.topic):
        api.register_blueprint(topic)
    docs_page.register(app, api.spec)
    for endpoint, view in app.view_functions.items():
        if getattr(view, "permission", None) is None:
            raise TypeError(f"the route {endpoint} says neither what permission it needs nor that it is public")


def _admit() -> None:
    """Before anything that was sent is read: who is it, may their role do this, are the parameters known."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    permission = vars(view)["permission"]
    if permission != PUBLIC:
        g.principal = system().authenticator.principal(request.headers.get("Authorization"), request.environ)
        access.demand(principal(), Permission(permission))
    if request.args:
        refuse_repeated(request.args)
        if not any(part["in"] == "query" for part in _parameters(view)):
            found = [
                {"pointer": f"/{name}", "code": "unknown", "detail": "Dieser Parameter ist unbekannt."}
                for name in request.args
            ]
            raise Problem("invalid", "Diese Adresse kennt keine Parameter.", errors=found)


def _parameters(view: object) -> list[dict[str, str]]:
    documented: list[dict[str, str]] = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return documented


def _protect(response: Response) -> Response:
    response.headers.extend(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response


_DESCRIPTION = """The record and the conscience of a city's citizens' line: nobody gets lost.

Commands are `POST`s. On an existing inquiry they need `If-Match` with the `ETag` of what they are based on; with an
`Idempotency-Key` they may be sent again. Times are RFC 3339 with an offset. Errors are RFC 9457 problem details."""
