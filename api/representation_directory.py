"""The directory as clients see it after a command: which version it has."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from casebackbone.directory import Directory


class DirectoryBody(ma.Schema):
    """The directory after its event ``version``."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)


def directory_body(directory: Directory) -> dict[str, Any]:
    return {"id": directory.id, "version": directory.version}
