"""Lists as CSV (RFC 4180): UTF-8, a header line, commas, quotes where needed. For spreadsheets and statistics."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Response

FORMATS = ["json", "csv"]
JsonAnswer = tuple[dict[str, Any], int, dict[str, str]]

CSV: dict[str, Any] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
"""For ``@topic.doc(**CSV)``: this route answers in CSV, too."""


def csv_answer(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], headers: Mapping[str, str]) -> Response:
    """``columns`` of ``rows``; None is an empty cell. Text that a spreadsheet would take for a formula is quoted."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)
    return Response(written.getvalue(), mimetype="text/csv", headers=dict(headers))


def as_asked(query: Mapping[str, Any], answer: JsonAnswer, item: type[ma.Schema]) -> JsonAnswer | Response:
    """What a list answers with, or with ``format=csv`` its ``items`` as CSV: a cell holds one value, lists are
    separated by blanks, what has parts is JSON."""
    body, _, headers = answer
    if query["format"] != "csv":
        return answer
    schema = item()
    rows = [{name: _plain(value) for name, value in schema.dump(one).items()} for one in body["items"]]
    return csv_answer(list(schema.fields), rows, headers)


def _plain(value: Any) -> Any:
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        return " ".join(map(str, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def cell(value: Any) -> Any:
    """A value as a spreadsheet may have it."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
