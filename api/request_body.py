"""Reading what a client sends, strictly: one meaning, or a refusal that says why.

Two readers of the same bytes must never understand different things, so duplicate keys, other encodings, numbers
that do not fit and values like NaN are refused here, before any schema looks at them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, g, json
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from api.errors import Problem, pointers

DEEPEST = 20
_LONGEST_NUMBER = 20
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class _Malformed(ValueError):
    """``str`` is for the client."""


def parse_json(raw: bytes) -> Any:
    """The value in UTF-8 JSON. Raises Problem (400)."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("JSON muss in UTF-8 geschrieben sein.") from None
    try:
        _refuse_depth(text)
        return json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except _Malformed as malformed:
        raise _malformed(str(malformed)) from None
    except (ValueError, RecursionError):
        raise _malformed("Der Inhalt ist kein gültiges JSON.") from None


def _malformed(detail: str) -> Problem:
    return Problem("malformed_json", detail)


def _refuse_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise _Malformed(f"Der Inhalt ist tiefer verschachtelt als {DEEPEST} Ebenen.")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Malformed("Ein Name kommt in einem Objekt mehr als einmal vor.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _Malformed(f"{name} ist kein Wert in JSON.")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _Malformed("Eine Zahl ist zu groß.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Malformed("Eine Zahl ist zu groß.")
    return value


class StrictParser(FlaskParser):
    """webargs with our JSON, our errors, and no unknown names anywhere but in the headers."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE, "json": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """No body at all is an empty object: a command without anything to say needs none."""
        if req.content_encoding not in (None, "", "identity"):
            raise Problem("unsupported_media_type", "Gepackte Anfragen werden nicht gelesen.")
        try:
            raw = req.get_data(cache=True)
        except OSError:
            raise Problem("request_timeout", "Der Inhalt der Anfrage ist nicht angekommen.") from None
        if not raw and not req.mimetype:
            return core.missing
        if req.mimetype != "application/json":
            raise Problem(
                "unsupported_media_type",
                "Der Inhalt muss application/json sein.",
                headers={"Accept-Post": "application/json"},
            )
        if req.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise Problem("unsupported_media_type", "JSON muss in UTF-8 geschrieben sein.")
        g.sent = parse_json(raw)
        return g.sent

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        refuse_repeated(req.args)
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        # error.messages is {location: messages}; a pointer starts within the location.
        messages: Any = error.messages
        found = [problem for inner in messages.values() for problem in pointers(inner)]
        raise Problem("invalid", _summary(found), errors=found) from None


def _summary(found: list[dict[str, str]]) -> str:
    if len(found) == 1:
        where = found[0]["pointer"] or "/"
        return f"{where}: {found[0]['detail']}"
    return f"{len(found)} Angaben können so nicht übernommen werden."


def refuse_repeated(args: MultiDict[str, str]) -> None:
    """A parameter twice would mean one thing to us and maybe another to a proxy."""
    repeated = [name for name, values in args.lists() if len(values) > 1]
    if repeated:
        detail = "Dieser Parameter darf nur einmal vorkommen."
        raise Problem(
            "invalid",
            detail,
            errors=[{"pointer": f"/{name}", "code": "repeated", "detail": detail} for name in repeated],
        )
