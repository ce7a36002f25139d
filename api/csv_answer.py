"""Lists as CSV (RFC 4180): UTF-8, a header line, commas, quotes where needed. For spreadsheets and statistics."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

FORMATS = ["json", "csv"]

CSV: dict[str, Any] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
"""For ``@topic.doc(**CSV)``: this route answers in CSV, too."""


def csv_answer(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], headers: Mapping[str, str]) -> Response:
    """``columns`` of ``rows``; None is an empty cell. Text that a spreadsheet would take for a formula is quoted."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)
    return Response(written.getvalue(), mimetype="text/csv", headers=dict(headers))


def cell(value: Any) -> Any:
    """A value as a spreadsheet may have it."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
