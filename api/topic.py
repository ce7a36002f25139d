"""Blueprints whose every route says what permission it needs, or that it is public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from api.request_body import StrictParser
from casebackbone.access import INTERNAL, PERMISSIONS, Permission

View = Callable[..., Any]

PUBLIC = "public"
"""Said instead of a permission, where nobody has to log in."""


class Topic(Blueprint):
    """One subject of the API. ``route`` without a permission does not exist."""

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: type[ma.Schema], **options: Any) -> Callable:
        """As the library does, with one schema for all requests: making one takes longer than reading with it."""
        return super().arguments(schema(), **options)

    def route(self, rule: str, *, permission: Permission | str, method: str = "GET", **options: Any) -> Callable:
        """Registers a view for one method. ``permission`` is checked before anything that was sent is looked at."""

        def register(view: View) -> View:
            documented = self.doc(**_documentation(permission))(view)
            documented.permission = permission
            self.add_url_rule(rule, None, documented, methods=[method], **options)
            return documented

        return register


def _documentation(permission: Permission | str) -> dict[str, Any]:
    if permission == PUBLIC:
        return {"security": []}
    roles = sorted(role.value for role in PERMISSIONS[Permission(permission)] - INTERNAL)
    return {"security": [{"bearer": []}], "x-permission": str(permission), "x-roles": roles}
