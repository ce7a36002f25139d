"""Errors as RFC 9457 ``application/problem+json``: one shape for everything that goes wrong.

Nothing here quotes what a client sent, except ids that it named, nor anything from a database's message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import marshmallow as ma
import structlog
from eventsourcing.persistence import PersistenceError
from flask import Flask, Response, current_app, g, json, request
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from api.problems import BY_STATUS, PROBLEMS
from casebackbone import refusals

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2

_STATUS = {
    refusals.Conflict: 409,
    refusals.Invalid: 422,
    refusals.Forbidden: 403,
    refusals.InquiryNotFound: 404,
    refusals.ArticleNotFound: 404,
    refusals.TaskNotFound: 404,
    refusals.Stale: 412,
    refusals.KeyReused: 422,
    refusals.StillRunning: 409,
}


class Problem(Exception):
    """Ends the request with this problem. ``code`` is one of :data:`api.problems.PROBLEMS`."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.status = status or PROBLEMS[code].status
        self.more = more

    def response(self) -> Response:
        kind = self.code if self.code in PROBLEMS else BY_STATUS.get(self.status, "malformed_request")
        body: dict[str, Any] = {
            "type": f"{current_app.config['PUBLIC_URL']}/problems/{kind}",
            "title": PROBLEMS[kind].title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{g.correlation_id}" if "correlation_id" in g else "about:blank",
            "code": self.code,
            "errors": self.errors,
            **self.more,
        }
        response = current_app.response_class(json.dumps(body), status=self.status, mimetype=MEDIA_TYPE)
        response.headers.extend(self.headers)
        return response


def invalid(pointer: str, code: str, detail: str) -> Problem:
    """422 for one value; ``pointer`` is a JSON pointer into the body, or the name of a parameter."""
    return Problem("invalid", detail, errors=[{"pointer": pointer, "code": code, "detail": detail}])


def unavailable(code: str, detail: str, seconds: int = RETRY_SECONDS) -> Problem:
    """503 that says when to try again."""
    return Problem(code, detail, headers={"Retry-After": str(seconds)})


def refused(refusal: refusals.Refused) -> Problem:
    """What the domain said, in HTTP."""
    status = next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 409)
    headers = {"Retry-After": "1"} if isinstance(refusal, refusals.StillRunning) else {}
    errors = []
    if isinstance(refusal, refusals.Invalid):
        errors.append({"pointer": refusal.pointer, "code": refusal.code, "detail": refusal.detail})
    return Problem(refusal.code, refusal.detail, status=status, headers=headers, errors=errors)


def pointers(messages: Any, at: str = "") -> Iterator[dict[str, str]]:
    """marshmallow's nested messages, flat. A message is ``code: detail`` where our own fields wrote it."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            escaped = str(key).replace("~", "~0").replace("/", "~1")
            yield from pointers(inner, at if key == ma.exceptions.SCHEMA else f"{at}/{escaped}")
    elif isinstance(messages, list):
        for message in messages:
            yield from pointers(message, at)
    else:
        code, separator, detail = str(messages).partition(": ")
        known = bool(separator) and code.isidentifier() and code.islower()
        yield {"pointer": at, "code": code if known else "invalid", "detail": detail if known else str(messages)}


def _from_framework(error: HTTPException) -> Problem:
    status = error.code or 500
    headers = {}
    valid_methods = getattr(error, "valid_methods", None)
    if valid_methods:
        headers["Allow"] = ", ".join(sorted(valid_methods))
    retry_after = getattr(error, "retry_after", None)
    if status in (429, 503):
        headers["Retry-After"] = str(retry_after or RETRY_SECONDS)
    code = BY_STATUS.get(status) or ("malformed_request" if status < 500 else "internal_error")
    return Problem(code, _DETAILS.get(status, PROBLEMS[code].title + "."), status=status, headers=headers)


_DETAILS = {
    400: "Die Anfrage ist so nicht lesbar.",
    404: "Unter dieser Adresse gibt es nichts.",
    405: "Diese Adresse kennt diese Methode nicht.",
    413: "Die Anfrage ist größer als erlaubt.",
    414: "Die Adresse ist länger als erlaubt.",
    500: "Das hätte nicht passieren dürfen. Die Kennung unter „instance“ hilft bei der Suche nach der Ursache.",
}


def _unexpected(error: BaseException) -> Problem:
    # The log gets the type and the place, never the message: it may quote a value that somebody entered.
    structlog.get_logger("api").error(
        "unexpected_error", error=type(error).__name__, where=_place(error), route=str(request.url_rule)
    )
    return Problem("internal_error", _DETAILS[500])


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"


def _store_unavailable(error: Exception) -> Problem:
    structlog.get_logger("api").warning("store_unavailable", error=type(error).__name__, where=_place(error))
    return unavailable(
        "store_unavailable",
        "Die Datenbank ist gerade nicht erreichbar. Ob die Änderung gespeichert ist, zeigt dieselbe Anfrage mit "
        "demselben Idempotency-Key.",
    )


def register(app: Flask) -> None:
    """Every error that can leave a view becomes a problem."""
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(refusals.Refused, lambda refusal: refused(refusal).response())
    for kind in (PersistenceError, OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, lambda error: _store_unavailable(error).response())
    app.register_error_handler(Exception, lambda error: _unexpected(error).response())


class InvalidValue(ma.Schema):
    """One value that cannot be used."""

    pointer = ma.fields.String(required=True, metadata={"description": "JSON pointer, or a parameter's name"})
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True, metadata={"description": "German"})


class ProblemDetails(ma.Schema):
    """RFC 9457. ``since`` comes with 412: what happened after the version that the command was based on."""

    type = ma.fields.String(required=True, metadata={"format": "uri-reference"})
    title = ma.fields.String(required=True, metadata={"description": "German"})
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True, metadata={"description": "German"})
    instance = ma.fields.String(required=True, metadata={"format": "uri-reference"})
    code = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(InvalidValue), required=True)
    since = ma.fields.List(ma.fields.Dict())
    version = ma.fields.Integer(metadata={"description": "The version that the inquiry has now"})


class ProblemApi(Api):
    """flask-smorest with problem details in place of its own errors, in the answers and in the document."""

    ERROR_SCHEMA = ProblemDetails

    def handle_http_exception(self, error: HTTPException) -> Response:
        if isinstance(error, InternalServerError) and error.original_exception is not None:
            return _unexpected(error.original_exception).response()
        return _from_framework(error).response()

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(status.name, response, lazy=True)
        default: dict[str, Any] = {"description": "Problem (RFC 9457)", "schema": self.ERROR_SCHEMA}
        prepare_response(default, self.spec, MEDIA_TYPE)
        self.spec.components.response("DEFAULT_ERROR", default, lazy=True)
