"""One hash a read model, over its rows: the same whatever the feed, the database, the size of batches or the order in
which inquiries arrived. Two that are equal hold the same rows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from projections.database import Database
from projections.tables import stable_columns
from projections.view import View


def digests(database: Database, all_columns: bool = False) -> dict[str, str]:
    """The digest of each view of the live generation, all of one moment. Raises what :meth:`Database.read` raises."""
    with database.read() as connection:
        return {view.name: digest(connection, view, all_columns) for view in database.views}


def digest(connection: Connection, view: View, all_columns: bool = False) -> str:
    """SHA-256 (hex) over all rows in order of their keys. Columns that another import would fill differently are left
    out, unless ``all_columns``."""
    sha = hashlib.sha256()
    for table in view.tables:
        sha.update(_line([table.name, *(column.name for column in stable_columns(table, all_columns))]))
    for table, row in view.digest_rows(connection, all_columns):
        sha.update(_line([table.name, *row]))
    return sha.hexdigest()


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")
